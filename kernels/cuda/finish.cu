/* SPDX-License-Identifier: MIT */
/* The last write of a batch on a device: one launch, whatever the recipe. px/finish.h says what a
 * value is; these are its fast forms.
 *
 * Memory bounds it: a pixel of three channels is 3 bytes in (6 where samples are mixed) and 6 out
 * in 16 bits, 12 in floats. In the fast form a thread makes 8 pixels of one or three channels, with
 * loads of 8 bytes and stores of 16; it wants lines of a multiple of 8 pixels. The general form
 * takes any shape: a thread makes 16 bytes of the output, whichever values these are. Erasing is a
 * second look at groups that a box touches: what is covered is written again by px/finish.h. */
#include "cuda/emit.h"
#include "cuda/erase.h"
#include "cuda/variants.h"

/* Where mixing takes a partner's pixels, and whether it blends them after normalising. */
TN_PX tn_pixels tn_take(const tn_px_finish *finish, const uint8_t *staging,
                        const tn_px_record *records, tn_spot at, int32_t channels, int32_t mix)
{
    const tn_px_record *const own = &records[at.row];
    tn_pixels out;
    out.blended = 0;
    out.lambda = own->lambda;
    tn_two mask = {0, 0};
    if (mix != TN_PX_MIX_NONE && own->partner != (uint32_t)at.row) {
        out.blended = own->mix.w == 0;
        if (!out.blended)
            mask = tn_covered(own->mix, at);
    }
    if ((mask.lo & mask.hi) != 0xFFFFFFFFu)
        out.own = tn_load_group(finish, staging, own, at, channels);
    if (out.blended || (mask.lo | mask.hi) != 0)
        out.partner = tn_load_group(finish, staging, &records[own->partner], at, channels);
    if ((mask.lo | mask.hi) != 0)
        tn_paste(&out.own, &out.partner, mask);
    if (out.blended && mix == TN_PX_MIX_U8) {
        tn_blend_group(&out.own, &out.partner, own->lambda, channels);
        out.blended = 0;
    }
    return out;
}

/* The group of this thread. A block has whole lines of a row, or a part of one line: threads that
 * are too many have a place outside. */
TN_PX tn_spot tn_here(void)
{
    const tn_thread thread = tn_this_thread();
    const tn_spot out = {(int32_t)thread.block.x,
                         (int32_t)(thread.block.y * tn_block_size.y + thread.y),
                         (int32_t)(thread.block.z * tn_block_size.x + thread.x) * TN_GROUP};
    return out;
}

/* Before sm_80 bf16 is converted in integers: that leaves no registers to blend groups with. */
TN_PX int tn_blends(int32_t dtype)
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
    return dtype != TN_PX_BF16;
#else
    (void)dtype;
    return 1;
#endif
}

/* True if the group cannot be loaded by eights, or if erased values may be mixed. */
TN_PX int tn_is_hard(const tn_px_finish *finish, const uint8_t *staging,
                     const tn_px_record *records, tn_spot at, int32_t dtype, int32_t mix)
{
    const tn_px_record *const own = &records[at.row];
    const tn_px_record *const partner = mix == TN_PX_MIX_NONE ? own : &records[own->partner];
    const uint32_t places = (uint32_t)own->offset | (uint32_t)partner->offset |
                            (uint32_t)finish->stride | (uint32_t)finish->plane;
    if (places % 8 != 0 || (mix == TN_PX_MIX_FLOAT && !tn_blends(dtype)))
        return 1;
    return mix == TN_PX_MIX_FLOAT &&
           (tn_all_cover(own, staging, at) | tn_all_cover(partner, staging, at)) != 0;
}

