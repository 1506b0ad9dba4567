/* SPDX-License-Identifier: MIT */
/* A data set and a transform that need no files. See fake.h. */
#include "fake.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "cpu/staged.h"
#include "dev/cuda.h"
#include "make/fetch.h"
#include "make/planning.h"
#include "make/replay.h"
#include "make/sample.h"

fake_knobs fake;

enum { MOST_WANTED = 1 << 16 };
static pthread_mutex_t wanted_lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t wanted[MOST_WANTED];
static int64_t n_wanted;

static tn__device *no_cuda(int32_t index)
{
    return tn__fail_null(TN_EDEVICE, "cuda:%d: these tests have none", (int)index);
}

const tn__device_ops tn__device_cuda = {
    .spec = {.name = "cuda"}, .kind = TN_DEVICE_CUDA, .open = no_cuda};

void fake_reset(void)
{
    fake.delay_us = fake.fail_every = fake.fail_code = fake.made = 0;
    fake.gate = false;
    fake.large_gate = NULL;
    fake.gate_from = fake.waits_from = fake.waits_to = 0;
    pthread_mutex_lock(&wanted_lock);
    n_wanted = 0;
    pthread_mutex_unlock(&wanted_lock);
}

typedef struct fake_source {
    tn__source base;
    char (*names)[40];
} fake_source;

static const fake_source *of(const tn__source *source)
{
    return (const fake_source *)(const void *)source;
}

static size_t name(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES])
{
    return (size_t)snprintf(out, TN__NAME_BYTES, "%s", of(source)->names[sample]);
}

static void label(const tn__source *source, int64_t sample, tn__label *out)
{
    (void)source;
    *out = (tn__label){.kind = TN_LABEL_INT, .n = 1, .value = sample * 3 + 1};
}

static tn__part part(const tn__source *source, int64_t sample)
{
    (void)source;
    return (tn__part){.sample = sample, .length = -1};
}

static void want(const tn__source *source, const tn__part *parts, int32_t n)
{
    (void)source;
    pthread_mutex_lock(&wanted_lock);
    for (int32_t p = 0; p < n && n_wanted < MOST_WANTED; p++)
        wanted[n_wanted++] = parts[p].sample;
    pthread_mutex_unlock(&wanted_lock);
}

int64_t fake_wanted(int64_t *samples, int64_t room)
{
    pthread_mutex_lock(&wanted_lock);
    const int64_t n = n_wanted < room ? n_wanted : room;
    memcpy(samples, wanted, (size_t)n * sizeof *samples);
    pthread_mutex_unlock(&wanted_lock);
    return n;
}

static const tn__source_ops source_ops = {
    .name = name,
    .label = label,
    .part = part,
    .want = want,
};

tn_dataset *fake_dataset(int64_t n_samples)
{
    fake_source *const source = calloc(1, sizeof *source);
    source->base = (tn__source){.ops = &source_ops,
                                .n_samples = n_samples,
                                .label_shape = {TN_LABEL_INT, 1},
                                .fingerprint = 0xFEEDull + (uint64_t)n_samples};
    source->names = calloc((size_t)n_samples + 1, sizeof *source->names);
    for (int64_t s = 0; s < n_samples; s++)
        snprintf(source->names[s], sizeof source->names[s], "fish/%06lld.jpg", (long long)s);
    tn_dataset *const dataset = calloc(1, sizeof *dataset);
    dataset->references = 1;
    dataset->source = &source->base;
    dataset->mode = TN_RGB;
    fake.live_datasets++;
    return dataset;
}

int32_t tn__dataset_channels(const tn_dataset *dataset)
{
    (void)dataset;
    return 3;
}

tn_dataset *tn__dataset_keep(tn_dataset *dataset)
{
    dataset->references++;
    return dataset;
}

void tn__dataset_release(tn_dataset *dataset)
{
    if (--dataset->references > 0)
        return;
    fake_source *const source = (fake_source *)(void *)dataset->source;
    free(source->names);
    free(source);
    free(dataset);
    fake.live_datasets--;
}

void tn_dataset_destroy(tn_dataset *dataset)
{
    if (dataset)
        tn__dataset_release(dataset);
}

