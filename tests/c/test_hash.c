/* SPDX-License-Identifier: MIT */
/* Hashes: known answers, and equal results for any division of the input. */
#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "base/md5.h"
#include "suite.h"
#include "tench.h"

static void fill(uint8_t *bytes, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
}

/* Known answers of xxhsum -H2 (xxhash 0.8.1): XXH3 takes another path for each of these lengths. */
START_TEST(known_answers)
{
    static const struct {
        int64_t length;
        const char *text;
    } cases[] = {
        {1, "885f487031a569684a4139caf4136257"},    {8, "acabfc73a36cbcfb2f685e863b34edb1"},
        {16, "465d964535f22d7aaf8b52bc8abd84af"},   {100, "742eb2f9ee1952a18a021348a142ef31"},
        {240, "60776a21568c1469e3382cc948003965"},  {241, "8fe4da37d29ec7b9859dc8ab6dd85c7c"},
        {5000, "798b9743473f8ba73be1ff1b0768cfb2"},
    };
    uint8_t bytes[5000];
    fill(bytes, sizeof bytes);
    char text[33];
    tn_hash *const hash = tn_hash_create();
    tn_hash_bytes(hash, bytes, cases[_i].length);
    tn_hash_text(hash, text);
    ck_assert_str_eq(text, cases[_i].text);
    tn_hash_destroy(hash);
}
END_TEST

static void add_in_pieces(tn_hash *hash, const uint8_t *bytes, int64_t n_bytes)
{
    char text[33];
    for (int64_t at = 0, n = 1; at < n_bytes; at += n, n = n * 2 % 777 + 1) {
        tn_hash_bytes(hash, bytes + at, n < n_bytes - at ? n : n_bytes - at);
        tn_hash_text(hash, text); /* reading the hash does not change it */
    }
}

START_TEST(pieces_are_one_stream)
{
    uint8_t bytes[5000];
    fill(bytes, sizeof bytes);
    char whole[33], pieces[33];
    tn_hash *const a = tn_hash_create(), *const b = tn_hash_create();
    tn_hash_bytes(a, bytes, sizeof bytes);
    add_in_pieces(b, bytes, sizeof bytes);
    tn_hash_text(a, whole);
    tn_hash_text(b, pieces);
    ck_assert_str_eq(whole, pieces);
    ck_assert_uint_eq(tn__hash_64(a), tn__hash_64(b));
    tn_hash_bytes(b, bytes, 1);
    tn_hash_text(b, pieces);
    ck_assert_str_ne(whole, pieces);
    tn_hash_destroy(a);
    tn_hash_destroy(b);
}
END_TEST

START_TEST(nothing_is_harmless)
{
    char text[33] = "x";
    tn_hash *const hash = tn_hash_create();
    tn_hash_bytes(hash, NULL, 5);
    tn_hash_bytes(hash, "abc", -1);
    tn_hash_bytes(NULL, "abc", 3);
    tn_hash_text(hash, text);
    ck_assert_str_eq(text, "99aa06d3014798d86001c324468d497f"); /* of no bytes */
    tn_hash_text(NULL, text);
    tn_hash_destroy(hash);
    tn_hash_destroy(NULL);
}
END_TEST

/* Known answers of md5sum: the test suite of RFC 1321, and lengths around those of a block. */
START_TEST(md5_is_md5)
{
    static const struct {
        const char *text, *sum;
    } texts[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
    };
    static const struct {
        size_t length;
        const char *sum;
    } filled[] = {
        {55, "d872aa0473a24da995ce4ac518ade767"},   {56, "e23567645846677c205de80f9779081b"},
        {63, "4775b66278a8fc132ff80923378216cd"},   {64, "71e123b70c7aa64826fcfe472694cd1c"},
        {65, "5949948f26e35203661075214faa3966"},   {120, "bf240b8b7407fba3805adeec63a03b77"},
        {5000, "c407d39f592f79e4738d78b28bfca20a"},
    };
    uint8_t bytes[5000];
    char sum[TN__MD5_TEXT];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        tn__md5_text(texts[i].text, strlen(texts[i].text), sum);
        ck_assert_str_eq(sum, texts[i].sum);
    }
    fill(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof filled / sizeof *filled; i++) {
        tn__md5_text(bytes, filled[i].length, sum);
        ck_assert_str_eq(sum, filled[i].sum);
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("hash");
    TCase *const cases = tcase_create("hash");
    tcase_add_loop_test(cases, known_answers, 0, 7);
    tcase_add_test(cases, pieces_are_one_stream);
    tcase_add_test(cases, nothing_is_harmless);
    tcase_add_test(cases, md5_is_md5);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
