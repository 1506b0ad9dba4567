/* SPDX-License-Identifier: MIT */
/* For tests of the pump: loaders on the fake device, and a consumer that trains on its streams. */
#ifndef TENCH_TESTS_ON_FAKE_H
#define TENCH_TESTS_ON_FAKE_H

#include <check.h>
#include <string.h>

#include "dev/fake.h"
#include "fake.h"
#include "load/loader.h"

enum { ROWS = 8, SAMPLES = 90, BATCHES = 12 };

static const tn_loader_options plain = {
    .batch_size = ROWS, .seed = 5, .order = "feistel-1", .device = "fake", .depth = 3};

static inline void reset(void)
{
    fake_reset();
    tn__fake_knobs_now = (tn__fake_knobs){0};
    tn__fake_complaint();
}

static inline tn_batch empty_batch(void)
{
    return (tn_batch){.size = (int32_t)sizeof(tn_batch)};
}

static inline tn_loader *created(tn_loader_options options)
{
    tn_loader *const loader = fake_loader(SAMPLES, options);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    return loader;
}

static inline tn_loader *started(tn_loader_options options, int64_t epoch)
{
    tn_loader *const loader = created(options);
    ck_assert_msg(tn_loader_start(loader, epoch) == TN_OK, "%s", tn_error());
    return loader;
}

static inline tn__device *device_of(const tn_loader *loader)
{
    return loader->feed->settings.device;
}

static inline void *named_stream(const tn_loader *loader, const char *name)
{
    void *stream;
    ck_assert_int_eq(tn__device_fake.stream_create(device_of(loader), name, &stream), TN_OK);
    return stream;
}

static inline void *stream_of(const tn_loader *loader)
{
    return named_stream(loader, "training");
}

/* Checks that nothing is left, and that the device saw no error. */
static inline void check_end(void)
{
    ck_assert(fake_all_gone());
    ck_assert_str_eq(tn__fake_complaint(), "");
}

/* One batch in a training step. */
typedef struct view {
    const uint8_t *images;
    const int64_t *labels;
    int64_t sample[ROWS], position[ROWS];
    int32_t n_rows;
    bool seen, right;
} view;

/* The stream runs this long after the call that queued it. */
static inline void train(void *argument)
{
    view *const step = argument;
    uint8_t row_bytes[FAKE_ROW_BYTES];
    step->seen = step->right = true;
    for (int32_t row = 0; row < step->n_rows; row++) {
        fake_row(5, 0, step->position[row], step->sample[row], 0, row_bytes);
        step->right =
            step->right && step->labels[row] == 3 * step->sample[row] + 1 &&
            memcmp(step->images + (size_t)row * FAKE_ROW_BYTES, row_bytes, FAKE_ROW_BYTES) == 0;
    }
}

/* Queues a step that reads the batch. */
static inline int use(const tn_batch *batch, view *out, void *stream)
{
    *out = (view){.images = batch->tensors[0]->data,
                  .labels = batch->tensors[1]->data,
                  .n_rows = batch->n_rows};
    for (int32_t row = 0; row < batch->n_rows; row++) {
        out->sample[row] = batch->rows[row]->sample;
        out->position[row] = batch->rows[row]->position;
    }
    const tn__fake_work work = {.what = "the step",
                                .data = out->images,
                                .n_bytes = (size_t)batch->n_rows * FAKE_ROW_BYTES,
                                .run = train,
                                .argument = out};
    return tn__fake_enqueue(device_of(batch->loader), &work, stream);
}

/* Trains to the end of the epoch; returns what ended it. */
static inline int train_on(tn_loader *loader, void *stream, view *steps)
{
    tn_batch batch = empty_batch();
    int status = TN_OK;
    for (int32_t k = 0; status == TN_OK; k++) {
        status = tn_loader_next_on(loader, &batch, stream, 10000);
        if (status == TN_OK)
            status = use(&batch, &steps[k], stream);
    }
    return status;
}

#endif
