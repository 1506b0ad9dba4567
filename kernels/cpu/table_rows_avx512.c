/* SPDX-License-Identifier: MIT */
/* Tables of rows with AVX-512 and VBMI: four registers hold a table. */
#include "cpu/bytes_avx512.h"
#include "cpu/table_rows.h"

static void look_up(const uint8_t *src, const uint8_t table[256], int32_t sixteens, uint8_t missing,
                    uint8_t *dst, int32_t n)
{
    const __m512i fill = _mm512_set1_epi8((int8_t)missing);
    __m512i part[4];
    for (int32_t p = 0; p < 4; p++) {
        const ptrdiff_t left = 16 * sixteens - 64 * p;
        const __mmask64 known = left > 0 ? first_of_64(left) : 0;
        part[p] = _mm512_mask_loadu_epi8(fill, known, table + 64 * p);
    }
    for (ptrdiff_t i = 0; i < n; i += 64) {
        const __m512i number = load(src + i, n - i);
        const __m512i low = _mm512_permutex2var_epi8(part[0], number, part[1]);
        const __m512i high = _mm512_permutex2var_epi8(part[2], number, part[3]);
        store(dst + i, n - i, _mm512_mask_blend_epi8(_mm512_movepi8_mask(number), low, high));
    }
}

const tn__table_rows tn__table_rows_avx512 = {
    .look_up = look_up,
};
