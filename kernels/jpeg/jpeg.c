/* SPDX-License-Identifier: MIT */
/* What the levels of JPEG decoding share. See jpeg.h. */
#include "jpeg/jpeg.h"

#include "cpu/level.h"

const uint8_t tn__jpeg_natural[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

const tn__jpeg_kernels *tn__jpeg_kernels_get(void)
{
    static const tn__jpeg_kernels *const levels[] = TN__BY_LEVEL(tn__jpeg);
    return levels[tn__cpu_level()];
}

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
