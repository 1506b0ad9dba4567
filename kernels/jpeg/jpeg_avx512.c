/* SPDX-License-Identifier: MIT */
/* The inner loops of JPEG decoding with AVX-512 and VBMI2. See jpeg.h. */
#include "jpeg/vector_avx512.h"

#include <string.h>

#include "jpeg/colour_tmpl.h"
#include "jpeg/entropy_tmpl.h"
#include "jpeg/idct_tmpl.h"

/* A zero after an 0xff is dropped; any other byte there ends the data. Masks keep loads inside the
 * data. */
static const uint8_t *unstuff(const uint8_t *src, const uint8_t *end, uint8_t *dst,
                              uint8_t **dst_end)
{
    uint64_t carry = 0; /* 1: the byte before was 0xff */
    while (src < end) {
        const size_t left = (size_t)(end - src), n = left < 64 ? left : 64;
        const __mmask64 there = n == 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
        const vec bytes = _mm512_maskz_loadu_epi8(there, src);
        const uint64_t full = _mm512_cmpeq_epi8_mask(bytes, vec_set8(-1));
        const uint64_t after = (full << 1 | carry) & there;
        const uint64_t marks = after & _mm512_test_epi8_mask(bytes, bytes);
        const uint64_t whole = marks ? (marks & -marks) - 1 : there;
        vec_store(dst, _mm512_maskz_compress_epi8(whole & ~after, bytes));
        dst += __builtin_popcountll(whole & ~after);
        src += n;
        if (marks) {
            src += __builtin_ctzll(marks) - (ptrdiff_t)n;
            carry = 1;
            break;
        }
        carry = n == 64 ? full >> 63 : full >> (n - 1);
    }
    /* The last 0xff was copied too, but it is not data: it begins a marker, or ends the file. */
    dst -= carry;
    memset(dst, 0, TN__JPEG_ZEROS);
    *dst_end = dst;
    return src - carry;
}

const tn__jpeg_kernels tn__jpeg_avx512 = {
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
