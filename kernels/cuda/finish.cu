/* SPDX-License-Identifier: MIT */
/* The last write of a batch on a device: one launch for any recipe. px/finish.h defines each value;
 * these kernels compute the same values fast.
 *
 * Memory limits the speed. A pixel of three channels has 3 bytes of input (6 if samples are mixed),
 * and 6 bytes of output in 16 bits, or 12 in floats. A thread makes groups of 8 pixels of one or
 * three channels and stores 16 bytes at a time. Where the width is a multiple of 8, a group lies in
 * one line and loads 8 bytes at a time. The kernels for any shape cut the pixels of a sample where
 * the output address is a multiple of 16, whatever lines and planes they belong to. Planes begin at
 * different offsets, so these kernels make one plane at a time, with unaligned loads. The two ends
 * of a plane, erased pixels, and staging that no loader makes are computed value by value. */
#include "cuda/emit.h"
#include "cuda/values.h"
#include "cuda/variants.h"

/* What mixing does to a group. */
typedef struct tn_mixing {
    int32_t blends;
    tn_two mask; /* ones where the partner is pasted */
} tn_mixing;

TN_PX tn_mixing tn_mixing_of(const tn_px_finish *finish, const tn_px_record *own, tn_spot at,
                             int32_t mix, int32_t kind)
{
    tn_mixing out = {0, {0, 0}};
    if (mix == TN_PX_MIX_NONE || own->partner == (uint32_t)at.row)
        return out;
    out.blends = own->mix.w == 0;
    if (!out.blends)
        out.mask = tn_covered(own->mix, at, finish->w, kind);
    return out;
}

/* Loads a group in a line and mixes bytes with the partner's. Blending floats happens later. */
TN_PX tn_pixels tn_take(const tn_px_finish *finish, const uint8_t *staging,
                        const tn_px_record *records, tn_spot at, int32_t channels, int32_t mix)
{
    const tn_px_record *const own = &records[at.row];
    const tn_mixing how = tn_mixing_of(finish, own, at, mix, TN_IN_LINE);
    tn_pixels out;
    out.blended = how.blends && mix == TN_PX_MIX_FLOAT;
    out.lambda = own->lambda;
    if ((how.mask.lo & how.mask.hi) != 0xFFFFFFFFu)
        out.own = tn_load_group(finish, staging, own, at, channels);
    if (!how.blends && (how.mask.lo | how.mask.hi) == 0)
        return out;
    out.partner = tn_load_group(finish, staging, &records[own->partner], at, channels);
    TN_UNROLL
    for (int32_t c = 0; c < 3; c++) {
        tn_two *const to = &out.own.channel[c];
        if (c < channels && !how.blends)
            *to = tn_paste(*to, out.partner.channel[c], how.mask);
        else if (c < channels && mix == TN_PX_MIX_U8)
            *to = tn_blend(*to, out.partner.channel[c], own->lambda);
    }
    return out;
}

/* Returns this thread's group in a line. A block covers whole lines of a row, or a part of one
 * line. Surplus threads get a place outside the sample. */
TN_PX tn_spot tn_here(void)
{
    const tn_thread thread = tn_this_thread();
    const tn_spot out = {(int32_t)thread.block.x, 0,
                         (int32_t)(thread.block.y * tn_block_size.y + thread.y),
                         (int32_t)(thread.block.z * tn_block_size.x + thread.x) * TN_GROUP};
    return out;
}

/* This thread's group among the pixels of a sample; it begins at pixel first - before. Groups begin
 * at multiples of eight pixels of the output. The first group shares `before` pixels with what
 * precedes the plane (or the sample, if channels are side by side). */
typedef struct tn_piece {
    int32_t row;
    uint32_t first, before, pixels;
} tn_piece;

TN_PX tn_piece tn_here_across(const tn_px_finish *finish, int32_t c, int32_t channels)
{
    const tn_thread thread = tn_this_thread();
    const uint32_t pixels = (uint32_t)finish->w * (uint32_t)finish->h;
    const uint32_t planes = channels == 1 ? (uint32_t)finish->channels : 1u;
    const uint32_t block = thread.block.z * TN_MOST_BLOCKS + thread.block.y;
    const tn_piece out = {(int32_t)thread.block.x, TN_GROUP * (block * TN_BLOCK + thread.x),
                          (thread.block.x * planes + (uint32_t)c) * pixels % TN_GROUP, pixels};
    return out;
}

