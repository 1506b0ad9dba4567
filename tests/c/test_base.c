/* SPDX-License-Identifier: MIT */
/* Checks random numbers, text, errors and arenas. */
#include <check.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/poison.h"
#include "base/rng.h"
#include "base/show.h"
#include "base/text.h"
#include "base/varint.h"
#include "suite.h"

/* Known answers of Philox4x32-10 from the Random123 distribution (kat_vectors). */
START_TEST(philox_known_answers)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    uint32_t out[4];
    tn__philox(cases[_i].counter, cases[_i].key, out);
    ck_assert_mem_eq(out, cases[_i].out, sizeof out);
}
END_TEST

START_TEST(numbers_read_back)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.5, "0.5"}, {224, "224"}, {1.0 / 3, "0.3333333333333333"}, {0.08, "0.08"}, {-3, "-3"}};
    tn__text text = {0};
    tn__text_number(&text, cases[_i].value);
    ck_assert_str_eq(text.chars, cases[_i].text);
    double back = 0;
    ck_assert_ptr_nonnull(tn__text_parse_number(text.chars, &back));
    ck_assert(back == cases[_i].value);
    tn__text_free(&text);
}
END_TEST

/* Each number comes back from its bytes, and none from the first of them alone. */
START_TEST(varints_read_back)
{
    static const uint64_t numbers[] = {0,        1,          127,           128,        16383,
                                       1u << 14, UINT32_MAX, INT64_MAX - 1, 1ull << 63, UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint8_t raw[TN__VARINT_BYTES];
        uint64_t value;
        const size_t n = tn__varint_put(raw, numbers[i]);
        const uint8_t *at = raw;
        ck_assert_uint_eq(tn__varint_get(&at), numbers[i]);
        ck_assert_ptr_eq(at, raw + n);
        for (size_t k = 0; k <= n; k++) {
            at = raw;
            ck_assert_int_eq(tn__varint_try(&at, raw + k, &value), k == n);
            ck_assert_ptr_eq(at, raw + k);
        }
        ck_assert_uint_eq(value, numbers[i]);
    }
    uint8_t endless[2 * TN__VARINT_BYTES];
    uint64_t value;
    const uint8_t *at = endless;
    memset(endless, 0x80, sizeof endless);
    ck_assert(!tn__varint_try(&at, endless + sizeof endless, &value));
}
END_TEST

START_TEST(json_escapes)
{
    tn__text text = {0};
    tn__text_json(&text, "a\"b\\c\n\xff\xc3\xa9");
    ck_assert_str_eq(text.chars, "\"a\\\"b\\\\c\\u000a\\udcff\xc3\xa9\"");
    tn__text_free(&text);
}
END_TEST

/* Names are data: each has one visible form, and can be recovered from it. */
static const struct {
    const char *name, *shown, *json;
} shown_names[] = {
    {"n01/a.jpg", "n01/a.jpg", "\"n01/a.jpg\""},
    {"\xc3\xa9t\xc3\xa9 \xe6\xbc\xa2", "\xc3\xa9t\xc3\xa9 \xe6\xbc\xa2",
     "\"\xc3\xa9t\xc3\xa9 \xe6\xbc\xa2\""},
    {"\033[2J", "\\x1B[2J", "\"\\u001b[2J\""},
    {"a\r\n\tb\x7f", "a\\r\\n\\tb\\x7F", "\"a\\u000d\\u000a\\u0009b\\u007f\""},
    {"\\x1B", "\\\\x1B", "\"\\\\x1B\""},
    {"\xff\xc3", "\\xFF\\xC3", "\"\\udcff\\udcc3\""},
    {"\xc2\x9b"
     "2J",
     "\\u009B2J", "\"\\u009b2J\""},
    /* NOLINTNEXTLINE(misc-misleading-bidirectional): the test shows such a character */
    {"\xe2\x80\xae"
     "gpj.exe",
     "\\u202Egpj.exe", "\"\\u202egpj.exe\""},
    {"\xf3\xa0\x80\x81", "\\U000E0001", "\"\\udb40\\udc01\""},
    {"\xed\xb3\xbf", "\\xED\\xB3\\xBF", "\"\\udced\\udcb3\\udcbf\""}, /* a surrogate is not UTF-8 */
    {"\xc0\xaf", "\\xC0\\xAF", "\"\\udcc0\\udcaf\""},
};

