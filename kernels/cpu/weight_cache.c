/* SPDX-License-Identifier: MIT */
/* Keeps weights for later use. See weight_cache.h.
 *
 * Evaluation meets the same few sizes again and again; training hardly ever meets the same crop
 * twice. So only one miss in five replaces the weights that were unused for the longest time. The
 * other misses share one slot for each direction. In this way sizes that never return neither
 * replace those that do, nor push images out of the processor's caches. */
#include "cpu/weight_cache.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/level.h"
#include "cpu/resample_rows.h"
#include "px/image.h"

enum { SLOT_BYTES = 32 << 10, SHARED = 2, KEPT_MISSES = 5 };

size_t tn__weight_cache_bytes(void)
{
    return (size_t)TN__WEIGHT_SLOTS * SLOT_BYTES;
}

void tn__weight_cache_free(tn__weight_cache *cache)
{
    free(cache->memory);
    *cache = (tn__weight_cache){0};
}

static tn__weight_slot *find(tn__weight_cache *cache, const tn__axis *axis, int32_t level)
{
    for (int32_t i = 0; i < TN__WEIGHT_SLOTS; i++) {
        tn__weight_slot *const slot = &cache->slot[i];
        if (slot->level == level && memcmp(&slot->axis, axis, sizeof *axis) == 0)
            return slot;
    }
    return NULL;
}

static int32_t oldest(const tn__weight_cache *cache)
{
    int32_t found = SHARED;
    for (int32_t i = SHARED; i < TN__WEIGHT_SLOTS; i++)
        if (cache->slot[i].used < cache->slot[found].used)
            found = i;
    return found;
}

static tn__weight_slot *make(tn__weight_cache *cache, const tn__axis *axis, int32_t level,
                             void *scratch)
{
    if (tn__weights_bytes(axis) > SLOT_BYTES)
        return NULL;
    if (!cache->memory)
        cache->memory = aligned_alloc(TN_PX_ALIGN, tn__weight_cache_bytes());
    if (!cache->memory)
        return NULL;
    const int32_t i = cache->misses++ % KEPT_MISSES == 0 ? oldest(cache) : axis->across;
    tn__weight_slot *const slot = &cache->slot[i];
    tn__resample_weights(axis, cache->memory + (size_t)i * SLOT_BYTES, scratch, &slot->weights);
    slot->axis = *axis;
    slot->level = level;
    return slot;
}

const tn__weights *tn__weight_cache_get(tn__weight_cache *cache, const tn__axis *axis,
                                        void *scratch)
{
    const int32_t level = tn__cpu_level();
    tn__weight_slot *slot = find(cache, axis, level);
    if (!slot)
        slot = make(cache, axis, level, scratch);
    if (!slot)
        return NULL;
    slot->used = ++cache->uses;
    return &slot->weights;
}
