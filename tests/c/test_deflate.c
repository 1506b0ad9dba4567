/* SPDX-License-Identifier: MIT */
/* Checks the compressor of PNG rows: zlib reads its streams, which are no longer than promised. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/rng.h"
#include "flate/deflate.h"
#include "suite.h"

enum { MOST = 200000 };

static uint8_t bytes[MOST], again[MOST + 1];

/* Compresses n bytes in an exact allocation, and returns the stream's length. */
static size_t check(size_t n)
{
    const size_t bound = tn__deflate_bound(n);
    uint8_t *const in = malloc(n + 1), *const out = malloc(bound);
    ck_assert(in && out);
    memcpy(in + 1, bytes, n); /* ends with the allocation */
    const size_t size = tn__deflate(in + 1, n, out);
    ck_assert_uint_le(size, bound);
    z_stream stream = {.next_in = out, .avail_in = (uInt)size};
    stream.next_out = again;
    stream.avail_out = (uInt)n + 1;
    ck_assert_int_eq(inflateInit2(&stream, -15), Z_OK);
    ck_assert_int_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
    ck_assert_uint_eq(stream.total_out, n);
    ck_assert_uint_eq(stream.avail_in, 0);
    ck_assert(memcmp(again, bytes, n) == 0);
    inflateEnd(&stream);
    free(in);
    free(out);
    return size;
}

START_TEST(test_runs)
{
    for (size_t run = 1; run < 600; run++) {
        for (size_t i = 0; i < 2000; i++)
            bytes[i] = (uint8_t)(i / run * 7);
        check(2000);
        check(run); /* the stream ends with the run */
    }
}
END_TEST

START_TEST(test_lengths)
{
    static const size_t lengths[] = {0, 1, 2, 3, 65535, 65536, 65537, 131072, MOST};
    memset(bytes, 5, sizeof bytes);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        check(lengths[i]);
    ck_assert_uint_lt(check(MOST), 2000);
}
END_TEST

/* Bytes of more and more uneven frequencies: the longest codes reach their limit. */
START_TEST(test_frequencies)
{
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(7, _i, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    for (size_t i = 0; i < MOST; i++) {
        int32_t value = 0;
        while (value < 255 && tn__draw_integer(&draws, 0, _i) > 0)
            value++;
        bytes[i] = (uint8_t)value;
    }
    check(MOST);
    /* Fibonacci's numbers make the deepest tree. */
    size_t a = 1, b = 1, n = 0;
    for (int32_t k = 0; k < 22; k++) {
        for (size_t i = 0; i < a && n + 2 < MOST; i++) {
            bytes[n++] = (uint8_t)k;
            bytes[n++] = (uint8_t)(255 - k % 2); /* ends the run */
        }
        const size_t next = a + b;
        a = b;
        b = next;
    }
    check(n < 65536 ? n : 65536);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("deflate");
    TCase *const tests = tcase_create("deflate");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_runs);
    tcase_add_test(tests, test_lengths);
    tcase_add_loop_test(tests, test_frequencies, 0, 4);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
