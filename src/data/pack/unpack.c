/* SPDX-License-Identifier: MIT */
/* Unpacking: the folder that was packed, file by file, each compared with the hash of what it was.
 * See job.h. It is written beside its name, and gets it when all of it is there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/text.h"
#include "base/write.h"
#include "codec/jpeg/packed.h"
#include "data/pack/job.h"
#include "data/pack/source.h"

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

/* Makes the folders that a name lies in. */
static int make_folders(const tn_pack_job *job, const char *name)
{
    char *const path = strdup(name);
    if (!path)
        return tn__fail_memory("a path", strlen(name));
    int status = TN_OK;
    for (char *slash = strchr(path, '/'); slash && status == TN_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdirat(job->folder, path, 0777) != 0 && errno != EEXIST)
            status = tn__fail_write(job->temporary, path);
        *slash = '/';
    }
    free(path);
    return status;
}

/* A file that is there is from a run that was killed; it may be cut off, so it is written anew. */
static int write_file(const tn_pack_job *job, const char *name, const void *bytes, size_t n_bytes)
{
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;
    int file = tn__open_at(job->folder, name, flags);
    if (file < 0 && errno == ENOENT && make_folders(job, name) == TN_OK)
        file = tn__open_at(job->folder, name, flags);
    if (file < 0)
        return tn__fail_write(job->temporary, name);
    const int status =
        tn__write_all(file, bytes, n_bytes) ? TN_OK : tn__fail_write(job->temporary, name);
    if (close(file) != 0 && status == TN_OK)
        return tn__fail_write(job->temporary, name);
    return status;
}

static int restore(const tn_pack_job *job, struct own *own, int64_t sample)
{
    const tn__source *const source = job->dataset->source;
    const char *const name = source->ops->name(source, sample);
    int status = tn__dataset_read(job->dataset, sample, &own->record);
    if (status != TN_OK)
        return status;
    if (tn__pack_entry_of(source, sample)->kind == TN__PACK_FILE) {
        own->file.size = 0;
        status = tn__blob_add(&own->file, own->record.bytes, own->record.size);
    } else {
        status = tn__packed_restore((tn__bytes){own->record.bytes, own->record.size}, &own->file);
        if (status == TN_EDECODE)
            tn__error_place("unpack", name, -1, sample);
    }
    return status == TN_OK ? write_file(job, name, own->file.bytes, own->file.size) : status;
}

/* The last file is followed by the folder's own name. With the lock held. */
static int finish(tn_pack_job *job)
{
    if (rename(job->temporary, job->path) == 0)
        return TN_OK;
    return tn__fail_system(errno, "%s: cannot get this name", job->path);
}

static int visit(void *shared, void *argument, int64_t sample)
{
    tn_pack_job *const job = shared;
    struct own *const own = argument;
    int status = restore(job, own, sample);
    if (status != TN_OK)
        return status;
    const bool packed =
        tn__pack_entry_of(job->dataset->source, sample)->kind == TN__PACK_COEFFICIENTS;
    pthread_mutex_lock(&job->lock);
    job->facts.done++;
    job->facts.coefficients += packed;
    job->facts.file_bytes += (int64_t)own->file.size;
    job->facts.pack_bytes += (int64_t)own->record.size;
    job->facts.jpeg_bytes += packed ? (int64_t)own->file.size : 0;
    job->facts.coefficient_bytes += packed ? (int64_t)own->record.size : 0;
    if (job->facts.done == job->n)
        status = finish(job);
    pthread_mutex_unlock(&job->lock);
    return status;
}

static int open_folder(tn_pack_job *job)
{
    struct stat facts;
    tn__text temporary = {0};
    tn__text_add(&temporary, job->path);
    while (temporary.length > 1 && temporary.chars[temporary.length - 1] == '/')
        temporary.chars[--temporary.length] = '\0';
    tn__text_add(&temporary, ".part");
    if (temporary.failed) {
        tn__text_free(&temporary);
        return tn__fail_memory("a path", strlen(job->path));
    }
    job->temporary = temporary.chars;
    if (tn__stat(job->path, &facts) && rmdir(job->path) != 0) /* an empty folder is as good */
        return tn__fail(TN_EINVAL, "%s is there already; give a new folder", job->path);
    if (mkdir(job->temporary, 0777) != 0 && errno != EEXIST)
        return tn__fail_system(errno, "%s: cannot make this folder", job->temporary);
    job->folder = tn__open(job->temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    return job->folder >= 0 ? TN_OK : tn__fail_system(errno, "%s", job->temporary);
}

tn_pack_job *tn__unpack_start(tn_dataset *pack, const char *path, int32_t n_threads)
{
    const tn__source *const source = pack->source;
    if (!tn__pack_is_source(source))
        return tn__fail_null(TN_EINVAL, "%s is not a pack: it has no " TN__PACK_MANIFEST,
                             source->ops->root(source));
    tn_pack_job *const job = tn__pack_job_make(pack, path);
    if (!job)
        return NULL;
    if (open_folder(job) != TN_OK) {
        tn__pack_job_destroy(job);
        return NULL;
    }
    const tn__each_work work = {.name = "tench/unpack",
                                .n = job->n,
                                .n_threads = n_threads,
                                .shared = job,
                                .own_bytes = sizeof(struct own),
                                .visit = visit,
                                .leave = leave};
    return tn__pack_job_run(job, &work);
}
