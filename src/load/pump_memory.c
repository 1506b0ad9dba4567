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

static int make_parcel(tn__pump *pump, int32_t number)
{
    tn__parcel *const parcel = &pump->parcels[number];
    const tn__memory_use use = {.memory = TN__PINNED,
                                .n_bytes = pump->ring->recipe.layout.parcel.n_bytes,
                                .name = "parcel",
                                .number = number,
                                .written = "filled",
                                .read = "h2d"};
    int code = allocate(pump, &parcel->memory, &use);
    if (code == TN_OK)
        code = make_event(pump, "h2d", number, &parcel->h2d);
    const tn__device_part all = {&parcel->memory, 0, use.n_bytes};
    if (code == TN_OK && pump->ops->host_uses)
        code = pump->ops->host_uses(pump->device, all, TN__HOST_WRITES);
    return code;
}

static int make_input(tn__pump *pump, int32_t number)
{
    tn__input *const input = &pump->inputs[number];
    const tn__memory_use use = {.memory = TN__ON_DEVICE,
                                .n_bytes = pump->ring->recipe.layout.parcel.n_bytes,
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
                                .n_bytes = pump->ring->recipe.layout.tensor_bytes,
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
    if (output->adrift)
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
    for (int32_t p = 0; well && p < pump->ring->recipe.depth; p++)
        well = settle(pump, pump->parcels[p].h2d);
    for (int32_t i = 0; well && i < TN__INPUTS; i++)
        well = settle(pump, pump->inputs[i].arrived) && settle(pump, pump->inputs[i].used);
    for (int32_t o = 0; well && o < pump->n_outputs; o++)
        well = settle_output(pump, &pump->outputs[o]);
    if (!well)
        (void)pump->ops->drain(pump->device);
}

static void free_memory(tn__pump *pump)
{
    for (int32_t p = 0; p < pump->ring->recipe.depth; p++) {
        pump->ops->event_destroy(pump->device, pump->parcels[p].h2d);
        pump->ops->free(pump->device, &pump->parcels[p].memory);
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
    if (pump->parcels && pump->outputs && pump->sendings) {
        settle_all(pump, failed);
        free_memory(pump);
    }
    pthread_cond_destroy(&pump->work);
    free(pump->parcels);
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

/* The kernel's table crosses in a parcel. */
static int send_table(tn__pump *pump, const tn__finish *finish)
{
    enum { BYTES = sizeof finish->table };
    const tn__memory_use use = {TN__ON_DEVICE, BYTES, "table", 0, "arrived", "used"};
    const tn__parcel *const parcel = &pump->parcels[0];
    _Static_assert((int)BYTES <= (int)TN__LEAST_PARCEL, "the table fits a parcel");
    int code = allocate(pump, &pump->table, &use);
    const tn__device_part to = {&pump->table, 0, BYTES}, from = {&parcel->memory, 0, BYTES};
    memcpy(parcel->memory.data, finish->table, BYTES);
    if (code == TN_OK)
        code = pump->ops->copy(pump->device, to, from, pump->working);
    if (code == TN_OK)
        code = pump->ops->record(pump->device, parcel->h2d, pump->working);
    return code == TN_OK && !settle(pump, parcel->h2d) ? tn__error_last()->code : code;
}

static int make_kernel(tn__pump *pump)
{
    const tn__recipe *const recipe = &pump->ring->recipe;
    const int32_t channels = recipe->dataset->mode == TN_GREY ? 1 : 3;
    const int code = tn__transform_constants(recipe->transform, channels, recipe->schedule.w,
                                             recipe->schedule.h, &pump->constants);
    if (code < 0 || pump->constants.kind != TN_PX_TABLE)
        return code;
    return send_table(pump, tn__transform_finish(recipe->transform, channels));
}

static int make_all(tn__pump *pump)
{
    const tn__recipe *const recipe = &pump->ring->recipe;
    int code = pump->ops->stream_create(pump->device, "copying", &pump->copying);
    if (code == TN_OK)
        code = pump->ops->stream_create(pump->device, "working", &pump->working);
    tn__placing before;
    tn__near_place(&pump->near, &before);
    for (int32_t p = 0; code == TN_OK && p < recipe->depth; p++)
        code = make_parcel(pump, p);
    tn__near_give_back(&before);
    for (int32_t i = 0; code == TN_OK && i < TN__INPUTS; i++)
        code = make_input(pump, i);
    for (; code == TN_OK && pump->n_outputs < recipe->outputs; pump->n_outputs += code == TN_OK)
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
    const tn__recipe *const recipe = &ring->recipe;
    tn__pump *const pump = calloc(1, sizeof *pump);
    if (!pump)
        return tn__fail_null(TN_ENOMEM, "out of memory: a loader's pump");
    *pump = (tn__pump){.ring = ring,
                       .ops = recipe->ops,
                       .device = recipe->device,
                       .near = tn__device_near(recipe->ops, recipe->device),
                       .parcels = calloc((size_t)recipe->depth, sizeof *pump->parcels),
                       .outputs = calloc((size_t)recipe->max_outputs, sizeof *pump->outputs),
                       .sendings =
                           calloc((size_t)tn__pump_sendings(recipe->depth), sizeof *pump->sendings),
                       .max_outputs = recipe->max_outputs};
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
    int code = pump->parcels && pump->outputs && pump->sendings
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
