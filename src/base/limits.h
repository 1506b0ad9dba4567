/* SPDX-License-Identifier: MIT */
/* How large an image may be: one rule for images, outputs, and what lies between two ops. */
#ifndef TENCH_BASE_LIMITS_H
#define TENCH_BASE_LIMITS_H

#include <stdint.h>

/* TN_ELIMIT where w × h pixels of `pixel_bytes` are more than TN_MAX_PIXELS or TN_MAX_IMAGE_MIB.
 * The message begins with `op` and `what`, as "resize: a result". */
int tn__limits_image(const char *op, const char *what, double w, double h, int64_t pixel_bytes);

#endif
