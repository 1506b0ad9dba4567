/* SPDX-License-Identifier: MIT */
/* Checks packs of lossless files: the pixels of the folder, PNGs or the files themselves when they
 * are unpacked, and a version that older readers refuse. */
#include <check.h>

#include "data/pack/format.h"
#include "data/pack/manifest.h"
#include "make_png.h"
#include "pack_case.h"
#include "suite.h"

static const png_recipe recipes[] = {
    {"cat/rgb.png", 90, 71, 8, 2, -1, 6, 65536},     {"cat/grey.png", 99, 40, 8, 0, -1, 6, 65536},
    {"cat/rgba.png", 61, 50, 8, 6, -1, 6, 65536},    {"dog/palette.png", 80, 40, 4, 3, 0, 6, 65536},
    {"dog/rgb 16.png", 60, 45, 16, 2, -1, 6, 65536}, {"dog/stripe.png", 33, 32, 8, 2, 4, 6, 65536},
};
enum { N_RECIPES = sizeof recipes / sizeof recipes[0], N_OTHERS = 15 };

static void add_pngs(void)
{
    set_up();
    for (int i = 0; i < N_RECIPES; i++) {
        made_png made = make_png(&recipes[i]);
        tree_write(&place, recipes[i].name, made.bytes, made.size);
        free_png(&made);
    }
    tree_write(&place, "dog/cut.png", "\x89PNG\r\n\x1a\n", 8);
}

static tn_pack_facts pack_files(const char *path, int32_t threads, int32_t keep_files)
{
    char full[2 * TREE_PATH];
    snprintf(full, sizeof full, "%s", tree_path(&out, path));
    const tn_pack_options options = {.size = (int32_t)sizeof options,
                                     .threads = threads,
                                     .shard_bytes = SHARD_BYTES,
                                     .path = full,
                                     .keep_files = keep_files};
    tn_pack_facts facts = {.size = (int32_t)sizeof facts};
    tn_dataset *const dataset = tree_open(&place);
    tn_task *const job = tn_pack_start(dataset, &options);
    ck_assert_msg(job && tn_task_wait(job, -1) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn_pack_facts_of(job, &facts), TN_OK);
    tn_task_destroy(job);
    tn_dataset_destroy(dataset);
    return facts;
}

static void check_pixels(tn_dataset *packed)
{
    tn_dataset *const folder = tree_open(&place);
    ck_assert_msg(packed != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(packed), tn_dataset_count(folder));
    ck_assert_uint_eq(tn_dataset_fingerprint(packed), tn_dataset_fingerprint(folder));
    for (int64_t i = 0; i < tn_dataset_count(folder); i++) {
        check_same_name(packed, folder, i);
        ck_assert_msg(look(packed, i) == look(folder, i), "%s", tn_dataset_sample_name(folder, i));
    }
    tn_dataset_destroy(folder);
    tn_dataset_destroy(packed);
}

START_TEST(test_as_the_folder)
{
    const int32_t keep_files = _i ? TN_YES : TN_NO;
    const tn_pack_facts facts = pack_files("one", 1, keep_files);
    ck_assert_int_eq(facts.done, N_RECIPES + N_OTHERS + 1);
    ck_assert_int_eq(facts.coefficients, 12);
    ck_assert_int_eq(facts.pixels, N_RECIPES);
    ck_assert_int_eq(facts.kept_files, _i ? N_RECIPES : 0);
    ck_assert_int_gt(facts.pixel_bytes, _i ? facts.pixel_file_bytes : 0);
    pack_files("three", 3, keep_files);
    check_same_packs("one", "three");
    check_pixels(open_pack("one"));
}
END_TEST

/* Unpacks, and returns the notes; valid until the next call. */
static const char *unpack_with_notes(const char *from, const char *to, tn_pack_facts *facts)
{
    static char notes[1 << 14];
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&out, to));
    tn_dataset *const packed = open_pack(from);
    tn_task *const job = start_unpack(packed, path, 2);
    ck_assert_msg(job && tn_task_wait(job, -1) == TN_OK, "%s", tn_error());
    *facts = (tn_pack_facts){.size = (int32_t)sizeof *facts};
    ck_assert_int_eq(tn_pack_facts_of(job, facts), TN_OK);
    snprintf(notes, sizeof notes, "%s", facts->notes);
    tn_task_destroy(job);
    tn_dataset_destroy(packed);
    return notes;
}

