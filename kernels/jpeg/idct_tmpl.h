/* SPDX-License-Identifier: MIT */
/* The inverse DCT of neighbouring blocks in registers: px/idct.h for the vectors of vector_avx2.h
 * or vector_avx512.h.
 *
 * Vector r holds row r of two or four blocks. The passes work across vectors. Between them and
 * after them, each 8 × 8 block is transposed. */
#ifndef TENCH_JPEG_IDCT_TMPL_H
#define TENCH_JPEG_IDCT_TMPL_H

#include <string.h>

#include "px/idct.h"

/* Eight vectors with names: compilers keep these in registers. */
typedef struct idct_rows {
    vec r0, r1, r2, r3, r4, r5, r6, r7;
} idct_rows;

/* 32-bit numbers: the lower and the upper four of each eight 16-bit numbers. */
typedef struct idct_wide {
    vec low, high;
} idct_wide;

VEC_INLINE vec idct_pair(int32_t a, int32_t b)
{
    return vec_set32((int32_t)((uint32_t)(uint16_t)b << 16 | (uint16_t)a));
}

/* a × p + b × q. */
VEC_INLINE idct_wide idct_multiply(vec a, vec b, int32_t p, int32_t q)
{
    const vec factors = idct_pair(p, q);
    return (idct_wide){vec_multiply_add(vec_low16(a, b), factors),
                       vec_multiply_add(vec_high16(a, b), factors)};
}

/* Widens to 13 fraction bits, and adds half of what the pass shifts out. */
VEC_INLINE idct_wide idct_widen(vec a, int32_t shift)
{
    const vec zero = vec_zero(), half = vec_set32(1 << (shift - 1));
    return (idct_wide){vec_add32(vec_down32(vec_low16(zero, a), 3), half),
                       vec_add32(vec_down32(vec_high16(zero, a), 3), half)};
}

VEC_INLINE idct_wide idct_add(idct_wide a, idct_wide b)
{
    return (idct_wide){vec_add32(a.low, b.low), vec_add32(a.high, b.high)};
}

VEC_INLINE idct_wide idct_sub(idct_wide a, idct_wide b)
{
    return (idct_wide){vec_sub32(a.low, b.low), vec_sub32(a.high, b.high)};
}

VEC_INLINE vec idct_down(idct_wide a, int32_t shift)
{
    return vec_narrow32(vec_down32(a.low, shift), vec_down32(a.high, shift));
}

VEC_INLINE idct_rows idct_pass(idct_rows in, int32_t shift)
{
    const idct_wide t2 =
        idct_multiply(in.r2, in.r6, TN_PX_IDCT_0_541, TN_PX_IDCT_0_541 - TN_PX_IDCT_1_847);
    const idct_wide t3 =
        idct_multiply(in.r2, in.r6, TN_PX_IDCT_0_541 + TN_PX_IDCT_0_765, TN_PX_IDCT_0_541);
    const idct_wide t0 = idct_widen(vec_add16(in.r0, in.r4), shift);
    const idct_wide t1 = idct_widen(vec_sub16(in.r0, in.r4), shift);
    const idct_wide e0 = idct_add(t0, t3), e3 = idct_sub(t0, t3);
    const idct_wide e1 = idct_add(t1, t2), e2 = idct_sub(t1, t2);
    const vec sum3 = vec_add16(in.r7, in.r3), sum4 = vec_add16(in.r5, in.r1);
    const idct_wide z3 =
        idct_multiply(sum3, sum4, TN_PX_IDCT_1_175 - TN_PX_IDCT_1_961, TN_PX_IDCT_1_175);
    const idct_wide z4 =
        idct_multiply(sum3, sum4, TN_PX_IDCT_1_175, TN_PX_IDCT_1_175 - TN_PX_IDCT_0_390);
    const idct_wide o0 = idct_add(
        z3, idct_multiply(in.r7, in.r1, TN_PX_IDCT_0_298 - TN_PX_IDCT_0_899, -TN_PX_IDCT_0_899));
    const idct_wide o1 = idct_add(
        z4, idct_multiply(in.r5, in.r3, TN_PX_IDCT_2_053 - TN_PX_IDCT_2_562, -TN_PX_IDCT_2_562));
    const idct_wide o2 = idct_add(
        z3, idct_multiply(in.r5, in.r3, -TN_PX_IDCT_2_562, TN_PX_IDCT_3_072 - TN_PX_IDCT_2_562));
    const idct_wide o3 = idct_add(
        z4, idct_multiply(in.r7, in.r1, -TN_PX_IDCT_0_899, TN_PX_IDCT_1_501 - TN_PX_IDCT_0_899));
    return (idct_rows){idct_down(idct_add(e0, o3), shift), idct_down(idct_add(e1, o2), shift),
                       idct_down(idct_add(e2, o1), shift), idct_down(idct_add(e3, o0), shift),
                       idct_down(idct_sub(e3, o0), shift), idct_down(idct_sub(e2, o1), shift),
                       idct_down(idct_sub(e1, o2), shift), idct_down(idct_sub(e0, o3), shift)};
}

