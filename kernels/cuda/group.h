/* SPDX-License-Identifier: MIT */
/* Eight pixels side by side of one sample, as bytes: loading, mirroring and mixing them. */
#ifndef TENCH_CUDA_GROUP_H
#define TENCH_CUDA_GROUP_H

#include "cuda/grid.h"
#include "px/finish.h"

enum { TN_GROUP = 8 };

/* Two words for each channel, pixel 0 in the lowest byte of lo. */
typedef struct tn_group {
    tn_two channel[3];
} tn_group;

/* Where a group is: in a row of the batch. x is a multiple of TN_GROUP. */
typedef struct tn_spot {
    int32_t row, y, x;
} tn_spot;

/* Three words of r g b r g b … to four pixels of each channel. */
TN_PX void tn_part(uint32_t a, uint32_t b, uint32_t c, uint32_t *r, uint32_t *g, uint32_t *blue)
{
    *r = tn_pick(tn_pick(a, b, 0x0630), c, 0x5210);
    *g = tn_pick(tn_pick(a, b, 0x0741), c, 0x6210);
    *blue = tn_pick(tn_pick(a, b, 0x0052), c, 0x7410);
}

TN_PX tn_group tn_load_joined(const uint8_t *from)
{
    const tn_two a = tn_load_two(from), b = tn_load_two(from + 8), c = tn_load_two(from + 16);
    tn_group out;
    tn_part(a.lo, a.hi, b.lo, &out.channel[0].lo, &out.channel[1].lo, &out.channel[2].lo);
    tn_part(b.hi, c.lo, c.hi, &out.channel[0].hi, &out.channel[1].hi, &out.channel[2].hi);
    return out;
}

TN_PX tn_group tn_load_planes(const uint8_t *from, uint64_t plane, int32_t channels)
{
    tn_group out;
    TN_UNROLL
    for (int32_t c = 0; c < 3; c++)
        out.channel[c] = tn_load_two(from + (c < channels ? (uint64_t)c * plane : 0u));
    return out;
}

/* Step 1 of px/finish.h. `channels` is 1 or 3. */
TN_PX tn_group tn_load_group(const tn_px_finish *finish, const uint8_t *staging,
                             const tn_px_record *record, tn_spot at, int32_t channels)
{
    const int32_t x = record->flip ? finish->w - TN_GROUP - at.x : at.x;
    const uint8_t *const line =
        staging + record->offset + (uint64_t)at.y * (uint32_t)finish->stride;
    tn_group out;
    if (channels == 3 && finish->staged == TN_PX_NHWC)
        out = tn_load_joined(line + 3 * x);
    else
        out = tn_load_planes(line + x, finish->plane, channels);
    if (record->flip) {
        TN_UNROLL
        for (int32_t c = 0; c < 3; c++) {
            const tn_two both = out.channel[c];
            out.channel[c].lo = tn_pick(both.hi, 0, 0x0123);
            out.channel[c].hi = tn_pick(both.lo, 0, 0x0123);
        }
    }
    return out;
}

/* A byte as a float: it becomes the mantissa of 2^23, which is exact and cheaper than a conversion.
 */
TN_PX float tn_byte_float(uint32_t word, uint32_t byte)
{
    return tn_px_bits_float(tn_pick(word, 0x4B000000u, 0x7440u | byte)) - 8388608.0f;
}

/* tn_px_mix_u8 of four bytes. A sum below 2^22 that is added to 2^23 is rounded to even, and its
 * lowest byte is the result. */
TN_PX uint32_t tn_blend_word(uint32_t own, uint32_t partner, float lambda)
{
    uint32_t out = 0;
    TN_UNROLL
    for (uint32_t i = 0; i < 4; i++) {
        const float sum =
            tn_px_mix(tn_byte_float(own, i), tn_byte_float(partner, i), lambda) + 8388608.0f;
        out |= (tn_px_float_bits(sum) & 255u) << (8u * i);
    }
    return out;
}

TN_PX void tn_blend_group(tn_group *own, const tn_group *partner, float lambda, int32_t channels)
{
    TN_UNROLL
    for (int32_t c = 0; c < 3; c++)
        if (c < channels) {
            const tn_two a = own->channel[c], b = partner->channel[c];
            own->channel[c].lo = tn_blend_word(a.lo, b.lo, lambda);
            own->channel[c].hi = tn_blend_word(a.hi, b.hi, lambda);
        }
}

/* Bytes first … 7 of eight: ones in the mask. first may be anything. */
TN_PX uint64_t tn_bytes_from(int32_t first)
{
    if (first <= 0)
        return ~(uint64_t)0;
    return first >= TN_GROUP ? 0 : ~(uint64_t)0 << (8 * first);
}

/* Ones where the box covers the group's pixels. */
TN_PX tn_two tn_covered(tn_px_box box, tn_spot at)
{
    uint64_t mask = 0;
    if ((uint32_t)(at.y - box.y) < box.h)
        mask = tn_bytes_from(box.x - at.x) & ~tn_bytes_from(box.x + box.w - at.x);
    const tn_two out = {(uint32_t)mask, (uint32_t)(mask >> 32)};
    return out;
}

TN_PX void tn_paste(tn_group *own, const tn_group *partner, tn_two mask)
{
    TN_UNROLL
    for (int32_t c = 0; c < 3; c++) {
        tn_two *const to = &own->channel[c];
        to->lo = (to->lo & ~mask.lo) | (partner->channel[c].lo & mask.lo);
        to->hi = (to->hi & ~mask.hi) | (partner->channel[c].hi & mask.hi);
    }
}

#endif
