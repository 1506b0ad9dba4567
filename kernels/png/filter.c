/* SPDX-License-Identifier: MIT */
/* See filter.h. Only packing filters rows, and it is not urgent: one version serves all levels. */
#include "png/filter.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "png/paeth.h"
#include "png/unfilter.h"

void tn__png_filter(uint8_t filter, const uint8_t *row, const uint8_t *above, ptrdiff_t n_bytes,
                    ptrdiff_t pixel, uint8_t *out)
{
    assert(filter == TN__PNG_NONE || filter == TN__PNG_SUB || filter == TN__PNG_PAETH);
    const bool is_paeth = filter == TN__PNG_PAETH;
    *out++ = filter;
    if (filter == TN__PNG_NONE) {
        memcpy(out, row, (size_t)n_bytes);
        return;
    }
    for (ptrdiff_t i = 0; i < n_bytes; i++) {
        const uint8_t left = i >= pixel ? row[i - pixel] : 0, top = is_paeth ? above[i] : 0;
        const uint8_t corner = is_paeth && i >= pixel ? above[i - pixel] : 0;
        out[i] = (uint8_t)(row[i] - (is_paeth ? tn__png_paeth(left, top, corner) : left));
    }
}
