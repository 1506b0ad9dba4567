/* SPDX-License-Identifier: MIT */
/* Makes standard normal numbers from uniform words (Box and Muller, 1958), with the same bits
 * everywhere.
 *
 * Logarithm, sine and cosine are polynomials in fused multiply-adds, fitted for this file. Square
 * roots and single operations round correctly on every machine that we know. Two words make two
 * numbers: the upper 24 bits of the first word give the radius, those of the second the angle. The
 * largest number is sqrt(48 log 2) = 5.77. */
#ifndef TENCH_PX_NORMAL_H
#define TENCH_PX_NORMAL_H

#include "px/fn.h"
#include "px/half.h"
#include "px/philox.h"

/* log(u) for u in (0, 1] and not subnormal, with a relative error of at most 1.2e-7. u = 2^exponent
 * (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), and log(1 + f) = f - f^2/2 + f^3 P(f). */
TN_PX float tn_px_log(float u)
{
    const uint32_t bits = tn_px_float_bits(u) - 0x3F3504F3u; /* sqrt(1/2) */
    const int32_t exponent = (int32_t)bits >> 23;
    const float f = tn_px_bits_float((bits & 0x7FFFFFu) + 0x3F3504F3u) - 1.0f;
    float p = -0.07634493f;
    p = fmaf(p, f, 0.12761575f);
    p = fmaf(p, f, -0.13160183f);
    p = fmaf(p, f, 0.14201759f);
    p = fmaf(p, f, -0.16623357f);
    p = fmaf(p, f, 0.20001227f);
    p = fmaf(p, f, -0.2500082f);
    p = fmaf(p, f, 0.33333331f);
    const float square = f * f;
    const float tail = fmaf(square, -0.5f, square * f * p);
    /* log(2) in two parts, so that multiplying by the exponent adds no error. */
    const float e = (float)exponent;
    return fmaf(e, 0.693359375f, f + fmaf(e, -2.12194440e-4f, tail));
}

typedef struct tn_px_pair {
    float first, second;
} tn_px_pair;

/* sin and cos of angle/2^24 turns, for angle in [0, 2^24); the absolute error is at most 1e-7. */
TN_PX tn_px_pair tn_px_turn(uint32_t angle)
{
    const uint32_t quarter = (angle + 0x200000u) >> 22;
    const int32_t rest = (int32_t)(angle - (quarter << 22)); /* -2^21 … 2^21 - 1 */
    const float t = (float)rest * (1.0f / 4194304.0f);       /* quarters of a turn */
    const float square = t * t;
    float s = -0.0046016611f, c = 9.0376654e-4f;
    s = fmaf(s, square, 0.079680033f);
    s = fmaf(s, square, -0.64596349f);
    s = fmaf(s, square, 1.5707964f);
    s *= t;
    c = fmaf(c, square, -0.020860165f);
    c = fmaf(c, square, 0.25366923f);
    c = fmaf(c, square, -1.2337005f);
    c = fmaf(c, square, 1.0f);
    const float sine = quarter & 1u ? c : s, cosine = quarter & 1u ? s : c;
    const tn_px_pair out = {quarter & 2u ? -sine : sine, (quarter + 1u) & 2u ? -cosine : cosine};
    return out;
}

/* Makes two independent normal numbers from two words. */
TN_PX tn_px_pair tn_px_normals(uint32_t radius, uint32_t angle)
{
    const float u = (float)((radius >> 8) + 1u) * (1.0f / 16777216.0f);
    const float length = sqrtf(-2.0f * tn_px_log(u));
    const tn_px_pair turn = tn_px_turn(angle >> 8);
    const tn_px_pair out = {length * turn.second, length * turn.first};
    return out;
}

/* Returns normal number `index` (0…3) of a block. */
TN_PX float tn_px_normal(const tn_px_words *block, uint32_t index)
{
    const uint32_t first = index & 2u;
    const tn_px_pair pair = first ? tn_px_normals(block->word[2], block->word[3])
                                  : tn_px_normals(block->word[0], block->word[1]);
    return index & 1u ? pair.second : pair.first;
}

#endif
