/* SPDX-License-Identifier: MIT */
/* Turns eight pixels of bytes into values of the output: normalises, blends and stores them.
 *
 * Each kernel knows its dtype, layout and channels as constants. The kind of normalisation is a
 * constant too, so no value needs a decision. */
#ifndef TENCH_CUDA_EMIT_H
#define TENCH_CUDA_EMIT_H

#include "cuda/group.h"

/* Two values at once in 16-bit dtypes. A device converts them with one instruction, which rounds as
 * px/half.h does and makes the same NaN. */

/* Packs two values; the first goes to the lower half. */
TN_PX uint32_t tn_pair_bits(int32_t dtype, float first, float second)
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    uint32_t bits;
    if (dtype == TN_PX_F16)
        asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(second), "f"(first));
    else
        asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(second), "f"(first));
    return bits;
#elif defined(__CUDA_ARCH__)
    if (dtype == TN_PX_F16) {
        uint16_t low, high;
        asm("cvt.rn.f16.f32 %0, %1;" : "=h"(low) : "f"(first));
        asm("cvt.rn.f16.f32 %0, %1;" : "=h"(high) : "f"(second));
        return low | (uint32_t)high << 16;
    }
#endif
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ < 800
    return tn_px_bits(dtype, first) | tn_px_bits(dtype, second) << 16;
#endif
}

/* Unpacks value `half` (0 or 1) of a pair. */
TN_PX float tn_pair_value(int32_t dtype, uint32_t bits, int32_t half)
{
    const uint16_t one = (uint16_t)(bits >> (16 * half));
#ifdef __CUDA_ARCH__
    if (dtype == TN_PX_F16) {
        float value;
        asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(one));
        return value;
    }
#endif
    return tn_px_value(dtype, one);
}

/* tn_px_mix_bits for both values of a pair. */
TN_PX uint32_t tn_pair_blend(int32_t dtype, uint32_t own, uint32_t partner, float lambda)
{
    const float rest = 1.0f - lambda;
    const uint32_t a = tn_pair_bits(dtype, tn_pair_value(dtype, own, 0) * lambda,
                                    tn_pair_value(dtype, own, 1) * lambda);
    const uint32_t b = tn_pair_bits(dtype, tn_pair_value(dtype, partner, 0) * rest,
                                    tn_pair_value(dtype, partner, 1) * rest);
    return tn_pair_bits(dtype, tn_pair_value(dtype, a, 0) + tn_pair_value(dtype, b, 0),
                        tn_pair_value(dtype, a, 1) + tn_pair_value(dtype, b, 1));
}

typedef struct tn_pixels {
    tn_group own, partner;
    int32_t blended; /* 1: blend the values of both */
    float lambda;    /* the own share */
} tn_pixels;

/* Everything that does not differ between pixels. */
typedef struct tn_maker {
    const tn_px_finish *finish;
    const uint32_t *table; /* in shared memory; begins at the group's first channel */
    int32_t dtype, kind, blended;
    int32_t channel; /* the group's first channel */
} tn_maker;

TN_PX uint32_t tn_word_of(const tn_group *group, int32_t c, int32_t i)
{
    return i < 4 ? group->channel[c].lo : group->channel[c].hi;
}

TN_PX uint32_t tn_byte_of(const tn_group *group, int32_t c, int32_t i)
{
    return tn_word_of(group, c, i) >> (8 * (i % 4)) & 255u;
}

TN_PX float tn_float_of(tn_maker make, const tn_group *group, int32_t c, int32_t i)
{
    return fmaf(tn_byte_float(tn_word_of(group, c, i), (uint32_t)i % 4u),
                make.finish->scale[make.channel + c], make.finish->bias[make.channel + c]);
}

/* Returns the bits of pixel i of channel c as a float. */
TN_PX uint32_t tn_wide(tn_maker make, const tn_group *group, int32_t c, int32_t i)
{
    if (make.kind == TN_PX_TABLE)
        return make.table[256 * c + (int32_t)tn_byte_of(group, c, i)];
    return tn_px_float_bits(tn_float_of(make, group, c, i));
}

