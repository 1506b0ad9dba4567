/* SPDX-License-Identifier: MIT */
/* Weights that a worker has computed before. Images of equal size need equal weights. */
#ifndef TENCH_CPU_WEIGHT_CACHE_H
#define TENCH_CPU_WEIGHT_CACHE_H

#include "cpu/weights.h"

enum { TN__WEIGHT_SLOTS = 34 };

typedef struct tn__weight_slot {
    tn__axis axis; /* empty if n is 0 */
    int32_t level;
    uint64_t used; /* number of the cache's last use of this slot */
    tn__weights weights;
} tn__weight_slot;

/* Empty if all zero. The first use takes the memory, once. */
typedef struct tn__weight_cache {
    uint8_t *memory;
    uint64_t uses, misses;
    tn__weight_slot slot[TN__WEIGHT_SLOTS];
} tn__weight_cache;

/* Bytes of memory that a used cache takes. */
size_t tn__weight_cache_bytes(void);
void tn__weight_cache_free(tn__weight_cache *cache);
/* Returns the weights of an axis, and computes them if they are not cached. They stay valid until
 * the next call for the same direction. NULL: they do not fit, or memory ran out. `scratch` holds
 * tn__weights_scratch() bytes. */
const tn__weights *tn__weight_cache_get(tn__weight_cache *cache, const tn__axis *axis,
                                        void *scratch);

#endif
