/* SPDX-License-Identifier: MIT */
/* Filters PNG rows for a compressor: the inverse of png/unfilter.h. */
#ifndef TENCH_PNG_FILTER_H
#define TENCH_PNG_FILTER_H

#include <stddef.h>
#include <stdint.h>

/* Filters a row of n_bytes with TN__PNG_NONE, TN__PNG_SUB or TN__PNG_PAETH. `out` gets the filter's
 * number, then the row. `above` is the row above it; only TN__PNG_PAETH reads it. `pixel`: see
 * tn__png_rows. */
void tn__png_filter(uint8_t filter, const uint8_t *row, const uint8_t *above, ptrdiff_t n_bytes,
                    ptrdiff_t pixel, uint8_t *out);

#endif
