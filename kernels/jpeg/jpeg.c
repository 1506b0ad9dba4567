/* SPDX-License-Identifier: MIT */
/* The inner loops of JPEG decoding in plain C, and the parts that all levels share. See jpeg.h. */
#include "jpeg/jpeg.h"

#include "cpu/level.h"
#include "jpeg/bytes_tmpl.h"
#include "jpeg/entropy_tmpl.h"
#include "px/idct.h"
#include "px/ycc.h"

const uint8_t tn__jpeg_natural[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

void tn__jpeg_stream_open(tn__jpeg_stream *stream, const uint8_t *begin, const uint8_t *end,
                          int32_t bit)
{
    *stream = (tn__jpeg_stream){.next = begin, .end = end};
    if (bit > 0) {
        stream->bits = (uint64_t)begin[0] << (56 + bit);
        stream->n_bits = 8 - (uint32_t)bit;
        stream->next++;
    }
}

int64_t tn__jpeg_stream_bits(const tn__jpeg_stream *stream, const uint8_t *begin)
{
    return 8 * (int64_t)(stream->next - begin) - (int64_t)(stream->n_bits & 63);
}

static void idct(const int16_t *groups, int32_t n, const uint16_t *quantiser, uint8_t *samples,
                 ptrdiff_t stride)
{
    for (int32_t block = 0; block < n * TN__JPEG_GROUP; block++) {
        const ptrdiff_t group = block / TN__JPEG_GROUP, place = block % TN__JPEG_GROUP;
        tn_px_idct(groups + group * TN__JPEG_GROUP_SIZE + 8 * place, TN__JPEG_GROUP_W, quantiser,
                   samples + (ptrdiff_t)8 * block, stride);
    }
}

static void h2v1(const uint8_t *row, uint8_t *out, int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        out[2 * i] = tn_px_quarter(row[i], row[i - 1], 1);
        out[2 * i + 1] = tn_px_quarter(row[i], row[i + 1], 2);
    }
}

static void h2v2(const uint8_t *near, const uint8_t *far, uint8_t *out, int32_t n)
{
    int32_t before = 3 * near[-1] + far[-1], here = 3 * near[0] + far[0];
    for (ptrdiff_t i = 0; i < n; i++) {
        const int32_t after = 3 * near[i + 1] + far[i + 1];
        out[2 * i] = tn_px_quarter_sum(here, before, 8);
        out[2 * i + 1] = tn_px_quarter_sum(here, after, 7);
        before = here;
        here = after;
    }
}

static void h1v2(const uint8_t *near, const uint8_t *far, int32_t bias, uint8_t *out, int32_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        out[i] = tn_px_quarter(near[i], far[i], bias);
}

static void colour(const uint8_t *const ycc[3], uint8_t *const rgb[3], int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        const int32_t y = ycc[0][i], cb = ycc[1][i], cr = ycc[2][i];
        rgb[0][i] = tn_px_ycc_red(y, cr);
        rgb[1][i] = tn_px_ycc_green(y, cb, cr);
        rgb[2][i] = tn_px_ycc_blue(y, cb);
    }
}

const tn__jpeg_kernels tn__jpeg_scalar = {
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

const tn__jpeg_kernels *tn__jpeg_kernels_get(void)
{
    static const tn__jpeg_kernels *const levels[] = TN__BY_LEVEL(tn__jpeg);
    return levels[tn__cpu_level()];
}
