/* SPDX-License-Identifier: MIT */
/* L*a*b* to RGB: LittleCMS converts, as in Pillow. */
#ifndef TENCH_CODEC_TIFF_LAB_H
#define TENCH_CODEC_TIFF_LAB_H

#include <stdbool.h>
#include <stdint.h>

/* Makes the conversion, which stays in memory. False: no memory. */
bool tn__tiff_lab_ready(void);
/* Converts n pixels of three bytes, as a file has them: a* and b* are numbers with a sign. */
void tn__tiff_lab_convert(const uint8_t *lab, int32_t n, uint8_t *rgb);

#endif
