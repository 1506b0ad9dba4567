/* SPDX-License-Identifier: MIT */
/* Tables of rows with AVX2. A shuffle looks up 32 bytes among sixteen entries. The last bytes, too
 * few for a vector, are left to plain C. */
#include <stddef.h>

#include "cpu/bytes_avx2.h"
#include "cpu/table_rows.h"

static void look_up(const uint8_t *src, const uint8_t table[256], int32_t sixteens, uint8_t missing,
                    uint8_t *dst, int32_t n)
{
    /* A shuffle gives 0 where the index has its highest bit. Numbers beyond the sixteen entries get
     * it by a saturating sum, those before them by the subtraction. So one shuffle gives each byte,
     * and the others 0. Tables are turned so that `missing` is 0 too. */
    const __m256i beyond = _mm256_set1_epi8(0x70), fill = _mm256_set1_epi8((int8_t)missing);
    ptrdiff_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m256i number = load(src + i), made = _mm256_setzero_si256();
        for (int32_t t = 0; t < sixteens; t++) {
            const __m256i part =
                _mm256_xor_si256(_mm256_broadcastsi128_si256(_mm_loadu_si128(
                                     (const __m128i *)(const void *)(table + 16 * t))),
                                 fill);
            const __m256i index = _mm256_adds_epu8(number, beyond);
            made = _mm256_or_si256(made, _mm256_shuffle_epi8(part, index));
            number = _mm256_sub_epi8(number, _mm256_set1_epi8(16));
        }
        store(dst + i, _mm256_xor_si256(made, fill));
    }
    tn__table_rows_scalar.look_up(src + i, table, sixteens, missing, dst + i, n - (int32_t)i);
}

const tn__table_rows tn__table_rows_avx2 = {
    .look_up = look_up,
};
