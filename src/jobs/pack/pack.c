/* SPDX-License-Identifier: MIT */
/* Packs a data set. See pack.h and job.h.
 *
 * A kill leaves finished shards and at most one unfinished shard. A later run on the same data,
 * with the same options, continues after the finished ones (resume.c). When all records are
 * written, the threads compare each file once more with its description in `inputs`; only then the
 * pack gets its manifest. */
#include "jobs/pack/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/write.h"
#include "codec/codec.h"
#include "cpu/checksum.h"
#include "data/pack/source.h"
#include "jobs/pack/packable.h"
#include "jobs/pack/ranges.h"
#include "jobs/pack/resume.h"
#include "jobs/pack/write_manifest.h"
#include "jobs/read.h"

enum { WAITING_PER_THREAD = 4, ARENA_KEEP = 8 << 20, COMPARED_AT_ONCE = 64 };
enum { IMAGE_ROOM = 256 << 20 }; /* bytes; images that need more are packed one at a time */

/* The memory of one thread. */
struct own {
    tn__buffer file;
    tn__input input; /* describes the file that was read */
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

/* Waits until all records before this one are written. */
static void wait_for_turn(tn__pack_job *job, int64_t position)
{
    pthread_mutex_lock(&job->lock);
    while (job->next != position && !job->ended)
        pthread_cond_wait(&job->advanced, &job->lock);
    pthread_mutex_unlock(&job->lock);
}

/* Makes the record of a file with a codec. An image that is too large waits for its turn, as a
 * large file did before it was read: so only one is in memory. */
static int encode(tn__pack_job *job, struct own *own, int64_t position, tn__bytes file,
                  bool *pixels)
{
    own->arena.limit = IMAGE_ROOM;
    int status = tn__codec_pack(file, job->layout, &own->arena, &own->record, pixels);
    if (status != TN_ELIMIT)
        return status;
    if (file.size <= TN__FILE_ROOM)
        wait_for_turn(job, position);
    tn__arena_reset(&own->arena);
    own->arena.limit = 0;
    status = tn__codec_pack(file, job->layout, &own->arena, &own->record, pixels);
    tn__arena_reset(&own->arena);
    return status;
}

/* The kind of a record that a codec made. */
static uint32_t kind_of(const tn__pack_job *job, bool pixels)
{
    if (!pixels)
        return TN__PACK_COEFFICIENTS;
    return job->keep_files ? TN__PACK_PIXELS_AND_FILE : TN__PACK_PIXELS;
}

/* Reads a sample's file and makes its record. */
static int make_record(tn__pack_job *job, struct own *own, int64_t position, int64_t sample,
                       uint32_t *kind)
{
    if (!own->ready)
        tn__arena_init(&own->arena, ARENA_KEEP, 0);
    own->ready = true;
    tn__arena_reset(&own->arena);
    int status = tn__task_read(&job->task, position - job->first, &own->file);
    if (status != TN_OK)
        return status;
    own->input = tn__input_of(&own->file);
    const tn__bytes bytes = {own->file.bytes, own->file.size};
    bool pixels = false;
    status = encode(job, own, position, bytes, &pixels);
    if (status == TN__NOT_MINE) {
        *kind = TN__PACK_FILE;
        own->record.size = 0;
        return tn__blob_add(&own->record, bytes.data, bytes.size);
    }
    *kind = kind_of(job, pixels);
    if (status == TN_OK && *kind == TN__PACK_PIXELS_AND_FILE)
        status = tn__blob_add(&own->record, bytes.data, bytes.size);
    if (status != TN_OK)
        tn__error_place("pack", tn__source_name(job->task.dataset->source, sample), -1, sample);
    return status;
}

/* Adds a record to the facts. With the lock held. */
static void count(tn_pack_facts *facts, uint32_t kind, uint64_t file_bytes, uint64_t record_bytes)
{
    facts->done++;
    facts->file_bytes += (int64_t)file_bytes;
    facts->pack_bytes += (int64_t)record_bytes;
    tn__pack_count(facts, kind, (int64_t)file_bytes, (int64_t)record_bytes);
}

static int finish_shard(tn__pack_job *job)
{
    const int status = tn__shard_finish(&job->writer);
    if (status == TN_OK) {
        job->facts.kept = job->next;
        job->facts.kept_bytes = job->facts.pack_bytes;
    }
    return status;
}

static int next_shard(tn__pack_job *job)
{
    int status = TN_OK;
    if (job->writer.file >= 0)
        status = finish_shard(job);
    if (status == TN_OK)
        status = tn__shard_begin(&job->writer, job->n_shards, job->next);
    job->n_shards++;
    return status;
}

/* Writes the record at job->next. With the lock held. */
static int write_next(tn__pack_job *job, tn__pack_waiting *waiting)
{
    const tn__source *const source = job->task.dataset->source;
    const tn__blob *const record = &waiting->record;
    const bool full = job->writer.size + record->size > (uint64_t)job->shard_bytes;
    int status = TN_OK;
    if (job->writer.file < 0 || full || tn__pack_begins_range(job, job->next))
        status = next_shard(job);
    if (status != TN_OK)
        return status;
    const tn__shard_item item = {.sample = waiting->sample,
                                 .label = tn__source_class(source, waiting->sample),
                                 .name = tn__source_name(source, waiting->sample),
                                 .kind = waiting->kind,
                                 .input = &waiting->input};
    status = tn__shard_add(&job->writer, &item, record->bytes, record->size,
                           &job->entries[waiting->sample]);
    job->inputs[waiting->sample] = waiting->input;
    count(&job->facts, waiting->kind, waiting->input.size, record->size);
    if (record->capacity > TN__KEPT_FILE_BYTES)
        tn__blob_free(&waiting->record);
    waiting->ready = false;
    job->next++;
    return status != TN_OK || job->next < job->task.n ? status : finish_shard(job);
}

/* Writes the manifest. With the lock held. */
static int finish(tn__pack_job *job)
{
    bool synced = true;
    tn__packed_set set = {
        .source = job->task.dataset->source, .entries = job->entries, .n_shards = job->n_shards};
    for (int32_t i = 0; i < job->n_ranges && job->splits[i]; i++)
        set.splits[set.n_splits++] =
            (tn__packed_split){job->ranges[i].split, job->splits[i]->source, job->ranges[i].first};
    const int status = tn__manifest_write(job->folder, job->path, &set, &synced);
    job->facts.whole = status == TN_OK ? TN_YES : TN_NO;
    if (!synced)
        tn__pack_job_note(job, job->path,
                          ": the pack is complete, but a power failure may lose its names, because "
                          "the file system cannot flush this folder to the disk (%s)",
                          strerror(errno));
    return status;
}

/* Puts a thread's record into the queue, and writes all records whose turn has come. With the lock
 * held. */
static int hand_over(tn__pack_job *job, struct own *own, int64_t position, int64_t sample,
                     uint32_t kind)
{
    while (position >= job->next + job->n_waiting && !job->ended)
        pthread_cond_wait(&job->advanced, &job->lock);
    if (job->ended)
        return TN_OK;
    tn__pack_waiting *waiting = &job->waiting[position % job->n_waiting];
    const tn__blob spare = waiting->record;
    *waiting = (tn__pack_waiting){
        .ready = true, .kind = kind, .sample = sample, .input = own->input, .record = own->record};
    own->record = spare;
    int status = TN_OK;
    while (status == TN_OK && job->next < job->task.n) {
        waiting = &job->waiting[job->next % job->n_waiting];
        if (!waiting->ready)
            break;
        status = write_next(job, waiting);
        pthread_cond_broadcast(&job->advanced);
    }
    return status;
}

/* Ends the job after a failure: no more records are written, so no thread may wait for its turn.
 * With the lock held. */
static void end_early(tn__pack_job *job, int status)
{
    if (status == TN_OK)
        return;
    job->ended = true;
    pthread_cond_broadcast(&job->advanced);
}

/* Delays a large file until all records before its own are written: so only one large file is in
 * memory, as a file or as a record. */
static void wait_if_large(tn__pack_job *job, struct own *own, int64_t position, int64_t sample)
{
    int64_t file_bytes;
    if (tn__dataset_head(job->task.dataset, sample, 0, &own->file, &file_bytes) != TN_OK ||
        file_bytes <= TN__FILE_ROOM)
        return;
    wait_for_turn(job, position);
}

static int pack_one(tn__pack_job *job, struct own *own, int64_t position)
{
    const int64_t sample = tn__pack_sample_at(job, position);
    uint32_t kind = 0;
    wait_if_large(job, own, position, sample);
    int status = make_record(job, own, position, sample, &kind);
    tn__dataset_end_turn(job->task.dataset, &own->file);
    pthread_mutex_lock(&job->lock);
    if (status == TN_OK)
        status = hand_over(job, own, position, sample, kind);
    end_early(job, status);
    pthread_mutex_unlock(&job->lock);
    return status;
}

/* Waits until all records are written. False: the work ends early. */
static bool wait_for_records(tn__pack_job *job)
{
    pthread_mutex_lock(&job->lock);
    while (job->next < job->task.n && !job->ended)
        pthread_cond_wait(&job->advanced, &job->lock);
    const bool all = job->next == job->task.n && !job->ended;
    pthread_mutex_unlock(&job->lock);
    return all;
}

static int fail_changed(const tn__pack_job *job, int64_t sample)
{
    tn__fail(TN_EIO, "changed while it was packed; pack again: the shards before it are kept");
    tn__error_place("pack", tn__source_name(job->task.dataset->source, sample), -1, sample);
    return TN_EIO;
}

static int compare_files(tn__pack_job *job, struct own *own, int64_t first, int64_t end)
{
    for (int64_t sample = first; sample < end; sample++) {
        bool same;
        const int status = tn__input_compare(job->task.dataset, sample, &job->inputs[sample], false,
                                             &own->file, &same);
        if (status != TN_OK || !same)
            return status != TN_OK ? status : fail_changed(job, sample);
    }
    return TN_OK;
}

/* Compares a block of files with their descriptions. The last block finishes the pack. */
static int compare(tn__pack_job *job, struct own *own, int64_t first)
{
    const int64_t end =
        job->task.n - first < COMPARED_AT_ONCE ? job->task.n : first + COMPARED_AT_ONCE;
    if (!wait_for_records(job))
        return TN_OK;
    int status = compare_files(job, own, first, end);
    pthread_mutex_lock(&job->lock);
    job->n_compared += end - first;
    if (status == TN_OK && !job->ended && job->n_compared == job->task.n)
        status = finish(job);
    end_early(job, status);
    pthread_mutex_unlock(&job->lock);
    return status;
}

/* The first numbers are positions, from the job's first on; the others are blocks of files to
 * compare. */
static int visit(void *shared, void *own, int64_t number)
{
    tn__pack_job *const job = shared;
    const int64_t n_records = job->task.n - job->first;
    return number < n_records ? pack_one(job, own, job->first + number)
                              : compare(job, own, (number - n_records) * COMPARED_AT_ONCE);
}

/* The identity of a job: jobs with one identity make packs with the same bytes. */
static uint64_t job_id(const tn__pack_job *job)
{
    const tn__source *const source = job->task.dataset->source;
    uint8_t facts[32 + 16 * TN__MAX_SPLITS + 8];
    size_t n_bytes = 32;
    tn__put_64(facts, source->fingerprint);
    tn__put_64(facts + 8, (uint64_t)job->task.n);
    tn__put_64(facts + 16, (uint64_t)job->shard_bytes);
    tn__put_64(facts + 24, (uint64_t)job->layout);
    for (int32_t i = 0; i < job->n_ranges && job->splits[i]; i++, n_bytes += 16) {
        const tn__source *const split = job->splits[i]->source;
        tn__put_64(facts + n_bytes, split->fingerprint);
        tn__put_64(facts + n_bytes + 8, (uint64_t)split->n_samples);
    }
    if (job->keep_files) { /* packs without kept files have the identity that they always had */
        tn__put_64(facts + n_bytes, 1);
        n_bytes += 8;
    }
    return tn__checksum(facts, n_bytes);
}

static int prepare(tn__pack_job *job, const tn_pack_options *options)
{
    const tn__source *const source = job->task.dataset->source;
    if (source->ops->traits & TN__PACKED)
        return tn__fail(TN_EINVAL, "%s is already a pack", source->root);
    int status = options->splits != TN_NO ? tn__pack_join_splits(job) : TN_OK;
    if (status == TN_OK)
        status = tn__pack_check(job->task.dataset->source);
    if (status != TN_OK)
        return status;
    job->layout = options->layout;
    job->keep_files = options->keep_files == TN_YES;
    job->shard_bytes = options->shard_bytes;
    job->n_waiting = WAITING_PER_THREAD * options->threads;
    job->waiting = calloc((size_t)job->n_waiting, sizeof *job->waiting);
    job->entries = calloc((size_t)job->task.n, sizeof *job->entries);
    job->inputs = calloc((size_t)job->task.n, sizeof *job->inputs);
    if (!job->waiting || !job->entries || !job->inputs)
        return tn__fail_memory("a list of samples",
                               (size_t)job->task.n * (sizeof *job->entries + sizeof *job->inputs));
    job->writer.inputs = &job->journal;
    job->writer.job.path = job->path;
    job->writer.job.layout = job->layout;
    return TN_OK;
}

static int open_folder(tn__pack_job *job, int32_t n_threads)
{
    const int status = tn__pack_job_own(job, job->path);
    if (status != TN_OK)
        return status;
    job->writer.job.id = job_id(job);
    job->writer.job.folder = job->journal.folder = job->folder;
    job->journal.path = job->path;
    sigset_t before;
    tn__write_shield(&before); /* this thread belongs to the host */
    const int resumed = tn__pack_resume(job, n_threads);
    tn__write_unshield(&before);
    return resumed;
}

static int64_t sample_of(const tn_task *task, int64_t number)
{
    const tn__pack_job *const job = (const tn__pack_job *)task;
    const int64_t n_records = task->n - job->first;
    return number < n_records ? tn__pack_sample_at(job, job->first + number) : -1;
}

static const tn__task_ops pack_ops = {.kind = TN_TASK_PACK,
                                      .stop = tn__pack_job_stop,
                                      .done = tn__pack_job_done,
                                      .dispose = tn__pack_job_dispose,
                                      .sample = sample_of};

tn_task *tn__pack_start(tn_dataset *dataset, const tn_pack_options *options)
{
    tn__pack_job *const job = tn__pack_job_make(&pack_ops, dataset, options->path);
    if (!job)
        return NULL;
    int status = prepare(job, options);
    if (status == TN_OK)
        status = tn__pack_find_ranges(job, options->splits != TN_NO);
    if (status == TN_OK)
        status = open_folder(job, options->threads);
    if (status != TN_OK) {
        tn__task_destroy(&job->task);
        return NULL;
    }
    const int64_t n_blocks = (job->task.n + COMPARED_AT_ONCE - 1) / COMPARED_AT_ONCE;
    const tn__each_work work = {.name = "tench/pack",
                                .n = job->task.n - job->first + n_blocks,
                                .n_threads = options->threads,
                                .own_bytes = sizeof(struct own),
                                .visit = visit,
                                .leave = leave};
    return tn__task_run(&job->task, work);
}
