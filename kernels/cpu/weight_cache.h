/* SPDX-License-Identifier: MIT */
/* Weights that a worker made before: images of the same size are resized by the same ones. */
#ifndef TENCH_CPU_WEIGHT_CACHE_H
#define TENCH_CPU_WEIGHT_CACHE_H

#include "cpu/weights.h"

enum { TN__WEIGHT_SLOTS = 34 };

typedef struct tn__weight_slot {
    tn__axis axis; /* n is 0: empty */
    int32_t level;
    uint64_t used; /* when, in uses of the cache */
    tn__weights weights;
} tn__weight_slot;

/* All zero: empty. Memory is taken at the first use, once. */
typedef struct tn__weight_cache {
    uint8_t *memory;
    uint64_t uses, misses;
    tn__weight_slot slot[TN__WEIGHT_SLOTS];
} tn__weight_cache;

/* Bytes that a cache takes in use. */
size_t tn__weight_cache_bytes(void);
void tn__weight_cache_free(tn__weight_cache *cache);
/* The axis' weights, made where they are not there yet. They stay while those of one axis of the
 * other direction are got, and no longer. NULL: they do not fit, or there is no memory. `scratch`:
 * tn__weights_scratch(). */
const tn__weights *tn__weight_cache_get(tn__weight_cache *cache, const tn__axis *axis,
                                        void *scratch);

#endif
