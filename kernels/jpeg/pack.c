/* SPDX-License-Identifier: MIT */
/* Codes and decodes packed blocks in plain C. Every other level must give the same samples. See
 * pack.h. */
#include "jpeg/pack.h"

#include <string.h>

#include "base/least.h"
#include "cpu/level.h"
#include "px/idct.h"

/* Counts that make real photographs small. Nibbles come in even numbers, except for the last count,
 * so that no half byte is left. */
const uint8_t tn__pack_n_bytes[16] = {0, 1, 2, 4, 5, 8, 10, 12, 17, 20, 24, 28, 33, 39, 46, 63};
const uint8_t tn__pack_n_nibbles[16] = {0, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 36, 40, 63};

const tn__pack_kernels *tn__pack_kernels_get(void)
{
    static const tn__pack_kernels *const levels[] = TN__BY_LEVEL(tn__pack);
    return levels[tn__cpu_level()];
}

bool tn__pack_order_read(const uint8_t natural[64], tn__pack_order *order)
{
    uint64_t seen = 0;
    for (uint8_t k = 0; k < 64; k++) {
        const uint8_t index = natural[k] & 63;
        seen |= (uint64_t)(natural[k] == index) << index;
        order->natural[k] = index;
        order->place[index] = k;
    }
    return seen == ~UINT64_C(0) && natural[0] == 0;
}

void tn__pack_row_open(int32_t layout, const tn__pack_order *order, int32_t n_blocks,
                       const uint8_t *bytes, tn__pack_row *row)
{
    const size_t n = (size_t)n_blocks;
    const size_t shape_bytes = layout == TN__PACK_SMALL ? 2 * n : n;
    *row = (tn__pack_row){.layout = layout,
                          .n = n_blocks,
                          .size = bytes,
                          .shape = bytes + n,
                          .dc = bytes + n + shape_bytes,
                          .blocks = bytes + tn__pack_fixed_bytes(n_blocks),
                          .order = order};
}

