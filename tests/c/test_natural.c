/* SPDX-License-Identifier: MIT */
/* Natural order of names. The expected signs are those that timm's natural_key gives. */
#include <check.h>
#include <string.h>

#include "data/natural.h"
#include "suite.h"

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static const struct {
    const char *a, *b;
    int key, order; /* how a compares with b: by timm's key, and with ties broken by bytes */
} cases[] = {
    {"", "", 0, 0},
    {"", "a", -1, -1},
    {"", "1", -1, -1},
    {"n1", "n2", -1, -1},
    {"n2", "n10", -1, -1},
    {"n10", "n10", 0, 0},
    {"n02", "n2", 0, -1},
    {"n02a", "n2b", -1, -1},
    {"n002", "n10", -1, -1},
    {"n0", "n00", 0, -1},
    {"Cat", "cat", 0, -1},
    {"Cat2", "cat10", -1, -1},
    {"Dog", "cat", 1, 1},
    {"[", "a", -1, -1},
    {"[", "A", -1, -1}, /* "[" comes between the capitals and the small letters */
    {"Z", "_", 1, 1},
    {"a", "a1", -1, -1},
    {"a1", "a.b", -1, -1}, /* the text "a" ends where "a." continues */
    {"a1", "a-1", -1, -1},
    {"a 1", "a1", 1, 1},
    {"a1", "ab", -1, -1},
    {"1", "a", -1, -1},
    {"1", " ", -1, -1},
    {"a1b2", "a1b10", -1, -1},
    {"a1b", "a1", 1, 1},
    {"a/1", "a b/1", 1, 1}, /* the separator is an ordinary character */
    {"a/1", "a-b/1", 1, 1},
    {"a/1", "a1/1", 1, 1},
    {"x99999999999999999999999999999999", "x100000000000000000000000000000000", -1, -1},
    {"x18446744073709551616", "x0", 1, 1},
    {"x00000000000000000000000000000000000000001", "x1", 0, -1},
    {"\xC3\xA9", "z", 1, 1}, /* é */
    {"\xFF\xFE", "\xFF\xFD", 1, 1},
    {"caf\xC3\xA9 2", "caf\xC3\xA9 10", -1, -1},
};

START_TEST(pairs)
{
    ck_assert_int_eq(sign(tn__natural_key_compare(cases[_i].a, cases[_i].b)), cases[_i].key);
    ck_assert_int_eq(sign(tn__natural_key_compare(cases[_i].b, cases[_i].a)), -cases[_i].key);
    ck_assert_int_eq(sign(tn__natural_compare(cases[_i].a, cases[_i].b)), cases[_i].order);
    ck_assert_int_eq(sign(tn__natural_compare(cases[_i].b, cases[_i].a)), -cases[_i].order);
}
END_TEST

/* All triples of the table's names: sorting relies on transitivity. */
START_TEST(order_is_transitive)
{
    enum { N = sizeof cases / sizeof *cases };
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int k = 0; k < N; k++) {
                const char *const a = cases[i].a, *const b = cases[j].b, *const c = cases[k].a;
                if (tn__natural_compare(a, b) <= 0 && tn__natural_compare(b, c) <= 0)
                    ck_assert_int_le(tn__natural_compare(a, c), 0);
            }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("natural");
    TCase *const natural = tcase_create("natural");
    tcase_add_loop_test(natural, pairs, 0, sizeof cases / sizeof *cases);
    tcase_add_test(natural, order_is_transitive);
    suite_add_tcase(suite, natural);
    return suite_run(suite);
}