/* Returns the place of pixel i of that group. */
TN_PX tn_spot tn_spot_across(const tn_px_finish *finish, tn_piece piece, int32_t c, int32_t i)
{
    const uint32_t pixel = piece.first + (uint32_t)i - piece.before, w = (uint32_t)finish->w;
    const uint32_t y = pixel / w;
    const tn_spot out = {piece.row, c, (int32_t)y, (int32_t)(pixel - y * w)};
    return out;
}

/* The same for a group across lines, one plane at a time, which needs fewer registers. */
TN_PX tn_pixels tn_take_across(const tn_px_finish *finish, const uint8_t *staging,
                               const tn_px_record *records, tn_spot at, int32_t channels,
                               int32_t mix)
{
    const tn_px_record *const own = &records[at.row];
    const tn_mixing how = tn_mixing_of(finish, own, at, mix, TN_ACROSS);
    tn_pixels out;
    out.blended = how.blends && mix == TN_PX_MIX_FLOAT;
    out.lambda = own->lambda;
    TN_UNROLL
    for (int32_t c = 0; c < 3; c++) {
        if (c >= channels)
            continue;
        tn_two *const to = &out.own.channel[c], *const other = &out.partner.channel[c];
        const tn_spot here =
            mix == TN_PX_MIX_NONE
                ? at
                : tn_spot_across(finish, tn_here_across(finish, at.c, channels), at.c, 0);
        *to = tn_load_across(finish, staging, own, here, here.c + c);
        if (!how.blends && (how.mask.lo | how.mask.hi) == 0)
            continue;
        *other = tn_load_across(finish, staging, &records[own->partner], here, here.c + c);
        if (!how.blends)
            *to = tn_paste(*to, *other, how.mask);
        else if (mix == TN_PX_MIX_U8)
            *to = tn_blend(*to, *other, own->lambda);
    }
    return out;
}

TN_PX int tn_is_whole(tn_piece piece)
{
    return piece.first >= piece.before && piece.first - piece.before + TN_GROUP <= piece.pixels;
}

/* Returns a bit for each pixel of the group that belongs to the sample. */
TN_PX uint32_t tn_inside(tn_piece piece)
{
    uint32_t out = 0;
    TN_NO_UNROLL
    for (uint32_t i = 0; i < TN_GROUP; i++)
        if (piece.first + i >= piece.before && piece.first + i - piece.before < piece.pixels)
            out |= 1u << i;
    return out;
}

/* Before sm_80, integer code converts bf16, and leaves no registers to blend groups. */
TN_PX int tn_blends(int32_t dtype)
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
    return dtype != TN_PX_BF16;
#else
    (void)dtype;
    return 1;
#endif
}

/* True if erased values may be mixed, or if groups cannot be mixed as a whole. */
TN_PX int tn_mixes_hard(const tn_px_finish *finish, const uint8_t *staging,
                        const tn_px_record *records, tn_spot at, int32_t dtype, int32_t mix,
                        int32_t kind)
{
    const tn_px_record *const own = &records[at.row];
    if (mix != TN_PX_MIX_FLOAT)
        return 0;
    return !tn_blends(dtype) ||
           (tn_all_cover(finish, own, staging, at, kind) |
            tn_all_cover(finish, &records[own->partner], staging, at, kind)) != 0;
}

/* True if the group of a line cannot be loaded eight bytes at a time. */
TN_PX int tn_is_odd(const tn_px_finish *finish, const tn_px_record *records, int32_t row,
                    int32_t mix)
{
    const tn_px_record *const own = &records[row];
    const tn_px_record *const partner = mix == TN_PX_MIX_NONE ? own : &records[own->partner];
    return ((uint32_t)own->offset | (uint32_t)partner->offset | (uint32_t)finish->stride |
            (uint32_t)finish->plane) %
               8 !=
           0;
}

