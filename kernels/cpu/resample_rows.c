/* SPDX-License-Identifier: MIT */
/* The passes of a resize in plain C. Every other level must give the same bytes. See
 * resample_rows.h. */
#include "cpu/resample_rows.h"

#include <assert.h>

#include "cpu/level.h"
#include "cpu/weights_tmpl.h"
#include "px/image.h"
#include "px/resample.h"

static void pack(tn__weights *weights)
{
    (void)weights;
}

enum { ROWS = 4 }; /* rows that share each load of a weight */

/* Makes one result in each row. */
static void weigh_rows(const tn__weights *weights, int32_t x, const uint8_t *const src[ROWS],
                       uint8_t *const dst[ROWS])
{
    const int32_t *const weight = weights->weight + tn__weights_at(weights, x);
    const ptrdiff_t first = weights->first[x], count = weights->count[x];
    int32_t sum[ROWS] = {TN_PX_WEIGHT_HALF, TN_PX_WEIGHT_HALF, TN_PX_WEIGHT_HALF,
                         TN_PX_WEIGHT_HALF};
    for (ptrdiff_t tap = 0; tap < count; tap++)
        for (int32_t r = 0; r < ROWS; r++)
            sum[r] += weight[tap * TN__WEIGHT_LANES] * src[r][first + tap];
    for (int32_t r = 0; r < ROWS; r++)
        dst[r][x] = tn_px_weighted(sum[r]);
}

/* At the end of a plane the last row stands in for missing ones. */
static void horizontal(const tn__pass *pass)
{
    for (int32_t y = 0; y < pass->n_rows; y += ROWS) {
        const uint8_t *src[ROWS];
        uint8_t *dst[ROWS];
        for (int32_t r = 0; r < ROWS; r++) {
            const ptrdiff_t row = y + r < pass->n_rows ? y + r : pass->n_rows - 1;
            src[r] = pass->src + row * pass->src_stride;
            dst[r] = pass->dst + row * pass->dst_stride;
        }
        for (int32_t x = 0; x < pass->weights->n; x++)
            weigh_rows(pass->weights, x, src, dst);
    }
}

/* Adds row after row to the sums of neighbouring results, a loop that compilers turn into vectors.
 */
static void vertical(const tn__weights *weights, int32_t y, const uint8_t *src, ptrdiff_t stride,
                     uint8_t *dst, int32_t n)
{
    enum { TOGETHER = 64 };
    const int32_t *const weight = weights->weight + tn__weights_at(weights, y);
    src += weights->first[y] * stride;
    for (int32_t x = 0; x < n; x += TOGETHER) {
        const int32_t m = n - x < TOGETHER ? n - x : TOGETHER;
        int32_t sum[TOGETHER];
        for (int32_t i = 0; i < m; i++)
            sum[i] = TN_PX_WEIGHT_HALF;
        for (ptrdiff_t tap = 0; tap < weights->count[y]; tap++) {
            const uint8_t *const row = src + tap * stride + x;
            const int32_t factor = weight[tap * TN__WEIGHT_LANES];
            for (int32_t i = 0; i < m; i++)
                sum[i] += factor * row[i];
        }
        for (int32_t i = 0; i < m; i++)
            dst[x + i] = tn_px_weighted(sum[i]);
    }
}

const tn__resample_rows tn__resample_rows_scalar = {
    .make_weights = make_weights,
    .pack = pack,
    .horizontal = horizontal,
    .vertical = vertical,
};

const tn__resample_rows *tn__resample_rows_get(void)
{
    static const tn__resample_rows *const levels[] = TN__BY_LEVEL(tn__resample_rows);
    return levels[tn__cpu_level()];
}

void tn__resample_weights(const tn__axis *axis, void *memory, void *scratch, tn__weights *out)
{
    const tn_px_axis whole = tn_px_axis_make(axis->filter, axis->source, axis->result);
    const tn__resample_rows *const rows = tn__resample_rows_get();
    tn__weights_place(axis, memory, out);
    rows->make_weights(axis->filter, &whole, axis->from, scratch, out);
    assert(out->taps <= tn__weights_taps(&whole));
    if (axis->across)
        rows->pack(out);
}
