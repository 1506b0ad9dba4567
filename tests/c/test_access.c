/* SPDX-License-Identifier: MIT */
/* Decoding with a random access index: the same pixels as without it, at every level, for any
 * region and any number of entries. The decoder detects wrong entries. A file with a damaged scan
 * gets no index. */
#include <check.h>

#include "base/rng.h"
#include "baseline_recipes.h"
#include "codec/jpeg/frame.h"
#include "codec/jpeg/index.h"
#include "codec/jpeg/libjpeg.h"
#include "draw_region.h"
#include "jpeg_compare.h"
#include "suite.h"

enum { REGIONS = 30, WRONG = 400, FLIPS = 600 };

static const int32_t columns[] = {1, 4, TN__JPEG_MAX_COLUMNS};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

static tn__arena arenas[2], index_arena;

static void set_up(void)
{
    for (int k = 0; k < 2; k++)
        tn__arena_init(&arenas[k], 1 << 22, 0);
    tn__arena_init(&index_arena, 1 << 20, 0);
}

static void tear_down(void)
{
    for (int k = 0; k < 2; k++)
        tn__arena_free(&arenas[k]);
    tn__arena_free(&index_arena);
}

static tn__bytes bytes_of(const jpeg_file *file)
{
    return (tn__bytes){file->bytes, file->size};
}

static size_t n_entries(const tn__jpeg_index *index)
{
    return (size_t)index->rows * (size_t)index->columns + 1;
}

static jpeg_answer decode(tn__bytes bytes, const tn__want *want, tn__access *access,
                          tn__arena *arena)
{
    jpeg_answer answer = {0};
    tn__info info;
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, JPEG_MAX_PIXELS, &info);
    answer.status = codec ? TN_OK : tn__error_last()->code;
    tn__arena_reset(arena);
    if (codec)
        answer.status = tn__codec_decode(codec, bytes, access, &info, want, arena, &answer.image,
                                         &answer.damage);
    return answer;
}

/* Decodes this region, and returns the index that this builds, in memory that stays valid. Without
 * entries: decoding built none. */
static tn__jpeg_index build(tn__bytes bytes, tn_px_rect need, int32_t n)
{
    tn__access access = {.build = n};
    const tn__want want = {need, TN_RGB};
    const jpeg_answer answer = decode(bytes, &want, &access, &arenas[1]);
    if (answer.status != TN_OK || !access.built)
        return (tn__jpeg_index){0};
    tn__jpeg_index index = *tn__jpeg_index_of(access.built);
    const size_t size = n_entries(&index) * sizeof *index.entry;
    index.entry = memcpy(tn__arena_take(&index_arena, size), index.entry, size);
    return index;
}

/* The indexes of a file. Tests change copies of them. */
typedef struct prepared {
    tn__jpeg_index of[N_COLUMNS]; /* with so many columns */
    tn__arena_mark end;
} prepared;

static prepared prepare(const jpeg_file *file, tn_px_rect all)
{
    prepared made;
    tn__arena_reset(&index_arena);
    for (int k = 0; k < N_COLUMNS; k++) {
        made.of[k] = build(bytes_of(file), all, columns[k]);
        ck_assert_ptr_nonnull(made.of[k].entry);
    }
    made.end = tn__arena_here(&index_arena);
    return made;
}

/* Copies the index of this turn; the copy is valid until the next one. */
static tn__jpeg_index copy_index(const prepared *from, int turn)
{
    tn__jpeg_index copy = from->of[turn % N_COLUMNS];
    const size_t size = n_entries(&copy) * sizeof *copy.entry;
    tn__arena_rewind(&index_arena, from->end);
    copy.entry = memcpy(tn__arena_take(&index_arena, size), copy.entry, size);
    return copy;
}

static bool same_entries(const tn__jpeg_index *a, const tn__jpeg_index *b)
{
    if (a->rows != b->rows || a->columns != b->columns || a->step != b->step)
        return false;
    for (size_t k = 0; k < n_entries(a); k++)
        if (a->entry[k].byte != b->entry[k].byte || a->entry[k].bit != b->entry[k].bit ||
            memcmp(a->entry[k].dc, b->entry[k].dc, sizeof a->entry[k].dc) != 0)
            return false;
    return true;
}

/* True if decoding with the index gives the expected answer. */
static bool gives(const jpeg_answer *expected, tn__bytes bytes, const tn__want *want,
                  const tn__jpeg_index *index, bool *rejected, jpeg_difference *difference)
{
    tn__access access = {.aid = tn__jpeg_aid(index)};
    const jpeg_answer answer = decode(bytes, want, &access, &arenas[1]);
    *rejected = access.rejected;
    const bool same = jpeg_same_answer(&answer, expected, difference);
    if (!same)
        jpeg_say_where(want, difference);
    return same;
}