/* Makes those pixels of a group that have a bit in the mask, one by one. */
TN_PX void tn_by_value(const tn_px_finish *finish, const uint8_t *staging,
                       const tn_px_record *records, const uint32_t *table, uint8_t *out,
                       uint32_t mask, int32_t channel, int32_t channels, int32_t dtype, int32_t mix,
                       int32_t kind)
{
    const uint32_t bytes = tn_px_dtype_bytes(dtype);
    tn_noise last = {{{0, 0, 0, 0}}, TN_NO_NOISE};
    TN_NO_UNROLL
    for (int32_t i = 0; i < TN_GROUP * channels; i++) {
        const int32_t c = channel + i / TN_GROUP, pixel = i % TN_GROUP;
        if ((mask >> pixel & 1u) == 0)
            continue;
        tn_spot at =
            kind == TN_IN_LINE
                ? tn_here()
                : tn_spot_across(finish, tn_here_across(finish, channel, channels), c, pixel);
        if (kind == TN_IN_LINE) {
            at.c = c;
            at.x += pixel;
        }
        const uint32_t bits = tn_value(finish, staging, records, table, at, &last, mix);
        tn_store_value(dtype, out + tn_px_finish_place(finish, at.row, c, at.y, at.x) * bytes,
                       bits);
    }
}

/* The kind of normalisation and blending are equal for a whole row: each has its own code. */
TN_PX void tn_emit(const tn_px_finish *finish, const uint32_t *table, const tn_pixels *pixels,
                   int32_t channel, int32_t dtype, int32_t layout, int32_t channels, uint8_t *to)
{
    const uint64_t plane =
        (uint64_t)tn_px_dtype_bytes(dtype) * (uint32_t)finish->w * (uint32_t)finish->h;
    const tn_maker by_table = {finish, table, dtype, TN_PX_TABLE, 0, channel};
    const tn_maker by_fma = {finish, table, dtype, TN_PX_FMA, 0, channel};
    const tn_maker blend_table = {finish, table, dtype, TN_PX_TABLE, 1, channel};
    const tn_maker blend_fma = {finish, table, dtype, TN_PX_FMA, 1, channel};
    const int looks_up = dtype != TN_PX_U8 && finish->kind == TN_PX_TABLE;
    const int blends = dtype != TN_PX_U8 && pixels->blended;
    if (looks_up && blends)
        tn_emit_group(blend_table, pixels, layout, channels, plane, to);
    else if (looks_up)
        tn_emit_group(by_table, pixels, layout, channels, plane, to);
    else if (blends)
        tn_emit_group(blend_fma, pixels, layout, channels, plane, to);
    else
        tn_emit_group(by_fma, pixels, layout, channels, plane, to);
}

TN_PX void tn_load_table(const tn_px_finish *finish, const uint32_t *table, uint32_t *to)
{
    if (finish->kind != TN_PX_TABLE)
        return;
    const tn_thread thread = tn_this_thread();
    const uint32_t first = thread.y * tn_block_size.x + thread.x;
    for (uint32_t i = first; i < 256u * (uint32_t)finish->channels;
         i += tn_block_size.x * tn_block_size.y)
        to[i] = table[i];
}

TN_PX void tn_in_line(const tn_px_finish *finish, const uint8_t *TN_RESTRICT staging,
                      const tn_px_record *TN_RESTRICT records, const uint32_t *table,
                      const uint32_t *lut, uint8_t *TN_RESTRICT out, int32_t dtype, int32_t layout,
                      int32_t channels, int32_t mix)
{
    uint32_t mask = 255u;
    if (tn_here().y >= finish->h || tn_here().x >= finish->w)
        return;
    if (!tn_is_odd(finish, records, tn_here().row, mix) &&
        !tn_mixes_hard(finish, staging, records, tn_here(), dtype, mix, TN_IN_LINE)) {
        const tn_pixels pixels = tn_take(finish, staging, records, tn_here(), channels, mix);
        uint8_t *const to =
            out + tn_px_finish_place(finish, tn_here().row, 0, tn_here().y, tn_here().x) *
                      tn_px_dtype_bytes(dtype);
        tn_emit(finish, lut, &pixels, 0, dtype, layout, channels, to);
        mask = mix == TN_PX_MIX_FLOAT
                   ? 0
                   : tn_all_cover(finish, &records[tn_here().row], staging, tn_here(), TN_IN_LINE);
    }
    if (mask != 0)
        tn_by_value(finish, staging, records, table, out, mask, 0, channels, dtype, mix,
                    TN_IN_LINE);
}

