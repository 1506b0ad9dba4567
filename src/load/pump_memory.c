/* SPDX-License-Identifier: MIT */
/* What a pump has on its device, made and freed. See pump.h. */
#include "load/pump_memory.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "load/pump_watch.h"
#include "load/ring.h"

enum { SETTLE_US = 200 };

static int allocate(tn__pump *pump, tn__device_memory *out, const tn__memory_use *use)
{
    return pump->ops->allocate(pump->device, use, out);
}

static int make_event(tn__pump *pump, const char *name, int32_t number, tn__event **out)
{
    return pump->ops->event_create(pump->device, name, number, out);
}

static int make_staging(tn__pump *pump, int32_t number)
{
    tn__staging_buffer *const staging = &pump->staging[number];
    const tn__memory_use use = {.memory = TN__PINNED,
                                .n_bytes = pump->ring->settings.layout.staging.n_bytes,
                                .name = "staging buffer",
                                .number = number,
                                .written = "filled",
                                .read = "h2d"};
    int code = allocate(pump, &staging->memory, &use);
    if (code == TN_OK)
        code = make_event(pump, "h2d", number, &staging->h2d);
    const tn__device_part all = {&staging->memory, 0, use.n_bytes};
    if (code == TN_OK && pump->ops->host_uses)
        code = pump->ops->host_uses(pump->device, all, TN__HOST_WRITES);
    return code;
}

static int make_input(tn__pump *pump, int32_t number)
{
    tn__input *const input = &pump->inputs[number];
    const tn__memory_use use = {.memory = TN__ON_DEVICE,
                                .n_bytes = pump->ring->settings.layout.staging.n_bytes,
                                .name = "input",
                                .number = number,
                                .written = "arrived",
                                .read = "used"};
    int code = allocate(pump, &input->memory, &use);
    if (code == TN_OK)
        code = make_event(pump, "arrived", number, &input->arrived);
    return code == TN_OK ? make_event(pump, "used", number, &input->used) : code;
}

static void free_output(tn__pump *pump, tn__output *output)
{
    pump->ops->event_destroy(pump->device, output->ready);
    pump->ops->event_destroy(pump->device, output->released);
    for (int32_t o = 0; o < TN__OTHERS; o++)
        pump->ops->event_destroy(pump->device, output->other[o].released);
    pump->ops->free(pump->device, &output->memory);
    *output = (tn__output){0};
}

int tn__pump_make_output(tn__pump *pump, int32_t number)
{
    tn__output *const output = &pump->outputs[number];
    const tn__memory_use use = {.memory = TN__ON_DEVICE,
                                .n_bytes = pump->ring->settings.layout.tensor_bytes,
                                .name = "output",
                                .number = number,
                                .written = "ready",
                                .read = "released"};
    int code = allocate(pump, &output->memory, &use);
    if (code == TN_OK)
        code = make_event(pump, "ready", number, &output->ready);
    if (code == TN_OK)
        code = make_event(pump, "released", number, &output->released);
    if (code < 0) {
        const tn__error why = *tn__error_last();
        free_output(pump, output);
        tn__error_raise(&why);
    }
    return code;
}

/* Waits for an event's last record; false when the device is lost. */
static bool settle(const tn__pump *pump, tn__event *event)
{
    int code = event ? TN_ETIMEOUT : TN_OK;
    while (code == TN_ETIMEOUT) {
        code = pump->ops->query(pump->device, event);
        if (code == TN_ETIMEOUT)
            usleep(SETTLE_US);
    }
    return code == TN_OK;
}

static bool settle_output(const tn__pump *pump, const tn__output *output)
{
    if (output->needs_drain)
        (void)pump->ops->drain(pump->device);
    bool well = settle(pump, output->ready) && settle(pump, output->released);
    for (int32_t o = 0; well && o < TN__OTHERS; o++)
        well = settle(pump, output->other[o].released);
    return well;
}

/* All that was enqueued, and all that consumers have to do with outputs, is done. After a failure
 * the events do not tell of all that was enqueued. */
static void settle_all(const tn__pump *pump, bool failed)
{
    bool well = !failed;
    for (int32_t p = 0; well && p < pump->ring->settings.depth; p++)
        well = settle(pump, pump->staging[p].h2d);
    for (int32_t i = 0; well && i < TN__INPUTS; i++)
        well = settle(pump, pump->inputs[i].arrived) && settle(pump, pump->inputs[i].used);
    for (int32_t o = 0; well && o < pump->n_outputs; o++)
        well = settle_output(pump, &pump->outputs[o]);
    if (!well)
        (void)pump->ops->drain(pump->device);
}

static void free_memory(tn__pump *pump)
{
    for (int32_t p = 0; p < pump->ring->settings.depth; p++) {
        pump->ops->event_destroy(pump->device, pump->staging[p].h2d);
        pump->ops->free(pump->device, &pump->staging[p].memory);
    }
    for (int32_t i = 0; i < TN__INPUTS; i++) {
        pump->ops->event_destroy(pump->device, pump->inputs[i].arrived);
        pump->ops->event_destroy(pump->device, pump->inputs[i].used);
        pump->ops->free(pump->device, &pump->inputs[i].memory);
    }
    for (int32_t o = 0; o < pump->max_outputs; o++)
        free_output(pump, &pump->outputs[o]);
    pump->ops->free(pump->device, &pump->table);
    pump->ops->stream_destroy(pump->device, pump->copying);
    pump->ops->stream_destroy(pump->device, pump->working);
}