/* True if a region has the same pixels with and without the index. */
static bool decodes_right(tn__bytes bytes, const tn__want *want, const tn__jpeg_index *index,
                          bool *rejected, jpeg_difference *difference)
{
    const jpeg_answer expected = decode(bytes, want, NULL, &arenas[0]);
    return gives(&expected, bytes, want, index, rejected, difference);
}

/* The index does not depend on the level, nor on the region that was decoded to build it. */
static void check_builds(tn__bytes bytes, const jpeg_recipe *recipe, int32_t n,
                         const tn__jpeg_index *index, tn__draws *draws)
{
    for (int32_t level = tn__cpu_lower(TN__CPU_LEVELS); level >= 0; level--) {
        tn__cpu_lower(level);
        const tn__jpeg_index other = build(bytes, draw_region(draws, recipe->w, recipe->h), n);
        ck_assert_msg(other.entry && same_entries(index, &other), "%s: another index, %s",
                      recipe->name, tn__cpu_level_name());
    }
    tn__cpu_lower(TN__CPU_LEVELS);
}

static void check_use(tn__bytes bytes, const jpeg_recipe *recipe, const tn__jpeg_index *index,
                      tn__draws *draws)
{
    jpeg_difference difference;
    bool rejected;
    for (int turn = 0; turn < REGIONS; turn++) {
        tn__want want = {draw_region(draws, recipe->w, recipe->h), turn & 1 ? TN_GREY : TN_RGB};
        if (turn < 2)
            want.need = (tn_px_rect){0, 0, recipe->w, recipe->h};
        const jpeg_answer expected = decode(bytes, &want, NULL, &arenas[0]);
        for (int32_t level = tn__cpu_lower(TN__CPU_LEVELS); level >= 0; level--) {
            tn__cpu_lower(level);
            const bool right = gives(&expected, bytes, &want, index, &rejected, &difference);
            ck_assert_msg(right && !rejected, "%s, %d columns: %s %s", recipe->name, index->columns,
                          rejected ? "rejected" : "", difference.text);
        }
        tn__cpu_lower(TN__CPU_LEVELS);
    }
}

START_TEST(an_index_gives_the_same_pixels)
{
    const jpeg_recipe *const recipe = &baseline_recipes[_i];
    const jpeg_file file = make_jpeg(recipe);
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(21, 0, TN__DOMAIN_SAMPLE), _i, 0, 0, 0);
    for (int k = 0; k < N_COLUMNS; k++) {
        tn__arena_reset(&index_arena);
        const tn__jpeg_index index =
            build(bytes_of(&file), (tn_px_rect){0, 0, recipe->w, recipe->h}, columns[k]);
        ck_assert_msg(index.entry != NULL, "%s: no index", recipe->name);
        ck_assert_int_le(index.columns, columns[k]);
        check_builds(bytes_of(&file), recipe, columns[k], &index, &draws);
        check_use(bytes_of(&file), recipe, &index, &draws);
    }
    free(file.bytes);
}
END_TEST

/* Changes one number of an entry. */
static void spoil(tn__jpeg_entry *entry, tn__draws *draws)
{
    switch (tn__draw_integer(draws, 0, 4)) {
    case 0: entry->byte += (uint32_t)tn__draw_integer(draws, 1, 3); break;
    case 1: entry->byte -= (uint32_t)tn__draw_integer(draws, 1, 3); break;
    case 2: entry->byte = (uint32_t)tn__draw_integer(draws, 0, UINT32_MAX); break;
    case 3: entry->bit = (uint8_t)tn__draw_integer(draws, 0, 255); break;
    default: entry->dc[tn__draw_integer(draws, 0, 2)] ^= 4; break;
    }
}

static tn__jpeg_frame frame_of(const jpeg_file *file)
{
    tn__jpeg_frame frame;
    ck_assert(tn__jpeg_frame_read(bytes_of(file), &frame));
    return frame;
}

/* The number of the MCU that an entry describes. */
static int64_t mcu_of(const tn__jpeg_frame *frame, const tn__jpeg_index *index, size_t entry)
{
    const int64_t row = (int64_t)entry / index->columns, column = (int64_t)entry % index->columns;
    return row * frame->mcus + column * index->step;
}

/* True if the decoder detects any error in this entry alone. In a file with restart markers it
 * detects errors only in entries at a marker and at the scan's start and end: an error elsewhere
 * has no effect after the next marker. The checksum of the stored index covers those. */
