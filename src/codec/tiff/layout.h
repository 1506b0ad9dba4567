/* SPDX-License-Identifier: MIT */
/* How a TIFF file keeps its pixels: the facts of its directory, and the entry of Pillow's table of
 * modes that they lead to. A file that leads to none is refused, as in Pillow. */
#ifndef TENCH_CODEC_TIFF_LAYOUT_H
#define TENCH_CODEC_TIFF_LAYOUT_H

#include "codec/tiff/directory.h"

/* What becomes of a row's samples before they are one of the kinds of rows.h. */
enum {
    TN__TIFF_PLAIN,      /* nothing but a choice of the first samples */
    TN__TIFF_INVERTED,   /* white is 0 */
    TN__TIFF_TWELVE,     /* 12 bits become 16 */
    TN__TIFF_SIGNED,     /* 16 or 32 bits with a sign, clipped to 8 bits */
    TN__TIFF_FLOATS,     /* clipped to 8 bits */
    TN__TIFF_MULTIPLIED, /* colours that were multiplied by alpha are divided by it */
    TN__TIFF_YCC,        /* luma and two differences of colour */
    TN__TIFF_HIGH,       /* the high bytes of 16 bits */
    TN__TIFF_COLOURS,    /* a number of a palette, and alpha */
    TN__TIFF_LAB         /* L*a*b* */
};

enum { TN__TIFF_RAW = 1, TN__TIFF_OLD_JPEG = 6, TN__TIFF_JPEG = 7 }; /* compressions */
enum { TN__TIFF_MAX_SAMPLES = 6 };

typedef struct tn__tiff_layout {
    tn__tiff tiff;
    int32_t w, h;        /* as stored */
    int32_t compression; /* of TIFF; TN__TIFF_RAW: none */
    int32_t bits, samples;
    bool reversed;  /* the first pixel is in the low bits of a byte */
    bool is_planar; /* each sample in blocks of its own */
    bool is_ycc;    /* libtiff makes RGB of it: JPEG does that itself */
    bool as_rgba;   /* libtiff makes an image of it, of 4 samples */
    int32_t kind;   /* TN__ROW_GREY8 …, after the change */
    int32_t taken;  /* samples that the kind uses, the first ones of a pixel */
    int32_t change; /* TN__TIFF_PLAIN … */
    int32_t keeps;  /* channels of the image in mode TN_KEEP */
    bool is_tiled;
    int32_t block_w, block_h; /* of a tile or strip */
} tn__tiff_layout;

/* Reads the directory. NULL, or why the file is refused. */
const char *tn__tiff_read_layout(tn__bytes file, tn__tiff_layout *out);
/* True if the compression changes no sample. */
bool tn__tiff_is_lossless(const tn__tiff_layout *layout);

#endif
