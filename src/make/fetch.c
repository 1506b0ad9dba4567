/* SPDX-License-Identifier: MIT */
/* Fetches a sample's bytes. See fetch.h. */
#include "make/fetch.h"

#include <stdint.h>

#include "base/error.h"
#include "base/thread.h"

/* Reads up to `room` bytes of the sample, or its head. */
static int fetch(const tn_dataset *dataset, const tn__place *place, size_t room, tn__worker *worker)
{
    tn__stage_enter(&worker->clock, TN__STAGE_READ);
    const int64_t waits = worker->watches ? tn__thread_waits() : 0;
    const int status =
        tn__dataset_begin(dataset, place->sample, room, &worker->file, &worker->part_bytes);
    worker->waited |= worker->watches && tn__thread_waits() != waits;
    if (status == TN_OK) {
        worker->counts.bytes_read += (int64_t)worker->file.size;
        worker->counts.reads++;
        return TN_OK;
    }
    tn__stage_enter(&worker->clock, TN__STAGE_NONE);
    tn__error_place("read", tn__source_name(dataset->source, place->sample), place->position,
                    place->sample);
    return status;
}

int tn__sample_fetch(const tn_dataset *dataset, const tn__place *place, tn__worker *worker)
{
    return fetch(dataset, place, TN__FILE_ROOM, worker);
}

int tn__sample_fetch_whole(const tn_dataset *dataset, const tn__place *place, tn__worker *worker)
{
    return fetch(dataset, place, SIZE_MAX, worker);
}
