/* SPDX-License-Identifier: MIT */
/* The watch over threads that list files: it counts the members that they have seen, and ends them
 * if the caller wants that. */
#ifndef TENCH_DATA_LISTING_WATCH_H
#define TENCH_DATA_LISTING_WATCH_H

#include <stdatomic.h>

#include "base/error.h"
#include "base/thread.h"

typedef struct tn__listing_watch {
    atomic_llong n_members;
    const int32_t *stop; /* of tn__is_stopped */
} tn__listing_watch;

/* Called for each member. TN_ESTOPPED. */
static inline int tn__listing_step(tn__listing_watch *watch)
{
    const long long n = atomic_fetch_add_explicit(&watch->n_members, 1, memory_order_relaxed);
    return tn__is_stopped(watch->stop) ? tn__fail(TN_ESTOPPED, "stopped after %lld members", n)
                                       : TN_OK;
}

#endif
