/* SPDX-License-Identifier: MIT */
/* Checks packs of lossless files: the pixels of the folder, PNGs or the files themselves when they
 * are unpacked, a version that older readers refuse, damage, and large images. */
#include <check.h>
#include <pthread.h>
#include <unistd.h>

#include "base/bytes.h"
#include "codec/codec.h"
#include "cpu/checksum.h"
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
enum { N_PNGS = sizeof recipes / sizeof recipes[0], N_LOSSLESS = N_PNGS + 1, N_OTHERS = 16 };

static const char *lossless_name(int i)
{
    return i < N_PNGS ? recipes[i].name : "dog/a bmp.png";
}

/* A BMP of 24 bits, from the bottom to the top. */
static void write_bmp(const char *path)
{
    enum { W = 30, H = 40, HEAD = 54, ROW = 4 * ((3 * W + 3) / 4) };
    uint8_t bytes[HEAD + H * ROW] = {
        'B', 'M', [10] = HEAD, [14] = 40, [18] = W, [22] = H, [26] = 1, [28] = 24};
    for (int i = HEAD; i < HEAD + H * ROW; i++)
        bytes[i] = (uint8_t)((i - HEAD) % ROW < 3 * W ? i * i / 97 : 0);
    tree_write(&place, path, bytes, sizeof bytes);
}