TN_PX uint32_t tn_wide_value(tn_maker make, const tn_pixels *pixels, int32_t c, int32_t i)
{
    const uint32_t own = tn_wide(make, &pixels->own, c, i);
    if (!make.blended)
        return own;
    return tn_px_mix_bits(TN_PX_F32, own, tn_wide(make, &pixels->partner, c, i), pixels->lambda);
}

/* Returns two values of 16 bits: pixel i of channel c, and pixel j of channel d. */
TN_PX uint32_t tn_narrow(tn_maker make, const tn_group *group, int32_t c, int32_t i, int32_t d,
                         int32_t j)
{
    if (make.kind == TN_PX_TABLE)
        return make.table[256 * c + (int32_t)tn_byte_of(group, c, i)] |
               make.table[256 * d + (int32_t)tn_byte_of(group, d, j)] << 16;
    return tn_pair_bits(make.dtype, tn_float_of(make, group, c, i), tn_float_of(make, group, d, j));
}

TN_PX uint32_t tn_narrow_values(tn_maker make, const tn_pixels *pixels, int32_t c, int32_t i,
                                int32_t d, int32_t j)
{
    uint32_t own = tn_narrow(make, &pixels->own, c, i, d, j);
    if (!make.blended)
        return own;
    TN_IN_TURN(own);
    return tn_pair_blend(make.dtype, own, tn_narrow(make, &pixels->partner, c, i, d, j),
                         pixels->lambda);
}

/* Returns four u8 values from value `at` of the group on; `turn` channels alternate. */
TN_PX uint32_t tn_plain(const tn_group *group, int32_t channel, int32_t at, int32_t turn)
{
    if (turn == 1)
        return tn_word_of(group, channel, at);
    uint32_t out = 0;
    TN_UNROLL
    for (int32_t k = at; k < at + 4; k++)
        out |= tn_byte_of(group, channel + k % turn, k / turn) << (8 * (k - at));
    return out;
}

/* Returns 32 bits of the output from value `at` of the group on: one value or two. */
TN_PX uint32_t tn_word(tn_maker make, const tn_pixels *pixels, int32_t channel, int32_t at,
                       int32_t turn)
{
    const int32_t c = channel + at % turn, d = channel + (at + 1) % turn;
    if (make.dtype == TN_PX_F32)
        return tn_wide_value(make, pixels, c, at / turn);
    return tn_narrow_values(make, pixels, c, at / turn, d, (at + 1) / turn);
}

/* Stores eight neighbouring values of the output, from value `first` of the group on. */
TN_PX void tn_emit_eight(tn_maker make, const tn_pixels *pixels, int32_t channel, int32_t first,
                         int32_t turn, uint8_t *to)
{
    if (make.dtype == TN_PX_U8) {
        tn_store_two(to, tn_plain(&pixels->own, channel, first, turn),
                     tn_plain(&pixels->own, channel, first + 4, turn));
        return;
    }
    const int32_t values = make.dtype == TN_PX_F32 ? 1 : 2; /* values in a word */
    TN_UNROLL
    for (int32_t k = 0; k < TN_GROUP; k += 4 * values) {
        tn_four four;
        TN_UNROLL
        for (int32_t l = 0; l < 4; l++)
            four.word[l] = tn_word(make, pixels, channel, first + k + l * values, turn);
        tn_store_four(to + 4 * (k / values), four);
    }
}

/* Stores all values of the group. `out` is the place of its first value; planes are `plane` bytes
 * apart. */
TN_PX void tn_emit_group(tn_maker make, const tn_pixels *pixels, int32_t layout, int32_t channels,
                         uint64_t plane, uint8_t *out)
{
    const int32_t bytes = (int32_t)tn_px_dtype_bytes(make.dtype);
    const int32_t turn = layout == TN_PX_NHWC ? channels : 1;
    TN_UNROLL
    for (int32_t c = 0; c < 3; c++)
        if (c < channels) {
            if (turn == 1)
                tn_emit_eight(make, pixels, c, 0, turn, out + (uint64_t)c * plane);
            else
                tn_emit_eight(make, pixels, 0, TN_GROUP * c, turn, out + TN_GROUP * bytes * c);
        }
}

#endif
