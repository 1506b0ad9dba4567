/* SPDX-License-Identifier: MIT */
/* Replaces the bytes of a row by those of a table. Every level gives the same bytes.
 *
 * The function may read up to 63 bytes past the last byte of a row. It writes nothing past it. */
#ifndef TENCH_CPU_TABLE_ROWS_H
#define TENCH_CPU_TABLE_ROWS_H

#include <stdint.h>

typedef struct tn__table_rows {
    /* dst[i] = table[src[i]]. All entries from 16 `sixteens` on are `missing`: few entries are
     * faster. */
    void (*look_up)(const uint8_t *src, const uint8_t table[256], int32_t sixteens, uint8_t missing,
                    uint8_t *dst, int32_t n);
} tn__table_rows;

/* Returns the functions of the level in use. */
const tn__table_rows *tn__table_rows_get(void);
extern const tn__table_rows tn__table_rows_scalar, tn__table_rows_avx2, tn__table_rows_avx512;

#endif
