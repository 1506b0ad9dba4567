/* SPDX-License-Identifier: MIT */
/* The header of a PNM file: PBM, PGM, PPM, plain or not, PFM, and Pillow's own kinds. */
#ifndef TENCH_CODEC_PNM_HEADER_H
#define TENCH_CODEC_PNM_HEADER_H

#include "codec/codec.h"

enum { TN__PNM_BITS = 1, TN__PNM_GREY, TN__PNM_RGB, TN__PNM_RGBA, TN__PNM_CMYK, TN__PNM_FLOAT };

typedef struct tn__pnm_header {
    int32_t w, h;
    int32_t layout;     /* TN__PNM_… */
    int32_t samples;    /* of a pixel */
    int32_t max;        /* the largest value of a sample; 1 for bits */
    bool plain;         /* numbers as text */
    bool little_endian; /* floats; all else has the high byte first */
    size_t pixels_at;   /* offset of the first row */
} tn__pnm_header;

bool tn__pnm_sniff(tn__bytes bytes);
/* TN_EDECODE: Pillow refuses such a header. */
int tn__pnm_header_read(tn__bytes bytes, tn__pnm_header *header);

/* White space as Pillow knows it. */
static inline bool tn__pnm_is_space(uint8_t byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

enum { TN__PNM_TOKEN_BYTES = 10 }; /* a longer token is refused */
/* Reads a token as Python's int() does: a sign, digits, single underscores between them. False: it
 * is not a number. */
bool tn__pnm_number(const char *token, size_t length, int64_t *value);

#endif