/* Transposes the 8 × 8 numbers of each 128 bits. */
VEC_INLINE idct_rows idct_transpose(idct_rows in)
{
    const vec a0 = vec_low16(in.r0, in.r1), a1 = vec_high16(in.r0, in.r1);
    const vec a2 = vec_low16(in.r2, in.r3), a3 = vec_high16(in.r2, in.r3);
    const vec a4 = vec_low16(in.r4, in.r5), a5 = vec_high16(in.r4, in.r5);
    const vec a6 = vec_low16(in.r6, in.r7), a7 = vec_high16(in.r6, in.r7);
    const vec b0 = vec_low32(a0, a2), b1 = vec_high32(a0, a2);
    const vec b2 = vec_low32(a1, a3), b3 = vec_high32(a1, a3);
    const vec b4 = vec_low32(a4, a6), b5 = vec_high32(a4, a6);
    const vec b6 = vec_low32(a5, a7), b7 = vec_high32(a5, a7);
    return (idct_rows){vec_low64(b0, b4),  vec_high64(b0, b4), vec_low64(b1, b5),
                       vec_high64(b1, b5), vec_low64(b2, b6),  vec_high64(b2, b6),
                       vec_low64(b3, b7),  vec_high64(b3, b7)};
}

/* Repeats a row of a quantiser (natural order) for each block. */
VEC_INLINE vec idct_quantiser_row(const uint16_t *quantiser, int32_t row)
{
    return vec_repeat(quantiser + (ptrdiff_t)8 * row);
}

VEC_INLINE idct_rows idct_quantiser(const uint16_t *quantiser)
{
    return (idct_rows){idct_quantiser_row(quantiser, 0), idct_quantiser_row(quantiser, 1),
                       idct_quantiser_row(quantiser, 2), idct_quantiser_row(quantiser, 3),
                       idct_quantiser_row(quantiser, 4), idct_quantiser_row(quantiser, 5),
                       idct_quantiser_row(quantiser, 6), idct_quantiser_row(quantiser, 7)};
}

VEC_INLINE idct_rows idct_dequantise(idct_rows a, idct_rows q)
{
    return (idct_rows){vec_mul16(a.r0, q.r0), vec_mul16(a.r1, q.r1), vec_mul16(a.r2, q.r2),
                       vec_mul16(a.r3, q.r3), vec_mul16(a.r4, q.r4), vec_mul16(a.r5, q.r5),
                       vec_mul16(a.r6, q.r6), vec_mul16(a.r7, q.r7)};
}

/* Loads the rows of the blocks of a vector. `blocks` points into a group. */
VEC_INLINE idct_rows idct_load(const int16_t *blocks)
{
    enum { ROW = TN__JPEG_GROUP_W };
    return (idct_rows){vec_load16(blocks),           vec_load16(blocks + 1 * ROW),
                       vec_load16(blocks + 2 * ROW), vec_load16(blocks + 3 * ROW),
                       vec_load16(blocks + 4 * ROW), vec_load16(blocks + 5 * ROW),
                       vec_load16(blocks + 6 * ROW), vec_load16(blocks + 7 * ROW)};
}