static void add_pngs(void)
{
    set_up();
    for (int i = 0; i < N_PNGS; i++) {
        made_png made = make_png(&recipes[i]);
        tree_write(&place, recipes[i].name, made.bytes, made.size);
        free_png(&made);
    }
    write_bmp(lossless_name(N_PNGS));
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
    ck_assert_int_eq(facts.done, N_LOSSLESS + N_OTHERS);
    ck_assert_int_eq(facts.coefficients, 12);
    ck_assert_int_eq(facts.pixels, N_LOSSLESS);
    ck_assert_int_eq(facts.kept_files, _i ? N_LOSSLESS : 0);
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
    ck_assert_int_eq(facts.pixels, N_LOSSLESS);
    ck_assert_int_eq(facts.kept_files, 0);
    for (int i = 0; i < N_LOSSLESS; i++) {
        static uint8_t bytes[MOST];
        char path[64];
        snprintf(path, sizeof path, "again/%s", lossless_name(i));
        ck_assert_int_gt(read_file(&out, path, bytes), 8);
        ck_assert(memcmp(bytes, "\x89PNG", 4) == 0);
        snprintf(path, sizeof path, "%s: a PNG", lossless_name(i));
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
    ck_assert_int_eq(facts.kept_files, N_LOSSLESS);
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
    ck_assert_int_eq(n_damaged, N_PNGS);
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
    for (int i = 0; i < N_LOSSLESS; i++)
        ck_assert_int_eq(unlink(tree_path(&place, lossless_name(i))), 0);
    pack_files("plain", 1, TN_YES);
    ck_assert_int_eq(version_of("plain/tench.pack"), TN__MANIFEST_PLAIN);
}
END_TEST

/* A run with --keep-files does not continue one without. */
START_TEST(test_other_job)
{
    pack_up_to("half", N_OTHERS + N_LOSSLESS - 1);
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

/* Flips a bit at the end of each striped image: it is the last byte of its last stripe. */
static int damage_stripes(const char *pack)
{
    static uint8_t bytes[MOST];
    int n_damaged = 0;
    for (int shard = 0; shard < count_shards(pack); shard++) {
        char name[64];
        name_shard(name, pack, shard);
        const long n = read_file(&out, name, bytes);
        for (long at = 0; at + 72 < n; at++)
            if (memcmp(bytes + at, "\x8aTNSTRP\x01", 8) == 0) {
                bytes[at + (long)tn__get_64(bytes + at + 16) - 1] ^= 1;
                n_damaged++;
            }
        tree_write(&out, name, bytes, (size_t)n);
    }
    return n_damaged;
}

static bool is_lossless(const char *name)
{
    for (int i = 0; i < N_LOSSLESS; i++)
        if (strcmp(name, lossless_name(i)) == 0)
            return true;
    return false;
}

/* Reading names the sample and the stripe, and unpacking leaves no folder. Files that the pack
 * keeps are restored all the same. */
START_TEST(test_damaged_pixels)
{
    pack_files("pack", 1, _i ? TN_YES : TN_NO);
    ck_assert_int_eq(damage_stripes("pack"), N_LOSSLESS);
    tn_dataset *const packed = open_pack("pack");
    for (int64_t i = 0; i < tn_dataset_count(packed); i++) {
        tn_image *const image = tn_dataset_image(packed, i);
        const char *const name = tn_dataset_sample_name(packed, i);
        if (is_lossless(name)) {
            ck_assert_ptr_null(image);
            ck_assert_msg(strstr(tn_error(), name) && strstr(tn_error(), "is damaged"), "%s",
                          tn_error());
        }
        tn_image_destroy(image);
    }
    tn_dataset_destroy(packed);
    ck_assert_int_eq(unpack("pack", "again"), _i ? TN_OK : TN_EDECODE);
    ck_assert_int_eq(access(tree_path(&out, "again"), F_OK), _i ? 0 : -1);
}
END_TEST

/* Changes a manifest: the version, or the length of the files that are kept. */
START_TEST(test_forged_manifest)
{
    static uint8_t bytes[MOST];
    pack_files("pack", 1, TN_YES);
    const size_t n = (size_t)read_file(&out, "pack/tench.pack", bytes);
    const uint64_t n_samples = tn__get_64(bytes + TN__MANIFEST_SAMPLES);
    if (_i == 0)
        bytes[TN__PACK_VERSION_AT] = TN__MANIFEST_PLAIN;
    for (uint64_t i = 0; i < n_samples && _i == 1; i++) {
        uint8_t *const entry = bytes + TN__MANIFEST_HEAD + i * TN__MANIFEST_ENTRY;
        if (entry[31] == TN__PACK_PIXELS_AND_FILE)
            memcpy(entry + 32, entry + 8, 8); /* the file has the length of the whole record */
    }
    tn__put_64(bytes + TN__MANIFEST_CHECKSUM,
               tn__checksum(bytes + TN__MANIFEST_SIZE, n - TN__MANIFEST_SIZE));
    tree_write(&out, "pack/tench.pack", bytes, n);
    ck_assert_ptr_null(open_pack("pack"));
    ck_assert_msg(strstr(tn_error(), "is damaged") != NULL, "%s", tn_error());
}
END_TEST

static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static int n_refused, n_large, n_large_most;
static bool images_are_large;

static void count_large(int step)
{
    pthread_mutex_lock(&counting);
    n_large += step;
    n_large_most = n_large > n_large_most ? n_large : n_large_most;
    n_refused += step == 0;
    pthread_mutex_unlock(&counting);
}

int real_pack(tn__bytes file, int32_t layout, tn__arena *arena, tn__blob *record,
              bool *pixels) __asm__("__real_tn__codec_pack");
int wrap_pack(tn__bytes file, int32_t layout, tn__arena *arena, tn__blob *record,
              bool *pixels) __asm__("__wrap_tn__codec_pack");

/* The linker sends the library's calls here (--wrap). If the test wants it, every image is too
 * large for a limited arena. */
int wrap_pack(tn__bytes file, int32_t layout, tn__arena *arena, tn__blob *record, bool *pixels)
{
    if (images_are_large && arena->limit > 0) {
        count_large(0);
        return tn__fail(TN_ELIMIT, "an image that is large in this test");
    }
    if (images_are_large) {
        count_large(1);
        usleep(1000);
    }
    const int status = real_pack(file, layout, arena, record, pixels);
    if (images_are_large)
        count_large(-1);
    return status;
}

/* Images that need more memory than a thread has wait for one another. */
START_TEST(test_large_images)
{
    pack_files("small", 1, TN_NO);
    images_are_large = true;
    pack_files("large", 4, TN_NO);
    images_are_large = false;
    check_same_packs("small", "large");
    ck_assert_int_eq(n_refused, N_LOSSLESS + N_OTHERS);
    ck_assert_int_eq(n_large_most, 1);
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
    tcase_add_loop_test(tests, test_damaged_pixels, 0, 2);
    tcase_add_loop_test(tests, test_forged_manifest, 0, 2);
    tcase_add_test(tests, test_large_images);
    tcase_add_test(tests, test_versions);
    tcase_add_test(tests, test_other_job);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