/* The unpacked folder has the pixels of the first one. Each file that has other bytes is named. */
START_TEST(test_unpack_pngs)
{
    tn_pack_facts facts;
    pack_files("pack", 2, TN_NO);
    const char *const notes = unpack_with_notes("pack", "again", &facts);
    ck_assert_int_eq(facts.pixels, N_RECIPES);
    ck_assert_int_eq(facts.kept_files, 0);
    for (int i = 0; i < N_RECIPES; i++) {
        static uint8_t bytes[MOST];
        char path[64];
        snprintf(path, sizeof path, "again/%s", recipes[i].name);
        ck_assert_int_gt(read_file(&out, path, bytes), 8);
        ck_assert(memcmp(bytes, "\x89PNG", 4) == 0);
        snprintf(path, sizeof path, "%s: a PNG", recipes[i].name);
        ck_assert_msg(strstr(notes, path) != NULL, "\"%s\" is not in: %s", path, notes);
    }
    ck_assert_ptr_null(strstr(notes, ".jpg"));
    ck_assert_ptr_null(strstr(notes, "cut.png"));
    check_same_file(&place, "dog/cut.png", &out, "again/dog/cut.png");
    check_same_file(&place, "dog/text.jpg", &out, "again/dog/text.jpg");
    check_pixels(open_pack("again"));
}
END_TEST

START_TEST(test_unpack_kept_files)
{
    tn_pack_facts facts;
    pack_files("pack", 2, TN_YES);
    const char *const notes = unpack_with_notes("pack", "again", &facts);
    ck_assert_str_eq(notes, "");
    ck_assert_int_eq(facts.kept_files, N_RECIPES);
    check_unpacked("again", "");
}
END_TEST

/* A damaged file that is kept is no reason to refuse its pixels, but unpacking refuses it. */
START_TEST(test_damaged_kept_file)
{
    static uint8_t bytes[MOST];
    int n_damaged = 0;
    pack_files("pack", 1, TN_YES);
    for (int shard = 0; shard < count_shards("pack"); shard++) {
        char name[64];
        name_shard(name, "pack", shard);
        const long n = read_file(&out, name, bytes);
        for (long at = 0; at + 16 < n; at++)
            if (memcmp(bytes + at, "\x89PNG\r\n\x1a\n", 8) == 0 && bytes[at + 11] == 13) {
                bytes[at + 45] ^= 1;
                n_damaged++;
            }
        tree_write(&out, name, bytes, (size_t)n);
    }
    ck_assert_int_eq(n_damaged, N_RECIPES);
    check_pixels(open_pack("pack"));
    ck_assert_int_eq(unpack("pack", "again"), TN_EDECODE);
    ck_assert_msg(strstr(tn_error(), "its hash differs") != NULL, "%s", tn_error());
}
END_TEST

static int version_of(const char *path)
{
    static uint8_t bytes[MOST];
    ck_assert_int_gt(read_file(&out, path, bytes), TN__MANIFEST_HEAD);
    return bytes[TN__PACK_VERSION_AT];
}

/* A reader that knows no pixels says so, and does not call the pack damaged. */
START_TEST(test_versions)
{
    pack_files("pixels", 1, TN_NO);
    ck_assert_int_eq(version_of("pixels/tench.pack"), TN__MANIFEST_PIXELS);
    for (int i = 0; i < N_RECIPES; i++)
        ck_assert_int_eq(unlink(tree_path(&place, recipes[i].name)), 0);
    pack_files("plain", 1, TN_YES);
    ck_assert_int_eq(version_of("plain/tench.pack"), TN__MANIFEST_PLAIN);
}
END_TEST

/* A run with --keep-files does not continue one without. */
START_TEST(test_other_job)
{
    pack_up_to("half", N_OTHERS + N_RECIPES);
    ck_assert_int_gt(count_shards("half"), 0);
    char full[2 * TREE_PATH];
    snprintf(full, sizeof full, "%s", tree_path(&out, "half"));
    const tn_pack_options options = {.size = (int32_t)sizeof options,
                                     .threads = 1,
                                     .shard_bytes = SHARD_BYTES,
                                     .path = full,
                                     .keep_files = TN_YES};
    tn_dataset *const dataset = tree_open(&place);
    ck_assert_ptr_null(tn_pack_start(dataset, &options));
    ck_assert_msg(strstr(tn_error(), "other options") != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("pixel packs");
    TCase *const tests = tcase_create("pixel packs");
    tcase_add_checked_fixture(tests, add_pngs, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_as_the_folder, 0, 2);
    tcase_add_test(tests, test_unpack_pngs);
    tcase_add_test(tests, test_unpack_kept_files);
    tcase_add_test(tests, test_damaged_kept_file);
    tcase_add_test(tests, test_versions);
    tcase_add_test(tests, test_other_job);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
