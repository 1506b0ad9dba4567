/* SPDX-License-Identifier: MIT */
/* The machine's troubles are not the file's. When the system refuses open, pread or stat, tench
 * tries again if that can help; otherwise the work ends with an error that keeps errno. Such a
 * failure never becomes a fault of a sample. */
#include <check.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "make_jpeg.h"
#include "suite.h"
#include "tasks.h"
#include "tree.h"

enum { N_IMAGES = 24, BATCH = 4, FOR_EVER = 1 << 30 };

/* The linker sends the library's calls here (--wrap). The next `n` calls that concern `name`
 * fail. */
struct refusals {
    atomic_int n, error;
    _Atomic(const char *) name;
    atomic_int n_calls; /* calls that concerned it */
};
static struct refusals opens, reads, stats;

static bool is_refused(struct refusals *refusals)
{
    refusals->n_calls++;
    if (refusals->n-- <= 0)
        return false;
    errno = refusals->error;
    return true;
}

static void refuse_nothing(struct refusals *refusals)
{
    refusals->n = refusals->error = refusals->n_calls = 0;
    refusals->name = NULL;
}

int real_openat(int folder, const char *path, int flags, mode_t mode) __asm__("__real_openat");
int wrap_openat(int folder, const char *path, int flags, mode_t mode) __asm__("__wrap_openat");
int wrap_openat(int folder, const char *path, int flags, mode_t mode)
{
    const char *const name = opens.name;
    if (name && strstr(path, name) && is_refused(&opens))
        return -1;
    return real_openat(folder, path, flags, mode);
}

ssize_t real_pread(int file, void *out, size_t n_bytes, off_t offset) __asm__("__real_pread");
ssize_t wrap_pread(int file, void *out, size_t n_bytes, off_t offset) __asm__("__wrap_pread");
ssize_t wrap_pread(int file, void *out, size_t n_bytes, off_t offset)
{
    if (reads.error && is_refused(&reads))
        return -1;
    return real_pread(file, out, n_bytes, offset);
}

int real_fstatat(int folder, const char *path, struct stat *facts,
                 int flags) __asm__("__real_fstatat");
int wrap_fstatat(int folder, const char *path, struct stat *facts,
                 int flags) __asm__("__wrap_fstatat");
int wrap_fstatat(int folder, const char *path, struct stat *facts, int flags)
{
    const char *const name = stats.name;
    if (name && strstr(path, name) && is_refused(&stats))
        return -1;
    return real_fstatat(folder, path, facts, flags);
}

static atomic_size_t most_bytes = SIZE_MAX; /* the largest block that aligned_alloc gives */

void *real_aligned_alloc(size_t alignment, size_t n_bytes) __asm__("__real_aligned_alloc");
void *wrap_aligned_alloc(size_t alignment, size_t n_bytes) __asm__("__wrap_aligned_alloc");
void *wrap_aligned_alloc(size_t alignment, size_t n_bytes)
{
    return n_bytes > most_bytes ? NULL : real_aligned_alloc(alignment, n_bytes);
}

static tree images;

static void make_images(void)
{
    static const jpeg_recipe recipe = {YCC(20, 20, 11, 11, 11)};
    refuse_nothing(&opens);
    refuse_nothing(&reads);
    refuse_nothing(&stats);
    images = tree_make();
    jpeg_file file = make_jpeg(&recipe);
    char name[32];
    for (int i = 0; i < N_IMAGES; i++) {
        snprintf(name, sizeof name, "fish/%02d.jpg", i);
        tree_write(&images, name, file.bytes, file.size);
    }
    free(file.bytes);
}

static void remove_images(void)
{
    refuse_nothing(&opens);
    refuse_nothing(&stats);
    tree_remove(&images);
}

static tn_error_info last_error(void)
{
    tn_error_info info = {.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_error_details(&info), TN_OK);
    return info;
}

