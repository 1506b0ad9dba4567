/* SPDX-License-Identifier: MIT */
/* Batches on a device. See pump.h. "Locked" means that the caller holds the pool's lock. */
#include "load/pump.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/nvtx.h"
#include "base/thread.h"
#include "load/row.h"

/* The pump asks the device ten thousand times a second. */
enum { POLL_NS = 100000, POLL_US = 100, SETTLE_US = 200 };

/* States of a staging buffer: free; a slot has it and workers make rows in it; it is crossing. */
enum { STAGING_FREE = 0, STAGING_TAKEN, STAGING_CROSSING };

typedef struct staging_buffer {
    tn__device_memory memory;
    tn__event *h2d;
    int32_t state;  /* guarded by the pool's lock */
    int64_t number; /* number of the batch that crosses in it, among all sent batches */
} staging_buffer;

typedef struct pump_input {
    tn__device_memory memory;
    tn__event *arrived, *used;
} pump_input;

/* A stream of the consumer's, beside the first. */
typedef struct other_stream {
    void *stream;
    tn__event *released; /* made at the first use, and kept */
} other_stream;

typedef struct pump_output {
    tn__device_memory memory;
    tn__event *ready, *released;
    bool taken; /* guarded by the pool's lock. What follows belongs to the batch's holder. */
    bool on_stream;
    void *stream; /* the consumer's, if on_stream */
    int32_t n_others;
    other_stream other[TN__MAX_OTHERS];
    bool needs_drain; /* a release could not be recorded: the device must be idle before the output
                         is used again */
} pump_output;

/* A batch that was sent, as a trace needs it. */
typedef struct sending {
    double sent_at, crossed_at;
    int64_t epoch, batch;
    int32_t slot;
} sending;

typedef struct tn__pump {
    tn__path path; /* first */
    tn__feed *feed;
    tn__ring *ring;
    const tn__settings *settings;
    const tn__device_ops *ops;
    tn__device *device;
    tn__numa numa;           /* of the thread and the staging buffers */
    void *copying, *working; /* streams */
    staging_buffer *staging;
    pump_input inputs[TN__INPUTS];
    pump_output *outputs;    /* space for settings->max_outputs of them; n_outputs exist */
    tn__device_memory table; /* of the kernel; may be none */
    tn_px_finish constants;

    /* Only the pump's thread uses these. Copies end in the order in which they were sent, and so
     * do kernels. */
    int64_t n_sent;                /* since the device was opened; selects the next input */
    int64_t n_crossed, n_finished; /* n_finished counts only while a trace wants to know */
    sending *sendings;             /* number n at n mod max_sendings() */
    double copied_at, finished_at; /* when the host saw the end of the last copy and kernel */
    int32_t resting;               /* why the thread waits, TN__SPAN_…; 0: it works */
    double resting_since;

    /* Guarded by the pool's lock. */
    int32_t n_outputs;
    bool woken;
    tn__path_waits waits;
    pthread_cond_t work;
} tn__pump;

static tn__pump *of(tn__path *path)
{
    return (tn__pump *)(void *)path;
}

/* Batches that can be under way at the same time: their staging buffers cross, or the kernel still
 * reads their inputs. */
static int32_t max_sendings(const tn__settings *settings)
{
    return settings->depth + TN__INPUTS + 1;
}

/* Makes this thread's failure the end of all work on the device. Locked. */
static void lose(tn__pump *pump)
{
    tn__feed_changed(pump->feed, tn__ring_lose(pump->ring));
}

static bool is_lost(const tn__pump *pump)
{
    return pump->ring->lost.code != TN_OK;
}

/* The path's calls. */

static void wake(tn__path *path)
{
    of(path)->woken = true;
    pthread_cond_signal(&of(path)->work);
}

static void get_waits(const tn__path *path, tn__path_waits *out)
{
    *out = ((const tn__pump *)(const void *)path)->waits;
}

static void take_staging(tn__path *path, tn__slot *slot)
{
    tn__pump *const pump = of(path);
    int32_t s = 0;
    while (pump->staging[s].state != STAGING_FREE) /* the ring's `space` counts the free ones */
        s++;
    slot->staging = s;
    pump->staging[s].state = STAGING_TAKEN;
    const tn__layout *const layout = &pump->settings->layout;
    tn__slot_write_at(slot, layout, pump->staging[s].memory.data + layout->staging.labels_at);
}

