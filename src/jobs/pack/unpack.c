/* SPDX-License-Identifier: MIT */
/* Unpacks: restores each file of the folder that was packed, and compares it with its hash. Where
 * the pack has only the pixels of a file, writes a PNG of them instead, under the same name, and
 * says so. See unpack.h and job.h.
 *
 * The files go to OUT.part, which is renamed to OUT when it is complete. A mark in it names the
 * pack, so that a later run replaces the files of an earlier run of the same pack, and nothing
 * else. No link is followed on the way to a file. */
#include "jobs/pack/unpack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/open.h"
#include "base/read.h"
#include "base/text.h"
#include "base/write.h"
#include "codec/codec.h"
#include "data/pack/source.h"
#include "jobs/pack/job.h"
#include "jobs/read.h"

#define MARK ".tench-unpack"
enum { MARK_BYTES = 64 };

struct own {
    tn__buffer record;
    tn__blob file;
};

static void leave(void *argument)
{
    struct own *const own = argument;
    tn__buffer_free(&own->record);
    tn__blob_free(&own->file);
}

/* Makes a file. No file of this name can exist: those of an earlier run were removed. */
static int open_file(const tn__pack_job *job, const char *name)
{
    const char *leaf;
    const int folder = tn__folder_of(job->folder, name, true, &leaf);
    if (folder < 0)
        return tn__fail_write(job->temporary, name);
    const int file = tn__open_at(folder, leaf, O_WRONLY | O_CREAT | O_EXCL);
    const int reason = errno;
    close(folder);
    if (file < 0 && reason == EEXIST)
        return tn__fail(
            TN_EIO,
            "%s/%s: exists already; perhaps this file system ignores upper and lower case, and "
            "the pack has two such names",
            job->temporary, name);
    errno = reason;
    return file >= 0 ? file : tn__fail_write(job->temporary, name);
}

static int write_file(const tn__pack_job *job, const char *name, const void *bytes, size_t n_bytes)
{
    const int file = open_file(job, name);
    if (file < 0)
        return file;
    const int status =
        tn__write_all(file, bytes, n_bytes) ? TN_OK : tn__fail_write(job->temporary, name);
    if (close(file) != 0 && errno != EINTR && status == TN_OK)
        return tn__fail_write(job->temporary, name);
    return status;
}

static int copy_file(struct own *own)
{
    own->file.size = 0;
    return tn__blob_add(&own->file, own->record.bytes, own->record.size);
}

/* Reads the file that follows a striped image, and compares it with the hash in the record. */
static int read_kept(const tn__source *source, struct own *own, int64_t sample)
{
    const tn__pack_entry *const entry = tn__pack_entry_of(source, sample);
    uint8_t known[16], found[16];
    if (own->record.size < TN__RECORD_HEAD)
        return tn__fail(TN_EDECODE, "the record is too short");
    memcpy(known, own->record.bytes + TN__RECORD_FILE_HASH, sizeof known);
    int status = tn__pack_read_kept(source, sample, &own->record);
    if (status != TN_OK)
        return status;
    if (own->record.size != entry->file_bytes)
        return tn__fail(TN_EIO, TN__PACK_SHARD " ends before the file", entry->shard);
    tn__hash_128(own->record.bytes, own->record.size, found);
    if (memcmp(known, found, sizeof found) != 0)
        return tn__fail(TN_EDECODE, "the file in the pack is damaged: its hash differs");
    return copy_file(own);
}

static int restore_record(const tn__source *source, struct own *own, int64_t sample)
{
    switch (tn__pack_entry_of(source, sample)->kind) {
    case TN__PACK_FILE: return copy_file(own);
    case TN__PACK_PIXELS_AND_FILE: return read_kept(source, own, sample);
    default: return tn__codec_restore((tn__bytes){own->record.bytes, own->record.size}, &own->file);
    }
}

static int restore(tn__pack_job *job, struct own *own, int64_t sample)
{
    const tn__source *const source = job->task.dataset->source;
    char name[TN__NAME_BYTES];
    source->ops->name(source, sample, name);
    int status = tn__task_read(&job->task, sample, &own->record);
    if (status != TN_OK)
        return status;
    status = restore_record(source, own, sample);
    if (status == TN_EDECODE)
        tn__error_place("unpack", name, -1, sample);
    return status == TN_OK ? write_file(job, name, own->file.bytes, own->file.size) : status;
}