tn_transform *fake_transform(void)
{
    tn_transform *const transform = calloc(1, sizeof *transform);
    transform->references = 1;
    transform->write.layout = TN_NCHW;
    transform->write.dtype = TN_U8;
    transform->text = strdup("fake");
    fake.live_transforms++;
    return transform;
}

tn_transform *tn__transform_keep(tn_transform *transform)
{
    transform->references++;
    return transform;
}

void tn__transform_drop(tn_transform *transform)
{
    if (!transform || --transform->references > 0)
        return;
    free(transform->text);
    free(transform);
    fake.live_transforms--;
}

void tn_transform_destroy(tn_transform *transform)
{
    tn__transform_drop(transform);
}

int tn__transform_output(const tn_transform *transform, int32_t channels, tn_tensor *out)
{
    *out = (tn_tensor){.dtype = transform->write.dtype,
                       .ndim = 3,
                       .shape = {channels, FAKE_SIDE, FAKE_SIDE},
                       .strides = {FAKE_SIDE * FAKE_SIDE, FAKE_SIDE, 1}};
    return TN_OK;
}

int tn__transform_takes(const tn_transform *transform, int32_t channels, int32_t bits, bool indices)
{
    (void)transform;
    (void)channels;
    (void)bits;
    (void)indices;
    return TN_OK;
}

int tn__transform_check(const tn_transform *transform, int32_t channels, int32_t classes)
{
    (void)transform;
    (void)channels;
    (void)classes;
    return TN_OK;
}

int tn__transform_tensor(const tn_transform *transform, int32_t index, int32_t samples,
                         int32_t channels, int32_t classes, tn_tensor *out)
{
    enum { PLANE = FAKE_SIDE * FAKE_SIDE };
    const tn_tensor label = {
        .name = "label", .dtype = TN_I64, .ndim = 1, .shape = {samples}, .strides = {1}};
    (void)classes;
    *out = label;
    if (index == TN__TENSOR_IMAGE)
        *out = (tn_tensor){.name = "image",
                           .dtype = transform->write.dtype,
                           .ndim = 4,
                           .shape = {samples, channels, FAKE_SIDE, FAKE_SIDE},
                           .strides = {(int64_t)channels * PLANE, PLANE, FAKE_SIDE, 1}};
    return index <= TN__TENSOR_LABEL ? TN_OK : TN_END;
}

/* A transform that does not change the bytes. */
int tn__transform_constants(const tn_transform *transform, int32_t channels, int32_t w, int32_t h,
                            tn_px_finish *out)
{
    *out = (tn_px_finish){.kind = TN_PX_PLAIN,
                          .dtype = transform->write.dtype,
                          .layout = transform->write.layout,
                          .channels = channels,
                          .w = w,
                          .h = h,
                          .staged = TN_PX_NCHW,
                          .stride = w,
                          .plane = (uint64_t)w * (uint32_t)h};
    return TN_OK;
}

const tn__finish *tn__transform_finish(const tn_transform *transform, int32_t channels)
{
    return &transform->finish[channels == 3];
}

/* No test here mixes rows: these functions are linked but never called. */
const tn__node *tn__transform_mixing(const tn_transform *transform)
{
    (void)transform;
    return NULL;
}

int32_t tn__transform_rows(const tn_transform *transform, int32_t samples)
{
    (void)transform;
    return samples;
}

size_t tn__staged_scratch(const tn_px_finish *px)
{
    return (size_t)px->w;
}

void tn__staged_finish(const tn__staged *staged, int32_t row, void *scratch, void *out)
{
    (void)staged;
    (void)row;
    (void)scratch;
    (void)out;
}

int32_t tn__transform_boxes(const tn_transform *transform)
{
    (void)transform;
    return 0;
}

size_t tn__worker_bytes(void)
{
    return 1000;
}

void tn__worker_init(tn__worker *worker, tn__large_gate *gate)
{
    *worker = (tn__worker){.gate = gate};
}

void tn__worker_free(tn__worker *worker)
{
    *worker = (tn__worker){0};
}

void tn__plan_explain(const struct tn_transform *transform, const tn__plan *plan, tn__text *text)
{
    (void)transform;
    tn__text_printf(text, "[{\"op\":\"fake\",\"attempt\":%d}]", plan->place.attempt);
}

