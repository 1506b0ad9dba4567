/* SPDX-License-Identifier: MIT */
/* Allocates a worker's scratch memory. See arena.h. */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/poison.h"

enum { MIN_BLOCK = 1 << 20 };

/* ASan knows a block as a whole. The arena tells it which parts are taken, and leaves a gap after
 * each, so that ASan reports any access outside of them. */
static const size_t gap = TN__HAS_ASAN ? TN_PX_ALIGN : 0;

struct tn__arena_block {
    tn__arena_block *next;
    size_t size, used; /* of the bytes after this header */
    char pad[TN_PX_ALIGN - sizeof(void *) - 2 * sizeof(size_t)];
};
_Static_assert(sizeof(tn__arena_block) == TN_PX_ALIGN, "the bytes after the header are aligned");

void tn__arena_init(tn__arena *arena, size_t keep, size_t limit)
{
    /* The allocator wants multiples of the alignment. */
    *arena = (tn__arena){.keep = keep / TN_PX_ALIGN * TN_PX_ALIGN, .limit = limit};
}

static void free_blocks(tn__arena_block *block)
{
    while (block) {
        tn__arena_block *const next = block->next;
        free(block);
        block = next;
    }
}

void tn__arena_free(tn__arena *arena)
{
    free_blocks(arena->first);
    arena->first = arena->current = NULL;
    arena->total = 0;
}

static char *bytes_of(tn__arena_block *block)
{
    return (char *)(block + 1);
}

/* Poisons the bytes of a block that were taken after its first `used` bytes. */
static void release_after(tn__arena_block *block, size_t used)
{
    tn__poison(bytes_of(block) + used, block->used - used);
    block->used = used;
}

void tn__arena_reset(tn__arena *arena)
{
    tn__arena_block *const first = arena->first;
    if (!first || first->size > arena->keep) {
        tn__arena_free(arena);
        return;
    }
    free_blocks(first->next);
    first->next = NULL;
    release_after(first, 0);
    arena->current = first;
    arena->total = first->size;
}

tn__arena_mark tn__arena_here(const tn__arena *arena)
{
    return (tn__arena_mark){arena->current, arena->current ? arena->current->used : 0};
}

void tn__arena_rewind(tn__arena *arena, tn__arena_mark mark)
{
    arena->current = mark.block ? mark.block : arena->first;
    for (tn__arena_block *block = arena->current; block; block = block->next)
        release_after(block, block == mark.block ? mark.used : 0);
}

/* Returns the size of a new block. Reset keeps only the first block, so it gets the whole size at
 * once: untouched memory costs nothing, and one lasting block does not fragment the heap. */
static size_t block_size(const tn__arena *arena, size_t n_bytes)
{
    const bool may_keep = !arena->limit || arena->keep <= arena->limit;
    const size_t least = !arena->first && may_keep ? arena->keep : 0;
    const size_t size = n_bytes > least ? n_bytes : least;
    return size > MIN_BLOCK ? size : MIN_BLOCK;
}

/* Appends a block to the list. */
static tn__arena_block *grow(tn__arena *arena, size_t n_bytes)
{
    const size_t size = block_size(arena, n_bytes);
    if (arena->limit && (size > arena->limit || arena->total > arena->limit - size)) {
        tn__fail(TN_ELIMIT,
                 "scratch memory: %zu bytes, with %zu more, would exceed the limit of %zu",
                 arena->total, size, arena->limit);
        return NULL;
    }
    tn__arena_block *const block = aligned_alloc(TN_PX_ALIGN, sizeof(tn__arena_block) + size);
    if (!block) {
        tn__fail_memory("a worker's scratch", size);
        return NULL;
    }
    *block = (tn__arena_block){.size = size};
    tn__poison(bytes_of(block), size);
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
    void *const bytes = bytes_of(block) + block->used;
    tn__unpoison(bytes, n_bytes);
    block->used += rounded;
    if (block->size - block->used >= gap)
        block->used += gap;
    return bytes;
}

int tn__arena_image(tn__arena *arena, int32_t w, int32_t h, int32_t channels, int32_t bits,
                    tn_px_image *out)
{
    const size_t plane_bytes = tn_px_plane_bytes(w, h, bits);
    uint8_t *const bytes = tn__arena_take(arena, plane_bytes * (size_t)channels);
    if (!bytes)
        return tn__error_last()->code;
    *out = (tn_px_image){
        .stride = tn_px_stride(w, bits), .w = w, .h = h, .channels = channels, .bits = bits};
    for (int32_t c = 0; c < channels; c++) {
        out->plane[c] = bytes + plane_bytes * (size_t)c;
        memset(out->plane[c] + plane_bytes - TN_PX_ALIGN, 0, TN_PX_ALIGN);
    }
    return TN_OK;
}