static bool is_proved(const tn__jpeg_frame *frame, const tn__jpeg_index *index, size_t entry)
{
    const int32_t interval = frame->restart_interval;
    return interval == 0 || entry + 1 == n_entries(index) ||
           mcu_of(frame, index, entry) % interval == 0;
}

static tn__jpeg_entry *draw_proved(const tn__jpeg_frame *frame, const tn__jpeg_index *index,
                                   tn__draws *draws)
{
    const int64_t last = (int64_t)n_entries(index) - 1;
    size_t entry;
    do
        entry = (size_t)tn__draw_integer(draws, 0, last);
    while (!is_proved(frame, index, entry));
    return &index->entry[entry];
}

/* In rare cases the codes after a wrong entry fall into step again, with the same predictors. The
 * decoder cannot detect these (one of 100000, an entry one byte too early); the checksum does. */
START_TEST(wrong_entries_are_detected)
{
    const jpeg_recipe *const recipe = &baseline_recipes[_i];
    const jpeg_file file = make_jpeg(recipe);
    const tn__jpeg_frame frame = frame_of(&file);
    const tn_px_rect all = {0, 0, recipe->w, recipe->h};
    const prepared indexes = prepare(&file, all);
    jpeg_difference difference;
    int n_rejected = 0, n_unseen = 0;
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(22, 0, TN__DOMAIN_SAMPLE), _i, 0, 0, 0);
    for (int turn = 0; turn < WRONG; turn++) {
        bool rejected;
        tn__jpeg_index index = copy_index(&indexes, turn);
        spoil(draw_proved(&frame, &index, &draws), &draws);
        const tn__want want = {turn & 1 ? all : draw_region(&draws, recipe->w, recipe->h), TN_RGB};
        n_unseen += !decodes_right(bytes_of(&file), &want, &index, &rejected, &difference);
        n_rejected += rejected;
    }
    ck_assert_msg(n_unseen <= 1, "%s: %s", recipe->name, difference.text);
    ck_assert_int_gt(n_rejected, WRONG / 8);
    free(file.bytes);
}
END_TEST

/* Changes all predictors of a component by the same amount. The entries still agree with each
 * other, but not with the predictors that are known where decoding starts anew. */
START_TEST(predictors_that_agree_are_refused_where_decoding_begins)
{
    const jpeg_recipe *const recipe = &baseline_recipes[_i];
    const jpeg_file file = make_jpeg(recipe);
    const tn__jpeg_frame frame = frame_of(&file);
    const bool all_begin = frame.restart_interval > 0 && frame.mcus % frame.restart_interval == 0;
    jpeg_difference difference;
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(25, 0, TN__DOMAIN_SAMPLE), _i, 0, 0, 0);
    for (int turn = 0; turn < REGIONS; turn++) {
        bool rejected;
        tn__want want = {draw_region(&draws, recipe->w, recipe->h), TN_RGB};
        tn__arena_reset(&index_arena);
        tn__jpeg_index index = build(bytes_of(&file), want.need, 1); /* at the start of each row */
        ck_assert_ptr_nonnull(index.entry);
        for (size_t k = 0; k < n_entries(&index); k++)
            index.entry[k].dc[turn % frame.n_components] += 4;
        if (!all_begin)
            want.need.h += want.need.y, want.need.y = 0;
        ck_assert_msg(decodes_right(bytes_of(&file), &want, &index, &rejected, &difference),
                      "%s: %s", recipe->name, difference.text);
        ck_assert(rejected);
    }
    free(file.bytes);
}
END_TEST

/* Moves an entry past the next restart marker. */
START_TEST(an_entry_at_another_marker_is_refused)
{
    const jpeg_recipe recipe = {
        .w = 203, .h = 151, .channels = 3, .space = JCS_YCbCr, .restart_rows = 1};
    const jpeg_file file = make_jpeg(&recipe);
    jpeg_difference difference;
    const tn__jpeg_index index = build(bytes_of(&file), (tn_px_rect){0, 0, 203, 151}, 1);
    ck_assert_ptr_nonnull(index.entry);
    const tn__want want = {{10, 50, 100, 30}, TN_RGB};
    for (int32_t row = 1; row + 2 < index.rows; row++)
        index.entry[row] = index.entry[row + 1];
    bool rejected;
    ck_assert_msg(decodes_right(bytes_of(&file), &want, &index, &rejected, &difference), "%s",
                  difference.text);
    ck_assert(rejected);
    free(file.bytes);
}
END_TEST

