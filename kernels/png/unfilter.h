/* SPDX-License-Identifier: MIT */
/* Undoes the filters of PNG rows: None, Sub, Up, Average, Paeth (PNG specification, section 9).
 * Every level gives the same bytes. */
#ifndef TENCH_PNG_UNFILTER_H
#define TENCH_PNG_UNFILTER_H

#include <stddef.h>
#include <stdint.h>

enum {
    TN__PNG_NONE = 0,
    TN__PNG_SUB = 1,
    TN__PNG_UP = 2,
    TN__PNG_AVERAGE = 3,
    TN__PNG_PAETH = 4,
    TN__PNG_FILTERS
};

/* A function reads and writes up to this many bytes before the first byte of an unfiltered row, and
 * after its last one. What it writes there has no meaning. */
enum { TN__PNG_SLACK = 32 };

/* Neighbouring rows. */
typedef struct tn__png_rows {
    const uint8_t *filtered; /* a filter's number, less than TN__PNG_FILTERS, then the row's bytes;
                                TN__PNG_SLACK readable bytes follow the last row */
    ptrdiff_t filtered_stride; /* at least the length of a row, as stored, with its filter */
    const uint8_t *above;      /* the unfiltered row above the first one: zeros if there is none */
    uint8_t *out;              /* the unfiltered rows */
    ptrdiff_t out_stride;      /* at least n_bytes + 2 * TN__PNG_SLACK */
    int32_t n_rows;
    int32_t n_bytes; /* of each row to unfilter, from the left */
    int32_t pixel;   /* bytes of a pixel: 1, 2, 3, 4, 6 or 8; 1 if it has fewer than 8 bits */
} tn__png_rows;

typedef struct tn__unfilter {
    void (*rows)(const tn__png_rows *rows);
} tn__unfilter;

/* Returns the functions of the level in use. */
const tn__unfilter *tn__unfilter_get(void);
extern const tn__unfilter tn__unfilter_scalar, tn__unfilter_avx2;

#endif
