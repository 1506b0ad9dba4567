/* SPDX-License-Identifier: MIT */
/* JPEG's inner loops for AVX2 and BMI2. See jpeg.h. */
#include "jpeg/vector_avx2.h"

#include "jpeg/bytes_tmpl.h"
#include "jpeg/colour_tmpl.h"
#include "jpeg/entropy_tmpl.h"
#include "jpeg/idct_tmpl.h"

/* Rows of two of a group's four blocks. */
VEC_INLINE idct_rows load_pair(const int16_t *pair)
{
    enum { ROW = TN__JPEG_GROUP_W };
    return (idct_rows){vec_load16(pair),           vec_load16(pair + 1 * ROW),
                       vec_load16(pair + 2 * ROW), vec_load16(pair + 3 * ROW),
                       vec_load16(pair + 4 * ROW), vec_load16(pair + 5 * ROW),
                       vec_load16(pair + 6 * ROW), vec_load16(pair + 7 * ROW)};
}

static void idct(const int16_t *groups, int32_t n, const uint16_t *quantiser, uint8_t *samples,
                 ptrdiff_t stride)
{
    const idct_rows q = idct_quantiser(quantiser);
    for (int32_t group = 0; group < n; group++, groups += TN__JPEG_GROUP_SIZE) {
        idct_blocks(load_pair(groups), q, samples, stride);
        idct_blocks(load_pair(groups + 16), q, samples + 16, stride);
        samples += TN__JPEG_GROUP_W;
    }
}

const tn__jpeg_kernels tn__jpeg_avx2 = {
    .unstuff = unstuff,
    .make_dc = make_dc,
    .make_ac = make_ac,
    .make_skip = make_skip,
    .keep = keep,
    .keep_two = keep_two,
    .skip = skip,
    .idct = idct,
    .h2v1 = h2v1,
    .h2v2 = h2v2,
    .h1v2 = h1v2,
    .colour = colour,
};
