/* SPDX-License-Identifier: MIT */
/* Positions of batches. See schedule.h. */
#include "load/schedule.h"

#include "base/error.h"
#include "data/order.h"

static int check(const tn__schedule_options *options)
{
    const int32_t world = options->world_size ? options->world_size : 1;
    if (options->rank >= world)
        return tn__fail(TN_EINVAL, "rank is %d; it must be 0 to %d, below world_size",
                        options->rank, world - 1);
    return TN_OK;
}

int tn__schedule_make(tn__schedule *schedule, const tn__schedule_options *options)
{
    const int status = check(options);
    if (status != TN_OK)
        return status;
    const int64_t repeats = options->repeats ? options->repeats : 1;
    const int64_t max_positions = (int64_t)1 << TN__ORDER_MAX_BITS;
    if (options->n_samples > max_positions / repeats)
        return tn__fail(TN_EINVAL, "%lld samples repeated %lld times make more than 2^%d positions",
                        (long long)options->n_samples, (long long)repeats, TN__ORDER_MAX_BITS);
    const int64_t n = options->n_samples * repeats;
    const int64_t spare = options->drop_last ? 0 : options->batch_size - 1;
    *schedule = (tn__schedule){
        .n_samples = options->n_samples,
        .n_positions = n,
        .n_batches = (n + spare) / options->batch_size,
        .batch_size = options->batch_size,
        .rank = options->rank,
        .world_size = options->world_size ? options->world_size : 1,
        .even_ranks = options->even_ranks,
    };
    return TN_OK;
}

tn__span tn__schedule_at(const tn__schedule *schedule, int64_t batch)
{
    const int64_t position = batch * schedule->batch_size;
    const int64_t left = schedule->n_positions - position;
    return (tn__span){
        .batch = batch,
        .position = position,
        .rows = left < schedule->batch_size ? (int32_t)left : schedule->batch_size,
    };
}

int64_t tn__schedule_count(const tn__schedule *schedule, int64_t first)
{
    const int64_t left = schedule->n_batches - first;
    if (schedule->even_ranks)
        return left / schedule->world_size;
    return (left - schedule->rank + schedule->world_size - 1) / schedule->world_size;
}

int64_t tn__schedule_batch(const tn__schedule *schedule, int64_t first, int64_t j)
{
    return first + j * schedule->world_size + schedule->rank;
}

int64_t tn__schedule_reached(const tn__schedule *schedule, int64_t first, int64_t j)
{
    const int64_t left = schedule->n_batches - first;
    const int64_t rounds = left / schedule->world_size;
    const int64_t whole = rounds * schedule->world_size == left || schedule->even_ranks;
    if (j > rounds || (j == rounds && whole))
        return schedule->n_batches;
    return first + j * schedule->world_size;
}

int32_t tn__schedule_row(const tn__span *span, int32_t sample, int32_t view)
{
    return view * span->rows + sample;
}
