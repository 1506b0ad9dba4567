/* SPDX-License-Identifier: MIT */
/* Blocks of quantised coefficients without Huffman: how a block row of a coefficient pack is coded,
 * and the inner loop that turns it into samples. data/pack/PACK.md describes the bytes.
 *
 * What is of fixed size stands apart for all blocks of a row: the bytes of each block, its shape,
 * its DC coefficient. So any block is found by adding up bytes, and blocks do not wait for each
 * other. A block's own bytes say which AC coefficients are not zero, then their values, in classes
 * of 8, 4 and (layout "small") 2 bits. Coefficients come in an order that the component has for
 * itself, from the largest on average to the smallest, so each class is a run and one or two
 * lengths tell them apart.
 *
 * Nothing in here looks further than TN__PACK_SLACK bytes behind the beginning of a block, whatever
 * the bytes are, and all levels give the same samples for any bytes. */
#ifndef TENCH_JPEG_PACK_H
#define TENCH_JPEG_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jpeg/jpeg.h"

enum { TN__PACK_FAST = 1, TN__PACK_SMALL = 2 }; /* layouts */
enum { TN__PACK_SLACK = 192 };                  /* readable bytes behind a row */
enum { TN__PACK_FIXED = 4 };       /* bytes of a block that stand apart: size, shape, DC */
enum { TN__PACK_BLOCK_MAX = 255 }; /* bytes of a block's own */

/* The order of a component's coefficients. */
typedef struct tn__pack_order {
    uint8_t natural[64]; /* natural index by place; the DC coefficient's place is 0 */
    uint8_t place[64];   /* place by natural index */
} tn__pack_order;

/* A block row. Arrays of `n`. */
typedef struct tn__pack_row {
    int32_t layout;
    int32_t n;
    const uint8_t *size; /* bytes of each block */
    const uint8_t
        *shape;        /* fast: a byte; small: two, with the upper 4 bits of the DC coefficient */
    const uint8_t *dc; /* fast: 16 bits; small: the lower 8 of 12 */
    const uint8_t *blocks;
    const tn__pack_order *order;
} tn__pack_row;

/* A block's coefficients in natural order. */
typedef struct tn__pack_block {
    int16_t natural[64];
} tn__pack_block;

typedef struct tn__pack_kernels {
    /* What n sizes add up to. */
    size_t (*sum)(const uint8_t *sizes, int32_t n);
    /* n groups of four blocks from block `first` on, which lies at `at`, to 8 rows of 32 n samples.
     * Blocks behind the row's last one are flat. `quantiser`: natural order. */
    void (*decode)(const tn__pack_row *row, const uint8_t *at, int32_t first, int32_t n,
                   const uint16_t *quantiser, uint8_t *samples, ptrdiff_t stride);
} tn__pack_kernels;

/* The functions of the level in use. */
const tn__pack_kernels *tn__pack_kernels_get(void);
extern const tn__pack_kernels tn__pack_scalar, tn__pack_avx2, tn__pack_avx512;

/* Bytes of a row's fixed part. */
static inline size_t tn__pack_fixed_bytes(int32_t n_blocks)
{
    return (size_t)n_blocks * TN__PACK_FIXED;
}
/* Lays a row over its bytes. */
void tn__pack_row_open(int32_t layout, const tn__pack_order *order, int32_t n_blocks,
                       const uint8_t *bytes, tn__pack_row *row);
/* Reads an order's natural indices. False: they are not one. */
bool tn__pack_order_read(const uint8_t natural[64], tn__pack_order *order);
/* Reads block `block`, whose own bytes are at `at`. */
void tn__pack_read(const tn__pack_row *row, int32_t block, const uint8_t *at, tn__pack_block *out);
/* Writes block `block` of a row of n_blocks: its fixed part behind `fixed`, its own bytes at `at`,
 * where TN__PACK_BLOCK_MAX have room. Returns how many it wrote, -1 if the layout cannot hold it.
 */
int32_t tn__pack_write(int32_t layout, const tn__pack_order *order, int32_t n_blocks, int32_t block,
                       const tn__pack_block *in, uint8_t *fixed, uint8_t *at);

/* What the levels share: how many values are bytes, and how many nibbles follow them, by their code
 * in a shape. */
extern const uint8_t tn__pack_n_bytes[16], tn__pack_n_nibbles[16];

enum { TN__PACK_WIDE = 9 }; /* shapes from this one on have values of 16 bits */

#endif