/* Takes a slot's staging buffer and output back. Locked. */
static void take_back(tn__pump *pump, tn__slot *slot)
{
    if (slot->staging >= 0)
        pump->staging[slot->staging].state = STAGING_FREE;
    if (slot->output >= 0)
        pump->outputs[slot->output].taken = false;
    slot->staging = slot->output = -1;
}

static void reclaim(tn__path *path)
{
    const tn__ring *const ring = of(path)->ring;
    for (int32_t s = 0; s < ring->n_slots; s++)
        if (ring->slots[s].state == TN__FREE)
            take_back(of(path), &ring->slots[s]);
}

static tn__row_output row_output(const tn__path *path, const tn__slot *slot, int32_t row)
{
    const tn__pump *const self = (const tn__pump *)(const void *)path;
    return tn__layout_row_output(&self->settings->layout, self->staging[slot->staging].memory.data,
                                 row);
}

static int use_on(tn__path *path, const tn__slot *slot, void *stream)
{
    const tn__pump *const pump = of(path);
    pump_output *const out = &pump->outputs[slot->output];
    const int status = pump->ops->wait(pump->device, stream, out->ready);
    out->on_stream = status == TN_OK;
    out->stream = stream;
    return status;
}

static bool is_used_on(const pump_output *out, const void *stream)
{
    bool known = out->on_stream && out->stream == stream;
    for (int32_t o = 0; o < out->n_others; o++)
        known = known || out->other[o].stream == stream;
    return known;
}

static int also_use_on(tn__path *path, const tn__slot *slot, void *stream)
{
    const tn__pump *const pump = of(path);
    pump_output *const out = &pump->outputs[slot->output];
    if (is_used_on(out, stream))
        return TN_OK;
    if (out->n_others == TN__MAX_OTHERS)
        return tn__fail(TN_EINVAL, "a batch can be used on at most %d streams", TN__MAX_OTHERS + 1);
    other_stream *const other = &out->other[out->n_others];
    int status = TN_OK;
    if (!other->released)
        status =
            pump->ops->event_create(pump->device, "also_released", slot->output, &other->released);
    if (status == TN_OK)
        status = pump->ops->wait(pump->device, stream, out->ready);
    if (status == TN_OK)
        out->n_others++;
    other->stream = stream;
    return status;
}

static void end_on(tn__path *path, const tn__slot *slot, void *stream)
{
    of(path)->outputs[slot->output].on_stream = true;
    of(path)->outputs[slot->output].stream = stream;
}

static int release(tn__path *path, const tn__slot *slot)
{
    if (slot->output < 0)
        return TN_OK; /* a row failed: the batch never crossed */
    const tn__pump *const pump = of(path);
    pump_output *const out = &pump->outputs[slot->output];
    int status = TN_OK;
    if (out->on_stream)
        status = pump->ops->record(pump->device, out->released, out->stream);
    for (int32_t o = 0; o < out->n_others; o++) {
        const other_stream *const other = &out->other[o];
        const int recorded = pump->ops->record(pump->device, other->released, other->stream);
        status = status == TN_OK ? recorded : status;
    }
    out->on_stream = false;
    out->needs_drain = out->needs_drain || status != TN_OK;
    return status;
}

static int fetch(tn__path *path, const tn__slot *slot, size_t at, size_t n_bytes, void *to)
{
    const tn__pump *const pump = of(path);
    const pump_output *const out = &pump->outputs[slot->output];
    const tn__device_part part = {&out->memory, at, n_bytes};
    int status;
    while ((status = pump->ops->query(pump->device, out->ready)) == TN_ETIMEOUT)
        usleep(POLL_US);
    return status == TN_OK ? pump->ops->fetch(pump->device, to, part) : status;
}

static const tn__path_ops path_ops = {
    .limit = "max_outputs",
    .open = take_staging,
    .row_output = row_output,
    .reclaim = reclaim,
    .wake = wake,
    .waits = get_waits,
    .use_on = use_on,
    .also_use_on = also_use_on,
    .end_on = end_on,
    .release = release,
    .fetch = fetch,
};

