/* SPDX-License-Identifier: MIT */
/* The compiled kernels, as the driver takes them: a fat binary that is part of the library. */
#ifndef TENCH_CUDA_IMAGE_H
#define TENCH_CUDA_IMAGE_H

#include <stddef.h>

typedef struct tn__cuda_image {
    const void *bytes; /* NULL: none were built */
    size_t n_bytes;
    int toolkit;       /* version of CUDA that compiled them, as 13000 */
    const char *archs; /* "sm_75, sm_80 …", or why there are none */
} tn__cuda_image;

tn__cuda_image tn__cuda_image_get(void);

#endif
