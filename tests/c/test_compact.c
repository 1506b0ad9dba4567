/* SPDX-License-Identifier: MIT */
/* Checks the compact form of random access indexes: golden bytes, round trips, and damage of every
 * kind. */
#include <check.h>
#include <stdlib.h>

#include "base/error.h"
#include "codec/jpeg/compact.h"
#include "make_jpeg.h"
#include "scan_jpeg.h"
#include "suite.h"

enum { MAX_FORM = 1 << 16 };

static const jpeg_recipe kinds[] = {
    {.name = "444", .w = 150, .h = 90, .sampling = {11, 11, 11}},
    {.name = "420", .w = 301, .h = 203, .sampling = {22, 11, 11}},
    {.name = "422", .w = 33, .h = 400, .sampling = {21, 11, 11}},
    {.name = "440", .w = 400, .h = 17, .sampling = {12, 11, 11}, .restart = 3},
    {.name = "grey", .w = 77, .h = 300, .channels = 1, .sampling = {22}},
    {.name = "one", .w = 1, .h = 1, .sampling = {22, 11, 11}},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static jpeg_file make_kind(int number)
{
    jpeg_recipe recipe = kinds[number];
    recipe.channels = recipe.channels ? recipe.channels : 3;
    recipe.space = recipe.channels == 1 ? JCS_GRAYSCALE : JCS_YCbCr;
    return make_jpeg(&recipe);
}

static tn__arena arena;

static void set_up(void)
{
    tn__arena_init(&arena, 1 << 20, 0);
}

static void tear_down(void)
{
    tn__arena_free(&arena);
}

/* Reads a form at the very end of an allocation, so that sanitizers notice a read past it. */
static int read_form(const uint8_t *form, size_t n, const tn__compact_facts *facts,
                     tn__jpeg_index *out)
{
    uint8_t *const bytes = calloc(1, n + TN__COMPACT_READ_PADDING);
    memcpy(bytes, form, n);
    const int status = tn__compact_read(bytes, n, facts, &arena, out);
    free(bytes);
    return status;
}

static void expect_same(const tn__jpeg_index *a, const tn__jpeg_index *b)
{
    ck_assert_int_eq(a->rows, b->rows);
    ck_assert_int_eq(a->columns, b->columns);
    ck_assert_int_eq(a->step, b->step);
    for (int i = 0; i <= a->rows * a->columns; i++) {
        ck_assert_uint_eq(a->entry[i].byte, b->entry[i].byte);
        ck_assert_uint_eq(a->entry[i].bit, b->entry[i].bit);
        for (int c = 0; c < 3; c++)
            ck_assert_int_eq(a->entry[i].dc[c], b->entry[i].dc[c]);
    }
}

START_TEST(what_is_written_is_read)
{
    const jpeg_recipe *const kind = &kinds[_i % KINDS];
    const int columns = 1 + _i / KINDS;
    const jpeg_file file = make_kind(_i % KINDS);
    const tn__jpeg_index index = scan_jpeg(file.bytes, columns);
    const size_t n_entries = (size_t)(index.rows * index.columns) + 1;
    ck_assert_uint_le(n_entries, tn__compact_entries(kind->h, columns));
    uint8_t form[MAX_FORM];
    const size_t n = tn__compact_write(&index, form);
    ck_assert(n > 0 && n <= tn__compact_bound(n_entries));
    const tn__compact_facts facts = {(int64_t)file.size, kind->w, kind->h};
    tn__jpeg_index again;
    ck_assert_msg(read_form(form, n, &facts, &again) == TN_OK, "%s", tn_error());
    expect_same(&index, &again);
    ck_assert_msg(n_entries < 50 || n < 6 * n_entries, "%zu bytes for %zu entries", n, n_entries);
    free(index.entry);
    free(file.bytes);
}
END_TEST

static tn__jpeg_entry small_entries[] = {
    {100, {0, 0, 0}, 0},   {110, {5, -1, 0}, 3},    {120, {6, -1, 2}, 7},
    {131, {-20, 0, 1}, 0}, {150, {-300, 40, 2}, 4},
};
static const tn__jpeg_index small = {.rows = 2, .columns = 2, .step = 1, .entry = small_entries};
static const tn__compact_facts small_facts = {160, 16, 16};
static const uint8_t small_form[] = {0x01, 0x02, 0x02, 0x00, 0x01, 0x00, 0x64, 0x00, 0x00, 0x00,
                                     0x65, 0x00, 0x00, 0x00, 0x47, 0x6F, 0x46, 0x0A, 0x04, 0x10,
                                     0x62, 0x20, 0xC0, 0x53, 0x0C, 0x02, 0xB9, 0xC7, 0x94, 0x02};

START_TEST(the_form_is_frozen)
{
    uint8_t form[64];
    const size_t n = tn__compact_write(&small, form);
    ck_assert_uint_eq(n, sizeof small_form);
    ck_assert_mem_eq(form, small_form, n);
    tn__jpeg_index index;
    ck_assert_int_eq(read_form(small_form, sizeof small_form, &small_facts, &index), TN_OK);
    expect_same(&index, &small);
}
END_TEST

START_TEST(each_field_is_checked)
{
    const struct {
        int at;
        uint8_t value;
        const char *text;
    } cases[] = {{0, 2, "form is unknown"},        {1, 0, "0 entries a row"},
                 {1, 17, "17 entries a row"},      {4, 0, "0 MCUs apart"},
                 {2, 3, "3 rows of 2 entries"},    {2, 0, "0 rows of 2 entries"},
                 {1, 3, "do not fit an image of"}, {4, 2, "do not fit an image of"},
                 {6, 200, "points past"},          {9, 1, "points past"},
                 {10, 255, "points past"},         {10, 0, "entries are damaged"},
                 {29, 0x85, "entries are damaged"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        uint8_t form[sizeof small_form];
        memcpy(form, small_form, sizeof form);
        form[cases[c].at] = cases[c].value;
        tn__jpeg_index index;
        const int status = read_form(form, sizeof form, &small_facts, &index);
        ck_assert_msg(status == TN_EDECODE, "case %zu was taken", c);
        ck_assert_msg(strstr(tn_error(), cases[c].text) != NULL, "case %zu: %s", c, tn_error());
    }
    tn__jpeg_index index;
    for (size_t n = 0; n < sizeof small_form; n++)
        ck_assert_int_eq(read_form(small_form, n, &small_facts, &index), TN_EDECODE);
    uint8_t longer[sizeof small_form + 1] = {0};
    memcpy(longer, small_form, sizeof small_form);
    ck_assert_int_eq(read_form(longer, sizeof longer, &small_facts, &index), TN_EDECODE);
}
END_TEST

START_TEST(impossible_indexes_are_not_written)
{
    uint8_t form[256];
    tn__jpeg_entry entries[sizeof small_entries / sizeof *small_entries];
    for (int c = 0; c < 6; c++) {
        memcpy(entries, small_entries, sizeof entries);
        tn__jpeg_index index = small;
        index.entry = entries;
        switch (c) {
        case 0: index.columns = 17; break;
        case 1: index.rows = 0; break;
        case 2: index.step = 1 << 16; break;
        case 3: entries[0].dc[1] = 1; break;
        case 4: entries[3].dc[0] = -32768; break; /* 16 bits from its neighbour */
        default: entries[4].byte = 99; break;     /* the end precedes the beginning */
        }
        ck_assert_msg(tn__compact_write(&index, form) == 0, "case %d was written", c);
    }
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Checks what index.h guarantees about an index that was read. */
static void expect_sound(const tn__jpeg_index *index, const tn__compact_facts *facts)
{
    ck_assert(index->columns >= 1 && index->columns <= TN__JPEG_MAX_COLUMNS);
    ck_assert(index->step >= 1 && index->rows >= 1 && index->rows <= (facts->h + 7) / 8);
    int64_t before = -1;
    for (int i = 0; i <= index->rows * index->columns; i++) {
        const tn__jpeg_entry *const entry = &index->entry[i];
        const int64_t position = 8 * (int64_t)entry->byte + entry->bit;
        ck_assert(entry->bit <= 7 && position > before && position <= 8 * facts->file_bytes);
        before = position;
    }
}

START_TEST(damage_is_found_or_harmless)
{
    const jpeg_file file = make_kind(_i % KINDS);
    const tn__jpeg_index index = scan_jpeg(file.bytes, 4);
    const tn__compact_facts facts = {(int64_t)file.size, kinds[_i % KINDS].w, kinds[_i % KINDS].h};
    uint8_t form[MAX_FORM], damaged[MAX_FORM];
    const size_t n = tn__compact_write(&index, form);
    uint64_t state = 88172645463325252u + (unsigned)_i;
    int taken = 0;
    for (int round = 0; round < 3000; round++) {
        memcpy(damaged, form, n);
        const size_t length = round % 4 == 0 ? next_random(&state) % (n + 1) : n;
        for (uint64_t k = next_random(&state) % 6 + (round % 4 != 0); k > 0; k--)
            damaged[next_random(&state) % n] ^= (uint8_t)(1 << next_random(&state) % 8);
        for (size_t b = 0; round % 7 == 0 && b < length; b++)
            damaged[b] = b < 14 && round % 2 ? damaged[b] : (uint8_t)next_random(&state);
        tn__jpeg_index read;
        if (read_form(damaged, length, &facts, &read) == TN_OK) {
            expect_sound(&read, &facts);
            taken++;
        }
        tn__arena_reset(&arena);
    }
    ck_assert_int_lt(taken, 3000);
    free(index.entry);
    free(file.bytes);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("compact");
    TCase *const cases = tcase_create("compact");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, what_is_written_is_read, 0, KINDS * TN__JPEG_MAX_COLUMNS);
    tcase_add_test(cases, the_form_is_frozen);
    tcase_add_test(cases, each_field_is_checked);
    tcase_add_test(cases, impossible_indexes_are_not_written);
    tcase_add_loop_test(cases, damage_is_found_or_harmless, 0, 12);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
