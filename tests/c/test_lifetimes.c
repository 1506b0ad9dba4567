/* SPDX-License-Identifier: MIT */
/* Lifetimes of a loader and its batches: ends at any moment, held batches, the descriptor, fork
 * and exit. */
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader_case.h"
#include "suite.h"

static bool accepted(int32_t status)
{
    return status == TN_OK || status == TN_ETIMEOUT;
}

/* Stops and restarts a loader at all moments. The last epoch runs to its end and has the bytes of
 * an undisturbed one. */
START_TEST(stops_at_any_moment)
{
    fake.delay_us = 100;
    tn_loader_options options = plain;
    options.threads = 3;
    const uint64_t expected = epoch_hash(options, 60, 9);
    tn_loader *const loader = fake_loader(60, options);
    tn_batch batch = empty_batch();
    for (int round = 0; round < 200; round++) {
        ck_assert_int_eq(tn_loader_start(loader, round), TN_OK);
        for (int k = 0; k < round % 5; k++)
            ck_assert(accepted(tn_loader_next(loader, &batch, round % 3 ? -1 : 0)));
        if (round % 2) {
            ck_assert_int_eq(tn_loader_stop(loader), TN_OK);
            ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_ECLOSED);
        }
        usleep((unsigned)(round * 37 % 400));
    }
    ck_assert_int_eq(tn_loader_start(loader, 9), TN_OK);
    int64_t n_batches;
    ck_assert_uint_eq(fake_hash(loader, &n_batches), expected);
    destroy_and_check(loader);
}
END_TEST

START_TEST(destroyed_at_any_moment)
{
    fake.delay_us = 150;
    tn_loader_options options = plain;
    tn_batch batch = empty_batch();
    for (int round = 0; round < 150; round++) {
        options.threads = round % 3;
        tn_loader *const loader = started(60, options, round);
        for (int k = 0; k < round % 4; k++)
            ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
        usleep((unsigned)(round * 53 % 300));
        tn_loader_destroy(loader);
        ck_assert(round % 4 == 0 || tn_batch_check(&batch) == TN_ESTALE);
    }
    ck_assert(fake_all_gone());
}
END_TEST

START_TEST(a_batch_goes_back_with_the_next_one)
{
    tn_loader *const loader = started(80, plain, 0);
    tn_batch first = empty_batch(), second = empty_batch();
    ck_assert_int_eq(tn_batch_check(&first), TN_EINVAL);
    ck_assert_int_eq(tn_loader_next(loader, &first, -1), TN_OK);
    ck_assert_int_eq(tn_batch_check(&first), TN_OK);
    ck_assert_int_eq(tn_loader_next(loader, &second, -1), TN_OK);
    ck_assert_int_eq(tn_batch_check(&first), TN_ESTALE);
    ck_assert_ptr_nonnull(strstr(tn_error(), "hold"));
    ck_assert_int_eq(tn_batch_hold(&first), TN_ESTALE);
    ck_assert_ptr_null(tn_batch_explain(&first, 0));
    ck_assert_int_eq(tn_batch_release(&second), TN_OK);
    ck_assert_int_eq(tn_batch_release(&second), TN_ESTALE);
    ck_assert_int_eq(tn_loader_next(loader, &first, -1), TN_OK);
    ck_assert_int_eq(first.number, 2);
    destroy_and_check(loader);
    ck_assert_int_eq(tn_batch_check(&first), TN_ESTALE);
}
END_TEST

START_TEST(held_batches_stay)
{
    tn_loader_options options = plain;
    options.depth = options.max_outputs = 4;
    tn_loader *const loader = started(160, options, 0);
    tn_batch held[2] = {empty_batch(), empty_batch()}, batch = empty_batch();
    uint8_t copy[2][8 * FAKE_ROW_BYTES];
    for (int h = 0; h < 2; h++) {
        ck_assert_int_eq(tn_loader_next(loader, &held[h], -1), TN_OK);
        ck_assert_int_eq(tn_batch_hold(&held[h]), TN_OK);
        ck_assert_int_eq(tn_batch_hold(&held[h]), TN_OK);
        memcpy(copy[h], held[h].tensors[0]->data, sizeof copy[h]);
    }
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    ck_assert_int_eq(tn_batch_hold(&batch), TN_EHELD);
    ck_assert_ptr_nonnull(strstr(tn_error(), "2 are held"));
    ck_assert_ptr_nonnull(strstr(tn_error(), on_device() ? "max_outputs" : "depth"));
    int64_t n_batches;
    fake_hash(loader, &n_batches);
    ck_assert_int_eq(n_batches, 17);
    ck_assert_int_eq(tn_loader_start(loader, 1), TN_OK);
    fake_hash(loader, &n_batches);
    ck_assert_int_eq(n_batches, 20);
    ck_assert_int_eq(tn_loader_stop(loader), TN_OK);
    tn_loader_destroy(loader);
    for (int h = 0; h < 2; h++) {
        ck_assert_int_eq(tn_batch_check(&held[h]), TN_OK);
        ck_assert_mem_eq(held[h].tensors[0]->data, copy[h], sizeof copy[h]);
        ck_assert_int_eq(strncmp(held[h].rows[0]->name, "fish/", 5), 0);
        ck_assert_int_eq(tn_batch_release(&held[h]), TN_OK);
        ck_assert_int_eq(tn_batch_check(&held[h]), TN_ESTALE);
    }
    ck_assert(fake_all_gone());
}
END_TEST

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    return poll(&entry, 1, timeout_ms) == 1 && (entry.revents & POLLIN);
}

