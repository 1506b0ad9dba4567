/* SPDX-License-Identifier: MIT */
/* Bump allocator of a worker, for scratch memory that lives as long as one sample.
 *
 * Memory comes in blocks. Reset keeps one block of `keep` bytes, so that a steady state allocates
 * nothing; a sample that needed more gives the surplus back. */
#ifndef TENCH_BASE_ARENA_H
#define TENCH_BASE_ARENA_H

#include <stddef.h>

#include "px/image.h"

typedef struct tn__arena_block tn__arena_block;

typedef struct tn__arena {
    tn__arena_block *first, *current;
    size_t keep;  /* bytes that a reset keeps */
    size_t limit; /* bytes that one sample may take; 0: unlimited */
    size_t total; /* bytes of all blocks */
} tn__arena;

/* `keep` is rounded down to a multiple of TN_PX_ALIGN. */
void tn__arena_init(tn__arena *arena, size_t keep, size_t limit);
void tn__arena_free(tn__arena *arena);
/* Releases everything that was taken. */
void tn__arena_reset(tn__arena *arena);
/* A state to return to. Rewinding releases what was taken since. */
typedef struct tn__arena_mark {
    tn__arena_block *block;
    size_t used;
} tn__arena_mark;
tn__arena_mark tn__arena_here(const tn__arena *arena);
void tn__arena_rewind(tn__arena *arena, tn__arena_mark mark);
/* Takes `n_bytes`, 64-byte aligned and not cleared. NULL: TN_ENOMEM or TN_ELIMIT is recorded. */
void *tn__arena_take(tn__arena *arena, size_t n_bytes);
/* Takes an image with 1…4 channels of 8 or 16 bits. The 64 bytes after each plane are cleared,
 * pixels are not. */
int tn__arena_image(tn__arena *arena, int32_t w, int32_t h, int32_t channels, int32_t bits,
                    tn_px_image *out);

#endif
