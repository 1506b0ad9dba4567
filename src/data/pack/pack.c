/* SPDX-License-Identifier: MIT */
/* Packing a data set. See job.h.
 *
 * A kill leaves finished shards and at most one that is not: packing the same data in the same way
 * again goes on behind the finished ones. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "codec/jpeg/packed.h"
#include "data/pack/job.h"
#include "data/pack/manifest.h"
#include "data/pack/source.h"

/* The order in which samples are packed; a pack read from its start is shuffled. */
static const int64_t order_seed = 0x7061636b;
enum { WAITING_PER_THREAD = 4, ARENA_KEEP = 8 << 20 };

/* A thread's own. */
struct own {
    tn__buffer file;
    tn__arena arena;
    tn__blob record;
    bool ready;
};

static void leave(void *argument)
{
    struct own *const own = argument;
    tn__buffer_free(&own->file);
    if (own->ready)
        tn__arena_free(&own->arena);
    tn__blob_free(&own->record);
}

/* Reads a sample's file and makes its record. */
static int make_record(const tn_pack_job *job, struct own *own, int64_t sample, uint32_t *kind)
{
    if (!own->ready)
        tn__arena_init(&own->arena, ARENA_KEEP, 0);
    own->ready = true;
    tn__arena_reset(&own->arena);
    int status = tn__dataset_read(job->dataset, sample, &own->file);
    if (status != TN_OK)
        return status;
    const tn__bytes bytes = {own->file.bytes, own->file.size};
    *kind = TN__PACK_COEFFICIENTS;
    status = tn__packed_make(bytes, job->layout, &own->arena, &own->record);
    if (status != TN__NOT_MINE)
        return status;
    *kind = TN__PACK_FILE;
    own->record.size = 0;
    return tn__blob_add(&own->record, bytes.data, bytes.size);
}

/* With the lock held. */
static void count(tn_pack_facts *facts, uint32_t kind, uint64_t file_bytes, uint64_t record_bytes)
{
    facts->done++;
    facts->file_bytes += (int64_t)file_bytes;
    facts->pack_bytes += (int64_t)record_bytes;
    if (kind != TN__PACK_COEFFICIENTS)
        return;
    facts->coefficients++;
    facts->jpeg_bytes += (int64_t)file_bytes;
    facts->coefficient_bytes += (int64_t)record_bytes;
}

static int next_shard(tn_pack_job *job)
{
    int status = TN_OK;
    if (job->writer.file >= 0)
        status = tn__shard_finish(&job->writer);
    if (status == TN_OK)
        status = tn__shard_begin(&job->writer, job->n_shards, job->next);
    job->n_shards++;
    return status;
}

/* Writes the record whose turn it is. With the lock held. */
static int write_next(tn_pack_job *job, tn__pack_waiting *waiting)
{
    const tn__source *const source = job->dataset->source;
    const tn__blob *const record = &waiting->record;
    const bool full =
        job->writer.file >= 0 && job->writer.size + record->size > (uint64_t)job->shard_bytes;
    int status = job->writer.file < 0 || full ? next_shard(job) : TN_OK;
    if (status != TN_OK)
        return status;
    const tn__shard_item item = {.sample = waiting->sample,
                                 .label = source->ops->label(source, waiting->sample),
                                 .name = source->ops->name(source, waiting->sample),
                                 .kind = waiting->kind};
    status = tn__shard_add(&job->writer, &item, record->bytes, record->size,
                           &job->entries[waiting->sample]);
    count(&job->facts, waiting->kind, waiting->file_bytes, record->size);
    waiting->ready = false;
    job->next++;
    if (status != TN_OK || job->next < job->n)
        return status;
    status = tn__shard_finish(&job->writer);
    return status == TN_OK
               ? tn__manifest_write(job->folder, job->path, source, job->entries, job->n_shards)
               : status;
}