/* Memory, streams and events. */

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
    staging_buffer *const staging = &pump->staging[number];
    const tn__memory_use use = {.memory = TN__PINNED,
                                .n_bytes = pump->settings->layout.staging.n_bytes,
                                .name = "staging buffer",
                                .number = number,
                                .written = "filled",
                                .read = "h2d"};
    int status = allocate(pump, &staging->memory, &use);
    if (status == TN_OK)
        status = make_event(pump, "h2d", number, &staging->h2d);
    const tn__device_part all = {&staging->memory, 0, use.n_bytes};
    if (status == TN_OK && pump->ops->host_uses)
        status = pump->ops->host_uses(pump->device, all, TN__HOST_WRITES);
    return status;
}

static int make_input(tn__pump *pump, int32_t number)
{
    pump_input *const in = &pump->inputs[number];
    const tn__memory_use use = {.memory = TN__ON_DEVICE,
                                .n_bytes = pump->settings->layout.staging.n_bytes,
                                .name = "input",
                                .number = number,
                                .written = "arrived",
                                .read = "used"};
    int status = allocate(pump, &in->memory, &use);
    if (status == TN_OK)
        status = make_event(pump, "arrived", number, &in->arrived);
    return status == TN_OK ? make_event(pump, "used", number, &in->used) : status;
}

static void free_output(tn__pump *pump, pump_output *out)
{
    pump->ops->event_destroy(pump->device, out->ready);
    pump->ops->event_destroy(pump->device, out->released);
    for (int32_t o = 0; o < TN__MAX_OTHERS; o++)
        pump->ops->event_destroy(pump->device, out->other[o].released);
    pump->ops->free(pump->device, &out->memory);
    *out = (pump_output){0};
}

/* TN_ENOMEM, TN_EDEVICE: nothing is left. */
static int make_output(tn__pump *pump, int32_t number)
{
    pump_output *const out = &pump->outputs[number];
    const tn__memory_use use = {.memory = TN__ON_DEVICE,
                                .n_bytes = pump->settings->layout.tensor_bytes,
                                .name = "output",
                                .number = number,
                                .written = "ready",
                                .read = "released"};
    int status = allocate(pump, &out->memory, &use);
    if (status == TN_OK)
        status = make_event(pump, "ready", number, &out->ready);
    if (status == TN_OK)
        status = make_event(pump, "released", number, &out->released);
    if (status != TN_OK) {
        const tn__error why = *tn__error_last();
        free_output(pump, out);
        tn__error_raise(&why);
    }
    return status;
}

/* Waits for an event's last record; false when the device is lost. */
static bool settle(const tn__pump *pump, tn__event *event)
{
    int status = event ? TN_ETIMEOUT : TN_OK;
    while (status == TN_ETIMEOUT) {
        status = pump->ops->query(pump->device, event);
        if (status == TN_ETIMEOUT)
            usleep(SETTLE_US);
    }
    return status == TN_OK;
}

static bool settle_output(const tn__pump *pump, const pump_output *out)
{
    if (out->needs_drain)
        (void)pump->ops->drain(pump->device);
    bool well = settle(pump, out->ready) && settle(pump, out->released);
    for (int32_t o = 0; well && o < TN__MAX_OTHERS; o++)
        well = settle(pump, out->other[o].released);
    return well;
}

/* Waits until the device and the consumers' streams use none of the pump's memory. After a failure
 * the events do not cover all queued work, so the whole device is drained. */
static void settle_all(const tn__pump *pump, bool failed)
{
    bool well = !failed;
    for (int32_t s = 0; well && s < pump->settings->depth; s++)
        well = settle(pump, pump->staging[s].h2d);
    for (int32_t i = 0; well && i < TN__INPUTS; i++)
        well = settle(pump, pump->inputs[i].arrived) && settle(pump, pump->inputs[i].used);
    for (int32_t o = 0; well && o < pump->n_outputs; o++)
        well = settle_output(pump, &pump->outputs[o]);
    if (!well)
        (void)pump->ops->drain(pump->device);
}

