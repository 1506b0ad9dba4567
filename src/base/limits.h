/* SPDX-License-Identifier: MIT */
/* Limits the size of images: one rule for inputs, outputs and images between ops. */
#ifndef TENCH_BASE_LIMITS_H
#define TENCH_BASE_LIMITS_H

#include <stdint.h>

/* TN_ELIMIT if w × h pixels of `pixel_bytes` exceed TN_MAX_PIXELS or TN_MAX_IMAGE_MIB. The message
 * begins with `op` and `what`, for example "resize: a result". */
int tn__limits_image(const char *op, const char *what, double w, double h, int64_t pixel_bytes);

#endif
