/* SPDX-License-Identifier: MIT */
/* The inner loops of JPEG decoding with AVX2 and BMI2. See jpeg.h. */
#include "jpeg/vector_avx2.h"

#include "jpeg/bytes_tmpl.h"
#include "jpeg/colour_tmpl.h"
#include "jpeg/entropy_tmpl.h"
#include "jpeg/idct_tmpl.h"

const tn__jpeg_kernels tn__jpeg_avx2 = {
    .unstuff = unstuff,
    .make_dc = make_dc,
    .make_ac = make_ac,
    .make_skip = make_skip,
    .keep = keep,
    .keep_two = keep_two,
    .skip = skip,
    .skip_two = skip_two,
    .idct = idct,
    .h2v1 = h2v1,
    .h2v2 = h2v2,
    .h1v2 = h1v2,
    .colour = colour,
};