static void free_memory(tn__pump *pump)
{
    for (int32_t s = 0; s < pump->settings->depth; s++) {
        pump->ops->event_destroy(pump->device, pump->staging[s].h2d);
        pump->ops->free(pump->device, &pump->staging[s].memory);
    }
    for (int32_t i = 0; i < TN__INPUTS; i++) {
        pump->ops->event_destroy(pump->device, pump->inputs[i].arrived);
        pump->ops->event_destroy(pump->device, pump->inputs[i].used);
        pump->ops->free(pump->device, &pump->inputs[i].memory);
    }
    for (int32_t o = 0; o < pump->n_outputs; o++)
        free_output(pump, &pump->outputs[o]);
    pump->ops->free(pump->device, &pump->table);
    pump->ops->stream_destroy(pump->device, pump->copying);
    pump->ops->stream_destroy(pump->device, pump->working);
}

static bool has_arrays(const tn__pump *pump)
{
    return pump->staging && pump->outputs && pump->sendings;
}

static void free_pump(tn__pump *pump, bool failed)
{
    if (has_arrays(pump)) {
        settle_all(pump, failed);
        free_memory(pump);
    }
    pthread_cond_destroy(&pump->work);
    free(pump->staging);
    free(pump->outputs);
    free(pump->sendings);
    free(pump);
}

/* Sends the kernel's table, through a staging buffer. */
static int send_table(tn__pump *pump, const tn__finish *finish)
{
    enum { BYTES = sizeof finish->table };
    const tn__memory_use use = {TN__ON_DEVICE, BYTES, "table", 0, "arrived", "used"};
    const staging_buffer *const staging = &pump->staging[0];
    _Static_assert((int)BYTES <= (int)TN__MIN_STAGING, "the table fits in a staging buffer");
    int status = allocate(pump, &pump->table, &use);
    const tn__device_part to = {&pump->table, 0, BYTES}, from = {&staging->memory, 0, BYTES};
    memcpy(staging->memory.data, finish->table, BYTES);
    if (status == TN_OK)
        status = pump->ops->copy(pump->device, to, from, pump->working);
    if (status == TN_OK)
        status = pump->ops->record(pump->device, staging->h2d, pump->working);
    return status == TN_OK && !settle(pump, staging->h2d) ? tn__error_last()->code : status;
}

static int make_kernel(tn__pump *pump)
{
    const tn__settings *const settings = pump->settings;
    const int32_t channels = tn__dataset_channels(settings->dataset);
    const int status = tn__transform_constants(settings->transform, channels, settings->w,
                                               settings->h, &pump->constants);
    if (status != TN_OK || pump->constants.kind != TN_PX_TABLE)
        return status;
    return send_table(pump, tn__transform_finish(settings->transform, channels));
}

static int make_all(tn__pump *pump)
{
    const tn__settings *const settings = pump->settings;
    int status = pump->ops->stream_create(pump->device, "copying", &pump->copying);
    if (status == TN_OK)
        status = pump->ops->stream_create(pump->device, "working", &pump->working);
    tn__numa_policy before;
    tn__numa_prefer(&pump->numa, &before);
    for (int32_t s = 0; status == TN_OK && s < settings->depth; s++)
        status = make_staging(pump, s);
    tn__numa_restore(&before);
    for (int32_t i = 0; status == TN_OK && i < TN__INPUTS; i++)
        status = make_input(pump, i);
    while (status == TN_OK && pump->n_outputs < settings->outputs) {
        status = make_output(pump, pump->n_outputs);
        pump->n_outputs += status == TN_OK;
    }
    return status == TN_OK ? make_kernel(pump) : status;
}

/* What the thread sees of the device.
 *
 * Events record no time, so the pump learns that a copy or a kernel has ended only when it asks,
 * each time it looks. A span of a trace begins when the pump sent the work, or when the work before
 * it ended; it ends when the host saw the end. */

/* Asks whether the device has reached an event, after which the host uses `part` (NULL: none).
 * Locked; unlocks while it asks. */