START_TEST(names_are_shown)
{
    char out[64];
    const char *const name = shown_names[_i].name, *const shown = shown_names[_i].shown;
    ck_assert_int_eq(tn_show_name(name, -1, out, sizeof out), (int64_t)strlen(shown));
    ck_assert_str_eq(out, shown);
    tn__text text = {0};
    tn__text_show(&text, name);
    ck_assert_str_eq(text.chars, shown);
    tn__text_clear(&text);
    tn__text_json(&text, name);
    ck_assert_str_eq(text.chars, shown_names[_i].json);
    tn__text_free(&text);
    tn__fail(TN_EIO, "file \"%s\": cut off", name);
    const size_t lead = strlen("file \"");
    ck_assert(memcmp(tn_error() + lead, shown, strlen(shown)) == 0);
    tn__error_place("read", name, 0, 0);
    ck_assert_int_eq(strncmp(tn_error(), "file ", 5), 0); /* the message has the name already */
    tn__fail(TN_EIO, "cut off");
    tn__error_place("read", name, 0, 0);
    ck_assert_int_eq(strncmp(tn_error(), shown, strlen(shown)), 0);
    ck_assert_str_eq(tn__error_last()->name, name);
}
END_TEST

START_TEST(json_texts_fit_or_are_left_out)
{
    char out[64];
    const char *const json = "\"\\udcff\\u0000\xc3\xa9\"";
    const int64_t length = (int64_t)strlen(json);
    ck_assert_int_eq(tn_json_text("\xff\0\xc3\xa9", 4, out, sizeof out), length);
    ck_assert_str_eq(out, json);
    ck_assert_int_eq(tn_json_text("\xff\0\xc3\xa9", 4, out, length + 1), length);
    ck_assert_str_eq(out, json);
    ck_assert_int_eq(tn_json_text("\xff\0\xc3\xa9", 4, out, length), length);
    ck_assert_str_eq(out, "");
    ck_assert_int_eq(tn_json_text("\xff", -1, NULL, 0), 8); /* at most 6 a byte, and the quotes */
    ck_assert_int_eq(tn_json_text(NULL, -1, out, sizeof out), 2);
    ck_assert_str_eq(out, "\"\"");
}
END_TEST

START_TEST(columns_of_a_text)
{
    ck_assert_int_eq(tn_text_columns("abc"), 3);
    ck_assert_int_eq(tn_text_columns("\xe6\xbc\xa2"), 2);
    ck_assert_int_eq(tn_text_columns("e\xcc\x81"), 1); /* a combining accent */
    ck_assert_int_eq(tn_text_columns(""), 0);
    ck_assert_int_eq(tn_text_columns(NULL), 0);
}
END_TEST

START_TEST(names_are_cut_between_characters)
{
    char out[64];
    const char *const name = "ab\033\xe6\xbc\xa2";
    ck_assert_int_eq(tn_show_name(name, -1, NULL, 0), 9);
    ck_assert_int_eq(tn_show_name(name, -1, out, 1), 9);
    ck_assert_str_eq(out, "");
    tn_show_name(name, -1, out, 8);
    ck_assert_str_eq(out, "ab…");
    tn_show_name(name, -1, out, 9);
    ck_assert_str_eq(out, "ab…");
    tn_show_name(name, -1, out, 10);
    ck_assert_str_eq(out, "ab\\x1B\xe6\xbc\xa2");
    tn_show_name("a\0b", 3, out, sizeof out);
    ck_assert_str_eq(out, "a\\x00b");
    tn_show_name(NULL, -1, out, sizeof out);
    ck_assert_str_eq(out, "");
}
END_TEST

