/* SPDX-License-Identifier: MIT */
/* Undoes the filters of PNG rows in plain C. Every other level must give the same bytes. */
#include "png/unfilter.h"

#include <string.h>

#include "cpu/level.h"
#include "png/paeth.h"

static uint8_t predict(uint8_t filter, uint8_t left, uint8_t above, uint8_t corner)
{
    switch (filter) {
    case TN__PNG_SUB: return left;
    case TN__PNG_UP: return above;
    case TN__PNG_AVERAGE: return (uint8_t)((left + above) / 2);
    case TN__PNG_PAETH: return tn__png_paeth(left, above, corner);
    default: return 0;
    }
}

/* The pixel left of the first one, and the one above that, are zeros. */
static void undo_row(const uint8_t *filtered, const uint8_t *above, uint8_t *out, ptrdiff_t n_bytes,
                     ptrdiff_t pixel)
{
    const uint8_t filter = filtered[0];
    const uint8_t *const in = filtered + 1;
    if (filter == TN__PNG_NONE) {
        memcpy(out, in, (size_t)n_bytes);
        return;
    }
    for (ptrdiff_t i = 0; i < n_bytes && i < pixel; i++)
        out[i] = (uint8_t)(in[i] + predict(filter, 0, above[i], 0));
    for (ptrdiff_t i = pixel; i < n_bytes; i++)
        out[i] = (uint8_t)(in[i] + predict(filter, out[i - pixel], above[i], above[i - pixel]));
}

static void undo_rows(const tn__png_rows *rows)
{
    const uint8_t *above = rows->above;
    for (int32_t r = 0; r < rows->n_rows; r++) {
        uint8_t *const out = rows->out + r * rows->out_stride;
        undo_row(rows->filtered + r * rows->filtered_stride, above, out, rows->n_bytes,
                 rows->pixel);
        above = out;
    }
}

const tn__unfilter tn__unfilter_scalar = {.rows = undo_rows};

const tn__unfilter *tn__unfilter_get(void)
{
    static const tn__unfilter *const levels[] = TN__BY_LEVEL_TO_AVX2(tn__unfilter);
    return levels[tn__cpu_level()];
}