static int ask(tn__pump *pump, tn__event *event, const tn__device_part *part, int32_t how)
{
    tn__feed_unlock(pump->feed);
    int status = pump->ops->query(pump->device, event);
    if (status == TN_OK && part && pump->ops->host_uses)
        status = pump->ops->host_uses(pump->device, *part, how);
    tn__feed_lock(pump->feed);
    if (status != TN_OK && status != TN_ETIMEOUT)
        lose(pump);
    return status;
}

static sending *sending_of(const tn__pump *pump, int64_t number)
{
    return &pump->sendings[number % max_sendings(pump->settings)];
}

static double later(double a, double b)
{
    return a > b ? a : b;
}

static void trace_sending(tn__pump *pump, int32_t kind, const sending *sent, double begun,
                          double ended)
{
    const tn__trace_span span = {.begun = begun,
                                 .ended = ended,
                                 .kind = kind,
                                 .epoch = sent->epoch,
                                 .batch = sent->batch,
                                 .slot = sent->slot,
                                 .row = -1,
                                 .sample = -1};
    tn__trace_add(pump->feed->trace, &span);
}

static void note_crossed(tn__pump *pump)
{
    sending *const sent = sending_of(pump, pump->n_crossed++);
    if (!pump->feed->trace)
        return;
    sent->crossed_at = tn__now();
    trace_sending(pump, TN__SPAN_COPY, sent, later(sent->sent_at, pump->copied_at),
                  sent->crossed_at);
    pump->copied_at = sent->crossed_at;
}

static void note_finished(tn__pump *pump)
{
    const sending *const sent = sending_of(pump, pump->n_finished++);
    const double now = tn__now();
    const double begun = later(sent->sent_at, sent->crossed_at);
    trace_sending(pump, TN__SPAN_KERNEL, sent, later(begun, pump->finished_at), now);
    pump->finished_at = now;
}

/* From now on the thread rests for this reason (TN__SPAN_…), or works (0). One span of a trace
 * joins many short rests. Locked. */
static void note_rest(tn__pump *pump, int32_t why, double now)
{
    if (pump->resting == why)
        return;
    const tn__trace_span span = {.begun = pump->resting_since,
                                 .ended = now,
                                 .kind = pump->resting,
                                 .batch = -1,
                                 .slot = -1,
                                 .row = -1,
                                 .sample = -1};
    if (pump->resting && pump->feed->trace)
        tn__trace_add(pump->feed->trace, &span);
    pump->resting = why;
    pump->resting_since = now;
}

static staging_buffer *oldest_crossing(const tn__pump *pump)
{
    for (int32_t s = 0; s < pump->settings->depth; s++)
        if (pump->staging[s].state == STAGING_CROSSING &&
            pump->staging[s].number == pump->n_crossed)
            return &pump->staging[s];
    return NULL;
}

/* Takes back the staging buffers that have crossed; true if others still cross. Locked; unlocks
 * while it asks the device. */
static bool collect(tn__pump *pump)
{
    staging_buffer *staging;
    while (!is_lost(pump) && (staging = oldest_crossing(pump)) != NULL) {
        const tn__device_part all = {&staging->memory, 0, staging->memory.use.n_bytes};
        if (ask(pump, staging->h2d, &all, TN__HOST_WRITES) != TN_OK)
            return true;
        staging->state = STAGING_FREE;
        note_crossed(pump);
        tn__feed_changed(pump->feed, tn__ring_add_space(pump->ring));
    }
    return false;
}

/* True if the kernel of this sending has ended. The event `used` of its input shows that until
 * the input is used again. After that the next copy to the input shows it, because that copy
 * waited for the kernel. */
static bool kernel_ended(tn__pump *pump, int64_t number)
{
    if (pump->n_crossed > number + TN__INPUTS)
        return true;
    if (pump->n_crossed <= number || pump->n_sent > number + TN__INPUTS)
        return false;
    return ask(pump, pump->inputs[number % TN__INPUTS].used, NULL, 0) == TN_OK;
}

/* For a trace: notes the kernels that have ended; true if others still run. Locked; unlocks while
 * it asks the device. */
static bool watch_kernels(tn__pump *pump)
{
    while (pump->feed->trace && !is_lost(pump) && pump->n_finished < pump->n_sent) {
        if (!kernel_ended(pump, pump->n_finished))
            return true;
        if (pump->feed->trace) /* the consumer may have ended it meanwhile */
            note_finished(pump);
    }
    pump->n_finished = pump->n_sent;
    return false;
}

