/* SPDX-License-Identifier: MIT */
/* Continues a pack after a stop or a kill. See resume.h.
 *
 * A finished shard is kept if it belongs to this job, the journal lists its inputs, all of these
 * files are unchanged, and every shard before it is kept too. All others are packed again, because
 * the size of a shard decides where the next one begins. */
#include "jobs/pack/resume.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "data/pack/manifest.h"
#include "jobs/pack/ranges.h"

/* A finished shard of the earlier run. */
typedef struct old_shard {
    int64_t first, n;     /* positions */
    uint64_t journal_end; /* end of its block in the journal */
} old_shard;

typedef struct resumption {
    tn__pack_job *job;
    uint32_t n_whole; /* finished shards in the folder */
    uint32_t n;       /* shards, from the first on, whose contents and inputs were read */
    old_shard *shards;
    int64_t n_positions;            /* of these shards */
    atomic_llong changed;           /* the first position whose file has changed */
    char file[TN__NAME_BYTES];      /* why no more is kept: this file; "": another reason */
    char reason[TN__MESSAGE_BYTES]; /* the rest of that sentence, in shown form */
} resumption;

/* True for a name that packing gives to a file. *shard: the number of a finished shard, else -1. */
static bool is_ours(const char *name, int64_t *shard)
{
    uint32_t number;
    char whole[TN__PACK_SHARD_NAME], part[TN__PACK_SHARD_NAME + 8];
    *shard = -1;
    if (strcmp(name, TN__PACK_MANIFEST ".part") == 0 || strcmp(name, TN__PACK_JOURNAL) == 0)
        return true;
    if (sscanf(name, "shard-%u", &number) != 1)
        return false;
    snprintf(whole, sizeof whole, TN__PACK_SHARD, number);
    snprintf(part, sizeof part, "%s.part", whole);
    if (strcmp(name, whole) == 0)
        *shard = number;
    return *shard >= 0 || strcmp(name, part) == 0;
}

/* Refuses any file that this job would not write. */
static int check_name(resumption *old, const char *name)
{
    const tn__pack_job *const job = old->job;
    int64_t shard;
    if (!is_ours(name, &shard))
        return tn__fail(TN_EINVAL, "%s is in use: it contains \"%s\"", job->path, name);
    if (shard < 0)
        return TN_OK;
    old->n_whole++;
    return tn__shard_check(&job->writer.job, (uint32_t)shard);
}

static int check_folder(resumption *old)
{
    const tn__pack_job *const job = old->job;
    const int is_pack = tn__manifest_is_in(job->path);
    if (is_pack != 0)
        return is_pack < 0 ? is_pack : tn__fail(TN_EINVAL, "%s is already a pack", job->path);
    DIR *const list = tn__pack_job_list(job, job->path);
    int status = list ? TN_OK : tn__error_last()->code;
    const char *name;
    while (status == TN_OK && (name = tn__pack_job_next(list, job->path, &status)))
        status = check_name(old, name);
    if (list)
        closedir(list);
    return status;
}

/* Takes over a record of the earlier run, if it belongs to the sample at this position. The hash in
 * a shard's head narrows the choice; names and labels decide. */
static bool take_record(tn__pack_job *job, int64_t position, uint32_t shard,
                        const tn__shard_record *record)
{
    const tn__source *const source = job->task.dataset->source;
    const int64_t sample = tn__pack_sample_at(job, position);
    const char *const name = tn__source_name(source, sample);
    if (record->sample != (uint64_t)sample || strlen(name) != record->name_length ||
        memcmp(name, record->name, record->name_length) != 0 ||
        record->label != (uint64_t)tn__source_class(source, sample))
        return false;
    job->entries[sample] = record->entry;
    job->entries[sample].shard = shard;
    return true;
}

