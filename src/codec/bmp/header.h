/* SPDX-License-Identifier: MIT */
/* The header of a BMP file: sizes, layout of a pixel, palette. It also reads a DIB, which lacks the
 * first 14 bytes. Pillow 13.0 decides which files are refused, and what a pixel means. */
#ifndef TENCH_CODEC_BMP_HEADER_H
#define TENCH_CODEC_BMP_HEADER_H

#include "codec/codec.h"

/* How the pixels lie in the file. */
enum {
    TN__BMP_BITS = 1, /* black or white: 1 bit, but runs are of whole numbers, all but 0 white */
    TN__BMP_INDEX,    /* 1, 4 or 8 bits: entries of the palette */
    TN__BMP_GREY,     /* 8 bits */
    TN__BMP_555,      /* 16 bits, red in the upper ones */
    TN__BMP_565,
    TN__BMP_BGR, /* bytes in their order, X ignored */
    TN__BMP_BGRX,
    TN__BMP_XBGR,
    TN__BMP_BGXR,
    TN__BMP_ABGR,
    TN__BMP_RGBA,
    TN__BMP_BGRA,
    TN__BMP_BGAR
};

enum { TN__BMP_COLOURS = 256 };

typedef struct tn__bmp_header {
    int32_t w, h;
    int32_t layout;     /* TN__BMP_… */
    int32_t bits;       /* of a pixel */
    bool top_down;      /* the first row in the file is the top one */
    bool rle, rle4;     /* compressed by runs, of 8-bit or of 4-bit numbers */
    uint64_t pixels_at; /* offset of the first row; may lie after the end of the file */
    uint64_t stride;    /* bytes between rows */
    uint8_t palette[TN__BMP_COLOURS][3]; /* RGB; missing entries are black */
} tn__bmp_header;

/* True if the bytes begin like a BMP file or a DIB. */
bool tn__bmp_sniff(tn__bytes bytes);
/* TN_EDECODE: Pillow refuses such a header. */
int tn__bmp_header_read(tn__bytes bytes, tn__bmp_header *header);
/* True if the pixels have alpha. */
static inline bool tn__bmp_has_alpha(const tn__bmp_header *header)
{
    return header->layout >= TN__BMP_ABGR;
}

#endif