/* If the consumer's thread waits for a batch that was sent, asks whether the device has finished
 * it; true if it has not. Locked; unlocks while it asks the device. */
static bool confirm_next(tn__pump *pump)
{
    tn__slot *const slot = tn__ring_to_confirm(pump->ring);
    if (!slot || is_lost(pump))
        return false;
    const pump_output *const out = &pump->outputs[slot->output];
    const tn__device_part all = {&out->memory, 0, out->memory.use.n_bytes};
    if (ask(pump, out->ready, &all, TN__HOST_READS) != TN_OK)
        return true;
    if (pump->feed->trace) { /* the trace must have this batch before the consumer can end it */
        (void)collect(pump);
        (void)watch_kernels(pump);
    }
    if (slot->state == TN__SENT) /* only this thread sends, so it is still the same batch */
        tn__feed_changed(pump->feed, tn__ring_confirm(slot));
    return false;
}

/* Sending. */

/* Lets the work stream wait until all streams of the consumer have released the output. */
static int wait_released(tn__pump *pump, pump_output *out)
{
    int status = out->needs_drain ? pump->ops->drain(pump->device) : TN_OK;
    out->needs_drain = out->needs_drain && status != TN_OK;
    if (status == TN_OK)
        status = pump->ops->wait(pump->device, pump->working, out->released);
    for (int32_t o = 0; status == TN_OK && o < out->n_others; o++)
        status = pump->ops->wait(pump->device, pump->working, out->other[o].released);
    if (status == TN_OK)
        out->n_others = 0;
    return status;
}

static int cross(tn__pump *pump, const staging_buffer *staging, const pump_input *in,
                 size_t n_bytes)
{
    const tn__device_ops *const ops = pump->ops;
    const tn__device_part from = {&staging->memory, 0, n_bytes}, to = {&in->memory, 0, n_bytes};
    const bool done = ops->wait(pump->device, pump->copying, in->used) == TN_OK &&
                      ops->copy(pump->device, to, from, pump->copying) == TN_OK &&
                      ops->record(pump->device, staging->h2d, pump->copying) == TN_OK &&
                      ops->record(pump->device, in->arrived, pump->copying) == TN_OK;
    return done ? TN_OK : tn__error_last()->code;
}

static int finish(tn__pump *pump, const pump_input *in, pump_output *out, const tn__slot *slot)
{
    const tn__device_ops *const ops = pump->ops;
    const tn__layout *const layout = &pump->settings->layout;
    const size_t label_bytes = layout->tensor_bytes - layout->label_at;
    const tn__device_part labels = {&out->memory, layout->label_at, label_bytes};
    const tn__device_part from = {&in->memory, layout->staging.labels_at, label_bytes};
    const tn__finish_work work = {
        .constants = &pump->constants,
        .staging = {&in->memory, 0, layout->staging.n_bytes},
        .records = {&in->memory, 0, (size_t)slot->span.rows * sizeof(tn_px_record)},
        .table = {pump->table.data ? &pump->table : NULL, 0, pump->table.use.n_bytes},
        .out = {&out->memory, 0, (size_t)slot->rows * layout->row_bytes},
        .rows = slot->rows,
    };
    const bool done = ops->wait(pump->device, pump->working, in->arrived) == TN_OK &&
                      wait_released(pump, out) == TN_OK &&
                      ops->copy(pump->device, labels, from, pump->working) == TN_OK &&
                      ops->finish(pump->device, &work, pump->working) == TN_OK &&
                      ops->record(pump->device, in->used, pump->working) == TN_OK &&
                      ops->record(pump->device, out->ready, pump->working) == TN_OK;
    return done ? TN_OK : tn__error_last()->code;
}

