/* SPDX-License-Identifier: MIT */
/* Facts from the header of an image file. A plan depends on no other fact of the file. */
#ifndef TENCH_PLAN_INFO_H
#define TENCH_PLAN_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tn__info {
    int32_t w, h; /* as stored, before orientation */
    int32_t channels, bits;
    int32_t orientation;      /* EXIF 1…8; 1 if absent or invalid */
    bool progressive;         /* decoding keeps the coefficients of the whole file in memory */
    size_t coefficient_bytes; /* their size; 0 if they are not kept */
    size_t encoded_bytes;     /* size of the file; 0 if decoding needs no scratch for its bytes */
    int32_t plane_quarters;   /* scratch that decoding takes for planes, in quarters of the image's
                                 planes */
    const char *format;       /* static */
    int32_t no_aid; /* TN__AID_FORMAT …: why such a file gets no aid; 0: it may get one */
} tn__info;

#endif
