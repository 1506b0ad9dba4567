/* SPDX-License-Identifier: MIT */
/* Eight pixels side by side of one sample, as bytes: loading, mirroring and mixing them. */
#ifndef TENCH_CUDA_GROUP_H
#define TENCH_CUDA_GROUP_H

#include "cuda/grid.h"
#include "px/finish.h"

enum { TN_GROUP = 8 };
/* Which eight pixels: of one line, the first at a multiple of eight; or those that follow each
 * other in a sample, of this line and then of the next ones. */
enum { TN_IN_LINE = 1, TN_ACROSS = 2 };

/* Two words for each channel, pixel 0 in the lowest byte of lo. */
typedef struct tn_group {
    tn_two channel[3];
} tn_group;

/* Where a group begins: in a row of the batch. c is its first channel, of those staged as planes.
 */
typedef struct tn_spot {
    int32_t row, c, y, x;
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

TN_PX tn_two tn_mirror(tn_two from)
{
    const tn_two out = {tn_pick(from.hi, 0, 0x0123), tn_pick(from.lo, 0, 0x0123)};
    return out;
}

/* Eight bytes from any address on. Of memory around them no word is read that has none of them. */
TN_PX tn_two tn_load_any(const uint8_t *from)
{
    const uint32_t skip = (uint32_t)(uintptr_t)from % 4u;
    const uint8_t *const at = from - skip;
    const uint32_t a = tn_load_one(at), b = tn_load_one(at + 4);
    const uint32_t c = tn_load_one(at + (skip ? 8 : 4));
    const tn_two out = {tn_slide(a, b, skip), tn_slide(b, c, skip)};
    return out;
}

/* Step 1 of px/finish.h for a group of one line. `channels` is 1 or 3. */
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

/* And for channel c of one that goes on in the next line: of a plane without gaps between its
 * lines, which are no shorter than a group. Pixels of a mirrored line and of the next are two
 * pieces. */
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

TN_PX tn_two tn_blend(tn_two own, tn_two partner, float lambda)
{
    const tn_two out = {tn_blend_word(own.lo, partner.lo, lambda),
                        tn_blend_word(own.hi, partner.hi, lambda)};
    return out;
}

/* Bytes first … 7 of eight: ones in the mask. first may be anything. */
TN_PX uint64_t tn_bytes_from(int32_t first)
{
    if (first <= 0)
        return ~(uint64_t)0;
    return first >= TN_GROUP ? 0 : ~(uint64_t)0 << (8 * first);
}

/* The same pixels, if those behind the line's end are in the next one: their x is below 0 or above.
 */
TN_PX tn_spot tn_next_line(tn_spot at, int32_t w)
{
    const tn_spot out = {at.row, at.c, at.y + 1, at.x - w};
    return out;
}

/* Ones where the box covers the group's pixels in the line. */
TN_PX uint64_t tn_covered_in_line(tn_px_box box, tn_spot at)
{
    if ((uint32_t)(at.y - box.y) >= box.h)
        return 0;
    return tn_bytes_from(box.x - at.x) & ~tn_bytes_from(box.x + box.w - at.x);
}

/* And in its lines. */
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
