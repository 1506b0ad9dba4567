/* SPDX-License-Identifier: MIT */
/* Bump allocator of a worker: scratch memory that lives for one sample.
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
    size_t keep;  /* bytes kept over a reset */
    size_t limit; /* bytes that one sample may take; 0: no limit */
    size_t total; /* bytes in blocks */
} tn__arena;

void tn__arena_init(tn__arena *arena, size_t keep, size_t limit);
void tn__arena_free(tn__arena *arena);
/* Forgets everything that was handed out. */
void tn__arena_reset(tn__arena *arena);
/* A moment to come back to: what was taken since is forgotten. */
typedef struct tn__arena_mark {
    tn__arena_block *block;
    size_t used;
} tn__arena_mark;
tn__arena_mark tn__arena_here(const tn__arena *arena);
void tn__arena_rewind(tn__arena *arena, tn__arena_mark mark);
/* `n_bytes` aligned to 64, not cleared; NULL with TN_ENOMEM or TN_ELIMIT recorded. */
void *tn__arena_take(tn__arena *arena, size_t n_bytes);
/* An image of that size; channels 1…4. Pixels are not cleared, the 64 bytes behind each plane are.
 */
int tn__arena_image(tn__arena *arena, int32_t w, int32_t h, int32_t channels, tn_px_image *out);

#endif
