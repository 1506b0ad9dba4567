/* SPDX-License-Identifier: MIT */
/* For tests of a loader over fake samples: starts one, and checks that none has left anything. */
#ifndef TENCH_TESTS_LOADER_CASE_H
#define TENCH_TESTS_LOADER_CASE_H

#include <check.h>
#include <string.h>

#include "fake.h"

/* The build makes these tests twice: for batches on the host, and on the fake device. */
#ifndef DEVICE
#define DEVICE "cpu"
#endif

static const tn_loader_options plain = {
    .batch_size = 8, .seed = 5, .order = "feistel-1", .device = DEVICE};

static inline bool on_device(void)
{
    return strcmp(DEVICE, "cpu") != 0;
}

static inline tn_batch empty_batch(void)
{
    return (tn_batch){.size = (int32_t)sizeof(tn_batch)};
}

static inline tn_loader *started(int64_t n_samples, tn_loader_options options, int64_t epoch)
{
    tn_loader *const loader = fake_loader(n_samples, options);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_loader_start(loader, epoch), TN_OK);
    return loader;
}

static inline void destroy_and_check(tn_loader *loader)
{
    tn_loader_destroy(loader);
    ck_assert(fake_all_gone());
}

static inline uint64_t epoch_hash(tn_loader_options options, int64_t n_samples, int64_t epoch)
{
    tn_loader *const loader = started(n_samples, options, epoch);
    int64_t n_batches;
    const uint64_t hash = fake_hash(loader, &n_batches);
    ck_assert_int_eq(n_batches, tn_loader_batches(loader));
    tn_loader_destroy(loader);
    return hash;
}

#endif
