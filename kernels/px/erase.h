/* SPDX-License-Identifier: MIT */
/* Random erasing: finds the box that covers a pixel of the output, and makes the noise in it.
 *
 * Where boxes overlap, the last one counts. Noise is a function of the record's key and a place. In
 * mode rand the place is the box and the channel; in mode pixel it is the pixel and the channel.
 * One Philox block makes four numbers: for the channels of a box, or for four neighbours in a row.
 */
#ifndef TENCH_PX_ERASE_H
#define TENCH_PX_ERASE_H

#include "px/normal.h"
#include "px/record.h"

enum { TN_PX_NOISE_PIXEL = 1, TN_PX_NOISE_BOX = 2 }; /* fourth word of the counter */

/* Returns box `b` of a record. The record holds two boxes; the others are in the staging buffer. */
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

/* Returns the box that shows at a pixel, or -1. */
TN_PX int32_t tn_px_erasing_box(const tn_px_record *record, const uint8_t *staging, int32_t y,
                                int32_t x)
{
    int32_t b = record->erase == TN_PX_ERASE_NONE ? 0 : record->n_boxes;
    while (b > 0 && !tn_px_box_has(tn_px_record_box(record, staging, b - 1), y, x))
        b--;
    return b - 1;
}

/* Word c of the block is the noise of channel c in box b. */
TN_PX tn_px_words tn_px_box_noise(const tn_px_record *record, int32_t b)
{
    return tn_px_philox((uint32_t)b, 0, 0, TN_PX_NOISE_BOX, record->key[0], record->key[1]);
}

/* Word x mod 4 of the block is the noise of pixel x: pixels 4·group … 4·group + 3 share a block. */
TN_PX tn_px_words tn_px_pixel_noise(const tn_px_record *record, int32_t c, int32_t y, int32_t group)
{
    return tn_px_philox((uint32_t)group, (uint32_t)y, (uint32_t)c, TN_PX_NOISE_PIXEL,
                        record->key[0], record->key[1]);
}

/* Either of the two above, chosen by the record's mode. One call keeps device code small. */
TN_PX tn_px_words tn_px_noise_block(const tn_px_record *record, int32_t b, int32_t c, int32_t y,
                                    int32_t x)
{
    const int joint = record->erase == TN_PX_ERASE_RAND;
    return tn_px_philox((uint32_t)(joint ? b : x >> 2), joint ? 0 : (uint32_t)y,
                        joint ? 0 : (uint32_t)c, joint ? TN_PX_NOISE_BOX : TN_PX_NOISE_PIXEL,
                        record->key[0], record->key[1]);
}

/* Returns the normal number that erasing writes at a place, from that block; modes rand and pixel.
 */
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
