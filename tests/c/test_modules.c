/* SPDX-License-Identifier: MIT */
/* Checks the modules that are built: small files of their formats have Pillow's verdicts and
 * pixels, whole and in regions. Checks also how modules are opened, with fake ones
 * (c/fake_module.c). */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "codec/modules.h"
#include "golden_files.h"
#include "module/module.h"
#include "suite.h"

START_TEST(small_files_equal_pillow)
{
    const char *const folder = golden_modules[_i];
    ck_assert_ptr_nonnull(folder);
    ck_assert_int_ge(check_golden_folder(folder), 9);
}
END_TEST

/* What the mode index takes, and the channels of the mode keep. */
static const struct {
    const char *folder, *file;
    int32_t channels;
    bool has_index;
} greys[] = {
#ifdef HAS_AVIF
    {GOLDEN_FOLDER "/avif", "grey.avif", 1, true},
    {GOLDEN_FOLDER "/avif", "400_limited.avif", 1, true},
    {GOLDEN_FOLDER "/avif", "400_full_alpha.avif", 4, false},
    {GOLDEN_FOLDER "/avif", "420_full.avif", 3, false},
    {GOLDEN_FOLDER "/avif", "10_bits_400_full_601.avif", 1, false},
#endif
#ifdef HAS_TIFF
    {GOLDEN_FOLDER "/tiff", "II_1_1_1_8x1.tif", 1, true},
    {GOLDEN_FOLDER "/tiff", "II_1_3_1_32x1.tif", 1, false},
    {GOLDEN_FOLDER "/tiff", "II_1_2_1_32x1_z.tif", 1, false},
    {GOLDEN_FOLDER "/tiff", "II_1_2_1_16x1.tif", 1, false},
#endif
    {NULL, NULL, 0, false}};
enum { N_GREYS = sizeof greys / sizeof greys[0] - 1 };

static int32_t n_asked;
static int asked;

static void check_grey(const golden_file *golden, const uint8_t *data)
{
    if (strcmp(golden->name, greys[asked].file) != 0)
        return;
    static const int32_t modes[] = {TN_KEEP, TN_INDICES};
    const tn__bytes bytes = {data, golden->n_bytes};
    tn__info info;
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, GOLDEN_PIXELS, &info);
    ck_assert_msg(codec != NULL, "%s: %s", golden->name, tn_error());
    ck_assert_int_eq(info.channels, greys[asked].channels);
    ck_assert_int_eq(tn__info_has_mode(&info, TN_INDICES), greys[asked].has_index);
    for (int m = 0; m < 2 && greys[asked].has_index; m++) {
        tn__arena arena;
        tn_px_image image;
        tn__arena_init(&arena, 0, 0);
        const tn_px_rect all = {0, 0, info.w, info.h};
        ck_assert_int_eq(decode_golden(bytes, &info, codec, all, modes[m], &arena, &image), TN_OK);
        ck_assert_uint_eq(hash_pixels(&image), golden->hashes[1]);
        tn__arena_free(&arena);
    }
    n_asked++;
}

START_TEST(grey_files_have_one_channel)
{
    asked = _i;
    n_asked = 0;
    ck_assert_int_gt(each_golden(greys[_i].folder, check_grey), 0);
    ck_assert_int_eq(n_asked, 1);
}
END_TEST

static const tn__services services = {.abi = TN__MODULE_ABI};
static const tn__module fake = {
    .name = "fake", .formats = "Fake", .packages = "libfake1, libfake2", .build = "libfake-dev"};

START_TEST(a_module_is_opened)
{
    const tn__module_face *const face = tn__module_open_at(&fake, FAKE_MODULE, &services);
    ck_assert_msg(face != NULL, "%s", tn_error());
    char text[64];
    face->versions(text, sizeof text);
    ck_assert_str_eq(text, "libfake 1.2.3");
}
END_TEST

/* Libraries that cannot be used as modules, and what the message must say. */
static const struct {
    const char *path, *says;
} useless[] = {
    {"libtench_nowhere.so", "Fake files need tench's module libtench_nowhere.so, which is not "
                            "installed: build tench where these packages are: libfake-dev"},
    {FAKE_OLD_MODULE, "belongs to another version of tench"},
    {FAKE_EMPTY_MODULE, "belongs to another version of tench"},
    {FAKE_LACKING_MODULE, "Fake files need libfake1, libfake2: libtench_absent.so"},
};
enum { N_USELESS = sizeof useless / sizeof useless[0] };

START_TEST(a_module_that_cannot_be_used_is_the_machines_trouble)
{
    ck_assert_ptr_null(tn__module_open_at(&fake, useless[_i].path, &services));
    ck_assert_int_eq(tn__error_last()->code, TN_EIO);
    ck_assert_int_eq(tn__error_last()->system_error, ELIBACC);
    ck_assert(tn__error_is_systemic(tn__error_last()));
    ck_assert_msg(strstr(tn_error(), useless[_i].says) != NULL, "%s", tn_error());
    ck_assert_msg(strstr(tn_error(), strerror(ELIBACC)) == NULL, "%s", tn_error());
}
END_TEST

