/* SPDX-License-Identifier: MIT */
/* Reading JSON. The answers are those of Python's json, over all texts of the table. */
#include <check.h>
#include <string.h>

#include "base/json.h"
#include "suite.h"

static const struct {
    const char *text;
    int is_right;
} texts[] = {
    {"{}", 1},
    {"[]", 1},
    {" [ ] ", 1},
    {"null", 1},
    {"true", 1},
    {"-0", 1},
    {"01", 0},
    {"1.", 0},
    {".5", 0},
    {"1e5", 1},
    {"1E+05", 1},
    {"1e", 0},
    {"-", 0},
    {"+1", 0},
    {"NaN", 1},
    {"-Infinity", 1},
    {"-NaN", 0},
    {"nul", 0},
    {"nullx", 0},
    {"\"\"", 1},
    {"\"a\\u00e9\\n\\/\"", 1},
    {"\"\\x\"", 0},
    {"\"\\u12\"", 0},
    {"\"\\u12g4\"", 0},
    {"\"a\nb\"", 0},
    {"\"open", 0},
    {"\"open\\\"", 0},
    {"{\"a\": 1}", 1},
    {"{\"a\": 1,}", 0},
    {"{\"a\" 1}", 0},
    {"{a: 1}", 0},
    {"{1: 1}", 0},
    {"{\"a\": }", 0},
    {"{\"a\": [1, {\"b\": [[]]}, \"]\"], \"c\": {}}", 1},
    {"[1, 2", 0},
    {"[1, 2}", 0},
    {"[1 2]", 0},
    {"[,]", 0},
    {"[1,]", 0},
    {"1 2", 0},
    {"", 0},
    {" ", 0},
    {"'a'", 0},
    {"{} {}", 0},
    {"\xEF\xBB\xBF{}", 1},
    {"\v1", 0},
};
enum { N_TEXTS = sizeof texts / sizeof *texts };

START_TEST(texts_are_right_or_wrong)
{
    tn__json value;
    const size_t n = strlen(texts[_i].text);
    char *const copy = malloc(n + 1); /* a sanitizer sees reads after its end */
    memcpy(copy, texts[_i].text, n);
    ck_assert_msg(tn__json_read(copy, n, &value) == texts[_i].is_right, "%s", texts[_i].text);
    for (size_t cut = 0; cut < n; cut++) {
        char *const begin = malloc(cut + 1);
        memcpy(begin, copy, cut);
        (void)tn__json_read(begin, cut, &value);
        free(begin);
    }
    free(copy);
}
END_TEST

static tn__json read(const char *text)
{
    tn__json value;
    ck_assert_msg(tn__json_read(text, strlen(text), &value), "%s", text);
    return value;
}

START_TEST(depth_has_a_limit)
{
    char text[2 * TN__JSON_DEPTH + 3] = "";
    tn__json value;
    memset(text, '[', TN__JSON_DEPTH);
    memset(text + TN__JSON_DEPTH, ']', TN__JSON_DEPTH);
    ck_assert(tn__json_read(text, strlen(text), &value));
    memset(text, '[', TN__JSON_DEPTH + 1);
    memset(text + TN__JSON_DEPTH + 1, ']', TN__JSON_DEPTH + 1);
    ck_assert(!tn__json_read(text, strlen(text), &value));
}
END_TEST

START_TEST(members_and_items)
{
    const tn__json value = read(" { \"a\" : [ 1 , \"x,]\" , {\"b\":2} ], \"c\\u0064\": null, "
                                "\"a\" :[3], \"e\":{} } ");
    tn__json found;
    ck_assert_int_eq(tn__json_kind(value), '{');
    ck_assert(tn__json_member(value, "a", 1, &found)); /* the last one */
    ck_assert_uint_eq(found.n, 3);
    ck_assert(tn__json_member(value, "cd", 2, &found));
    ck_assert_int_eq(tn__json_kind(found), 'n');
    ck_assert(!tn__json_member(value, "b", 1, &found));
    ck_assert(!tn__json_member(found, "b", 1, &found));
    tn__json_walk walk = tn__json_items(value);
    ck_assert(tn__json_next(&walk));
    tn__json_walk inner = tn__json_items(walk.value);
    static const size_t lengths[] = {1, 5, 7};
    for (int i = 0; i < 3; i++) {
        ck_assert(tn__json_next(&inner));
        ck_assert_uint_eq(inner.value.n, lengths[i]);
    }
    ck_assert(!tn__json_next(&inner));
    ck_assert(tn__json_next(&walk) && tn__json_next(&walk) && tn__json_next(&walk));
    inner = tn__json_items(walk.value);
    ck_assert(!tn__json_next(&inner));
    ck_assert(!tn__json_next(&walk));
    walk = tn__json_items(read("17"));
    ck_assert(!tn__json_next(&walk));
}
END_TEST

START_TEST(integers)
{
    int64_t n;
    ck_assert(tn__json_int(read("0"), &n) && n == 0);
    ck_assert(tn__json_int(read("-12"), &n) && n == -12);
    ck_assert(tn__json_int(read("9223372036854775807"), &n) && n == INT64_MAX);
    ck_assert(tn__json_int(read("-9223372036854775808"), &n) && n == INT64_MIN);
    static const char *const others[] = {
        "9223372036854775808", "-9223372036854775809", "1.0", "1e3", "true", "\"1\"", "NaN"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ck_assert_msg(!tn__json_int(read(others[i]), &n), "%s", others[i]);
}
END_TEST

START_TEST(strings)
{
    static const struct {
        const char *json, *text;
    } cases[] = {{"\"\"", ""},
                 {"\"a\\\"b\\\\c\\/\"", "a\"b\\c/"},
                 {"\"\\b\\f\\n\\r\\t\"", "\b\f\n\r\t"},
                 {"\"\\u0041\\u00e9\\u20AC\"", "A\xC3\xA9\xE2\x82\xAC"},
                 {"\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80"},
                 {"\"\\udcff\"", "\xFF"},
                 {"\"\\ud83dx\"", "\xED\xA0\xBDx"},
                 {"\"\\ud83d\\u0041\"", "\xED\xA0\xBD"
                                        "A"},
                 {"\"\xC3\xA9\"", "\xC3\xA9"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tn__text text = {0};
        ck_assert(tn__json_text(read(cases[i].json), &text));
        ck_assert_str_eq(text.chars, cases[i].text);
        tn__text_free(&text);
    }
    tn__text none = {0};
    ck_assert(!tn__json_text(read("1"), &none));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("json");
    TCase *const test = tcase_create("json");
    tcase_add_loop_test(test, texts_are_right_or_wrong, 0, N_TEXTS);
    tcase_add_test(test, depth_has_a_limit);
    tcase_add_test(test, members_and_items);
    tcase_add_test(test, integers);
    tcase_add_test(test, strings);
    suite_add_tcase(suite, test);
    return suite_run(suite);
}
