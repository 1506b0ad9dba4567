/* SPDX-License-Identifier: MIT */
/* The accurate integer inverse DCT of an 8 × 8 block, as libjpeg-turbo's SIMD code computes it.
 *
 * The algorithm is that of Loeffler, Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms
 * with 11 multiplications" (ICASSP 1989), with 13 fraction bits, and two more between the passes:
 * jidctint.c of the IJG. The SIMD code adds some inputs in 16 bits, and saturates between the
 * passes and at the end. That changes the result for absurd coefficients only, which no encoder
 * writes. This file does the same, so all levels agree with each other and with other programs. */
#ifndef TENCH_PX_IDCT_H
#define TENCH_PX_IDCT_H

#include "px/fn.h"

/* Cosines in 13 fraction bits: 8192 × 0.298631336 and so on. */
enum {
    TN_PX_IDCT_0_298 = 2446,
    TN_PX_IDCT_0_390 = 3196,
    TN_PX_IDCT_0_541 = 4433,
    TN_PX_IDCT_0_765 = 6270,
    TN_PX_IDCT_0_899 = 7373,
    TN_PX_IDCT_1_175 = 9633,
    TN_PX_IDCT_1_501 = 12299,
    TN_PX_IDCT_1_847 = 15137,
    TN_PX_IDCT_1_961 = 16069,
    TN_PX_IDCT_2_053 = 16819,
    TN_PX_IDCT_2_562 = 20995,
    TN_PX_IDCT_3_072 = 25172
};
enum { TN_PX_IDCT_SHIFT_1 = 11, TN_PX_IDCT_SHIFT_2 = 18 }; /* of the first and the second pass */
/* From this value on, a dequantised coefficient of the first row may overflow in the first pass. It
 * is eight times what an encoder writes. */
enum { TN_PX_IDCT_ABSURD = 8192 };

/* Sums and differences that wrap at 16 bits. */
TN_PX int32_t tn_px_add16(int32_t a, int32_t b)
{
    return (int16_t)(uint16_t)((uint32_t)a + (uint32_t)b);
}

TN_PX int32_t tn_px_sub16(int32_t a, int32_t b)
{
    return (int16_t)(uint16_t)((uint32_t)a - (uint32_t)b);
}

/* a × p + b × q, modulo 2^32. */
TN_PX uint32_t tn_px_idct_pair(int32_t a, int32_t p, int32_t b, int32_t q)
{
    return (uint32_t)(a * p) + (uint32_t)(b * q);
}

/* A sum modulo 2^32, shifted down arithmetically and saturated to 16 bits. */
TN_PX int16_t tn_px_idct_down(uint32_t sum, int32_t shift)
{
    const int32_t value = (int32_t)sum >> shift;
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
}

/* Computes the even part, out[0…3], with rounding for `shift`. */
TN_PX void tn_px_idct_even(const int16_t *in, int32_t step, int32_t shift, uint32_t out[4])
{
    const int32_t a = in[2 * step], b = in[6 * step];
    const uint32_t t2 =
        tn_px_idct_pair(a, TN_PX_IDCT_0_541, b, TN_PX_IDCT_0_541 - TN_PX_IDCT_1_847);
    const uint32_t t3 =
        tn_px_idct_pair(a, TN_PX_IDCT_0_541 + TN_PX_IDCT_0_765, b, TN_PX_IDCT_0_541);
    const uint32_t round = 1u << (shift - 1);
    const uint32_t t0 = (uint32_t)(tn_px_add16(in[0], in[4 * step]) * 8192) + round;
    const uint32_t t1 = (uint32_t)(tn_px_sub16(in[0], in[4 * step]) * 8192) + round;
    out[0] = t0 + t3;
    out[1] = t1 + t2;
    out[2] = t1 - t2;
    out[3] = t0 - t3;
}

