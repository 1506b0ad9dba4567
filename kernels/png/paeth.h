/* SPDX-License-Identifier: MIT */
/* Predicts a byte of a PNG row from its neighbours (PNG specification, section 9.4). */
#ifndef TENCH_PNG_PAETH_H
#define TENCH_PNG_PAETH_H

#include <stdint.h>
#include <stdlib.h>

/* The neighbour that is nearest to left + above - corner. Ties: left, then above. */
static inline uint8_t tn__png_paeth(int32_t left, int32_t above, int32_t corner)
{
    const int32_t to_left = abs(above - corner), to_above = abs(left - corner);
    const int32_t to_corner = abs(left + above - 2 * corner);
    if (to_left <= to_above && to_left <= to_corner)
        return (uint8_t)left;
    return (uint8_t)(to_above <= to_corner ? above : corner);
}

#endif