/* Queues all of the device's work on a batch whose rows are made. Not locked. */
static int enqueue(tn__pump *pump, tn__slot *slot)
{
    const tn__staging_layout *const layout = &pump->settings->layout.staging;
    const pump_input *const in = &pump->inputs[pump->n_sent++ % TN__INPUTS];
    const size_t n_bytes = layout->pixels_at + (size_t)slot->span.rows * layout->pixels_bytes;
    for (int32_t row = 0; slot->targets && row < slot->rows; row++)
        tn__row_target(pump->settings, slot, row);
    const int status = cross(pump, &pump->staging[slot->staging], in, n_bytes);
    return status == TN_OK ? finish(pump, in, &pump->outputs[slot->output], slot) : status;
}

/* Makes one more output; -1: the device has no memory for it, or failed. Locked; unlocks while it
 * makes it. */
static int32_t add_output(tn__pump *pump)
{
    const int32_t o = pump->n_outputs;
    tn__feed_unlock(pump->feed);
    const int status = make_output(pump, o);
    tn__feed_lock(pump->feed);
    if (status == TN_OK)
        pump->n_outputs++;
    else if (status == TN_ENOMEM) /* the consumer may now have to fail: all outputs are out */
        tn__feed_changed(pump->feed, tn__ring_limit_out(pump->ring, pump->n_outputs));
    else
        lose(pump);
    return status == TN_OK ? o : -1;
}

/* Finds a free output. If all are taken, and the consumer has all of them or all but one, makes one
 * more. -1: none. Locked; unlocks while it makes one. */
static int32_t find_output(tn__pump *pump)
{
    for (int32_t o = 0; o < pump->n_outputs; o++)
        if (!pump->outputs[o].taken)
            return o;
    const bool enough = pump->n_outputs - tn__ring_out(pump->ring) >= 2;
    return enough || pump->n_outputs == pump->ring->max_out ? -1 : add_output(pump);
}

/* Sends the slot's batch to an output. Locked; unlocks while it calls the device. The epoch may be
 * stopped meanwhile. */
static void send(tn__pump *pump, tn__slot *slot, int32_t o)
{
    staging_buffer *const staging = &pump->staging[slot->staging];
    slot->output = o;
    pump->outputs[o].taken = true;
    tn__slot_place(slot, &pump->settings->layout, pump->outputs[o].memory.data, pump->ops->kind);
    tn__ring_begin_send(slot);
    staging->number = pump->n_sent;
    const double begun = tn__now();
    note_rest(pump, 0, begun);
    tn__feed_unlock(pump->feed);
    if (pump->feed->marks)
        tn__nvtx_push(tn__trace_name(TN__SPAN_ENQUEUE), slot->span.batch);
    const int status = enqueue(pump, slot);
    if (pump->feed->marks)
        tn__nvtx_pop();
    tn__feed_lock(pump->feed);
    *sending_of(pump, pump->n_sent - 1) = (sending){.sent_at = begun,
                                                    .epoch = slot->epoch,
                                                    .batch = slot->span.batch,
                                                    .slot = (int32_t)(slot - pump->ring->slots)};
    tn__feed_trace_span(pump->feed, TN__SPAN_ENQUEUE, begun, slot);
    staging->state = STAGING_CROSSING;
    slot->staging = -1;
    if (status != TN_OK)
        lose(pump);
    tn__feed_changed(pump->feed, tn__ring_end_send(pump->ring, slot));
}

/* Sends the next batch, if its rows are made and an output is free; true if it did. Locked; unlocks
 * while it calls the device. */
static bool send_next(tn__pump *pump)
{
    tn__slot *slot = tn__ring_to_send(pump->ring);
    if (!slot || is_lost(pump))
        return false;
    if (tn__slot_has_failed(slot)) {
        take_back(pump, slot);
        tn__feed_changed(pump->feed, tn__ring_skip_send(pump->ring, slot));
        return true;
    }
    const int32_t o = find_output(pump);
    slot = tn__ring_to_send(pump->ring); /* the epoch may have been stopped meanwhile */
    if (o < 0 || !slot || is_lost(pump))
        return false;
    send(pump, slot, o);
    return true;
}

/* The thread. */

/* Waits until another thread wakes the pump, or `briefly`: until it is time to ask the device
 * again. Locked. */
static void wait_for_news(tn__pump *pump, bool briefly)
{
    pthread_mutex_t *const lock = tn__pool_mutex(pump->feed->pool);
    if (!briefly) {
        pthread_cond_wait(&pump->work, lock);
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += POLL_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&pump->work, lock, &until);
}

