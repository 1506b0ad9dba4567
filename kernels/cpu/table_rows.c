/* SPDX-License-Identifier: MIT */
/* Tables of rows in plain C. Every other level must give the same bytes. See table_rows.h. */
#include "cpu/table_rows.h"

#include <stddef.h>

#include "cpu/level.h"

static void look_up(const uint8_t *src, const uint8_t table[256], int32_t sixteens, uint8_t missing,
                    uint8_t *dst, int32_t n)
{
    (void)sixteens;
    (void)missing;
    for (ptrdiff_t i = 0; i < n; i++)
        dst[i] = table[src[i]];
}

const tn__table_rows tn__table_rows_scalar = {
    .look_up = look_up,
};

const tn__table_rows *tn__table_rows_get(void)
{
    static const tn__table_rows *const levels[] = TN__BY_LEVEL(tn__table_rows);
    return levels[tn__cpu_level()];
}
