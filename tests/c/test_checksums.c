/* SPDX-License-Identifier: MIT */
/* Checks the checksums of file formats: against zlib, against published values of CRC-32C, and
 * every level against plain C. */
#include <check.h>
#include <string.h>
#include <zlib.h>

#include "cpu/level.h"
#include "flate/checksums.h"
#include "suite.h"

enum { MOST = 20000 };

static uint8_t noise[MOST];

static void make_noise(uint8_t extreme)
{
    uint32_t state = 9;
    for (size_t i = 0; i < MOST; i++) {
        state = state * 1664525u + 1013904223u;
        noise[i] = extreme ? extreme : (uint8_t)(state >> 24);
    }
}

static void compare(size_t at, size_t n, uint32_t start)
{
    const uint8_t *const bytes = noise + at;
    const uint32_t adler =
        (uint32_t)adler32(start % 65521 << 16 | start >> 16 % 65521, bytes, (uInt)n);
    const uint32_t crc = (uint32_t)crc32(start, bytes, (uInt)n);
    for (int32_t level = 0; level <= TN__CPU_AVX2; level++) {
        tn__cpu_lower(level);
        ck_assert_uint_eq(tn__adler32(start % 65521 << 16 | start >> 16 % 65521, bytes, n), adler);
        ck_assert_uint_eq(tn__crc32(start, bytes, n), crc);
        ck_assert_uint_eq(tn__crc32c(start, bytes, n),
                          tn__flate_sums_scalar.crc32c(start, bytes, n));
    }
    tn__cpu_lower(TN__CPU_LEVELS);
}

START_TEST(all_lengths)
{
    make_noise(_i ? 255 : 0);
    for (size_t n = 0; n < 300; n++)
        compare(n % 67, n, (uint32_t)(n * 123456789u));
    compare(0, 5552, 1);
    compare(3, 5536 + 31, 65520u << 16 | 65520u);
    compare(1, MOST - 1, 0xffffffff);
    compare(0, MOST, 1);
}
END_TEST

/* RFC 3720, B.4. */
START_TEST(published_values)
{
    uint8_t bytes[32];
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        tn__cpu_lower(level);
        memset(bytes, 0, sizeof bytes);
        ck_assert_uint_eq(tn__crc32c(0, bytes, 32), 0x8a9136aa);
        memset(bytes, 0xff, sizeof bytes);
        ck_assert_uint_eq(tn__crc32c(0, bytes, 32), 0x62a8ab43);
        for (uint8_t k = 0; k < 32; k++)
            bytes[k] = k;
        ck_assert_uint_eq(tn__crc32c(0, bytes, 32), 0x46dd794e);
        ck_assert_uint_eq(tn__crc32c(tn__crc32c(0, bytes, 5), bytes + 5, 27), 0x46dd794e);
        ck_assert_uint_eq(tn__crc32(0, "123456789", 9), 0xcbf43926);
        ck_assert_uint_eq(tn__adler32(TN__ADLER32_START, "Wikipedia", 9), 0x11e60398);
    }
    tn__cpu_lower(TN__CPU_LEVELS);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("checksums");
    TCase *const sums = tcase_create("sums");
    tcase_add_loop_test(sums, all_lengths, 0, 2);
    tcase_add_test(sums, published_values);
    suite_add_tcase(suite, sums);
    return suite_run(suite);
}