/* True if a number is not in [-TN_PX_IDCT_ABSURD, TN_PX_IDCT_ABSURD). */
VEC_INLINE bool idct_is_absurd(vec row)
{
    return vec_any16(vec_add16(row, vec_set16(TN_PX_IDCT_ABSURD)), -2 * TN_PX_IDCT_ABSURD);
}

/* Transforms each block by itself, where libjpeg's short cut for blocks with one row matters. */
__attribute__((noinline, cold)) static void
idct_singly(const int16_t *blocks, const uint16_t *quantiser, uint8_t *samples, ptrdiff_t stride)
{
    for (ptrdiff_t at = 0; at < VEC_BYTES / 2; at += 8)
        tn_px_idct(blocks + at, TN__JPEG_GROUP_W, quantiser, samples + at, stride);
}

/* Turns dequantised blocks into 8 rows of samples. */
VEC_INLINE void idct_samples(idct_rows rows, uint8_t *samples, ptrdiff_t stride)
{
    rows = idct_transpose(idct_pass(rows, TN_PX_IDCT_SHIFT_1));
    rows = idct_transpose(idct_pass(rows, TN_PX_IDCT_SHIFT_2));
    vec_store_samples(rows.r0, rows.r1, samples, stride);
    vec_store_samples(rows.r2, rows.r3, samples + 2 * stride, stride);
    vec_store_samples(rows.r4, rows.r5, samples + 4 * stride, stride);
    vec_store_samples(rows.r6, rows.r7, samples + 6 * stride, stride);
}

/* Turns blocks of coefficients into 8 rows of samples; `q` repeats the quantiser for each block. */
VEC_INLINE void idct_blocks(const int16_t *blocks, idct_rows q, const uint16_t *quantiser,
                            uint8_t *samples, ptrdiff_t stride)
{
    const idct_rows rows = idct_dequantise(idct_load(blocks), q);
    if (__builtin_expect(idct_is_absurd(rows.r0), false))
        idct_singly(blocks, quantiser, samples, stride);
    else
        idct_samples(rows, samples, stride);
}

/* Stores rows from registers where idct_singly finds them. */
VEC_INLINE void idct_store(idct_rows rows, int16_t *blocks)
{
    const vec row[8] = {rows.r0, rows.r1, rows.r2, rows.r3, rows.r4, rows.r5, rows.r6, rows.r7};
    for (ptrdiff_t y = 0; y < 8; y++)
        memcpy(blocks + y * TN__JPEG_GROUP_W, &row[y], sizeof row[y]);
}

/* The same for blocks in registers. */
VEC_INLINE void idct_registers(idct_rows rows, idct_rows q, const uint16_t *quantiser,
                               uint8_t *samples, ptrdiff_t stride)
{
    const idct_rows ready = idct_dequantise(rows, q);
    if (__builtin_expect(idct_is_absurd(ready.r0), false)) {
        int16_t blocks[TN__JPEG_GROUP_SIZE];
        idct_store(rows, blocks);
        idct_singly(blocks, quantiser, samples, stride);
    } else {
        idct_samples(ready, samples, stride);
    }
}

/* Transforms n groups, the blocks of one vector at a time. */
static inline void idct(const int16_t *groups, int32_t n, const uint16_t *quantiser,
                        uint8_t *samples, ptrdiff_t stride)
{
    const idct_rows q = idct_quantiser(quantiser);
    for (int32_t group = 0; group < n; group++, groups += TN__JPEG_GROUP_SIZE) {
        for (ptrdiff_t at = 0; at < TN__JPEG_GROUP_W; at += VEC_BYTES / 2)
            idct_blocks(groups + at, q, quantiser, samples + at, stride);
        samples += TN__JPEG_GROUP_W;
    }
}

#endif