/* Returns why the pump must wait. If a batch is ready to be sent, the consumer has all outputs. If
 * workers can open no batch, all staging buffers are crossing. Locked. */
static int32_t reason(const tn__pump *pump, bool crossing, bool confirming)
{
    if (is_lost(pump))
        return TN__SPAN_IDLE;
    if (tn__ring_to_send(pump->ring))
        return TN__SPAN_NO_OUTPUT;
    if (crossing && pump->ring->space == 0)
        return TN__SPAN_NO_STAGING;
    return confirming && !crossing ? TN__SPAN_NO_KERNEL : TN__SPAN_IDLE;
}

static void rest(tn__pump *pump, int32_t why, bool briefly)
{
    const double begun = tn__now();
    note_rest(pump, why, begun);
    wait_for_news(pump, briefly);
    const double passed = tn__now() - begun;
    pump->waits.output_s += why == TN__SPAN_NO_OUTPUT ? passed : 0;
    pump->waits.copy_s += why == TN__SPAN_NO_STAGING ? passed : 0;
    pump->waits.kernel_s += why == TN__SPAN_NO_KERNEL ? passed : 0;
}

/* True once the loader, the workers and all holders of tensors are gone. Locked. */
static bool is_over(const tn__pump *pump)
{
    return pump->feed->closing && pump->feed->uses == 1;
}

static void *run(void *argument)
{
    tn__pump *const pump = argument;
    tn__feed *const feed = pump->feed;
    pthread_setname_np(pthread_self(), "tench/pump");
    tn__numa_bind(&pump->numa);
    tn__feed_lock(feed);
    while (!is_over(pump)) {
        pump->woken = false;
        const bool sent = send_next(pump);
        const bool crossing = collect(pump);
        const bool watching = watch_kernels(pump);
        const bool confirming = confirm_next(pump);
        if (!sent && !pump->woken && !is_over(pump))
            rest(pump, reason(pump, crossing, confirming), crossing || watching || confirming);
    }
    tn__feed_unlock(feed);
    free_pump(pump, is_lost(pump));
    feed->path = NULL;
    tn__feed_dispose(feed);
    return NULL;
}

static int start_thread(tn__pump *pump)
{
    const int problem = tn__thread_detach(run, pump);
    return problem == 0 ? TN_OK
                        : tn__fail(TN_ENOMEM, "the device's thread could not be started: %s",
                                   strerror(problem));
}

static tn__pump *make_pump(tn__feed *feed)
{
    const tn__settings *const settings = &feed->settings;
    tn__pump *const pump = calloc(1, sizeof *pump);
    if (!pump)
        return tn__fail_null(TN_ENOMEM, "out of memory: a loader's pump");
    pump->path.ops = &path_ops;
    pump->feed = feed;
    pump->ring = &feed->ring;
    pump->settings = settings;
    pump->ops = settings->ops;
    pump->device = settings->device;
    pump->numa = tn__device_numa(settings->ops, settings->device);
    pump->staging = calloc((size_t)settings->depth, sizeof *pump->staging);
    pump->outputs = calloc((size_t)settings->max_outputs, sizeof *pump->outputs);
    pump->sendings = calloc((size_t)max_sendings(settings), sizeof *pump->sendings);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pump->work, &attributes);
    pthread_condattr_destroy(&attributes);
    return pump;
}

tn__path *tn__pump_create(tn__feed *feed)
{
    tn__pump *const pump = make_pump(feed);
    if (!pump)
        return NULL;
    int status =
        has_arrays(pump) ? make_all(pump) : tn__fail(TN_ENOMEM, "out of memory: a loader's pump");
    if (status == TN_OK) {
        tn__feed_lock(feed);
        tn__feed_keep(feed); /* before the thread starts, which may be the last user */
        tn__feed_unlock(feed);
        status = start_thread(pump);
        if (status == TN_OK)
            return &pump->path;
        feed->uses--;
    }
    const tn__error why = *tn__error_last();
    free_pump(pump, true);
    tn__error_raise(&why);
    return NULL;
}