tn_image *tn__image_replay(const tn_dataset *dataset, const tn_transform *transform,
                           const tn__place *place, const tn__place *partner)
{
    (void)dataset;
    (void)transform;
    (void)partner;
    return tn__fail_null(TN_EINVAL, "fake replay of %lld", (long long)place->sample);
}

void fake_row(int64_t seed, int64_t epoch, int64_t position, int64_t sample, int32_t attempt,
              uint8_t out[FAKE_ROW_BYTES])
{
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(seed, epoch, TN__DOMAIN_SAMPLE), position, 0,
                    (uint32_t)sample, (uint32_t)attempt);
    for (int b = 0; b < FAKE_ROW_BYTES; b++)
        out[b] = (uint8_t)tn__draw_integer(&draws, 0, 255);
}

/* Waits long enough to change the order in which samples finish, differently in each run. */
static void dawdle(int64_t position)
{
    static atomic_uint turn;
    const int delay_us = fake.delay_us;
    if (delay_us > 0)
        usleep((turn++ * 2654435761u >> 8) % (unsigned)delay_us + 1);
    while (fake.gate && position >= fake.gate_from)
        usleep(100);
}

int tn__sample_fetch(const tn_dataset *dataset, const tn__place *place, tn__worker *worker)
{
    (void)dataset;
    worker->waited =
        worker->watches && place->position >= fake.waits_from && place->position < fake.waits_to;
    worker->counts.bytes_read += FAKE_FILE_BYTES;
    worker->counts.reads++;
    return TN_OK;
}

int tn__sample_make(const tn_dataset *dataset, const tn_transform *transform,
                    const tn__place *place, tn__worker *worker, tn__plan *plan,
                    const tn__row_output *out)
{
    (void)transform;
    tn__stage_enter(&worker->clock, TN__STAGE_DECODE);
    dawdle(place->position);
    tn__stage_enter(&worker->clock, TN__STAGE_NONE);
    const int fail_every = fake.fail_every;
    fake.made++;
    fake.large_gate = worker->gate;
    if (fail_every && place->sample % fail_every == 0) {
        const int status = fake.fail_code ? fake.fail_code : TN_EDECODE;
        tn__fail(status, "sample %lld is bad", (long long)place->sample);
        tn__error_place("decode", tn__source_name(dataset->source, place->sample), place->position,
                        place->sample);
        return status;
    }
    plan->place = *place;
    plan->pair.partner = place->row;
    plan->source.w = (int32_t)place->sample + 10;
    plan->source.h = (int32_t)place->sample + 20;
    uint8_t *const row = out->out ? out->out : out->staging + out->pixels_at;
    if (!out->out)
        *out->record = (tn_px_record){.offset = out->pixels_at,
                                      .w = FAKE_SIDE,
                                      .h = FAKE_SIDE,
                                      .partner = (uint32_t)place->row};
    fake_row(place->seed, place->epoch, place->position, place->sample, place->attempt, row);
    return TN_OK;
}

tn_loader *fake_loader(int64_t n_samples, tn_loader_options options)
{
    options.size = (int32_t)sizeof options;
    tn_dataset *const dataset = fake_dataset(n_samples);
    tn_transform *const transform = fake_transform();
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    return loader;
}

bool fake_all_gone(void)
{
    for (int wait = 0; wait < 10000; wait++) {
        if (fake.live_datasets == 0 && fake.live_transforms == 0)
            return true;
        usleep(1000);
    }
    return false;
}

uint64_t fake_hash(tn_loader *loader, int64_t *n_batches)
{
    tn_hash *const hash = tn_hash_create();
    tn_batch batch = {.size = (int32_t)sizeof batch};
    int status;
    *n_batches = 0;
    while ((status = tn_loader_next(loader, &batch, -1)) == TN_OK) {
        ck_assert_int_eq(tn_hash_batch(hash, &batch), TN_OK);
        ++*n_batches;
    }
    ck_assert_int_eq(status, TN_END);
    const uint64_t value = tn__hash_64(hash);
    tn_hash_destroy(hash);
    return value;
}
