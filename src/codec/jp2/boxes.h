/* SPDX-License-Identifier: MIT */
/* Reads the boxes of a JPEG 2000 file that say what its samples mean. */
#ifndef TENCH_CODEC_JP2_BOXES_H
#define TENCH_CODEC_JP2_BOXES_H

#include "codec/codec.h"

/* The box of the image's header, and what stands beside it. */
typedef struct tn__jp2_boxes {
    bool is_there; /* false: the file is a bare codestream, and the rest is 0 */
    uint32_t w, h;
    int32_t components;
    int32_t bits; /* of a sample, less 1; 127: they differ */
    bool has_palette, has_space;
    uint32_t space; /* the number of the colour space; 0: none, or a profile */
} tn__jp2_boxes;

/* False: the boxes are broken. */
bool tn__jp2_read_boxes(tn__bytes bytes, tn__jp2_boxes *out);

#endif