static int take_records(resumption *old, uint32_t shard, const tn__shard_contents *contents)
{
    for (int64_t i = 0; i < contents->n_records; i++) {
        tn__shard_record record;
        if (!tn__shard_record_at(contents, i, &record))
            return tn__fail(TN_EDECODE, TN__PACK_SHARD ": the list of its records is damaged",
                            shard);
        if (!take_record(old->job, old->n_positions + i, shard, &record))
            return tn__fail(TN_EINVAL,
                            "%s/" TN__PACK_SHARD " contains unexpected samples: it belongs to "
                            "another data set; give another folder, or remove this one",
                            old->job->path, shard);
    }
    return TN_OK;
}

/* Takes over the inputs of a shard. */
static int take_inputs(resumption *old, uint32_t shard, const tn__shard_contents *contents,
                       uint64_t *end, tn__blob *raw)
{
    tn__pack_job *const job = old->job;
    const int status =
        tn__inputs_read(&job->journal, end, shard, contents->checksum, contents->n_records, raw);
    if (status == TN_EDECODE)
        return tn__fail(status, TN__PACK_JOURNAL " does not list the files in " TN__PACK_SHARD,
                        shard);
    for (int64_t i = 0; status == TN_OK && i < contents->n_records; i++) {
        const int64_t sample = tn__pack_sample_at(job, old->n_positions + i);
        job->inputs[sample] = tn__input_get(raw->bytes + (size_t)i * TN__INPUT_BYTES);
        job->entries[sample].file_bytes = job->inputs[sample].size;
    }
    return status;
}

static size_t count_name_bytes(const tn__source *source)
{
    size_t n_bytes = 0;
    for (int64_t i = 0; i < source->n_samples; i++)
        n_bytes += strlen(tn__source_name(source, i));
    return n_bytes;
}

/* Reads the next shard's contents and inputs. TN_EDECODE, TN_EIO: it cannot be kept. */
static int read_shard(resumption *old, size_t name_bytes, tn__shard_contents *contents,
                      tn__blob *raw)
{
    const tn__pack_job *const job = old->job;
    uint64_t end = old->n > 0 ? old->shards[old->n - 1].journal_end : TN__INPUTS_HEAD;
    int status = tn__shard_list(&job->writer.job, old->n, old->n_positions,
                                job->task.n - old->n_positions, name_bytes, contents);
    if (status == TN_OK)
        status = take_records(old, old->n, contents);
    if (status == TN_OK)
        status = take_inputs(old, old->n, contents, &end, raw);
    if (status != TN_OK)
        return status;
    old->shards[old->n++] = (old_shard){old->n_positions, contents->n_records, end};
    old->n_positions += contents->n_records;
    return TN_OK;
}

static int read_shards(resumption *old)
{
    tn__shard_contents contents = {0};
    tn__blob raw = {0};
    const size_t name_bytes = count_name_bytes(old->job->task.dataset->source);
    int status = TN_OK;
    old->shards = calloc((size_t)old->n_whole + 1, sizeof *old->shards);
    if (!old->shards)
        return tn__fail_memory("a list of shards", old->n_whole * sizeof *old->shards);
    while (status == TN_OK && old->n < old->n_whole && old->n_positions < old->job->task.n)
        status = read_shard(old, name_bytes, &contents, &raw);
    tn__blob_free(&contents.list);
    tn__blob_free(&raw);
    if (status != TN_EDECODE && status != TN_EIO)
        return status;
    snprintf(old->reason, sizeof old->reason, "%s", tn__error_last()->message);
    return TN_OK;
}

static void leave(void *own)
{
    tn__buffer_free(own);
}

/* Lowers `changed` to a position. */
static void note_change(resumption *old, int64_t position)
{
    long long known = atomic_load(&old->changed);
    while (position < known && !atomic_compare_exchange_weak(&old->changed, &known, position))
        continue;
}

static int compare(void *shared, void *own, int64_t position)
{
    resumption *const old = shared;
    const tn__pack_job *const job = old->job;
    const int64_t sample = tn__pack_sample_at(job, position);
    bool same = true;
    if (position > atomic_load(&old->changed))
        return TN_OK;
    const int status =
        tn__input_compare(job->task.dataset, sample, &job->inputs[sample], true, own, &same);
    if (status == TN_OK && !same)
        note_change(old, position);
    return status;
}