/* Names each file that is not the one which was packed. */
static void note_new_files(tn__pack_job *job)
{
    const tn__source *const source = job->task.dataset->source;
    char name[TN__NAME_BYTES];
    for (int64_t i = 0; i < job->task.n; i++) {
        if (tn__pack_entry_of(source, i)->kind != TN__PACK_PIXELS)
            continue;
        source->ops->name(source, i, name);
        tn__pack_job_note(job, name,
                          ": a PNG with the pixels of the file that was packed; the "
                          "pack does not keep that file");
    }
}

/* Renames the folder, after the last file. With the lock held. */
static int finish(tn__pack_job *job)
{
    if (unlinkat(job->folder, MARK, 0) != 0 && errno != ENOENT)
        return tn__fail_system(errno, "%s/" MARK ": cannot remove it", job->temporary);
    if (rename(job->temporary, job->path) != 0)
        return tn__fail_system(errno, "%s: cannot rename the folder to this name", job->path);
    job->facts.whole = TN_YES;
    note_new_files(job);
    return TN_OK;
}

static int visit(void *shared, void *argument, int64_t sample)
{
    tn__pack_job *const job = shared;
    struct own *const own = argument;
    int status = restore(job, own, sample);
    const int64_t record_bytes = (int64_t)own->record.size;
    const int64_t file_bytes = (int64_t)own->file.size;
    if (own->file.capacity > TN__KEPT_FILE_BYTES)
        tn__blob_free(&own->file);
    tn__dataset_end_turn(job->task.dataset, &own->record);
    if (status != TN_OK)
        return status;
    const uint32_t kind = tn__pack_entry_of(job->task.dataset->source, sample)->kind;
    pthread_mutex_lock(&job->lock);
    job->facts.done++;
    job->facts.file_bytes += file_bytes;
    job->facts.pack_bytes += record_bytes;
    tn__pack_count(&job->facts, kind, file_bytes, record_bytes);
    if (job->facts.done == job->task.n)
        status = finish(job);
    pthread_mutex_unlock(&job->lock);
    return status;
}

/* Makes the mark of this pack, or of its split. */
static int make_mark(const tn__pack_job *job, char mark[MARK_BYTES])
{
    uint8_t identity[16];
    tn__pack_identity(job->task.dataset->source, identity);
    int length = snprintf(mark, MARK_BYTES, "tench unpack 1 ");
    for (size_t i = 0; i < sizeof identity; i++)
        length += snprintf(mark + length, MARK_BYTES - (size_t)length, "%02x", identity[i]);
    return length + snprintf(mark + length, MARK_BYTES - (size_t)length, "\n");
}

/* How many bytes of this mark the folder has: all of them, or fewer if a run was killed while it
 * wrote them; -1: it has no mark, or another. */
static int count_marked(const tn__pack_job *job, const char *mark, int length)
{
    char found[MARK_BYTES];
    struct stat facts;
    const int file = tn__open_at(job->folder, MARK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return -1;
    const bool ours = tn__stat_open(file, &facts) && S_ISREG(facts.st_mode) &&
                      facts.st_size <= length &&
                      tn__read_at(file, found, (size_t)facts.st_size, 0) &&
                      memcmp(found, mark, (size_t)facts.st_size) == 0;
    close(file);
    return ours ? (int)facts.st_size : -1;
}

static int write_mark(const tn__pack_job *job, const char *mark, int length)
{
    const int file = tn__open_at(job->folder, MARK, O_WRONLY | O_CREAT | O_EXCL);
    bool good = file >= 0 && tn__write_all(file, mark, (size_t)length);
    if (file >= 0)
        good = close(file) == 0 && good;
    return good ? TN_OK : tn__fail_write(job->temporary, MARK);
}

/* Removes the file `path`, if it exists, and the folders that become empty. */
static void remove_file(const tn__pack_job *job, char *path)
{
    const char *leaf;
    int folder = tn__folder_of(job->folder, path, false, &leaf);
    if (folder < 0)
        return;
    (void)unlinkat(folder, leaf, 0);
    close(folder);
    for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
        *slash = '\0';
        folder = tn__folder_of(job->folder, path, false, &leaf);
        const bool removed = folder >= 0 && unlinkat(folder, leaf, AT_REMOVEDIR) == 0;
        if (folder >= 0)
            close(folder);
        if (!removed)
            return;
    }
}