/* The descriptor is readable if and only if next() would not wait. */
START_TEST(descriptor_tells_what_next_would_do)
{
    tn_loader_options options = plain;
    options.order = "sequential";
    tn_loader *const loader = fake_loader(24, options);
    const int fd = tn_loader_fd(loader);
    ck_assert_int_ge(fd, 0);
    ck_assert(is_readable(fd, 0));
    fake.gate_from = 8;
    fake.gate = true;
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert_int_eq(tn_loader_fd(loader), fd);
    ck_assert(is_readable(fd, 10000));
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_OK);
    ck_assert(!is_readable(fd, 10));
    ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_ETIMEOUT);
    fake.gate = false;
    for (int k = 1; k < 3; k++) {
        ck_assert(is_readable(fd, 10000));
        ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_OK);
    }
    ck_assert(is_readable(fd, 0));
    ck_assert_int_eq(tn_loader_next(loader, &batch, 0), TN_END);
    ck_assert(is_readable(fd, 0));
    destroy_and_check(loader);
}
END_TEST

/* In the child, calls on the parent's loader fail with a message, its batches can be read, and a
 * new loader works. */
static int use_in_child(tn_loader *loader, const tn_batch *batch, uint64_t expected)
{
    tn_batch other = empty_batch();
    if (tn_loader_next(loader, &other, 0) != TN_EFORK || tn_loader_start(loader, 0) != TN_EFORK)
        return 1;
    if (tn_batch_release(batch) != TN_EFORK || tn_loader_fd(loader) != -1)
        return 2;
    if (tn_batch_hold(batch) != TN_EFORK || tn_batch_also_uses(batch, NULL) != TN_EFORK)
        return 4;
    const bool is_host = batch->tensors[1]->device == TN_DEVICE_CPU;
    int64_t labels[64];
    if (tn_batch_copy(batch, 1, labels, batch->n_rows * (int64_t)sizeof *labels) !=
        (is_host ? TN_OK : TN_EFORK))
        return 5;
    tn_loader_destroy(loader);
    int64_t n_batches;
    tn_loader *const fresh = started(100, plain, 2);
    if (fake_hash(fresh, &n_batches) != expected)
        return 3;
    tn_loader_destroy(fresh);
    return 0;
}

START_TEST(a_forked_child_starts_anew)
{
    const uint64_t expected = epoch_hash(plain, 100, 2);
    fake.delay_us = 100;
    tn_loader *const loader = started(100, plain, 2);
    tn_batch batch = empty_batch();
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    const pid_t child = fork();
    if (child == 0)
        _exit(use_in_child(loader, &batch, expected));
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(tn_loader_next(loader, &batch, -1), TN_OK);
    destroy_and_check(loader);
}
END_TEST

/* Calls exit() while workers make samples. */
START_TEST(exit_in_the_middle)
{
    fake.delay_us = 300;
    for (int round = 0; round < 40; round++) {
        const pid_t child = fork();
        if (child == 0) {
            tn_loader_options options = plain;
            options.threads = round % 3;
            tn_loader *const loader = started(500, options, round);
            tn_batch batch = empty_batch();
            for (int k = 0; k < round % 4; k++)
                tn_loader_next(loader, &batch, -1);
            exit(0);
        }
        int status = -1;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

/* A sanitizer with a thread of its own cannot follow a fork of a process with several threads.
 * Nor can qemu-user (tests/cross). */
static bool may_fork(void)
{
#if defined(__SANITIZE_THREAD__)
    return false;
#else
    return getenv("TENCH_EMULATED") == NULL;
#endif
}

int main(void)
{
    Suite *const suite = suite_create("lifetimes");
    TCase *const tcase = tcase_create("lifetimes");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, fake_reset, NULL);
    tcase_add_test(tcase, stops_at_any_moment);
    tcase_add_test(tcase, destroyed_at_any_moment);
    tcase_add_test(tcase, a_batch_goes_back_with_the_next_one);
    tcase_add_test(tcase, held_batches_stay);
    tcase_add_test(tcase, descriptor_tells_what_next_would_do);
    if (may_fork()) {
        tcase_add_test(tcase, a_forked_child_starts_anew);
        tcase_add_test(tcase, exit_in_the_middle);
    }
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