#define TN_FAST(name, dtype, layout, channels, mix)                                                \
    TN_KERNEL name(TN_ARGUMENT(tn_px_finish) finish, const uint8_t *TN_RESTRICT staging,           \
                   const tn_px_record *TN_RESTRICT records, const uint32_t *TN_RESTRICT table,     \
                   uint8_t *TN_RESTRICT out, int32_t rows)                                         \
    {                                                                                              \
        TN_SHARED uint32_t lut[256 * channels];                                                    \
        tn_load_table(&finish, table, lut);                                                        \
        TN_BARRIER;                                                                                \
        (void)rows;                                                                                \
        tn_in_line(&finish, staging, records, table, lut, out, dtype, layout, channels, mix);      \
    }
TN_FINISH_FAST(TN_FAST)
#undef TN_FAST

/* True if groups can be loaded as a whole: the planes are as loaders stage them, and the values of
 * a group are neighbours in the output. */
TN_PX int tn_is_plain(const tn_px_finish *finish, int32_t channels)
{
    return finish->staged == TN_PX_NCHW && finish->stride == finish->w && finish->w >= TN_GROUP &&
           (channels == 3 || finish->channels == 1 || finish->layout == TN_PX_NCHW);
}

/* Returns the place of a whole group's values. */
TN_PX uint8_t *tn_place_across(const tn_px_finish *finish, uint8_t *out, tn_piece piece, int32_t c,
                               int32_t dtype, int32_t channels)
{
    const uint32_t planes = channels == 1 ? (uint32_t)finish->channels : 1u;
    const uint64_t area = (uint32_t)piece.row * planes + (uint32_t)c;
    const uint64_t pixel = area * piece.pixels + (piece.first - piece.before);
    return out + pixel * (tn_px_dtype_bytes(dtype) * (uint32_t)channels);
}

/* Makes one group of channel c, or of three channels side by side. */
TN_PX void tn_across(const tn_px_finish *finish, const uint8_t *TN_RESTRICT staging,
                     const tn_px_record *TN_RESTRICT records, const uint32_t *table,
                     const uint32_t *lut, uint8_t *TN_RESTRICT out, int32_t c, int32_t dtype,
                     int32_t channels, int32_t mix)
{
    const tn_piece piece = tn_here_across(finish, c, channels);
    const tn_spot at = tn_spot_across(finish, piece, c, 0);
    const int32_t layout = channels == 3 ? TN_PX_NHWC : TN_PX_NCHW;
    uint32_t mask;
    if (tn_is_whole(piece) && tn_is_plain(finish, channels) &&
        !tn_mixes_hard(finish, staging, records, at, dtype, mix, TN_ACROSS)) {
        const tn_pixels pixels = tn_take_across(finish, staging, records, at, channels, mix);
        tn_emit(
            finish, lut + 256 * c, &pixels, c, dtype, layout, channels,
            tn_place_across(finish, out, tn_here_across(finish, c, channels), c, dtype, channels));
        mask = mix == TN_PX_MIX_FLOAT
                   ? 0
                   : tn_all_cover(finish, &records[at.row], staging, at, TN_ACROSS);
    } else {
        mask = tn_inside(tn_here_across(finish, c, channels));
    }
    if (mask != 0)
        tn_by_value(finish, staging, records, table, out, mask, c, channels, dtype, mix, TN_ACROSS);
}

#define TN_GENERAL(name, dtype, joint, mix)                                                        \
    TN_KERNEL name(TN_ARGUMENT(tn_px_finish) finish, const uint8_t *TN_RESTRICT staging,           \
                   const tn_px_record *TN_RESTRICT records, const uint32_t *TN_RESTRICT table,     \
                   uint8_t *TN_RESTRICT out, int32_t rows)                                         \
    {                                                                                              \
        TN_SHARED uint32_t lut[256 * TN_PX_MAX_CHANNELS];                                          \
        tn_load_table(&finish, table, lut);                                                        \
        TN_BARRIER;                                                                                \
        (void)rows;                                                                                \
        TN_NO_UNROLL                                                                               \
        for (int32_t c = 0; c < (joint == 3 ? 3 : finish.channels); c += joint)                    \
            tn_across(&finish, staging, records, table, lut, out, c, dtype, joint, mix);           \
    }
TN_FINISH_GENERAL(TN_GENERAL)
#undef TN_GENERAL
