/* SPDX-License-Identifier: MIT */
/* Checks damaged files of the modules' formats: their result does not depend on what was in memory
 * before, and no library prints about them. */
#include <malloc.h>
#include <stdbool.h>
#include <unistd.h>

#include "golden_files.h"
#include "suite.h"

typedef struct folder {
    const char *path;
    int step;    /* every file, every second one … is damaged */
    bool prints; /* a library below the module does, and no setting stops it */
} folder;

static const folder folders[] = {
#ifdef HAS_AVIF
    {GOLDEN_FOLDER "/avif", 1, true},
#endif
#ifdef HAS_HEIF
    {GOLDEN_FOLDER "/heif", 1, true},
#endif
#ifdef HAS_JP2
    {GOLDEN_FOLDER "/jp2", 10, false},
#endif
#ifdef HAS_VIPS
    {GOLDEN_FOLDER "/jxl", 1, true},
#endif
#ifdef HAS_TIFF
    {GOLDEN_FOLDER "/tiff", 4, false},
#endif
#ifdef HAS_WEBP
    {GOLDEN_FOLDER "/webp", 1, false},
#endif
    {NULL, 0, false}};
enum { N_FOLDERS = sizeof folders / sizeof folders[0] - 1 };

enum { VARIANTS = 12 };

/* Changes bytes of a file, or clears or cuts off its end. Returns its new size. */
static size_t damage(uint8_t *bytes, size_t size, int variant)
{
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(2, 0, TN__DOMAIN_SAMPLE), variant, 0, 0, 0);
    const size_t place = (size_t)tn__draw_integer(&draws, (int64_t)size / 4, (int64_t)size - 1);
    switch (variant % 3) {
    case 0: return place;
    case 1: memset(bytes + place, 0, size - place); return size;
    default: bytes[place] ^= (uint8_t)tn__draw_integer(&draws, 1, 255); return size;
    }
}

/* Decodes with memory that is filled with `fill` when it is allocated. Returns the hash of the
 * pixels; 0: the file is refused. */
static uint64_t hash_with(tn__bytes bytes, int fill)
{
    tn__info info = {0};
    tn_px_image image;
    tn__arena arena;
    mallopt(M_PERTURB, fill);
    tn__arena_init(&arena, 0, 0);
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, GOLDEN_PIXELS, &info);
    const tn_px_rect all = {0, 0, info.w, info.h};
    uint64_t hash = 0;
    if (codec && decode_golden(bytes, &info, codec, all, TN_RGB, &arena, &image) == TN_OK)
        hash = hash_pixels(&image);
    tn__arena_free(&arena);
    mallopt(M_PERTURB, 0);
    return hash;
}

static int step, n_seen, n_decoded;

static void compare_damaged(const golden_file *golden, const uint8_t *data)
{
    if (n_seen++ % step != 0)
        return;
    for (int variant = 0; variant < VARIANTS; variant++) {
        uint8_t *const copy = calloc(golden->n_bytes + TN__READ_PADDING, 1);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, data, golden->n_bytes);
        const size_t size = damage(copy, golden->n_bytes, variant);
        memset(copy + size, 0, golden->n_bytes - size);
        const uint64_t one = hash_with((tn__bytes){copy, size}, 0x11);
        const uint64_t other = hash_with((tn__bytes){copy, size}, 0xee);
        ck_assert_msg(one == other, "%s, variant %d: pixels of what was in memory", golden->name,
                      variant);
        n_decoded += one != 0;
        free(copy);
    }
}

/* Returns the length of what goes to standard error meanwhile. */
static long print_damaged(const char *path)
{
    FILE *const log = tmpfile();
    const int kept = dup(STDERR_FILENO);
    ck_assert(log && kept >= 0);
    ck_assert_int_ge(dup2(fileno(log), STDERR_FILENO), 0);
    each_golden(path, compare_damaged);
    fflush(stderr);
    ck_assert_int_ge(dup2(kept, STDERR_FILENO), 0);
    close(kept);
    fseek(log, 0, SEEK_END);
    const long length = ftell(log);
    fclose(log);
    return length;
}

START_TEST(damaged_files_show_no_memory_and_print_nothing)
{
    const folder *const tried = &folders[_i];
    ck_assert_ptr_nonnull(tried->path);
    step = tried->step;
    n_seen = n_decoded = 0;
    const long length = print_damaged(tried->path);
    ck_assert(tried->prints || length == 0);
    ck_assert_int_gt(n_decoded, 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("module damage");
    TCase *const damaged = tcase_create("damaged");
    tcase_set_timeout(damaged, 120);
    tcase_add_loop_test(damaged, damaged_files_show_no_memory_and_print_nothing, 0, N_FOLDERS);
    suite_add_tcase(suite, damaged);
    return suite_run(suite);
}
