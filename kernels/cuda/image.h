/* SPDX-License-Identifier: MIT */
/* The compiled kernels in the driver's form: a fat binary inside the library. */
#ifndef TENCH_CUDA_IMAGE_H
#define TENCH_CUDA_IMAGE_H

#include <stddef.h>

typedef struct tn__cuda_image {
    const void *bytes; /* NULL: the build made none */
    size_t n_bytes;
    int toolkit;       /* version of the CUDA compiler, for example 13000 */
    const char *archs; /* "sm_75, sm_80 …", or the reason why there are none */
} tn__cuda_image;

tn__cuda_image tn__cuda_image_get(void);

#endif
