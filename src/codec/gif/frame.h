/* SPDX-License-Identifier: MIT */
/* The header of a GIF file up to its first frame: sizes, palette, transparency. */
#ifndef TENCH_CODEC_GIF_FRAME_H
#define TENCH_CODEC_GIF_FRAME_H

#include "codec/codec.h"

enum { TN__GIF_COLOURS = 256 };

typedef struct tn__gif_frame {
    int32_t w, h;        /* of the image: the screen, enlarged to hold the frame */
    tn_px_rect frame;    /* the frame's place in it; may be empty */
    bool interlaced;     /* in four passes */
    bool grey;           /* indices are greys: there is no palette, or it is the grey ramp */
    int32_t transparent; /* index; -1: none */
    int32_t code_bits;   /* bits of a pixel in the compressed data; up to 255 in a broken file */
    size_t data_at;      /* offset of the first block of compressed data */
    uint8_t palette[TN__GIF_COLOURS][3]; /* RGB; missing entries are black. Unused for greys */
} tn__gif_frame;

bool tn__gif_sniff(tn__bytes bytes);
/* TN_EDECODE: Pillow refuses such a header. */
int tn__gif_frame_read(tn__bytes bytes, tn__gif_frame *frame);
/* Place of the frame's row `y` among its rows in the file. */
int32_t tn__gif_row_place(const tn__gif_frame *frame, int32_t y);

#endif
