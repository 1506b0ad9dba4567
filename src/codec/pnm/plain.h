/* SPDX-License-Identifier: MIT */
/* The numbers of a plain PNM file, which are text. */
#ifndef TENCH_CODEC_PNM_PLAIN_H
#define TENCH_CODEC_PNM_PLAIN_H

#include "codec/pnm/header.h"

typedef struct tn__pnm_plain {
    tn__bytes bytes;
    size_t begin, at; /* offsets of the first number, and of what comes next */
    bool bits;        /* each digit is a number */
    int32_t max;
} tn__pnm_plain;

/* Reads the next number. TN_EDECODE: there is none, or none that can be. */
int tn__pnm_plain_next(tn__pnm_plain *plain, int32_t *value);
/* Checks what follows the last number of the image, as far as Pillow looks at it. TN_EDECODE. */
int tn__pnm_plain_end(tn__pnm_plain *plain);

#endif