/* Puts a thread's record in the queue, and writes what can be written. With the lock held. */
static int hand_over(tn_pack_job *job, struct own *own, int64_t position, int64_t sample,
                     uint32_t kind)
{
    while (position >= job->next + job->n_waiting && !job->ended)
        pthread_cond_wait(&job->advanced, &job->lock);
    if (job->ended)
        return TN_OK;
    tn__pack_waiting *waiting = &job->waiting[position % job->n_waiting];
    const tn__blob spare = waiting->record;
    *waiting = (tn__pack_waiting){.ready = true,
                                  .kind = kind,
                                  .sample = sample,
                                  .file_bytes = own->file.size,
                                  .record = own->record};
    own->record = spare;
    int status = TN_OK;
    while (status == TN_OK && job->next < job->n) {
        waiting = &job->waiting[job->next % job->n_waiting];
        if (!waiting->ready)
            break;
        status = write_next(job, waiting);
        pthread_cond_broadcast(&job->advanced);
    }
    return status;
}

static int visit(void *shared, void *own, int64_t number)
{
    tn_pack_job *const job = shared;
    const int64_t position = job->first + number;
    const int64_t sample = tn__order_at(&job->order, position);
    uint32_t kind = 0;
    int status = make_record(job, own, sample, &kind);
    pthread_mutex_lock(&job->lock);
    if (status == TN_OK)
        status = hand_over(job, own, position, sample, kind);
    if (status != TN_OK) { /* its turn never comes: nobody is to wait for it */
        job->ended = true;
        pthread_cond_broadcast(&job->advanced);
    }
    pthread_mutex_unlock(&job->lock);
    return status;
}

/* What packs with the same bytes have in common. */
static uint64_t job_id(const tn_pack_job *job)
{
    const tn__source *const source = job->dataset->source;
    uint8_t facts[32];
    tn__put_64(facts, source->ops->fingerprint(source));
    tn__put_64(facts + 8, (uint64_t)job->n);
    tn__put_64(facts + 16, (uint64_t)job->shard_bytes);
    tn__put_64(facts + 24, (uint64_t)job->layout);
    return tn__pack_kernels_get()->hash(facts, sizeof facts);
}

/* Takes over a finished shard's records. */
static int take_over(tn_pack_job *job, const tn__blob *list, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const uint8_t *const raw = list->bytes + (size_t)i * TN__SHARD_ENTRY;
        const int64_t sample = tn__order_at(&job->order, job->first + i);
        if (job->first + i >= job->n || tn__get_64(raw) != (uint64_t)sample)
            return tn__fail(TN_EDECODE, "%s/" TN__PACK_SHARD ": holds other samples than it should",
                            job->path, job->n_shards);
        job->entries[sample] = (tn__pack_entry){.offset = tn__get_64(raw + 8),
                                                .length = tn__get_64(raw + 16),
                                                .checksum = tn__get_64(raw + 24),
                                                .shard = job->n_shards,
                                                .kind = tn__get_32(raw + 32)};
        job->facts.resumed++;
        job->facts.done++;
        job->facts.pack_bytes += (int64_t)tn__get_64(raw + 16);
    }
    job->first += n;
    job->n_shards++;
    return TN_OK;
}

/* Goes on behind the `n` shards that are there. */
static int resume(tn_pack_job *job, uint32_t n)
{
    tn__blob list = {0};
    int status = TN_OK;
    while (status == TN_OK && job->n_shards < n) {
        int64_t n_records = 0;
        status = tn__shard_list(&job->writer.job, job->n_shards, job->first, &list, &n_records);
        if (status == TN_OK)
            status = take_over(job, &list, n_records);
    }
    tn__blob_free(&list);
    job->next = job->first;
    return status;
}

