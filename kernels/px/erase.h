/* SPDX-License-Identifier: MIT */
/* Random erasing: which box covers a pixel of the output, and the noise that is written there.
 *
 * Of boxes that overlap the last one is seen. Noise is a function of the record's key and of a
 * place: of the box and the channel in mode rand, of the pixel and the channel in mode pixel. A
 * block of Philox makes four numbers: those of a box's channels, or of four neighbours in a row. */
#ifndef TENCH_PX_ERASE_H
#define TENCH_PX_ERASE_H

#include "px/normal.h"
#include "px/record.h"

enum { TN_PX_NOISE_PIXEL = 1, TN_PX_NOISE_BOX = 2 }; /* fourth word of the counter */

/* Box `b` of a record: two are in it, the others in the staging arena. */
TN_PX tn_px_box tn_px_record_box(const tn_px_record *record, const uint8_t *staging, int32_t b)
{
    const tn_px_box *const more =
        (const tn_px_box *)(const void *)(staging + (uint64_t)record->more_boxes * 8u);
    return b < TN_PX_RECORD_BOXES ? record->box[b] : more[b - TN_PX_RECORD_BOXES];
}

TN_PX int tn_px_box_has(tn_px_box box, int32_t y, int32_t x)
{
    return (uint32_t)(x - box.x) < box.w && (uint32_t)(y - box.y) < box.h;
}

/* The box that is seen at a pixel; -1: none. */
TN_PX int32_t tn_px_erasing_box(const tn_px_record *record, const uint8_t *staging, int32_t y,
                                int32_t x)
{
    int32_t b = record->erase == TN_PX_ERASE_NONE ? 0 : record->n_boxes;
    while (b > 0 && !tn_px_box_has(tn_px_record_box(record, staging, b - 1), y, x))
        b--;
    return b - 1;
}

/* Lane c is the noise of channel c in box b. */
TN_PX tn_px_words tn_px_box_noise(const tn_px_record *record, int32_t b)
{
    return tn_px_philox((uint32_t)b, 0, 0, TN_PX_NOISE_BOX, record->key[0], record->key[1]);
}

/* Lane x mod 4 is the noise of pixel x; those of 4·group … 4·group + 3 share the block. */
TN_PX tn_px_words tn_px_pixel_noise(const tn_px_record *record, int32_t c, int32_t y, int32_t group)
{
    return tn_px_philox((uint32_t)group, (uint32_t)y, (uint32_t)c, TN_PX_NOISE_PIXEL,
                        record->key[0], record->key[1]);
}

/* The block that the noise of box `b` at a place is in: one of the two above, in one text. */
TN_PX tn_px_words tn_px_noise_block(const tn_px_record *record, int32_t b, int32_t c, int32_t y,
                                    int32_t x)
{
    const int joint = record->erase == TN_PX_ERASE_RAND;
    return tn_px_philox((uint32_t)(joint ? b : x >> 2), joint ? 0 : (uint32_t)y,
                        joint ? 0 : (uint32_t)c, joint ? TN_PX_NOISE_BOX : TN_PX_NOISE_PIXEL,
                        record->key[0], record->key[1]);
}

/* The normal number of that block that erasing writes at a place, in modes rand and pixel. */
TN_PX float tn_px_noise_of(const tn_px_record *record, const tn_px_words *block, int32_t c,
                           int32_t x)
{
    return tn_px_normal(block, (uint32_t)(record->erase == TN_PX_ERASE_RAND ? c : x) & 3u);
}

TN_PX float tn_px_noise(const tn_px_record *record, int32_t b, int32_t c, int32_t y, int32_t x)
{
    const tn_px_words block = tn_px_noise_block(record, b, c, y, x);
    return tn_px_noise_of(record, &block, c, x);
}

#endif