/* Random bytes as an index: sanitizers see any bad read that it causes. */
START_TEST(a_random_index_is_safe)
{
    const jpeg_recipe *const recipe = &baseline_recipes[_i];
    const jpeg_file file = make_jpeg(recipe);
    const prepared indexes = prepare(&file, (tn_px_rect){0, 0, recipe->w, recipe->h});
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(23, 0, TN__DOMAIN_SAMPLE), _i, 0, 0, 0);
    for (int turn = 0; turn < WRONG; turn++) {
        tn__jpeg_index index = copy_index(&indexes, turn);
        const int64_t limit = turn & 1 ? (int64_t)file.size + 9 : UINT32_MAX;
        for (size_t k = 0; k < n_entries(&index); k++) {
            index.entry[k].byte = (uint32_t)tn__draw_integer(&draws, 0, limit);
            index.entry[k].bit = (uint8_t)tn__draw_integer(&draws, 0, turn % 3 ? 7 : 255);
        }
        tn__access access = {.aid = tn__jpeg_aid(&index)};
        const tn__want want = {draw_region(&draws, recipe->w, recipe->h), TN_RGB};
        ck_assert_int_eq(decode(bytes_of(&file), &want, &access, &arenas[1]).status, TN_OK);
    }
    free(file.bytes);
}
END_TEST

START_TEST(an_index_of_another_shape_is_rejected)
{
    const jpeg_recipe recipe = {.w = 77, .h = 61, .channels = 3, .space = JCS_YCbCr};
    const jpeg_file file = make_jpeg(&recipe);
    const tn__want want = {{5, 9, 40, 30}, TN_RGB};
    const tn__jpeg_index index = build(bytes_of(&file), (tn_px_rect){0, 0, 77, 61}, 4);
    jpeg_difference difference;
    for (int k = 0; k < 5; k++) {
        tn__jpeg_index other = index;
        bool rejected;
        other.rows += k == 0 ? 1 : k == 1 ? -1 : 0;
        other.columns += k == 2;
        other.step += k == 3 ? 1 : k == 4 ? -other.step : 0;
        ck_assert(decodes_right(bytes_of(&file), &want, &other, &rejected, &difference));
        ck_assert(rejected);
    }
    free(file.bytes);
}
END_TEST

/* Decoding with an index must report the same damage as decoding all bytes. */
static bool check_damaged(tn__bytes bytes, const jpeg_recipe *recipe)
{
    const tn_px_rect top = {0, 0, recipe->w, recipe->h > 8 ? 8 : recipe->h};
    tn__info info;
    tn__arena_reset(&index_arena);
    const bool indexed = build(bytes, top, 4).entry != NULL;
    if (!indexed)
        return false;
    ck_assert_int_eq(tn__codec_libjpeg.probe(bytes, &info), TN_OK);
    const tn__want whole = {{0, 0, info.w, info.h}, TN_RGB};
    tn__arena_reset(&arenas[0]);
    const jpeg_answer answer = jpeg_decode_alone(&tn__codec_libjpeg, bytes, &whole, &arenas[0]);
    ck_assert_msg(answer.status == TN_OK && answer.damage == 0, "%s: an index, but %d damages '%s'",
                  recipe->name, answer.damage, answer.message);
    return true;
}

START_TEST(a_damaged_file_gets_no_index)
{
    const jpeg_recipe *const recipe = &baseline_recipes[_i];
    const jpeg_file file = make_jpeg(recipe);
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(24, 0, TN__DOMAIN_SAMPLE), _i, 0, 0, 0);
    for (int turn = 0; turn < FLIPS; turn++) {
        jpeg_file copy = {malloc(file.size), file.size};
        memcpy(copy.bytes, file.bytes, file.size);
        if (turn % 3 == 0)
            copy.size = (size_t)tn__draw_integer(&draws, 3, (int64_t)file.size - 1);
        else
            copy.bytes[tn__draw_integer(&draws, 3, (int64_t)file.size - 1)] ^=
                (uint8_t)(1 << tn__draw_integer(&draws, 0, 7));
        const bool indexed = check_damaged(bytes_of(&copy), recipe);
        ck_assert(!indexed || turn % 3 != 0);
        free(copy.bytes);
    }
    free(file.bytes);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("access");
    TCase *const all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_set_timeout(all, 300);
    tcase_add_loop_test(all, an_index_gives_the_same_pixels, 0, N_BASELINE);
    tcase_add_loop_test(all, wrong_entries_are_detected, 0, N_BASELINE);
    tcase_add_loop_test(all, predictors_that_agree_are_refused_where_decoding_begins, 0,
                        N_BASELINE);
    tcase_add_test(all, an_entry_at_another_marker_is_refused);
    tcase_add_loop_test(all, a_random_index_is_safe, 0, N_BASELINE);
    tcase_add_test(all, an_index_of_another_shape_is_rejected);
    tcase_add_loop_test(all, a_damaged_file_gets_no_index, 0, N_BASELINE);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
