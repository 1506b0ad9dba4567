/* SPDX-License-Identifier: MIT */
/* Photometric functions in plain C. Every other level must give the same bytes. See photo_rows.h.
 */
#include "cpu/photo_rows.h"

#include "cpu/level.h"
#include "px/photo.h"

static void luma(const uint8_t *r, const uint8_t *g, const uint8_t *b, uint8_t *dst, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        dst[i] = tn_px_luma(r[i], g[i], b[i]);
}

static int64_t sum(const uint8_t *src, int32_t n)
{
    int64_t total = 0;
    for (int32_t i = 0; i < n; i++)
        total += src[i];
    return total;
}

static void blend(const uint8_t *from, uint8_t *dst, float factor, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        dst[i] = tn_px_blend(from[i], dst[i], factor);
}

static void blend_grey(uint8_t grey, uint8_t *dst, float factor, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        dst[i] = tn_px_blend(grey, dst[i], factor);
}

const tn__photo_rows tn__photo_rows_scalar = {
    .luma = luma,
    .sum = sum,
    .blend = blend,
    .blend_grey = blend_grey,
};

const tn__photo_rows *tn__photo_rows_get(void)
{
    static const tn__photo_rows *const levels[] = TN__BY_LEVEL(tn__photo_rows);
    return levels[tn__cpu_level()];
}