static void free_pump(tn__pump *pump, bool failed)
{
    if (pump->staging && pump->outputs && pump->sendings) {
        settle_all(pump, failed);
        free_memory(pump);
    }
    pthread_cond_destroy(&pump->work);
    free(pump->staging);
    free(pump->outputs);
    free(pump->sendings);
    free(pump);
}

void tn__pump_free(tn__pump *pump)
{
    tn__ring *const ring = pump->ring;
    free_pump(pump, ring->lost.code != TN_OK);
    ring->pump = NULL;
}

/* The kernel's table crosses in a staging buffer. */
static int send_table(tn__pump *pump, const tn__finish *finish)
{
    enum { BYTES = sizeof finish->table };
    const tn__memory_use use = {TN__ON_DEVICE, BYTES, "table", 0, "arrived", "used"};
    const tn__staging_buffer *const staging = &pump->staging[0];
    _Static_assert((int)BYTES <= (int)TN__MIN_STAGING, "the table fits a staging buffer");
    int code = allocate(pump, &pump->table, &use);
    const tn__device_part to = {&pump->table, 0, BYTES}, from = {&staging->memory, 0, BYTES};
    memcpy(staging->memory.data, finish->table, BYTES);
    if (code == TN_OK)
        code = pump->ops->copy(pump->device, to, from, pump->working);
    if (code == TN_OK)
        code = pump->ops->record(pump->device, staging->h2d, pump->working);
    return code == TN_OK && !settle(pump, staging->h2d) ? tn__error_last()->code : code;
}

static int make_kernel(tn__pump *pump)
{
    const tn__settings *const settings = &pump->ring->settings;
    const int32_t channels = settings->dataset->mode == TN_GREY ? 1 : 3;
    const int code = tn__transform_constants(settings->transform, channels, settings->schedule.w,
                                             settings->schedule.h, &pump->constants);
    if (code < 0 || pump->constants.kind != TN_PX_TABLE)
        return code;
    return send_table(pump, tn__transform_finish(settings->transform, channels));
}

static int make_all(tn__pump *pump)
{
    const tn__settings *const settings = &pump->ring->settings;
    int code = pump->ops->stream_create(pump->device, "copying", &pump->copying);
    if (code == TN_OK)
        code = pump->ops->stream_create(pump->device, "working", &pump->working);
    tn__numa_policy before;
    tn__numa_prefer(&pump->numa, &before);
    for (int32_t p = 0; code == TN_OK && p < settings->depth; p++)
        code = make_staging(pump, p);
    tn__numa_restore(&before);
    for (int32_t i = 0; code == TN_OK && i < TN__INPUTS; i++)
        code = make_input(pump, i);
    for (; code == TN_OK && pump->n_outputs < settings->outputs; pump->n_outputs += code == TN_OK)
        code = tn__pump_make_output(pump, pump->n_outputs);
    return code == TN_OK ? make_kernel(pump) : code;
}

static int start_thread(tn__pump *pump)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* a thread inherits the mask of its creator */
    const int failed = pthread_create(&thread, &attributes, tn__pump_run, pump);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return failed ? tn__fail(TN_ENOMEM, "the device's thread could not be started: %s",
                             strerror(failed))
                  : TN_OK;
}

static tn__pump *make_pump(struct tn__ring *ring)
{
    const tn__settings *const settings = &ring->settings;
    tn__pump *const pump = calloc(1, sizeof *pump);
    if (!pump)
        return tn__fail_null(TN_ENOMEM, "out of memory: a loader's pump");
    *pump = (tn__pump){
        .ring = ring,
        .ops = settings->ops,
        .device = settings->device,
        .numa = tn__device_numa(settings->ops, settings->device),
        .staging = calloc((size_t)settings->depth, sizeof *pump->staging),
        .outputs = calloc((size_t)settings->max_outputs, sizeof *pump->outputs),
        .sendings = calloc((size_t)tn__pump_sendings(settings->depth), sizeof *pump->sendings),
        .max_outputs = settings->max_outputs};
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pump->work, &attributes);
    pthread_condattr_destroy(&attributes);
    return pump;
}

tn__pump *tn__pump_create(struct tn__ring *ring)
{
    tn__pump *const pump = make_pump(ring);
    if (!pump)
        return NULL;
    int code = pump->staging && pump->outputs && pump->sendings
                   ? make_all(pump)
                   : tn__fail(TN_ENOMEM, "out of memory: a loader's pump");
    if (code == TN_OK)
        code = start_thread(pump);
    if (code == TN_OK)
        return pump;
    const tn__error why = *tn__error_last();
    free_pump(pump, true);
    tn__error_raise(&why);
    return NULL;
}