/* Computes the odd part: what belongs to out[3], [2], [1], [0] of the even part. */
TN_PX void tn_px_idct_odd(const int16_t *in, int32_t step, uint32_t out[4])
{
    const int32_t a = in[7 * step], b = in[5 * step], c = in[3 * step], d = in[1 * step];
    const int32_t sum3 = tn_px_add16(a, c), sum4 = tn_px_add16(b, d);
    const uint32_t z3 =
        tn_px_idct_pair(sum3, TN_PX_IDCT_1_175 - TN_PX_IDCT_1_961, sum4, TN_PX_IDCT_1_175);
    const uint32_t z4 =
        tn_px_idct_pair(sum3, TN_PX_IDCT_1_175, sum4, TN_PX_IDCT_1_175 - TN_PX_IDCT_0_390);
    out[0] = z3 + tn_px_idct_pair(a, TN_PX_IDCT_0_298 - TN_PX_IDCT_0_899, d, -TN_PX_IDCT_0_899);
    out[1] = z4 + tn_px_idct_pair(b, TN_PX_IDCT_2_053 - TN_PX_IDCT_2_562, c, -TN_PX_IDCT_2_562);
    out[2] = z3 + tn_px_idct_pair(b, -TN_PX_IDCT_2_562, c, TN_PX_IDCT_3_072 - TN_PX_IDCT_2_562);
    out[3] = z4 + tn_px_idct_pair(a, -TN_PX_IDCT_0_899, d, TN_PX_IDCT_1_501 - TN_PX_IDCT_0_899);
}

/* One pass over eight values, which lie `step` apart in both arrays. */
TN_PX void tn_px_idct_pass(const int16_t *in, int16_t *out, int32_t step, int32_t shift)
{
    uint32_t even[4], odd[4];
    tn_px_idct_even(in, step, shift, even);
    tn_px_idct_odd(in, step, odd);
    for (int32_t i = 0; i < 4; i++) {
        out[i * step] = tn_px_idct_down(even[i] + odd[3 - i], shift);
        out[(7 - i) * step] = tn_px_idct_down(even[i] - odd[3 - i], shift);
    }
}

/* True if only the first row of a block has coefficients. */
TN_PX int32_t tn_px_idct_is_flat(const int16_t *coefficients, int32_t stride)
{
    int32_t any = 0;
    for (int32_t y = 1; y < 8; y++)
        for (int32_t x = 0; x < 8; x++)
            any |= coefficients[y * stride + x];
    return any == 0;
}

/* libjpeg-turbo's short cut for the first pass over such a block. It wraps where the pass itself
 * would saturate. `block` holds the first row, already multiplied by its quantisers. */
TN_PX void tn_px_idct_flat(int16_t *block)
{
    for (int32_t i = 0; i < 64; i++)
        block[63 - i] = (int16_t)(uint16_t)((uint32_t)block[(63 - i) % 8] << 2);
}

/* Turns eight rows of eight coefficients, `stride` apart, into samples. `quantiser` is in natural
 * order, like the coefficients. */
TN_PX void tn_px_idct(const int16_t *coefficients, int32_t stride, const uint16_t *quantiser,
                      uint8_t *samples, int64_t samples_stride)
{
    int16_t block[64];
    for (int32_t i = 0; i < 64; i++)
        block[i] = (int16_t)(uint16_t)((uint32_t)coefficients[i / 8 * stride + i % 8] *
                                       (uint32_t)quantiser[i]);
    if (tn_px_idct_is_flat(coefficients, stride))
        tn_px_idct_flat(block);
    else
        for (int32_t x = 0; x < 8; x++)
            tn_px_idct_pass(block + x, block + x, 8, TN_PX_IDCT_SHIFT_1);
    for (int32_t y = 0; y < 8; y++) {
        tn_px_idct_pass(block + (int64_t)8 * y, block + (int64_t)8 * y, 1, TN_PX_IDCT_SHIFT_2);
        for (int32_t x = 0; x < 8; x++) {
            const int32_t value = block[8 * y + x];
            samples[y * samples_stride + x] = (uint8_t)((value > 127    ? 127
                                                         : value < -128 ? -128
                                                                        : value) +
                                                        128);
        }
    }
}

#endif
