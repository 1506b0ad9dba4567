/* SPDX-License-Identifier: MIT */
/* Bump allocator of a worker. See arena.h. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { MIN_BLOCK = 1 << 20 };

struct tn__arena_block {
    tn__arena_block *next;
    size_t size, used; /* of the bytes behind the header */
    char pad[TN_PX_ALIGN - sizeof(void *) - 2 * sizeof(size_t)];
};
_Static_assert(sizeof(tn__arena_block) == TN_PX_ALIGN, "bytes behind the header are aligned");

void tn__arena_init(tn__arena *arena, size_t keep, size_t limit)
{
    *arena = (tn__arena){.keep = keep, .limit = limit};
}

void tn__arena_free(tn__arena *arena)
{
    tn__arena_block *block = arena->first;
    while (block) {
        tn__arena_block *const next = block->next;
        free(block);
        block = next;
    }
    arena->first = arena->current = NULL;
    arena->total = 0;
}

void tn__arena_reset(tn__arena *arena)
{
    size_t kept = 0;
    tn__arena_block **link = &arena->first;
    while (*link) {
        tn__arena_block *const block = *link;
        if (kept + block->size > arena->keep) {
            *link = block->next;
            free(block);
            continue;
        }
        kept += block->size;
        block->used = 0;
        link = &block->next;
    }
    arena->total = kept;
    arena->current = arena->first;
}

/* Appends a block behind the last one. */
static tn__arena_block *grow(tn__arena *arena, size_t n_bytes)
{
    const size_t size = n_bytes > MIN_BLOCK ? n_bytes : MIN_BLOCK;
    if (arena->limit && (size > arena->limit || arena->total > arena->limit - size)) {
        tn__fail(TN_ELIMIT, "scratch memory: %zu bytes more than %zu would pass the limit of %zu",
                 size, arena->total, arena->limit);
        return NULL;
    }
    tn__arena_block *const block = aligned_alloc(TN_PX_ALIGN, sizeof(tn__arena_block) + size);
    if (!block) {
        tn__fail_memory("a worker's scratch", size);
        return NULL;
    }
    *block = (tn__arena_block){.size = size};
    tn__arena_block **link = &arena->first;
    while (*link)
        link = &(*link)->next;
    *link = block;
    arena->total += size;
    return block;
}

void *tn__arena_take(tn__arena *arena, size_t n_bytes)
{
    if (n_bytes > SIZE_MAX / 2) {
        tn__fail_memory("a worker's scratch", n_bytes);
        return NULL;
    }
    const size_t rounded = (n_bytes + TN_PX_ALIGN - 1) / TN_PX_ALIGN * TN_PX_ALIGN;
    tn__arena_block *block = arena->current;
    while (block && block->size - block->used < rounded)
        block = block->next;
    if (!block)
        block = grow(arena, rounded);
    if (!block)
        return NULL;
    arena->current = block;
    void *const bytes = (char *)(block + 1) + block->used;
    block->used += rounded;
    return bytes;
}

int tn__arena_image(tn__arena *arena, int32_t w, int32_t h, int32_t channels, tn_px_image *out)
{
    const size_t plane_bytes = tn_px_plane_bytes(w, h);
    uint8_t *const bytes = tn__arena_take(arena, plane_bytes * (size_t)channels);
    if (!bytes)
        return tn__error_last()->code;
    *out =
        (tn_px_image){.stride = tn_px_stride(w), .w = w, .h = h, .channels = channels, .bits = 8};
    for (int32_t c = 0; c < channels; c++) {
        out->plane[c] = bytes + plane_bytes * (size_t)c;
        memset(out->plane[c] + plane_bytes - TN_PX_ALIGN, 0, TN_PX_ALIGN);
    }
    return TN_OK;
}
