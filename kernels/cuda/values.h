/* SPDX-License-Identifier: MIT */
/* Makes values of a group one by one: erased values, and groups that the fast code cannot load. It
 * repeats the definition of px/finish.h in a form that contains each larger part once. Inlined
 * several times, these parts would be most of a kernel. */
#ifndef TENCH_CUDA_VALUES_H
#define TENCH_CUDA_VALUES_H

#include "cuda/group.h"

/* Returns a bit for each pixel of the line that the box covers. */
TN_PX uint32_t tn_covers(tn_px_box box, tn_spot at)
{
    const int32_t first = box.x - at.x, last = first + box.w;
    if ((uint32_t)(at.y - box.y) >= box.h || first >= TN_GROUP || last <= 0)
        return 0;
    const uint32_t from = first > 0 ? 255u << first : 255u;
    return from & (last < TN_GROUP ? 255u >> (TN_GROUP - last) : 255u);
}

/* Returns a bit for each pixel that any box covers. */
TN_PX uint32_t tn_all_cover(const tn_px_finish *finish, const tn_px_record *record,
                            const uint8_t *staging, tn_spot at, int32_t kind)
{
    const int32_t n = record->erase == TN_PX_ERASE_NONE ? 0 : record->n_boxes;
    const int32_t left = finish->w - at.x;
    uint32_t out = 0;
    TN_NO_UNROLL
    for (int32_t b = 0; b < n; b++) {
        const tn_px_box box = tn_px_record_box(record, staging, b);
        uint32_t bits = tn_covers(box, at);
        if (kind == TN_ACROSS && left < TN_GROUP)
            bits = (bits & 255u >> (TN_GROUP - left)) | tn_covers(box, tn_next_line(at, finish->w));
        out |= bits;
    }
    return out;
}

TN_PX void tn_store_value(int32_t dtype, uint8_t *to, uint32_t bits)
{
    if (dtype == TN_PX_F32)
        *(uint32_t *)(void *)to = bits;
    else if (dtype == TN_PX_U8)
        *to = (uint8_t)bits;
    else
        *(uint16_t *)(void *)to = (uint16_t)bits;
}

/* The last block of noise, and a tag of its place. */
typedef struct tn_noise {
    tn_px_words block;
    uint32_t tag;
} tn_noise;
#define TN_NO_NOISE 0xFFFFFFFFu /* no place has this tag */

/* Returns what erasing writes. One block has the noise of up to four neighbours, or of a whole box.
 * `last` keeps it, so that it is not computed again. */
TN_PX uint32_t tn_erased_value(const tn_px_finish *finish, const tn_px_record *record, int32_t b,
                               tn_spot at, tn_noise *last)
{
    if (record->erase == TN_PX_ERASE_CONST)
        return finish->fill[at.c];
    const uint32_t tag = record->erase == TN_PX_ERASE_RAND
                             ? (uint32_t)b
                             : (uint32_t)at.y << 16 | (uint32_t)at.c << 14 | (uint32_t)at.x >> 2;
    if (tag != last->tag)
        last->block = tn_px_noise_block(record, b, at.c, at.y, at.x);
    last->tag = tag;
    return tn_px_noise_bits(finish, at.c, tn_px_noise_of(record, &last->block, at.c, at.x));
}

/* Steps 1 to 4 of px/finish.h. */
TN_PX uint32_t tn_sample_value(const tn_px_finish *finish, const uint8_t *staging,
                               const tn_px_record *records, const uint32_t *table, tn_spot at,
                               tn_noise *last)
{
    const int32_t b = tn_px_erasing_box(&records[at.row], staging, at.y, at.x);
    if (b >= 0)
        return tn_erased_value(finish, &records[at.row], b, at, last);
    return tn_px_normalised(finish, table, at.c,
                            tn_px_mixed(finish, staging, records, at.row, at.c, at.y, at.x));
}

/* Steps 1 to 5. It makes the sample's own value, or the partner's, or both and blends them. */
TN_PX uint32_t tn_value(const tn_px_finish *finish, const uint8_t *staging,
                        const tn_px_record *records, const uint32_t *table, tn_spot at,
                        tn_noise *last, int32_t mix)
{
    if (mix != TN_PX_MIX_FLOAT)
        return tn_sample_value(finish, staging, records, table, at, last);
    const tn_px_record *const own = &records[at.row];
    const int32_t how = tn_px_mix_at(own, at.row, at.y, at.x);
    uint32_t first = 0, bits = 0;
    TN_NO_UNROLL
    for (int32_t turn = how == TN_PX_PARTNER; turn <= (how != TN_PX_OWN); turn++) {
        const tn_spot from = {turn ? (int32_t)own->partner : at.row, at.c, at.y, at.x};
        last->tag = TN_NO_NOISE;
        first = bits;
        bits = tn_sample_value(finish, staging, records, table, from, last);
    }
    return how == TN_PX_BLEND ? tn_px_mix_bits(finish->dtype, first, bits, own->lambda) : bits;
}

#endif