/* Removes the files that an earlier run of this pack left. */
static void remove_old_files(const tn__pack_job *job)
{
    const tn__source *const source = job->task.dataset->source;
    for (int64_t i = 0; i < job->task.n; i++) {
        char path[TN__NAME_BYTES];
        source->ops->name(source, i, path);
        remove_file(job, path);
    }
}

/* Refuses a folder with any file beside the mark. */
static int refuse_contents(const tn__pack_job *job, bool marked)
{
    DIR *const list = tn__pack_job_list(job, job->temporary);
    int status = list ? TN_OK : tn__error_last()->code;
    const char *name;
    while (status == TN_OK && (name = tn__pack_job_next(list, job->temporary, &status)))
        if (!marked || strcmp(name, MARK) != 0)
            status = tn__fail(TN_EINVAL,
                              "%s contains \"%s\", which does not come from unpacking this pack; "
                              "remove that folder, or give another name",
                              job->temporary, name);
    if (list)
        closedir(list);
    return status;
}

/* Takes the folder for this job: afterwards it holds the mark alone. */
static int take_folder(tn__pack_job *job)
{
    char mark[MARK_BYTES];
    const int length = make_mark(job, mark);
    const int marked = count_marked(job, mark, length);
    if (marked == length)
        remove_old_files(job);
    const int status = refuse_contents(job, marked >= 0);
    if (status != TN_OK || marked == length)
        return status;
    if (marked >= 0)
        (void)unlinkat(job->folder, MARK, 0); /* if this fails, write_mark fails too */
    return write_mark(job, mark, length);
}

static int open_folder(tn__pack_job *job)
{
    struct stat facts;
    tn__text temporary = {0};
    tn__text_printf(&temporary, "%s.part", job->path);
    if (temporary.failed) {
        tn__text_free(&temporary);
        return tn__fail_memory("a path", strlen(job->path));
    }
    job->temporary = temporary.chars;
    if (tn__stat_at(AT_FDCWD, job->path, &facts, AT_SYMLINK_NOFOLLOW) &&
        rmdir(job->path) != 0) /* an empty folder may be replaced */
        return tn__fail(TN_EINVAL, "%s exists already; give a new folder", job->path);
    const int status = tn__pack_job_own(job, job->temporary);
    return status == TN_OK ? take_folder(job) : status;
}

static int prepare(tn__pack_job *job)
{
    sigset_t before;
    tn__write_shield(&before); /* this thread belongs to the host */
    const int status = open_folder(job);
    tn__write_unshield(&before);
    return status;
}

static const tn__task_ops unpack_ops = {.kind = TN_TASK_UNPACK,
                                        .stop = tn__pack_job_stop,
                                        .done = tn__pack_job_done,
                                        .dispose = tn__pack_job_dispose};

tn_task *tn__unpack_start(tn_dataset *pack, const tn_unpack_options *options)
{
    const tn__source *const source = pack->source;
    if (!(source->ops->traits & TN__PACKED))
        return tn__fail_null(TN_EINVAL, "%s is not a pack: it has no " TN__PACK_MANIFEST,
                             source->root);
    tn__pack_job *const job = tn__pack_job_make(&unpack_ops, pack, options->path);
    if (!job)
        return NULL;
    if (prepare(job) != TN_OK) {
        tn__task_destroy(&job->task);
        return NULL;
    }
    const tn__each_work work = {.name = "tench/unpack",
                                .n = job->task.n,
                                .n_threads = options->threads,
                                .own_bytes = sizeof(struct own),
                                .visit = visit,
                                .leave = leave};
    return tn__task_run(&job->task, work);
}