/* Finds the first file that has changed since it was packed. */
static int compare_inputs(resumption *old, int32_t n_threads)
{
    const tn__each_work work = {.name = "tench/pack",
                                .n = old->n_positions,
                                .n_threads = n_threads,
                                .block = 64,
                                .shared = old,
                                .own_bytes = sizeof(tn__buffer),
                                .visit = compare,
                                .leave = leave};
    return tn__each_run(
        &work, (tn__each_watch){.doing = "comparing", .stop = old->job->task.dataset->stop});
}

/* Counts the shards before the first changed file. */
static uint32_t count_kept(resumption *old)
{
    const tn__source *const source = old->job->task.dataset->source;
    const int64_t changed = atomic_load(&old->changed);
    if (changed == INT64_MAX)
        return old->n;
    uint32_t kept = 0;
    while (kept < old->n && old->shards[kept].first + old->shards[kept].n <= changed)
        kept++;
    source->ops->name(source, tn__pack_sample_at(old->job, changed), old->file);
    snprintf(old->reason, sizeof old->reason, " changed after it was packed");
    return kept;
}

static void keep(resumption *old, uint32_t n_kept)
{
    tn__pack_job *const job = old->job;
    job->n_shards = n_kept;
    job->first = n_kept > 0 ? old->shards[n_kept - 1].first + old->shards[n_kept - 1].n : 0;
    job->next = job->first;
    for (int64_t position = 0; position < job->first; position++)
        job->facts.pack_bytes += (int64_t)job->entries[tn__pack_sample_at(job, position)].length;
    job->facts.resumed = job->facts.done = job->facts.kept = job->first;
    job->facts.kept_bytes = job->facts.pack_bytes;
    if (n_kept == old->n_whole || !old->reason[0])
        return;
    tn__pack_job_note(job, old->file, "%s: " TN__PACK_SHARD " %s packed again", old->reason, n_kept,
                      n_kept + 1 == old->n_whole ? "is" : "and those after it are");
}

static int remove_unless_kept(const tn__pack_job *job, const char *name)
{
    int64_t shard;
    if (!is_ours(name, &shard) || strcmp(name, TN__PACK_JOURNAL) == 0 ||
        (shard >= 0 && shard < job->n_shards))
        return TN_OK;
    if (unlinkat(job->folder, name, 0) == 0 || errno == ENOENT)
        return TN_OK;
    return tn__fail_system(errno, "%s/%s: cannot remove it", job->path, name);
}

/* Removes unfinished shards, and finished ones that are not kept. */
static int remove_rest(const tn__pack_job *job)
{
    DIR *const list = tn__pack_job_list(job, job->path);
    int status = list ? TN_OK : tn__error_last()->code;
    const char *name;
    while (status == TN_OK && (name = tn__pack_job_next(list, job->path, &status)))
        status = remove_unless_kept(job, name);
    if (list)
        closedir(list);
    return status;
}

static int resume(resumption *old, int32_t n_threads)
{
    tn__pack_job *const job = old->job;
    bool is_new;
    int status = check_folder(old);
    if (status == TN_OK)
        status = tn__inputs_open(&job->journal, job->writer.job.id, &is_new);
    if (status == TN_OK && old->n_whole > 0)
        status = read_shards(old);
    if (status == TN_OK && old->n_positions > 0)
        status = compare_inputs(old, n_threads);
    if (status != TN_OK)
        return status;
    const uint32_t n_kept = count_kept(old);
    keep(old, n_kept);
    status = remove_rest(job);
    if (status == TN_OK)
        status = tn__inputs_cut(&job->journal,
                                n_kept > 0 ? old->shards[n_kept - 1].journal_end : TN__INPUTS_HEAD);
    job->begun = status == TN_OK;
    return status;
}

int tn__pack_resume(tn__pack_job *job, int32_t n_threads)
{
    resumption old = {.job = job, .changed = INT64_MAX};
    const int status = resume(&old, n_threads);
    free(old.shards);
    return status;
}
