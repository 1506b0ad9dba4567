/* SPDX-License-Identifier: MIT */
/* The header of a baseline JPEG that our decoder takes.
 *
 * It takes 8-bit Huffman files with one scan, 1 or 3 components and sampling factors 1 and 2, if
 * libjpeg would read the header without a warning. libjpeg decodes all others, so the functions
 * here report no errors, only that the file is not for them. */
#ifndef TENCH_CODEC_JPEG_FRAME_H
#define TENCH_CODEC_JPEG_FRAME_H

#include "codec/codec.h"
#include "jpeg/jpeg.h"

enum { TN__JPEG_TABLES = 4 };
/* Numbers of the JPEG codecs in tn__info, all of them for `scratch`. */
enum {
    TN__JPEG_COEFFICIENT_BYTES, /* of the whole file, which libjpeg keeps; 0: it does not */
    TN__JPEG_SCAN_BYTES,        /* size of the encoded scan */
    TN__JPEG_PLANE_QUARTERS     /* memory for planes, in quarters of the size of an image's plane */
};
enum { TN__JPEG_COLOUR_GREY, TN__JPEG_COLOUR_YCC, TN__JPEG_COLOUR_RGB };

typedef struct tn__jpeg_component {
    int32_t h, v;               /* blocks of the component in an MCU, across and down */
    int32_t quantiser;          /* number of its quantiser */
    int32_t dc, ac;             /* numbers of its Huffman tables */
    int32_t w, h_samples;       /* size of the component in samples */
    int32_t spread_x, spread_y; /* pixels per sample: 1 or 2 */
} tn__jpeg_component;

typedef struct tn__jpeg_frame {
    int32_t w, h;
    int32_t n_components;
    int32_t colour;           /* TN__JPEG_COLOUR_… */
    int32_t mcu_w, mcu_h;     /* size of an MCU in pixels */
    int32_t mcus, mcu_rows;   /* MCUs in a row; rows of MCUs */
    int32_t restart_interval; /* MCUs; 0: none */
    size_t scan_at;           /* offset of the first entropy-coded byte */
    tn__jpeg_component component[TN__JPEG_MAX_COMPONENTS];
    uint16_t quantiser[TN__JPEG_TABLES][64];                  /* natural order */
    const uint8_t *dc[TN__JPEG_TABLES], *ac[TN__JPEG_TABLES]; /* counts, symbols: in the file */
} tn__jpeg_frame;

/* Reads the header up to the first scan. The tables point into `bytes`. True: our decoder takes the
 * file. */
bool tn__jpeg_frame_read(tn__bytes bytes, tn__jpeg_frame *frame);
/* True if the rectangle is not empty and lies inside the image. */
static inline bool tn__jpeg_frame_holds(const tn__jpeg_frame *frame, tn_px_rect need)
{
    return need.x >= 0 && need.y >= 0 && need.w > 0 && need.h > 0 && need.w <= frame->w &&
           need.h <= frame->h && need.x <= frame->w - need.w && need.y <= frame->h - need.h;
}

#endif
