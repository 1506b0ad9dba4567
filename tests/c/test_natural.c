/* SPDX-License-Identifier: MIT */
/* Natural order of names. The expected signs are those that timm's natural_key gives. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/merge.h"
#include "data/natural.h"
#include "data/sort_names.h"
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

/* A key, read in pieces of some bytes. */
static size_t read_key(const char *name, size_t step, uint8_t out[256])
{
    size_t n = 0, got;
    do {
        got = tn__natural_bytes(name, n, out + n, step);
        n += got;
    } while (got == step);
    ck_assert_uint_eq(tn__natural_bytes(name, n, out + n, 1), 0);
    ck_assert_uint_eq(out[n], 0);
    return n;
}

/* All pairs of the table's names: keys have the order of the names, and none begins with another.
 */
START_TEST(keys_have_the_order_of_names)
{
    enum { N = sizeof cases / sizeof *cases };
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            uint8_t a[256], b[256];
            const size_t n_a = read_key(cases[i].a, 1 + (size_t)i % 9, a),
                         n_b = read_key(cases[j].b, 8, b), n = n_a < n_b ? n_a : n_b;
            const int order = memcmp(a, b, n);
            ck_assert_msg(sign(order) == sign(tn__natural_compare(cases[i].a, cases[j].b)),
                          "%s, %s", cases[i].a, cases[j].b);
            ck_assert(order != 0 || n_a == n_b);
        }
}
END_TEST

static uint64_t state = 3;

static unsigned draw(unsigned below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % below;
}

/* Names with equal begins of up to `n_begin` bytes, and with digits, letters of both cases and
 * bytes that are not ASCII. Some are equal. */
static void make_name(size_t n_begin, char *out)
{
    static const char letters[] = "aAbBz_[/.-01239\xc3\xff";
    const size_t n_all = n_begin > 0 ? draw(8) > 0 ? n_begin : draw((unsigned)n_begin) : 0;
    size_t n = 0;
    for (; n < n_all; n++)
        out[n] = n % 7 < 3 ? '1' : 'x';
    for (unsigned more = draw(9); more > 0; more--)
        out[n++] = letters[draw(sizeof letters - 1)];
    for (unsigned digits = draw(60) == 0 ? 300 : 0; digits > 0; digits--)
        out[n++] = (char)('0' + draw(10));
    out[n] = '\0';
}

enum { ROOM = 1024 };

static const char *name_of(uint64_t word, const void *names)
{
    return (const char *)names + word * ROOM;
}

static int compare_words(uint64_t a, uint64_t b, const void *names)
{
    return tn__natural_compare(name_of(a, names), name_of(b, names));
}

/* Few and many names, with short and long equal begins: the order is that of a sort that compares
 * names and keeps equal ones in their order. */
static const struct {
    size_t n, n_begin;
    int32_t n_threads;
} sorts[] = {{1, 0, 1},     {2, 0, 1},    {5, 3, 2},     {40, 20, 1},   {300, 0, 3},
             {5000, 12, 2}, {800, 90, 2}, {600, 505, 2}, {300, 600, 1}, {20000, 2, 3}};

START_TEST(many_names_are_sorted)
{
    const size_t n = sorts[_i].n;
    char *const names = malloc(n * ROOM);
    uint64_t *const words = malloc(n * sizeof *words), *const known = malloc(n * sizeof *known);
    size_t *const runs = malloc((n + 1) * sizeof *runs);
    for (size_t i = 0; i < n; i++) {
        make_name(sorts[_i].n_begin, names + i * ROOM);
        words[i] = known[i] = runs[i] = i;
    }
    runs[n] = n;
    ck_assert_int_eq(tn__merge_runs(known, runs, n, compare_words, names), TN_OK);
    ck_assert_int_eq(tn__sort_names(words, n, sorts[_i].n_threads, name_of, names), TN_OK);
    ck_assert_mem_eq(words, known, n * sizeof *words);
    free(names);
    free(words);
    free(known);
    free(runs);
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
    tcase_add_test(natural, keys_have_the_order_of_names);
    tcase_add_loop_test(natural, many_names_are_sorted, 0, sizeof sorts / sizeof *sorts);
    tcase_add_test(natural, order_is_transitive);
    suite_add_tcase(suite, natural);
    return suite_run(suite);
}