static tn_dataset *open_images(void)
{
    tn_dataset_options options = tree_options(&images);
    options.index = TN_INDEX_OFF;
    options.threads = 1;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

/* Runs an epoch that skips faults, on one thread. Returns how it ended; *faults: their number. */
static int skip_through(int64_t *faults)
{
    tn_dataset *const dataset = open_images();
    tn_transform *const transform = tn_transform_create("resize size=8; center_crop size=8");
    const tn_loader_options options = {.size = (int32_t)sizeof options,
                                       .batch_size = BATCH,
                                       .threads = 1,
                                       .on_fault = TN_FAULT_SKIP};
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    tn_batch batch = {.size = (int32_t)sizeof batch};
    int status = tn_loader_start(loader, 0);
    while (status == TN_OK)
        status = tn_loader_next(loader, &batch, -1);
    *faults = tn_loader_faults(loader);
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    return status;
}

START_TEST(a_missing_file_is_a_fault_of_the_sample)
{
    int64_t faults;
    opens.error = ENOENT;
    opens.name = "07.jpg";
    opens.n = FOR_EVER;
    ck_assert_int_eq(skip_through(&faults), TN_END);
    ck_assert_int_eq(faults, 1);
}
END_TEST

static const int machines[] = {EMFILE,      ENFILE,    ENOMEM,   ENOBUFS,   EINTR,
                               ESTALE,      EAGAIN,    ENOTCONN, ETIMEDOUT, ENETDOWN,
                               EKEYEXPIRED, ESHUTDOWN, EPROTO};

START_TEST(the_machines_trouble_ends_the_epoch)
{
    int64_t faults;
    opens.error = machines[_i];
    opens.name = "07.jpg";
    opens.n = FOR_EVER;
    ck_assert_int_eq(skip_through(&faults), machines[_i] == ENOMEM ? TN_ENOMEM : TN_EIO);
    const tn_error_info info = last_error();
    ck_assert_int_eq(info.system_error, machines[_i]);
    ck_assert_int_eq(info.is_machines, TN_YES);
    ck_assert_str_eq(info.name, "fish/07.jpg");
    ck_assert_ptr_nonnull(strstr(info.message, strerror(machines[_i])));
    ck_assert_int_eq(faults, 0); /* and no substitute was drawn */
}
END_TEST

START_TEST(passing_troubles_are_retried)
{
    static const struct {
        int error, n;
    } cases[] = {{EINTR, 20}, {ESTALE, 2}};
    int64_t faults;
    opens.error = cases[_i].error;
    opens.name = "07.jpg";
    opens.n = cases[_i].n;
    ck_assert_int_eq(skip_through(&faults), TN_END);
    ck_assert_int_eq(faults, 0);
    ck_assert_int_eq(opens.n_calls, cases[_i].n + 1);
}
END_TEST

START_TEST(a_handle_that_goes_stale_is_opened_again)
{
    int64_t faults;
    opens.name = ".jpg";
    reads.error = ESTALE;
    reads.n = 2;
    ck_assert_int_eq(skip_through(&faults), TN_END);
    ck_assert_int_eq(faults, 0);
    ck_assert_int_eq(opens.n_calls, N_IMAGES + 2);
    reads.n = FOR_EVER;
    ck_assert_int_eq(skip_through(&faults), TN_EIO);
    ck_assert_int_eq(last_error().system_error, ESTALE);
}
END_TEST

START_TEST(an_interrupted_read_is_repeated_a_bounded_number_of_times)
{
    int64_t faults;
    reads.error = EINTR;
    reads.n = 100;
    ck_assert_int_eq(skip_through(&faults), TN_END);
    ck_assert_int_eq(faults, 0);
    reads.n = FOR_EVER;
    ck_assert_int_eq(skip_through(&faults), TN_EIO);
    ck_assert_int_eq(last_error().system_error, EINTR);
}
END_TEST

/* Runs a survey or a verification of the images, and returns its status. */
static int look_through(bool verifies)
{
    tn_dataset *const dataset = open_images();
    tn_task *const task = verifies ? start_verify(dataset, 1) : start_survey(dataset, 1);
    const int status = tn_task_wait(task, -1);
    tn_task_destroy(task);
    tn_dataset_destroy(dataset);
    return status;
}

START_TEST(the_machines_trouble_damages_no_image)
{
    opens.name = "07.jpg";
    opens.error = ENOENT;
    opens.n = FOR_EVER;
    ck_assert_int_eq(look_through(_i), TN_OK);
    opens.error = EMFILE;
    ck_assert_int_eq(look_through(_i), TN_EIO);
    ck_assert_int_eq(last_error().system_error, EMFILE);
}
END_TEST

START_TEST(the_machines_trouble_damages_no_index)
{
    tree_touch(&images, ".tench-index");
    setenv("XDG_CACHE_HOME", tree_path(&images, "cache"), 1);
    tn_dataset *const dataset = open_images();
    opens.name = ".tench-index";
    opens.error = EMFILE;
    opens.n = FOR_EVER;
    ck_assert_ptr_null(start_verify(dataset, 1));
    ck_assert_int_eq(last_error().is_machines, TN_YES);
    const tn_index_options options = {.size = (int32_t)sizeof options, .threads = 1};
    tn_task *const indexer = tn_index_start(dataset, &options);
    ck_assert_int_eq(tn_task_wait(indexer, -1), TN_EIO);
    ck_assert_int_eq(last_error().is_machines, TN_YES);
    tn_task_destroy(indexer);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(a_limit_is_named)
{
    tn_dataset *const dataset = open_images();
    struct rlimit before, few;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    const int lowest = dup(0); /* the lowest free one: with this limit no file can be opened */
    close(lowest);
    few = before;
    few.rlim_cur = (rlim_t)lowest;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    tn_image *const image = tn_dataset_image(dataset, 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_ptr_null(image);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "may have %d files open (ulimit -n)", lowest);
    ck_assert_msg(strstr(tn_error(), wanted) != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(a_worker_without_scratch_ends_the_epoch)
{
    int64_t faults;
    most_bytes = 1 << 20;
    ck_assert_int_eq(skip_through(&faults), TN_ENOMEM);
    ck_assert_int_eq(last_error().is_machines, TN_YES);
    ck_assert_ptr_nonnull(strstr(tn_error(), "a worker's scratch"));
    most_bytes = SIZE_MAX;
}
END_TEST

/* A failure to look must not make a pack open as a folder without images. */
START_TEST(a_pack_that_cannot_be_examined_is_an_error)
{
    const tn_dataset_options options = tree_options(&images);
    stats.name = "tench.pack";
    stats.error = ETIMEDOUT;
    stats.n = FOR_EVER;
    tree_refuse(&options, TN_EIO, strerror(ETIMEDOUT));
    ck_assert_int_eq(last_error().is_machines, TN_YES);
    stats.error = EACCES;
    tn_dataset_destroy(open_images());
}
END_TEST

START_TEST(a_link_that_cannot_be_examined_is_an_error)
{
    tree_link(&images, "fish", "carp");
    stats.name = "carp";
    stats.error = ENOENT;
    stats.n = FOR_EVER;
    tn_dataset_destroy(open_images());
    stats.error = ETIMEDOUT;
    const tn_dataset_options options = tree_options(&images);
    tree_refuse(&options, TN_EIO, strerror(ETIMEDOUT));
    ck_assert_int_eq(last_error().system_error, ETIMEDOUT);
}
END_TEST

START_TEST(errno_stays_beside_the_code_until_the_next_failure)
{
    tn__fail_system(EACCES, "here");
    ck_assert_str_eq(tn_error(), "here: Permission denied");
    ck_assert_int_eq(last_error().system_error, EACCES);
    ck_assert_int_eq(last_error().is_machines, TN_NO);
    tn__error kept;
    tn__error_take(&kept);
    ck_assert(!tn__error_is_systemic(&kept));
    ck_assert_int_eq(tn__fail_errno(ESTALE), TN_EIO);
    ck_assert_str_eq(tn_error(), strerror(ESTALE));
    ck_assert_int_eq(tn__error_prefix("shard %d", 3), TN_EIO);
    ck_assert(tn__error_is_systemic(tn__error_last()));
    tn__fail(TN_EIO, "another");
    ck_assert_int_eq(last_error().system_error, 0);
    tn__error_raise(&kept);
    ck_assert_int_eq(last_error().system_error, EACCES);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("system");
    TCase *const tcase = tcase_create("the machine's troubles are not the file's");
    tcase_add_checked_fixture(tcase, make_images, remove_images);
    tcase_add_test(tcase, a_missing_file_is_a_fault_of_the_sample);
    tcase_add_loop_test(tcase, the_machines_trouble_ends_the_epoch, 0,
                        sizeof machines / sizeof *machines);
    tcase_add_loop_test(tcase, passing_troubles_are_retried, 0, 2);
    tcase_add_test(tcase, a_handle_that_goes_stale_is_opened_again);
    tcase_add_test(tcase, an_interrupted_read_is_repeated_a_bounded_number_of_times);
    tcase_add_loop_test(tcase, the_machines_trouble_damages_no_image, 0, 2);
    tcase_add_test(tcase, the_machines_trouble_damages_no_index);
    tcase_add_test(tcase, a_limit_is_named);
    tcase_add_test(tcase, a_worker_without_scratch_ends_the_epoch);
    tcase_add_test(tcase, a_link_that_cannot_be_examined_is_an_error);
    tcase_add_test(tcase, a_pack_that_cannot_be_examined_is_an_error);
    tcase_add_test(tcase, errno_stays_beside_the_code_until_the_next_failure);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