/* True for a name that packing gives a file; *whole: to a finished shard. */
static bool is_ours(const char *name, bool *whole)
{
    uint32_t number;
    char shard[TN__PACK_SHARD_NAME], part[TN__PACK_SHARD_NAME + 8];
    *whole = false;
    if (strcmp(name, TN__PACK_MANIFEST ".part") == 0)
        return true;
    if (sscanf(name, "shard-%u", &number) != 1)
        return false;
    snprintf(shard, sizeof shard, TN__PACK_SHARD, number);
    snprintf(part, sizeof part, "%s.part", shard);
    *whole = strcmp(name, shard) == 0;
    return *whole || strcmp(name, part) == 0;
}

/* How many finished shards the folder has; it may have nothing else but unfinished ones. */
static int count_shards(const tn_pack_job *job, uint32_t *n)
{
    DIR *const folder = tn__open_folder(job->path);
    if (!folder)
        return tn__fail_system(errno, "%s: cannot read this folder", job->path);
    int status = TN_OK;
    *n = 0;
    for (const struct dirent *entry = readdir(folder); entry && status == TN_OK;
         entry = readdir(folder)) {
        bool whole;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (strcmp(entry->d_name, TN__PACK_MANIFEST) == 0)
            status = tn__fail(TN_EINVAL, "%s is a pack already", job->path);
        else if (!is_ours(entry->d_name, &whole))
            status = tn__fail(TN_EINVAL, "%s is in use: it holds \"%s\"", job->path, entry->d_name);
        else
            *n += whole ? 1 : 0;
    }
    closedir(folder);
    return status;
}

static int open_folder(tn_pack_job *job)
{
    if (mkdir(job->path, 0777) != 0 && errno != EEXIST)
        return tn__fail_system(errno, "%s: cannot make this folder", job->path);
    job->folder = tn__open(job->path, O_RDONLY | O_DIRECTORY);
    if (job->folder < 0)
        return tn__fail_system(errno, "%s", job->path);
    if (flock(job->folder, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return tn__fail(TN_EINVAL, "%s is being packed by another process", job->path);
    job->writer.job.folder = job->folder;
    uint32_t n = 0;
    const int status = count_shards(job, &n);
    return status == TN_OK ? resume(job, n) : status;
}

static int prepare(tn_pack_job *job, const tn_pack_options *options)
{
    const tn__source *const source = job->dataset->source;
    if (tn__pack_is_source(source))
        return tn__fail(TN_EINVAL, "%s is a pack already", source->ops->root(source));
    job->layout = options->layout;
    job->shard_bytes = options->shard_bytes;
    tn__order_make(&job->order, TN__FEISTEL_1, job->n, order_seed, 0);
    job->n_waiting = WAITING_PER_THREAD * options->threads;
    job->waiting = calloc((size_t)job->n_waiting, sizeof *job->waiting);
    job->entries = calloc((size_t)job->n, sizeof *job->entries);
    if (!job->waiting || !job->entries)
        return tn__fail_memory("a list of samples", (size_t)job->n * sizeof *job->entries);
    job->writer.job.path = job->path;
    job->writer.job.id = job_id(job);
    job->writer.job.layout = job->layout;
    return TN_OK;
}

tn_pack_job *tn__pack_start(tn_dataset *dataset, const tn_pack_options *options)
{
    tn_pack_job *const job = tn__pack_job_make(dataset, options->path);
    if (!job)
        return NULL;
    int status = prepare(job, options);
    if (status == TN_OK)
        status = open_folder(job);
    if (status == TN_OK && job->first == job->n) /* killed before the manifest was there */
        status = tn__manifest_write(job->folder, job->path, dataset->source, job->entries,
                                    job->n_shards);
    if (status != TN_OK) {
        tn__pack_job_destroy(job);
        return NULL;
    }
    const tn__each_work work = {.name = "tench/pack",
                                .n = job->n - job->first,
                                .n_threads = options->threads,
                                .shared = job,
                                .own_bytes = sizeof(struct own),
                                .visit = visit,
                                .leave = leave};
    return tn__pack_job_run(job, &work);
}
