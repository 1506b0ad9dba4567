/* SPDX-License-Identifier: MIT */
/* What the header of an image file says: all that a plan may depend on. */
#ifndef TENCH_PLAN_INFO_H
#define TENCH_PLAN_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tn__info {
    int32_t w, h; /* as stored, before orientation */
    int32_t channels, bits;
    int32_t orientation;      /* EXIF 1…8; 1 where absent or not valid */
    bool progressive;         /* needs the whole file's coefficients in memory */
    size_t coefficient_bytes; /* of those; 0 where they are not kept */
    size_t encoded_bytes;     /* of the file; 0 where decoding takes no scratch for them */
    int32_t plane_quarters;   /* what decoding keeps of planes, in quarters of the image's */
    const char *format;       /* static */
    int32_t no_aid; /* TN__AID_FORMAT …: why such a file gets no aid; 0: it may get one */
} tn__info;

#endif