/* The message of a cause is not escaped a second time. */
START_TEST(messages_are_shown_once)
{
    tn__fail(TN_EIO, "\\\033");
    tn__fail_because(TN_EIO, tn__error_last(), "shard %d", 7);
    ck_assert_str_eq(tn_error(), "shard 7: \\\\\\x1B");
    const tn__error first = *tn__error_last();
    tn__fail(TN_EIO, "\033");
    tn__error_add(&first);
    ck_assert_str_eq(tn_error(), "\\x1B; shard 7: \\\\\\x1B");
    char name[3000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    tn__fail(TN_EIO, "%s", name);
    ck_assert_uint_lt(strlen(tn_error()), TN__MESSAGE_BYTES);
    ck_assert_str_eq(tn_error() + strlen(tn_error()) - 3, "…");
    tn__fail_because(TN_EIO, tn__error_last(), "shard %d", 7);
    ck_assert_uint_lt(strlen(tn_error()), TN__MESSAGE_BYTES);
    ck_assert_str_eq(tn_error() + strlen(tn_error()) - 3, "…");
    tn__fail(TN_EIO, "cut off");
    tn__error_place("read", name, 0, 0);
    ck_assert_str_eq(tn__error_last()->name, name); /* the name is complete */
}
END_TEST

START_TEST(arena_keeps_one_block)
{
    tn__arena arena;
    tn__arena_init(&arena, 2 << 20, 8 << 20);
    ck_assert_ptr_nonnull(tn__arena_take(&arena, 1000));
    ck_assert_ptr_nonnull(tn__arena_take(&arena, 4 << 20));
    ck_assert_ptr_null(tn__arena_take(&arena, 8 << 20));
    ck_assert_int_eq(tn__error_last()->code, TN_ELIMIT);
    tn__arena_reset(&arena);
    ck_assert_uint_le(arena.total, 2 << 20);
    tn__arena_free(&arena);
}
END_TEST

/* Samples may take any sizes in any order: the arena always takes them from the same block. */
START_TEST(arena_does_not_creep)
{
    const size_t keep = 16 << 20;
    tn__arena arena;
    tn__arena_init(&arena, keep, 0);
    void *const place = tn__arena_take(&arena, 1);
    for (size_t turn = 0; turn < 100; turn++) {
        const size_t size = (1 + turn * 7 % 10) * 1000000;
        tn__arena_reset(&arena);
        ck_assert_ptr_eq(tn__arena_take(&arena, size), place);
        ck_assert_ptr_nonnull(tn__arena_take(&arena, size / 2));
        ck_assert_uint_eq(arena.total, keep);
    }
    ck_assert_ptr_nonnull(tn__arena_take(&arena, keep));
    ck_assert_uint_eq(arena.total, 2 * keep);
    tn__arena_reset(&arena);
    ck_assert_uint_le(arena.total, keep);
    tn__arena_free(&arena);
}
END_TEST

/* AddressSanitizer reports accesses outside of what is taken. */
START_TEST(arena_releases_after_a_mark)
{
    tn__arena arena;
    tn__arena_init(&arena, 2 << 20, 0);
    const tn__arena_mark begin = tn__arena_here(&arena);
    const char *const before = tn__arena_take(&arena, 100);
    const tn__arena_mark mark = tn__arena_here(&arena);
    for (int round = 0; round < 3; round++) {
        const char *const after = tn__arena_take(&arena, 100);
        const char *const beyond = tn__arena_take(&arena, 4 << 20); /* a block of its own */
        ck_assert(after != NULL && beyond != NULL);
        ck_assert(!tn__is_poisoned(after + 99) && !tn__is_poisoned(beyond));
        tn__arena_rewind(&arena, mark);
        ck_assert(!tn__is_poisoned(before) && !tn__is_poisoned(before + 99));
        ck_assert_int_eq(tn__is_poisoned(after), TN__HAS_ASAN);
        ck_assert_int_eq(tn__is_poisoned(beyond + (4 << 20) - 1), TN__HAS_ASAN);
    }
    ck_assert_uint_le(arena.total, 8 << 20); /* the second block is used again */
    tn__arena_rewind(&arena, begin);
    ck_assert_int_eq(tn__is_poisoned(before), TN__HAS_ASAN);
    ck_assert_ptr_eq(tn__arena_take(&arena, 1), before);
    tn__arena_free(&arena);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("base");
    TCase *const tcase = tcase_create("base");
    tcase_add_loop_test(tcase, philox_known_answers, 0, 3);
    tcase_add_loop_test(tcase, numbers_read_back, 0, 5);
    tcase_add_test(tcase, varints_read_back);
    tcase_add_test(tcase, json_escapes);
    tcase_add_test(tcase, json_texts_fit_or_are_left_out);
    tcase_add_test(tcase, columns_of_a_text);
    tcase_add_loop_test(tcase, names_are_shown, 0, sizeof shown_names / sizeof *shown_names);
    tcase_add_test(tcase, names_are_cut_between_characters);
    tcase_add_test(tcase, messages_are_shown_once);
    tcase_add_test(tcase, arena_does_not_creep);
    tcase_add_test(tcase, arena_keeps_one_block);
    tcase_add_test(tcase, arena_releases_after_a_mark);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