/* Makes a group by the definition, value by value. */
TN_PX void tn_by_value(const tn_px_finish *finish, const uint8_t *staging,
                       const tn_px_record *records, const uint32_t *table, uint8_t *out,
                       int32_t dtype, int32_t channels)
{
    const uint32_t bytes = dtype == TN_PX_F32 ? 4 : dtype == TN_PX_U8 ? 1 : 2;
    TN_NO_UNROLL
    for (int32_t i = 0; i < TN_GROUP * channels; i++) {
        const tn_spot at = tn_here();
        const int32_t c = i / TN_GROUP, x = at.x + i % TN_GROUP;
        tn_store_value(dtype, out + tn_px_finish_place(finish, at.row, c, at.y, x) * bytes,
                       tn_px_finish_value(finish, staging, records, table, at.row, c, at.y, x));
    }
}

/* The kind of normalisation and blending decide for a whole row: each has code of its own. */
TN_PX void tn_emit(const tn_px_finish *finish, const uint32_t *table, const tn_pixels *pixels,
                   tn_spot at, int32_t dtype, int32_t layout, int32_t channels, uint8_t *out)
{
    const int32_t bytes = dtype == TN_PX_F32 ? 4 : dtype == TN_PX_U8 ? 1 : 2;
    const uint64_t plane = (uint64_t)(uint32_t)bytes * (uint32_t)finish->w * (uint32_t)finish->h;
    uint8_t *const to = out + tn_px_finish_place(finish, at.row, 0, at.y, at.x) * (uint32_t)bytes;
    const tn_maker by_table = {finish, table, dtype, TN_PX_TABLE, 0};
    const tn_maker by_fma = {finish, table, dtype, TN_PX_FMA, 0};
    const tn_maker blend_table = {finish, table, dtype, TN_PX_TABLE, 1};
    const tn_maker blend_fma = {finish, table, dtype, TN_PX_FMA, 1};
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

TN_PX void tn_load_table(const tn_px_finish *finish, const uint32_t *table, uint32_t *to,
                         int32_t channels)
{
    if (finish->kind != TN_PX_TABLE)
        return;
    const tn_thread thread = tn_this_thread();
    const uint32_t first = thread.y * tn_block_size.x + thread.x;
    for (uint32_t i = first; i < 256u * (uint32_t)channels; i += tn_block_size.x * tn_block_size.y)
        to[i] = table[i];
}

TN_PX void tn_fast(const tn_px_finish *finish, const uint8_t *TN_RESTRICT staging,
                   const tn_px_record *TN_RESTRICT records, const uint32_t *table,
                   const uint32_t *lut, uint8_t *TN_RESTRICT out, int32_t dtype, int32_t layout,
                   int32_t channels, int32_t mix)
{
    if (tn_here().y >= finish->h || tn_here().x >= finish->w)
        return;
    if (tn_is_hard(finish, staging, records, tn_here(), dtype, mix)) {
        tn_by_value(finish, staging, records, table, out, dtype, channels);
        return;
    }
    const tn_pixels pixels = tn_take(finish, staging, records, tn_here(), channels, mix);
    tn_emit(finish, lut, &pixels, tn_here(), dtype, layout, channels, out);
    if (mix != TN_PX_MIX_FLOAT)
        tn_erase(finish, staging, records, out, tn_here(), dtype, channels);
}

#define TN_FAST(name, dtype, layout, channels, mix)                                                \
    TN_KERNEL name(TN_ARGUMENT(tn_px_finish) finish, const uint8_t *TN_RESTRICT staging,           \
                   const tn_px_record *TN_RESTRICT records, const uint32_t *TN_RESTRICT table,     \
                   uint8_t *TN_RESTRICT out, int32_t rows)                                         \
    {                                                                                              \
        TN_SHARED uint32_t lut[256 * channels];                                                    \
        tn_load_table(&finish, table, lut, channels);                                              \
        TN_BARRIER;                                                                                \
        (void)rows;                                                                                \
        tn_fast(&finish, staging, records, table, lut, out, dtype, layout, channels, mix);         \
    }
TN_FINISH_FAST(TN_FAST)
#undef TN_FAST

/* Where value `place` of the batch belongs: the inverse of tn_px_finish_place. */
typedef struct tn_index {
    int32_t row, c, y, x;
} tn_index;

TN_PX tn_index tn_index_of(const tn_px_finish *finish, uint64_t place)
{
    const uint32_t inner = (uint32_t)(finish->layout == TN_PX_NHWC ? finish->channels : finish->w);
    const uint32_t middle = (uint32_t)(finish->layout == TN_PX_NHWC ? finish->w : finish->h);
    const uint32_t outer = (uint32_t)(finish->layout == TN_PX_NHWC ? finish->h : finish->channels);
    const uint64_t lines = place / inner, areas = lines / middle;
    const int32_t a = (int32_t)(place - lines * inner), b = (int32_t)(lines - areas * middle);
    const int32_t row = (int32_t)(areas / outer), c = (int32_t)(areas % outer);
    const tn_index planes = {row, c, b, a}, joined = {row, a, c, b};
    return finish->layout == TN_PX_NHWC ? joined : planes;
}

/* The next value in the output. */
TN_PX void tn_step(const tn_px_finish *finish, tn_index *at)
{
    const int joined = finish->layout == TN_PX_NHWC;
    if (joined && ++at->c < finish->channels)
        return;
    at->c = joined ? 0 : at->c;
    if (++at->x < finish->w)
        return;
    at->x = 0;
    if (++at->y < finish->h)
        return;
    at->y = 0;
    if (!joined && ++at->c < finish->channels)
        return;
    at->c = 0;
    at->row++;
}

/* Takes a value of `bytes` bytes in behind; what was in front goes. */
TN_PX void tn_push_value(tn_four *to, uint32_t bits, uint32_t bytes)
{
    const uint32_t shift = 8u * (bytes & 3u);
    TN_UNROLL
    for (int32_t i = 0; i < 4; i++) {
        const uint32_t next = i < 3 ? to->word[i < 3 ? i + 1 : 3] : bits;
        to->word[i] = bytes == 4 ? next : to->word[i] >> shift | next << (32u - shift);
    }
}

/* 16 bytes of the output; fewer at the batch's end. */
TN_PX void tn_general(const tn_px_finish *finish, const uint8_t *staging,
                      const tn_px_record *records, const uint32_t *table, uint8_t *out,
                      int32_t rows, int32_t dtype)
{
    const uint32_t bytes = dtype == TN_PX_F32 ? 4 : dtype == TN_PX_U8 ? 1 : 2;
    const tn_thread thread = tn_this_thread();
    const uint64_t first = ((uint64_t)thread.block.x * tn_block_size.x + thread.x) * (16 / bytes);
    const uint64_t n = tn_px_finish_place(finish, rows, 0, 0, 0);
    tn_index at = tn_index_of(finish, first);
    tn_four four = {{0, 0, 0, 0}};
    TN_NO_UNROLL
    for (uint32_t i = 0; i < 16 / bytes && first + i < n; i++, tn_step(finish, &at)) {
        const uint32_t bits =
            tn_px_finish_value(finish, staging, records, table, at.row, at.c, at.y, at.x);
        if (n - first < 16 / bytes)
            tn_store_value(dtype, out + (first + i) * bytes, bits);
        else
            tn_push_value(&four, bits, bytes);
    }
    if (n >= first + 16 / bytes)
        tn_store_four(out + first * bytes, four);
}

#define TN_GENERAL(name, dtype)                                                                    \
    TN_KERNEL name(TN_ARGUMENT(tn_px_finish) finish, const uint8_t *TN_RESTRICT staging,           \
                   const tn_px_record *TN_RESTRICT records, const uint32_t *TN_RESTRICT table,     \
                   uint8_t *TN_RESTRICT out, int32_t rows)                                         \
    {                                                                                              \
        tn_general(&finish, staging, records, table, out, rows, dtype);                            \
    }
TN_FINISH_GENERAL(TN_GENERAL)
#undef TN_GENERAL
