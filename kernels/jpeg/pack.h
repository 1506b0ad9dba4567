/* SPDX-License-Identifier: MIT */
/* Blocks of quantised coefficients without Huffman codes: how a block row of a coefficient pack is
 * coded, and the inner loop that turns it into samples. data/pack/PACK.md describes the bytes.
 *
 * Everything of fixed size is stored apart, for all blocks of a row: the length of each block, its
 * shape, its DC coefficient. So adding up lengths finds any block, and blocks do not depend on each
 * other. A block's own bytes say which AC coefficients are not zero, and then list their values in
 * classes of 8, 4 and (layout "small") 2 bits. Each component orders its coefficients from the
 * largest on average to the smallest, so that each class is a run and one or two lengths separate
 * the classes.
 *
 * For any bytes, no function reads more than TN__PACK_SLACK bytes from the beginning of a block,
 * and all levels give the same samples. */
#ifndef TENCH_JPEG_PACK_H
#define TENCH_JPEG_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jpeg/jpeg.h"

enum { TN__PACK_FAST = 1, TN__PACK_SMALL = 2 }; /* layouts */
enum { TN__PACK_SLACK = 192 };                  /* readable bytes after a row */
enum { TN__PACK_FIXED = 4 };       /* bytes of a block that are stored apart: size, shape, DC */
enum { TN__PACK_BLOCK_MAX = 255 }; /* length limit of a block's own bytes */

/* The order of a component's coefficients. */
typedef struct tn__pack_order {
    uint8_t natural[64]; /* natural index by place; the DC coefficient's place is 0 */
    uint8_t place[64];   /* place by natural index */
} tn__pack_order;

/* A block row. The arrays have `n` elements. */
typedef struct tn__pack_row {
    int32_t layout;
    int32_t n;
    const uint8_t *size; /* length of each block */
    const uint8_t
        *shape;        /* fast: one byte; small: two, with the upper 4 bits of the DC coefficient */
    const uint8_t *dc; /* fast: 16 bits; small: the lower 8 of 12 */
    const uint8_t *blocks;
    const tn__pack_order *order;
} tn__pack_row;

/* A block's coefficients in natural order. */
typedef struct tn__pack_block {
    int16_t natural[64];
} tn__pack_block;

typedef struct tn__pack_kernels {
    /* Adds up n lengths. */
    size_t (*sum)(const uint8_t *sizes, int32_t n);
    /* Turns n groups of four blocks into 8 rows of 32 n samples. Block `first` begins at `at`.
     * Blocks past the row's last one are flat. `quantiser` is in natural order. */
    void (*decode)(const tn__pack_row *row, const uint8_t *at, int32_t first, int32_t n,
                   const uint16_t *quantiser, uint8_t *samples, ptrdiff_t stride);
} tn__pack_kernels;

/* Returns the functions of the level in use. */
const tn__pack_kernels *tn__pack_kernels_get(void);
extern const tn__pack_kernels tn__pack_scalar, tn__pack_avx2, tn__pack_avx512;

/* Bytes of a row that are stored apart. */
static inline size_t tn__pack_fixed_bytes(int32_t n_blocks)
{
    return (size_t)n_blocks * TN__PACK_FIXED;
}
/* Sets a row's pointers into its bytes. */
void tn__pack_row_open(int32_t layout, const tn__pack_order *order, int32_t n_blocks,
                       const uint8_t *bytes, tn__pack_row *row);
/* Reads the natural indices of an order. False: they are not a permutation that begins with 0. */
bool tn__pack_order_read(const uint8_t natural[64], tn__pack_order *order);
/* Reads block `block`; its own bytes are at `at`. */
void tn__pack_read(const tn__pack_row *row, int32_t block, const uint8_t *at, tn__pack_block *out);
/* Writes block `block` of a row of n_blocks: its fixed part from `fixed` on, and its own bytes at
 * `at`, where there is space for TN__PACK_BLOCK_MAX. Returns the length of the latter, or -1 if the
 * layout cannot hold the block. */
int32_t tn__pack_write(int32_t layout, const tn__pack_order *order, int32_t n_blocks, int32_t block,
                       const tn__pack_block *in, uint8_t *fixed, uint8_t *at);

/* Shared by the levels: by the code in a shape, the number of values that are bytes, and the number
 * of nibbles that follow. */
extern const uint8_t tn__pack_n_bytes[16], tn__pack_n_nibbles[16];

enum { TN__PACK_WIDE = 9 }; /* from this shape code on, values have 16 bits */

#endif