/* A file beside the library that is not a module, or the first bytes of one. */
START_TEST(a_damaged_module_is_not_said_to_be_missing)
{
    static const struct {
        int32_t n_bytes;
        const char *says;
    } cases[] = {{0, "file too short"}, {9, "file too short"}, {2000, "it is cut off"}};
    static uint8_t bytes[2000];
    char path[] = "/tmp/tench-test-libtench_fake.so-XXXXXX";
    FILE *const whole = fopen(FAKE_MODULE, "rb");
    ck_assert(whole && fread(bytes, sizeof bytes, 1, whole) == 1);
    fclose(whole);
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, bytes, (size_t)cases[_i].n_bytes), cases[_i].n_bytes);
    close(file);
    ck_assert_ptr_null(tn__module_open_at(&fake, path, &services));
    unlink(path);
    ck_assert_msg(strstr(tn_error(), "the system cannot load that file (") != NULL, "%s",
                  tn_error());
    ck_assert_msg(strstr(tn_error(), cases[_i].says) != NULL, "%s", tn_error());
    ck_assert_msg(strstr(tn_error(), path) != NULL, "%s", tn_error());
    ck_assert(tn__error_is_systemic(tn__error_last()));
}
END_TEST

/* The entry of a module that is built; NULL: none is. */
static const tn__codec *built_entry(void)
{
#if defined HAS_TIFF
    return &tn__codec_tiff;
#elif defined HAS_WEBP
    return &tn__codec_webp;
#else
    return NULL;
#endif
}

static void *load(void *result)
{
    *(const tn__codec **)result = tn__codec_load(built_entry());
    return NULL;
}

START_TEST(threads_open_a_module_together)
{
    enum { N_THREADS = 8 };
    pthread_t threads[N_THREADS];
    const tn__codec *results[N_THREADS] = {NULL};
    if (!built_entry())
        return;
    for (int t = 0; t < N_THREADS; t++)
        ck_assert_int_eq(pthread_create(&threads[t], NULL, load, &results[t]), 0);
    for (int t = 0; t < N_THREADS; t++)
        ck_assert_int_eq(pthread_join(threads[t], NULL), 0);
    for (int t = 0; t < N_THREADS; t++)
        ck_assert(results[t] && results[t] == results[0]);
}
END_TEST

START_TEST(the_report_names_every_module)
{
    static const char *const names[] = {"webp: ", "avif: ", "tiff: ", "jp2: ", "vips: ", "heif: "};
    tn__text text = {0};
    tn__codec_report_modules(&text);
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
        ck_assert_msg(strstr(text.chars, names[k]) != NULL, "%s", text.chars);
    tn__text_free(&text);
}
END_TEST

static bool has_memory = true; /* for the core; modules have their own malloc */

void *__real_malloc(size_t n_bytes); // NOLINT(bugprone-reserved-identifier)
void *__wrap_malloc(size_t n_bytes); // NOLINT(bugprone-reserved-identifier)

void *__wrap_malloc(size_t n_bytes) // NOLINT(bugprone-reserved-identifier)
{
    return has_memory ? __real_malloc(n_bytes) : NULL;
}

/* Decodes the whole file; returns the verdict. */
static int judge(tn__bytes bytes, bool with_memory)
{
    tn__info info = {0};
    tn__arena arena;
    tn_px_image image;
    int32_t damage;
    tn__arena_init(&arena, 0, (size_t)1 << 30);
    has_memory = with_memory;
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, GOLDEN_PIXELS, &info);
    const tn__want want = {{0, 0, info.w, info.h}, TN_RGB};
    const int status =
        codec ? tn__codec_decode(codec, bytes, NULL, &info, &want, &arena, &image, &damage)
              : tn__error_last()->code;
    has_memory = true;
    tn__arena_free(&arena);
    return status;
}

static int n_files, n_refused;

/* Every fourth file is enough. */
static void check_verdicts(const golden_file *golden, const uint8_t *data)
{
    if (n_files++ % 4 > 0)
        return;
    for (size_t n = golden->n_bytes; n > golden->n_bytes / 3; n -= golden->n_bytes / 3) {
        const tn__bytes bytes = copy_of(data, n);
        if (tn__codec_find(bytes) && judge(bytes, true) == TN_EDECODE) {
            ck_assert_msg(judge(bytes, false) == TN_ENOMEM, "%s: %s", golden->name, tn_error());
            ck_assert(tn__error_is_systemic(tn__error_last()));
            n_refused++;
        }
        drop(bytes);
    }
}

/* A library that gets no memory may call the file damaged. That is not a fault of the file. */
START_TEST(without_memory_no_file_is_at_fault)
{
    n_files = n_refused = 0;
    ck_assert_ptr_nonnull(golden_modules[_i]);
    (void)each_golden(golden_modules[_i], check_verdicts);
    ck_assert_int_gt(n_refused, 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("modules");
    TCase *const open = tcase_create("open");
    tcase_add_test(open, a_module_is_opened);
    tcase_add_loop_test(open, a_module_that_cannot_be_used_is_the_machines_trouble, 0, N_USELESS);
    tcase_add_loop_test(open, a_damaged_module_is_not_said_to_be_missing, 0, 3);
    tcase_add_test(open, threads_open_a_module_together);
    tcase_add_test(open, the_report_names_every_module);
    suite_add_tcase(suite, open);
    TCase *const pixels = tcase_create("pixels");
    tcase_set_timeout(pixels, 120);
    tcase_add_loop_test(pixels, small_files_equal_pillow, 0, N_GOLDEN_MODULES);
    tcase_add_loop_test(pixels, grey_files_have_one_channel, 0, N_GREYS);
    tcase_add_loop_test(pixels, without_memory_no_file_is_at_fault, 0, N_GOLDEN_MODULES);
    suite_add_tcase(suite, pixels);
    return suite_run(suite);
}
