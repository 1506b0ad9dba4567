/* SPDX-License-Identifier: MIT */
/* JPEG streams inside files of other formats, such as the strips and tiles of a TIFF. */
#ifndef TENCH_CODEC_JPEG_INSIDE_H
#define TENCH_CODEC_JPEG_INSIDE_H

#include "codec/codec.h"

/* A stream, and what the file around it says of its pixels. */
typedef struct tn__jpeg_inside {
    tn__bytes tables; /* a stream of tables alone, which comes first; no bytes: there is none */
    tn__bytes stream;
    int32_t w, h;
    int32_t components;             /* 1 or 3 */
    int32_t h_sampling, v_sampling; /* of the first component; the others have 1 */
    bool is_ycc;                    /* three components are luma and colour, not RGB */
} tn__jpeg_inside;

/* Upper bound of the bytes that tn__jpeg_inside_decode takes from the arena, for any stream of this
 * size. */
size_t tn__jpeg_inside_bytes(int32_t w, int32_t h, int32_t components);
/* Decodes the rectangle want->need of the stream into `out`, where its first pixel gets the place
 * (x, y). It has the channels of the mode. The arena's memory is free again afterwards.
 * TN__NOT_MINE: our decoder does not take the stream, or what the file says of it is not true.
 * TN_ENOMEM, TN_ELIMIT. */
int tn__jpeg_inside_decode(const tn__jpeg_inside *inside, const tn__want *want, tn__arena *arena,
                           int32_t x, int32_t y, const tn_px_image *out);

#endif