static uint32_t read_16(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static int16_t read_dc(const tn__pack_row *row, int32_t block, uint32_t shape)
{
    if (row->layout == TN__PACK_FAST)
        return (int16_t)read_16(row->dc + (ptrdiff_t)2 * block);
    const uint32_t bits = shape >> 12 << 8 | row->dc[block];
    return (int16_t)((int32_t)(bits ^ 0x800) - 0x800);
}

static uint32_t read_shape(const tn__pack_row *row, int32_t block)
{
    return row->layout == TN__PACK_FAST ? row->shape[block]
                                        : read_16(row->shape + (ptrdiff_t)2 * block);
}

static uint64_t read_mask(const uint8_t *at, int32_t n_bytes)
{
    uint64_t mask = 0;
    for (int32_t i = 0; i < n_bytes; i++)
        mask |= (uint64_t)at[i] << (8 * i);
    return mask << 1;
}

/* The parts of a block's own bytes. */
struct parts {
    uint64_t mask;       /* bit k: the coefficient at place k is not zero */
    const uint8_t *high; /* upper bytes of the first values, where these have 16 bits */
    int32_t n_high;
    const uint8_t *bytes, *nibbles, *crumbs;
    int32_t nibbles_from, crumbs_from; /* index of the first value of each class */
};

static struct parts take_apart(int32_t layout, uint32_t shape, const uint8_t *at)
{
    const int32_t code = (int32_t)(shape & 15);
    const bool wide = code >= TN__PACK_WIDE;
    const int32_t mask_bytes = wide ? code - TN__PACK_WIDE + 2 : code;
    struct parts parts = {.mask = read_mask(at, mask_bytes), .crumbs_from = 64};
    at += mask_bytes;
    if (wide) {
        parts.n_high = *at++ & 63;
        parts.high = at;
        at += parts.n_high;
    }
    const int32_t n_bytes = tn__pack_n_bytes[shape >> 4 & 15];
    parts.bytes = at;
    parts.nibbles = at + n_bytes;
    parts.nibbles_from = n_bytes;
    if (layout == TN__PACK_SMALL) {
        const int32_t n_nibbles = tn__pack_n_nibbles[shape >> 8 & 15];
        parts.crumbs = parts.nibbles + (n_nibbles + 1) / 2;
        parts.crumbs_from = n_bytes + n_nibbles;
    }
    return parts;
}

/* Values of nibbles are -8 … -1 and 1 … 8, those of crumbs -2, -1, 1 and 2. */
static int32_t nibble_value(uint32_t code)
{
    return (int32_t)code - (code < 8 ? 8 : 7);
}

static int32_t crumb_value(uint32_t code)
{
    return (int32_t)code - (code < 2 ? 2 : 1);
}

static int32_t value_of(const struct parts *parts, int32_t i)
{
    int32_t value;
    if (i < parts->nibbles_from) {
        value = (int32_t)(parts->bytes[i] ^ 128u) - 128;
    } else if (i < parts->crumbs_from) {
        const int32_t k = i - parts->nibbles_from;
        value = nibble_value((uint32_t)parts->nibbles[k / 2] >> (4 * (k % 2)) & 15);
    } else {
        const int32_t k = i - parts->crumbs_from;
        value = crumb_value((uint32_t)parts->crumbs[k / 4] >> (2 * (k % 4)) & 3);
    }
    if (i < parts->n_high)
        value = (int16_t)((uint32_t)parts->high[i] << 8 | (uint8_t)value);
    return value;
}

void tn__pack_read(const tn__pack_row *row, int32_t block, const uint8_t *at, tn__pack_block *out)
{
    const uint32_t shape = read_shape(row, block);
    const struct parts parts = take_apart(row->layout, shape, at);
    memset(out, 0, sizeof *out);
    out->natural[0] = read_dc(row, block, shape);
    int32_t n = 0;
    for (uint64_t left = parts.mask; left != 0; left &= left - 1)
        out->natural[row->order->natural[__builtin_ctzll(left)]] = (int16_t)value_of(&parts, n++);
}

/* The nonzero values of a block, and how many of them each class takes. */
struct values {
    int16_t value[63];
    int32_t n;
    uint64_t mask;                         /* bit k - 1: coefficient k */
    int32_t n_high, n_bytes, n_not_crumbs; /* counts, up to the last value that needs this class */
};

static struct values collect(const tn__pack_block *in, const tn__pack_order *order)
{
    struct values all = {.n = 0};
    for (int32_t k = 1; k < 64; k++) {
        const int16_t value = in->natural[order->natural[k]];
        if (value == 0)
            continue;
        all.mask |= UINT64_C(1) << (k - 1);
        all.value[all.n++] = value;
        if (value < INT8_MIN || value > INT8_MAX)
            all.n_high = all.n;
        if (value < -8 || value > 8)
            all.n_bytes = all.n;
        if (value < -2 || value > 2)
            all.n_not_crumbs = all.n;
    }
    return all;
}

/* Returns the smallest code whose count is at least `n`. */
static uint32_t count_code(const uint8_t counts[16], int32_t n)
{
    uint32_t code = 0;
    while (counts[code] < n)
        code++;
    return code;
}

static uint8_t *write_mask(const struct values *all, int32_t n_bytes, uint8_t *at)
{
    for (int32_t i = 0; i < n_bytes; i++)
        *at++ = (uint8_t)(all->mask >> (8 * i));
    if (all->n_high == 0)
        return at;
    *at++ = (uint8_t)all->n_high;
    for (int32_t i = 0; i < all->n_high; i++)
        *at++ = (uint8_t)((uint16_t)all->value[i] >> 8);
    return at;
}

/* Writes values `from` up to `to` with `bits` each (4 or 2). */
static uint8_t *write_codes(const struct values *all, int32_t from, int32_t to, int32_t bits,
                            uint8_t *at)
{
    const int32_t half = 1 << (bits - 1), in_byte = 8 / bits;
    for (int32_t i = from; i < to; i += in_byte) {
        uint32_t byte = 0;
        for (int32_t k = 0; k < in_byte && i + k < to; k++) {
            const int32_t value = all->value[i + k];
            byte |= (uint32_t)(value + (value < 0 ? half : half - 1)) << (bits * k);
        }
        *at++ = (uint8_t)byte;
    }
    return at;
}

static void write_fixed(int32_t layout, int32_t n_blocks, int32_t block, int32_t size,
                        uint32_t shape, int32_t dc, uint8_t *fixed)
{
    const ptrdiff_t n = n_blocks;
    fixed[block] = (uint8_t)size;
    if (layout == TN__PACK_FAST) {
        fixed[n + block] = (uint8_t)shape;
        fixed[2 * n + (ptrdiff_t)2 * block] = (uint8_t)dc;
        fixed[2 * n + (ptrdiff_t)2 * block + 1] = (uint8_t)((uint32_t)dc >> 8);
        return;
    }
    shape |= ((uint32_t)dc >> 8 & 15) << 12;
    fixed[n + (ptrdiff_t)2 * block] = (uint8_t)shape;
    fixed[n + (ptrdiff_t)2 * block + 1] = (uint8_t)(shape >> 8);
    fixed[3 * n + block] = (uint8_t)dc;
}

int32_t tn__pack_write(int32_t layout, const tn__pack_order *order, int32_t n_blocks, int32_t block,
                       const tn__pack_block *in, uint8_t *fixed, uint8_t *at)
{
    enum { DC_LIMIT = 2048 }; /* signed, 12 bits */
    const struct values all = collect(in, order);
    const int32_t dc = in->natural[0];
    if (layout == TN__PACK_SMALL && (dc < -DC_LIMIT || dc >= DC_LIMIT))
        return -1;
    int32_t mask_bytes = all.n == 0 ? 0 : (71 - __builtin_clzll(all.mask)) / 8;
    if (all.n_high > 0 && mask_bytes < 2)
        mask_bytes = 2;
    uint32_t shape = (uint32_t)mask_bytes + (all.n_high > 0 ? TN__PACK_WIDE - 2 : 0);
    const uint8_t *const begin = at;
    at = write_mask(&all, mask_bytes, at);
    const uint32_t byte_code = count_code(tn__pack_n_bytes, all.n_bytes);
    const int32_t n_bytes = tn__pack_n_bytes[byte_code];
    shape |= byte_code << 4;
    for (int32_t i = 0; i < tn__least(n_bytes, all.n); i++)
        *at++ = (uint8_t)all.value[i];
    int32_t crumbs_from = all.n;
    if (layout == TN__PACK_SMALL) {
        const uint32_t code = count_code(tn__pack_n_nibbles, all.n_not_crumbs - n_bytes);
        shape |= code << 8;
        crumbs_from = tn__least(n_bytes + tn__pack_n_nibbles[code], all.n);
    }
    at = write_codes(&all, n_bytes, crumbs_from, 4, at);
    at = write_codes(&all, crumbs_from, all.n, 2, at);
    write_fixed(layout, n_blocks, block, (int32_t)(at - begin), shape, dc, fixed);
    return (int32_t)(at - begin);
}

static size_t sum(const uint8_t *sizes, int32_t n)
{
    size_t all = 0;
    for (int32_t i = 0; i < n; i++)
        all += sizes[i];
    return all;
}

static void decode(const tn__pack_row *row, const uint8_t *at, int32_t first, int32_t n,
                   const uint16_t *quantiser, uint8_t *samples, ptrdiff_t stride)
{
    for (int32_t k = 0; k < n * TN__JPEG_GROUP; k++) {
        tn__pack_block block = {{0}};
        if (first + k < row->n) {
            tn__pack_read(row, first + k, at, &block);
            at += row->size[first + k];
        }
        tn_px_idct(block.natural, 8, quantiser, samples + (ptrdiff_t)8 * k, stride);
    }
}

const tn__pack_kernels tn__pack_scalar = {.sum = sum, .decode = decode};
