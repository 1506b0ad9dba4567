/* SPDX-License-Identifier: MIT */
/* The passes of a resize: weights, and weighted sums along rows and columns. Every level gives the
 * same bytes.
 *
 * A function may read up to 63 bytes past the last pixel of a row: rows are padded, and 64 readable
 * bytes follow a plane. It writes nothing past the last pixel. */
#ifndef TENCH_CPU_RESAMPLE_ROWS_H
#define TENCH_CPU_RESAMPLE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "cpu/weights.h"

/* One horizontal pass over the rows of a plane. */
typedef struct tn__pass {
    const tn__weights *weights; /* of an axis `across` */
    const uint8_t *src;         /* the pixel at weights->origin in the first row */
    ptrdiff_t src_stride;
    uint8_t *dst;
    ptrdiff_t dst_stride;
    int32_t n_rows;
} tn__pass;

typedef struct tn__resample_rows {
    /* Computes the weights. `weights` has its n and its memory already. `value` is scratch: sixteen
     * numbers for each tap. */
    void (*make_weights)(int32_t filter, const tn_px_axis *axis, int32_t from, double *value,
                         tn__weights *weights);
    /* Writes to weights->packed what else `horizontal` needs. */
    void (*pack)(tn__weights *weights);
    void (*horizontal)(const tn__pass *pass);
    /* Makes n columns of row y of the results. `src` is the row at weights->origin. */
    void (*vertical)(const tn__weights *weights, int32_t y, const uint8_t *src, ptrdiff_t stride,
                     uint8_t *dst, int32_t n);
} tn__resample_rows;

/* Returns the functions of the level in use. */
const tn__resample_rows *tn__resample_rows_get(void);
extern const tn__resample_rows tn__resample_rows_scalar, tn__resample_rows_avx2,
    tn__resample_rows_avx512;

/* Makes the weights of an axis with the functions of the level in use. `memory` holds
 * tn__weights_bytes() and `scratch` tn__weights_scratch(); both are 64-byte aligned. */
void tn__resample_weights(const tn__axis *axis, void *memory, void *scratch, tn__weights *out);

#endif
