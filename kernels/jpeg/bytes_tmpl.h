/* SPDX-License-Identifier: MIT */
/* Removes the stuffing from entropy-coded bytes (ITU T.81, B.1.1.5), at levels where the C
 * library's search is the fastest way. See jpeg.h. */
#ifndef TENCH_JPEG_BYTES_TMPL_H
#define TENCH_JPEG_BYTES_TMPL_H

#include <string.h>

#include "jpeg/jpeg.h"

static const uint8_t *unstuff(const uint8_t *src, const uint8_t *end, uint8_t *dst,
                              uint8_t **dst_end)
{
    const uint8_t *stop = end;
    while (src < end) {
        const uint8_t *const found = memchr(src, 0xff, (size_t)(end - src));
        const size_t n = (size_t)((found ? found : end) - src);
        memcpy(dst, src, n);
        dst += n;
        src += n;
        if (!found)
            break;
        if (found + 1 == end || found[1] != 0) {
            stop = found;
            break;
        }
        *dst++ = 0xff;
        src += 2;
    }
    memset(dst, 0, TN__JPEG_ZEROS);
    *dst_end = dst;
    return stop;
}

#endif
