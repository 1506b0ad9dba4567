/* SPDX-License-Identifier: MIT */
/* Rearranges rows in plain C. Every other level must give the same bytes. See arrange_rows.h. */
#include "cpu/arrange_rows.h"

#include <stddef.h>

#include "cpu/level.h"

static void mirror(const uint8_t *src, uint8_t *dst, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        dst[i] = src[n - 1 - i];
}

static void split2(const uint8_t *src, uint8_t *const dst[2], int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        dst[0][i] = src[2 * i];
        dst[1][i] = src[2 * i + 1];
    }
}

static void split4(const uint8_t *src, uint8_t *const dst[4], int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        dst[0][i] = src[4 * i];
        dst[1][i] = src[4 * i + 1];
        dst[2][i] = src[4 * i + 2];
        dst[3][i] = src[4 * i + 3];
    }
}

static void split3(const uint8_t *src, uint8_t *const dst[3], int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        dst[0][i] = src[3 * i];
        dst[1][i] = src[3 * i + 1];
        dst[2][i] = src[3 * i + 2];
    }
}

static void join3(const uint8_t *const src[3], uint8_t *dst, int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        dst[3 * i] = src[0][i];
        dst[3 * i + 1] = src[1][i];
        dst[3 * i + 2] = src[2][i];
    }
}

const tn__arrange_rows tn__arrange_rows_scalar = {
    .mirror = mirror,
    .split2 = split2,
    .split4 = split4,
    .split3 = split3,
    .join3 = join3,
};

const tn__arrange_rows *tn__arrange_rows_get(void)
{
    static const tn__arrange_rows *const levels[] = TN__BY_LEVEL(tn__arrange_rows);
    return levels[tn__cpu_level()];
}
