/* SPDX-License-Identifier: MIT */
/* Codecs: files that the tests write themselves with libjpeg, decoded whole and in parts. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "codec/codec.h"
#include "tench.h"

static tn__bytes text_bytes(const char *text)
{
    return (tn__bytes){(const uint8_t *)text, strlen(text)};
}

START_TEST(unknown_bytes_are_described)
{
    static const char *const cases[][2] = {
        {"", "empty file"},
        {"\x89PNG\r\n\x1a\n", "a PNG file: not supported yet by this build"},
        {"GIF89a", "a GIF file: not supported yet by this build"},
        {"  <!DOCTYPE HTML>", "text/HTML: not supported yet by this build"},
        {"hello", "text: not supported yet by this build"},
        {"\x01\x02\x03\x04\x05", "unknown (bytes 01 02 03 04): not supported yet by this build"},
    };
    ck_assert_ptr_null(tn__codec_find(text_bytes(cases[_i][0])));
    ck_assert_int_eq(tn__error_last()->code, TN_EDECODE);
    ck_assert_str_eq(tn__error_last()->message, cases[_i][1]);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("codec");
    TCase *const find = tcase_create("find");
    tcase_add_loop_test(find, unknown_bytes_are_described, 0, 6);
    suite_add_tcase(suite, find);
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
