/* SPDX-License-Identifier: MIT */
/* Erasing in a group whose values are stored: what boxes cover is written again, the last box last.
 */
#ifndef TENCH_CUDA_ERASE_H
#define TENCH_CUDA_ERASE_H

#include "cuda/group.h"

/* A bit for each pixel that the box covers. */
TN_PX uint32_t tn_covers(tn_px_box box, tn_spot at)
{
    const int32_t first = box.x - at.x, last = first + box.w;
    if ((uint32_t)(at.y - box.y) >= box.h || first >= TN_GROUP || last <= 0)
        return 0;
    const uint32_t from = first > 0 ? 255u << first : 255u;
    return from & (last < TN_GROUP ? 255u >> (TN_GROUP - last) : 255u);
}

/* A bit for each pixel that a box covers. */
TN_PX uint32_t tn_all_cover(const tn_px_record *record, const uint8_t *staging, tn_spot at)
{
    const int32_t n = record->erase == TN_PX_ERASE_NONE ? 0 : record->n_boxes;
    uint32_t out = 0;
    TN_NO_UNROLL
    for (int32_t b = 0; b < n; b++)
        out |= tn_covers(tn_px_record_box(record, staging, b), at);
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

/* Step 4 of px/finish.h for what is not mixed afterwards. A block of noise is made once for four
 * pixels. */
TN_PX void tn_erase(const tn_px_finish *finish, const uint8_t *staging, const tn_px_record *records,
                    uint8_t *out, tn_spot at, int32_t dtype, int32_t channels)
{
    const tn_px_record *const record = &records[at.row];
    if (tn_all_cover(record, staging, at) == 0)
        return;
    const uint32_t bytes = dtype == TN_PX_F32 ? 4 : dtype == TN_PX_U8 ? 1 : 2;
    tn_px_words block = {{0, 0, 0, 0}};
    int32_t made = -1;
    TN_NO_UNROLL
    for (int32_t i = 0; i < TN_GROUP * channels; i++) {
        const int32_t c = i / TN_GROUP, x = at.x + i % TN_GROUP;
        const int32_t b = tn_px_erasing_box(record, staging, at.y, x);
        if (b < 0)
            continue;
        uint32_t bits;
        if (record->erase == TN_PX_ERASE_PIXEL) {
            if (made != i / 4)
                block = tn_px_pixel_noise(record, c, at.y, x / 4);
            made = i / 4;
            bits = tn_px_noise_bits(finish, c, tn_px_normal(&block, (uint32_t)x % 4u));
        } else {
            bits = tn_px_erased(finish, record, b, c, at.y, x);
        }
        tn_store_value(dtype, out + tn_px_finish_place(finish, at.row, c, at.y, x) * bytes, bits);
    }
}

#endif
