/* SPDX-License-Identifier: MIT */
/* For tests: reads a baseline scan symbol by symbol, slowly and plainly, as T.81 describes it.
 * Tests compare the result with the decoder's. It checks nothing, so it is only for undamaged
 * files. */
#ifndef TENCH_TESTS_SCAN_JPEG_H
#define TENCH_TESTS_SCAN_JPEG_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/jpeg/index.h"

typedef struct scan_table {
    int first[17], last[17], at[17]; /* number of codes of each length; -1: no table */
    const uint8_t *values;
} scan_table;

typedef struct scan_reader {
    const uint8_t *bytes;
    size_t at; /* the next byte and bit */
    int bit;
    scan_table tables[2][4];
    int n_components, sampling[4][2], id[4], dc_table[4], ac_table[4];
    int w, h, restart;
    int dc[4];
} scan_reader;

static inline int scan_bit(scan_reader *r)
{
    const int value = r->bytes[r->at] >> (7 - r->bit) & 1;
    if (++r->bit == 8) {
        r->bit = 0;
        r->at += r->bytes[r->at] == 0xFF ? 2 : 1; /* a stuffed zero */
    }
    return value;
}

static inline int scan_bits(scan_reader *r, int n)
{
    int value = 0;
    while (n-- > 0)
        value = value << 1 | scan_bit(r);
    return value;
}

static inline int scan_symbol(scan_reader *r, const scan_table *table)
{
    int code = 0;
    for (int length = 1; length <= 16; length++) {
        code = code << 1 | scan_bit(r);
        if (table->first[length] >= 0 && code <= table->last[length])
            return table->values[table->at[length] + code - table->first[length]];
    }
    abort();
}

static inline int scan_value(scan_reader *r, int n)
{
    const int value = scan_bits(r, n);
    return n > 0 && value < 1 << (n - 1) ? value - (1 << n) + 1 : value;
}

static inline void scan_block(scan_reader *r, int c)
{
    r->dc[c] += scan_value(r, scan_symbol(r, &r->tables[0][r->dc_table[c]]));
    for (int k = 1; k < 64; k++) {
        const int symbol = scan_symbol(r, &r->tables[1][r->ac_table[c]]);
        if (symbol == 0)
            return;
        k += symbol >> 4;
        scan_bits(r, symbol & 15);
    }
}

static inline void scan_define_tables(scan_reader *r, const uint8_t *from, const uint8_t *end)
{
    while (from < end) {
        scan_table *const table = &r->tables[from[0] >> 4][from[0] & 3];
        const uint8_t *const counts = from;
        int code = 0, at = 0;
        for (int length = 1; length <= 16; length++) {
            table->first[length] = counts[length] ? code : -1;
            table->at[length] = at;
            code += counts[length];
            at += counts[length];
            table->last[length] = code - 1;
            code <<= 1;
        }
        table->values = from + 17;
        from += 17 + at;
    }
}

static inline void scan_frame(scan_reader *r, const uint8_t *from)
{
    r->h = from[1] << 8 | from[2];
    r->w = from[3] << 8 | from[4];
    r->n_components = from[5];
    for (int c = 0; c < r->n_components; c++) {
        r->id[c] = from[6 + 3 * c];
        r->sampling[c][0] = from[7 + 3 * c] >> 4;
        r->sampling[c][1] = from[7 + 3 * c] & 15;
    }
}

static inline void scan_components(scan_reader *r, const uint8_t *from)
{
    for (int s = 0; s < from[0]; s++)
        for (int c = 0; c < r->n_components; c++)
            if (r->id[c] == from[1 + 2 * s]) {
                r->dc_table[c] = from[2 + 2 * s] >> 4;
                r->ac_table[c] = from[2 + 2 * s] & 15;
            }
}

/* Reads up to the first byte of the scan. */
static inline void scan_header(scan_reader *r)
{
    for (r->at = 2;;) {
        const uint8_t *const segment = r->bytes + r->at;
        const size_t length = (size_t)(segment[2] << 8 | segment[3]);
        switch (segment[1]) {
        case 0xC0:
        case 0xC1: scan_frame(r, segment + 4); break;
        case 0xC4: scan_define_tables(r, segment + 4, segment + 2 + length); break;
        case 0xDD: r->restart = segment[4] << 8 | segment[5]; break;
        case 0xDA: scan_components(r, segment + 4); break;
        default: break;
        }
        r->at += segment[1] == 0xFF ? 1 : 2 + length;
        if (segment[1] == 0xDA)
            return;
    }
}

static inline void scan_mcu(scan_reader *r)
{
    for (int c = 0; c < r->n_components; c++) {
        const int n = r->n_components == 1 ? 1 : r->sampling[c][0] * r->sampling[c][1];
        for (int b = 0; b < n; b++)
            scan_block(r, c);
    }
}

static inline void scan_restart(scan_reader *r)
{
    if (r->bit > 0)
        r->at += r->bytes[r->at] == 0xFF ? 2 : 1;
    r->bit = 0;
    while (r->bytes[r->at + 1] == 0xFF)
        r->at++;
    r->at += 2;
    memset(r->dc, 0, sizeof r->dc);
}

static inline tn__jpeg_entry scan_here(const scan_reader *r)
{
    return (tn__jpeg_entry){.byte = (uint32_t)r->at,
                            .bit = (uint8_t)r->bit,
                            .dc = {(int16_t)r->dc[0], (int16_t)r->dc[1], (int16_t)r->dc[2]}};
}

/* The index of an undamaged baseline file, with at most `columns` entries per row of MCUs. The
 * caller frees its entries. */
static inline tn__jpeg_index scan_jpeg(const uint8_t *bytes, int columns)
{
    scan_reader *const r = calloc(1, sizeof *r);
    r->bytes = bytes;
    scan_header(r);
    int across = 8, down = 8;
    for (int c = 0; c < r->n_components && r->n_components > 1; c++) {
        across = 8 * r->sampling[c][0] > across ? 8 * r->sampling[c][0] : across;
        down = 8 * r->sampling[c][1] > down ? 8 * r->sampling[c][1] : down;
    }
    const int mcus = (r->w + across - 1) / across;
    if (columns < 1 || mcus < 1)
        abort();
    tn__jpeg_index index = {.rows = (r->h + down - 1) / down};
    index.step = (mcus + columns - 1) / columns;
    index.columns = (mcus + index.step - 1) / index.step;
    index.entry = malloc(((size_t)index.rows * (size_t)index.columns + 1) * sizeof *index.entry);
    size_t n = 0;
    int done = 0;
    for (int y = 0; y < index.rows; y++)
        for (int x = 0; x < mcus; x++, done++) {
            if (r->restart && done > 0 && done % r->restart == 0)
                scan_restart(r);
            if (x % index.step == 0)
                index.entry[n++] = scan_here(r);
            scan_mcu(r);
        }
    index.entry[n] = scan_here(r);
    free(r);
    return index;
}

#endif
