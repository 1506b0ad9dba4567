/* SPDX-License-Identifier: MIT */
/* Eight neighbouring pixels of one sample, as bytes: loads, mirrors and mixes them. */
#ifndef TENCH_CUDA_GROUP_H
#define TENCH_CUDA_GROUP_H

#include "cuda/grid.h"
#include "px/finish.h"

enum { TN_GROUP = 8 };
/* TN_IN_LINE: the pixels are in one line, and the first is at a multiple of eight. TN_ACROSS: they
 * follow each other in the sample, so the group may continue in the next lines. */
enum { TN_IN_LINE = 1, TN_ACROSS = 2 };

/* Two words for each channel, pixel 0 in the lowest byte of lo. */
typedef struct tn_group {
    tn_two channel[3];
} tn_group;

/* Where a group begins, in a row of the batch. c is its first channel. */
typedef struct tn_spot {
    int32_t row, c, y, x;
} tn_spot;

/* Splits three words r g b r g b … into four pixels of each channel. */
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

TN_PX tn_two tn_mirror(tn_two from)
{
    const tn_two out = {tn_pick(from.hi, 0, 0x0123), tn_pick(from.lo, 0, 0x0123)};
    return out;
}

/* Loads eight bytes from any address. It reads no aligned word without at least one of them. */
TN_PX tn_two tn_load_any(const uint8_t *from)
{
    const uint32_t skip = (uint32_t)(uintptr_t)from % 4u;
    const uint8_t *const at = from - skip;
    const uint32_t a = tn_load_one(at), b = tn_load_one(at + 4);
    const uint32_t c = tn_load_one(at + (skip ? 8 : 4));
    const tn_two out = {tn_slide(a, b, skip), tn_slide(b, c, skip)};
    return out;
}

/* Step 1 of px/finish.h, for a group in one line. `channels` is 1 or 3. */
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
        for (int32_t c = 0; c < 3; c++)
            out.channel[c] = tn_mirror(out.channel[c]);
    }
    return out;
}

/* The same for channel c of a group that may continue in the next line. The plane has no gaps
 * between lines, and lines are not shorter than a group. In a mirrored sample, the pixels of the
 * two lines are two pieces. */
TN_PX tn_two tn_load_across(const tn_px_finish *finish, const uint8_t *staging,
                            const tn_px_record *record, tn_spot at, int32_t c)
{
    const int32_t w = finish->w, left = w - at.x;
    const uint8_t *const line = staging + record->offset + (uint32_t)c * finish->plane +
                                (uint64_t)(uint32_t)at.y * (uint32_t)w;
    if (!record->flip)
        return tn_load_any(line + at.x);
    const tn_two own = tn_mirror(tn_load_any(line + (left > TN_GROUP ? left - TN_GROUP : 0)));
    if (left >= TN_GROUP)
        return own;
    const tn_two next = tn_mirror(tn_load_any(line + w + (w - TN_GROUP)));
    const uint64_t both = ((uint64_t)own.hi << 32 | own.lo) >> (8 * (TN_GROUP - left)) |
                          ((uint64_t)next.hi << 32 | next.lo) << (8 * left);
    const tn_two out = {(uint32_t)both, (uint32_t)(both >> 32)};
    return out;
}

/* Converts a byte to float: as the mantissa of 2^23 it is exact, and cheaper than a conversion. */
TN_PX float tn_byte_float(uint32_t word, uint32_t byte)
{
    return tn_px_bits_float(tn_pick(word, 0x4B000000u, 0x7440u | byte)) - 8388608.0f;
}

/* tn_px_mix_u8 for four bytes. Adding 2^23 rounds a sum below 2^22 to even, and the lowest byte is
 * the result. */
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

TN_PX tn_two tn_blend(tn_two own, tn_two partner, float lambda)
{
    const tn_two out = {tn_blend_word(own.lo, partner.lo, lambda),
                        tn_blend_word(own.hi, partner.hi, lambda)};
    return out;
}

/* Returns a mask of bytes first … 7 of eight; `first` may be any number. */
TN_PX uint64_t tn_bytes_from(int32_t first)
{
    if (first <= 0)
        return ~(uint64_t)0;
    return first >= TN_GROUP ? 0 : ~(uint64_t)0 << (8 * first);
}

/* The same pixels, seen from the next line: x counts from its start, and may be negative. */
TN_PX tn_spot tn_next_line(tn_spot at, int32_t w)
{
    const tn_spot out = {at.row, at.c, at.y + 1, at.x - w};
    return out;
}

/* Returns a mask of the group's pixels in the line that the box covers. */
TN_PX uint64_t tn_covered_in_line(tn_px_box box, tn_spot at)
{
    if ((uint32_t)(at.y - box.y) >= box.h)
        return 0;
    return tn_bytes_from(box.x - at.x) & ~tn_bytes_from(box.x + box.w - at.x);
}

/* The same for a group that may continue in the next line. */
TN_PX tn_two tn_covered(tn_px_box box, tn_spot at, int32_t w, int32_t kind)
{
    uint64_t mask = tn_covered_in_line(box, at);
    if (kind == TN_ACROSS)
        mask = (mask & ~tn_bytes_from(w - at.x)) | tn_covered_in_line(box, tn_next_line(at, w));
    const tn_two out = {(uint32_t)mask, (uint32_t)(mask >> 32)};
    return out;
}

TN_PX tn_two tn_paste(tn_two own, tn_two partner, tn_two mask)
{
    const tn_two out = {(own.lo & ~mask.lo) | (partner.lo & mask.lo),
                        (own.hi & ~mask.hi) | (partner.hi & mask.hi)};
    return out;
}

#endif
