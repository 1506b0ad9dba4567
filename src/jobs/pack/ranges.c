/* SPDX-License-Identifier: MIT */
/* Splits as ranges of samples. See ranges.h.
 *
 * All names of a split begin with the same folder. So they are neighbours in the natural order of
 * all names, in the same order as in the split alone: a split is a range of the samples. It is also
 * opened alone, to get the classes, labels and fingerprint that it has there.
 *
 * Containers such as Parquet files have splits of their own, which no folder names. Their splits
 * are joined first, with names as if they were folders: so samples of two splits may have the same
 * name. */
#include "jobs/pack/ranges.h"

#include <string.h>

#include "base/error.h"
#include "data/pack/format.h"
#include "data/pack/source.h"

/* Seeds the order in which samples are packed: a pack that is read from its start is shuffled. */
static const int64_t order_seed = 0x7061636b;

static void add_range(tn__pack_job *job, const char *split, tn_dataset *opened, int64_t first,
                      int64_t n)
{
    tn__pack_range *const range = &job->ranges[job->n_ranges];
    range->split = split;
    range->first = first;
    tn__order_make(&range->order, TN__FEISTEL_1, NULL, n, order_seed, 0);
    job->splits[job->n_ranges++] = opened;
}

/* The part of a sample's name after the split's folder; NULL: the sample is not in that folder. */
static const char *name_below(const tn__source *source, int64_t sample, const char *split,
                              char name[TN__NAME_BYTES])
{
    const size_t length = strlen(split);
    if (sample >= source->n_samples)
        return NULL;
    source->ops->name(source, sample, name);
    return strncmp(name, split, length) == 0 && name[length] == '/' ? name + length + 1 : NULL;
}

/* True if the samples of the split are exactly the samples below its folder, from `first` on. */
static bool is_range(const tn__source *whole, int64_t first, const char *name,
                     const tn__source *split)
{
    const int64_t n = split->n_samples;
    char path[TN__NAME_BYTES];
    for (int64_t i = 0; i < n; i++) {
        const char *const below = name_below(whole, first + i, name, path);
        if (!below || strcmp(below, tn__source_name(split, i)) != 0)
            return false;
    }
    return !name_below(whole, first + n, name, path);
}

static int fail_split(const tn__pack_job *job, const char *name)
{
    const tn__source *const whole = job->task.dataset->source;
    return tn__fail(
        TN_EINVAL,
        "data set \"%s\": the whole data set lacks images of the split \"%s\"; pack one split at "
        "a time",
        whole->root, name);
}

static int fail_long_name(const tn__pack_job *job, const char *name)
{
    return tn__fail(TN_EINVAL,
                    "data set \"%s\": the name of the split \"%s\" has more than %d bytes, which a "
                    "pack cannot hold; pack one split at a time",
                    job->task.dataset->source->root, name, TN__SPLIT_NAME_BYTES - 1);
}

/* Adds the split whose samples begin at *first; *first moves to their end. The whole data set lacks
 * a split without images, and one that is a pack. */
static int add_split(tn__pack_job *job, const char *name, int64_t *first)
{
    const tn__source *const whole = job->task.dataset->source;
    char path[TN__NAME_BYTES];
    if (strlen(name) >= TN__SPLIT_NAME_BYTES)
        return fail_long_name(job, name);
    const bool is_there = name_below(whole, *first, name, path) != NULL;
    tn_dataset *const split = tn__dataset_open_split(job->task.dataset, name);
    if (!split)
        return !is_there && tn__error_last()->code == TN_EINVAL ? TN_OK : tn__error_last()->code;
    const int64_t n = split->source->n_samples;
    if (!is_range(whole, *first, name, split->source)) {
        tn__dataset_release(split);
        return fail_split(job, name);
    }
    add_range(job, name, split, *first, n);
    *first += n;
    return TN_OK;
}

/* Each sample must be in a split, or it would be lost. */
static int check_joined(const tn__source *whole, const tn__source *joined)
{
    const int64_t n = whole->n_samples, n_joined = joined->n_samples;
    return n_joined >= n ? TN_OK
                         : tn__fail(TN_EINVAL,
                                    "data set \"%s\": %lld of its %lld samples are in none of its "
                                    "splits; pack one split at a time",
                                    whole->root, (long long)(n - n_joined), (long long)n);
}

int tn__pack_join_splits(tn__pack_job *job)
{
    tn_task *const task = &job->task;
    tn__splits splits = {0};
    const int status =
        task->dataset->split[0] ? TN_OK : tn__dataset_find_splits(task->dataset, &splits);
    if (status != TN_OK || splits.n == 0 || splits.are_folders)
        return status;
    tn_dataset *const joined = tn__dataset_join_splits(task->dataset);
    if (!joined)
        return tn__error_last()->code;
    const int checked = check_joined(task->dataset->source, joined->source);
    tn__dataset_release(task->dataset);
    task->dataset = joined;
    task->n = job->facts.samples = joined->source->n_samples;
    return checked;
}

int tn__pack_find_ranges(tn__pack_job *job, bool splits_wanted)
{
    tn__splits *const splits = &job->found;
    int64_t first = 0;
    int status = TN_OK;
    if (splits_wanted && !job->task.dataset->split[0])
        status = tn__dataset_find_splits(job->task.dataset, splits);
    for (int32_t i = 0; i < splits->n && status == TN_OK; i++)
        status = add_split(job, splits->names[i], &first);
    if (status == TN_OK && splits->n > 0 && first < job->task.n)
        return tn__fail(TN_EINVAL,
                        "data set \"%s\": %lld of its %lld samples are in none of its splits",
                        job->task.dataset->source->root, (long long)(job->task.n - first),
                        (long long)job->task.n);
    if (status == TN_OK && splits->n == 0)
        add_range(job, NULL, NULL, 0, job->task.n);
    return status;
}

/* The range that contains a position. */
static const tn__pack_range *range_at(const tn__pack_job *job, int64_t position)
{
    int32_t range = job->n_ranges - 1;
    while (range > 0 && job->ranges[range].first > position)
        range--;
    return &job->ranges[range];
}

int64_t tn__pack_sample_at(const tn__pack_job *job, int64_t position)
{
    const tn__pack_range *const range = range_at(job, position);
    return range->first + tn__order_at(&range->order, position - range->first);
}

bool tn__pack_begins_range(const tn__pack_job *job, int64_t position)
{
    return range_at(job, position)->first == position;
}
