/* SPDX-License-Identifier: MIT */
/* Spans of a trace, kept and written. See trace.h.
 *
 * The file is a JSON object for Chrome's trace viewer and Perfetto: complete events ("X") with
 * times in microseconds since the trace began. The viewers show workers, slots, consumer and device
 * as processes, and each worker, slot or stream as a thread. */
#include "load/trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/write.h"

enum { WORKERS = 1, SLOTS, CONSUMER, DEVICE, GROUPS };
enum { PUMP = 1, COPYING, WORKING }; /* tracks of the device */
enum { FLUSH_BYTES = 1 << 16, GROUP_TRACKS = 100000 };

static const char *const group_names[GROUPS] = {
    [WORKERS] = "workers", [SLOTS] = "slots", [CONSUMER] = "consumer", [DEVICE] = "device"};

static const struct {
    const char *name; /* NULL: the stage's name */
    int32_t group;
    int32_t track; /* 0: the span has it */
} kinds[TN__SPANS] = {
    [TN__STAGE_READ] = {NULL, WORKERS, 0},
    [TN__STAGE_PLAN] = {NULL, WORKERS, 0},
    [TN__STAGE_LARGE] = {NULL, WORKERS, 0},
    [TN__STAGE_DECODE] = {NULL, WORKERS, 0},
    [TN__STAGE_TRANSFORM] = {NULL, WORKERS, 0},
    [TN__STAGE_FINISH] = {NULL, WORKERS, 0},
    [TN__SPAN_SAMPLE] = {"sample", WORKERS, 0},
    [TN__SPAN_MIX] = {"mix", WORKERS, 0},
    [TN__SPAN_FILL] = {"fill", SLOTS, 0},
    [TN__SPAN_MIXED] = {"mix", SLOTS, 0},
    [TN__SPAN_FILLED] = {"filled", SLOTS, 0},
    [TN__SPAN_SENT] = {"sent", SLOTS, 0},
    [TN__SPAN_READY] = {"ready", SLOTS, 0},
    [TN__SPAN_HELD] = {"held", SLOTS, 0},
    [TN__SPAN_DROPPED] = {"dropped", SLOTS, 0},
    [TN__SPAN_NEXT] = {"wait for a batch", CONSUMER, 1},
    [TN__SPAN_ENQUEUE] = {"enqueue", DEVICE, PUMP},
    [TN__SPAN_IDLE] = {"idle", DEVICE, PUMP},
    [TN__SPAN_NO_STAGING] = {"wait for copies", DEVICE, PUMP},
    [TN__SPAN_NO_OUTPUT] = {"wait for the consumer", DEVICE, PUMP},
    [TN__SPAN_NO_KERNEL] = {"wait for the kernel", DEVICE, PUMP},
    [TN__SPAN_COPY] = {"copy", DEVICE, COPYING},
    [TN__SPAN_KERNEL] = {"kernel", DEVICE, WORKING},
};

const char *tn__trace_name(int32_t kind)
{
    return kind < TN__STAGES ? tn__stage_names[kind] : kinds[kind].name;
}

/* Tracks of a group count from 1. */
static int32_t track_of(const tn__trace_span *span)
{
    const int32_t fixed = kinds[span->kind].track;
    return fixed ? fixed : span->track + (kinds[span->kind].group == SLOTS);
}

/* The number of a track's thread. It is unique over all groups and never 0, which viewers take for
 * the idle thread. */
static int32_t thread_of(int32_t group, int32_t track)
{
    return group * GROUP_TRACKS + track;
}

static void free_trace(tn__trace *trace)
{
    free(trace->spans);
    free(trace->path);
    free(trace);
}

tn__trace *tn__trace_open(const char *path, int64_t capacity)
{
    tn__trace *const trace = calloc(1, sizeof *trace);
    if (!trace)
        return tn__fail_null(TN_ENOMEM, "out of memory: a trace");
    trace->path = strdup(path);
    trace->spans = malloc((size_t)capacity * sizeof *trace->spans);
    trace->capacity = capacity;
    const int status = trace->path && trace->spans
                           ? tn__output_open(&trace->output, trace->path)
                           : tn__fail_memory("a trace", (size_t)capacity * sizeof *trace->spans);
    trace->begun = tn__now();
    if (status == TN_OK)
        return trace;
    free_trace(trace);
    return NULL;
}

void tn__trace_add(tn__trace *trace, const tn__trace_span *span)
{
    if (trace->n < trace->capacity)
        trace->spans[trace->n++] = *span;
    else
        trace->dropped++;
}

/* A moment in nanoseconds since the trace began. It is a whole number, so that rounding keeps
 * nested spans nested. */
static long long since_begun(const tn__trace *trace, double moment)
{
    return moment > trace->begun ? llround(1e9 * (moment - trace->begun)) : 0;
}

static void add_arguments(tn__text *out, const tn__trace_span *span, const tn_dataset *dataset)
{
    tn__text_printf(out, ",\"args\":{\"epoch\":%lld,\"batch\":%lld,\"slot\":%d",
                    (long long)span->epoch, (long long)span->batch, span->slot);
    if (span->row >= 0)
        tn__text_printf(out, ",\"row\":%d,\"position\":%lld", span->row, (long long)span->position);
    if (span->sample >= 0) {
        tn__text_printf(out, ",\"sample\":%lld,\"attempt\":%d,\"name\":", (long long)span->sample,
                        span->attempt);
        tn__text_json(out, tn__source_name(dataset->source, span->sample));
    }
    tn__text_add(out, "}");
}

static void add_span(tn__text *out, const tn__trace *trace, const tn__trace_span *span,
                     const tn_dataset *dataset)
{
    const int32_t group = kinds[span->kind].group;
    const long long begun = since_begun(trace, span->begun);
    const long long took = since_begun(trace, span->ended) - begun;
    tn__text_printf(out,
                    "{\"name\":\"%s\",\"ph\":\"X\",\"pid\":%d,\"tid\":%d,\"ts\":%lld.%03lld,"
                    "\"dur\":%lld.%03lld",
                    tn__trace_name(span->kind), group, thread_of(group, track_of(span)),
                    begun / 1000, begun % 1000, took / 1000, took % 1000);
    if (span->batch >= 0)
        add_arguments(out, span, dataset);
    tn__text_add(out, "},\n");
}

static void add_track_name(tn__text *out, int32_t group, int32_t track)
{
    static const char *const device[] = {
        [PUMP] = "pump", [COPYING] = "copy stream", [WORKING] = "work stream"};
    tn__text_printf(out,
                    "{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":%d,\"tid\":%d,\"args\":"
                    "{\"name\":\"",
                    group, thread_of(group, track));
    switch (group) {
    case WORKERS: tn__text_printf(out, "tench/%d", track); break;
    case SLOTS: tn__text_printf(out, "slot %d", track - 1); break;
    case DEVICE: tn__text_add(out, device[track]); break;
    default: tn__text_add(out, group_names[group]); break;
    }
    tn__text_add(out, "\"}},\n");
}

/* Names the tracks that have spans. */
static void add_names(tn__text *out, const tn__trace *trace)
{
    int32_t last[GROUPS] = {0};
    for (int64_t s = 0; s < trace->n; s++) {
        const tn__trace_span *const span = &trace->spans[s];
        const int32_t group = kinds[span->kind].group;
        if (track_of(span) > last[group])
            last[group] = track_of(span);
    }
    for (int32_t group = WORKERS; group < GROUPS; group++) {
        if (last[group] == 0)
            continue;
        tn__text_printf(out,
                        "{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":%d,\"args\":{\"name\":"
                        "\"tench: %s\"}},\n",
                        group, group_names[group]);
        for (int32_t track = 1; track <= last[group]; track++)
            add_track_name(out, group, track);
    }
}

/* Writes the text to the file and empties it. */
static int flush(tn__trace *trace, tn__text *text)
{
    if (text->failed)
        return tn__fail(TN_ENOMEM, "out of memory: the text of a trace");
    FILE *const file = trace->output.file;
    const bool written = fwrite(text->chars, 1, text->length, file) == text->length;
    tn__text_clear(text);
    return written ? TN_OK : tn__output_fail(trace->path);
}

static int write_all(tn__trace *trace, const tn_dataset *dataset)
{
    tn__text text = {0};
    const long long ended = since_begun(trace, tn__now());
    tn__text_printf(
        &text,
        "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"program\":\"tench\",\"spans\":%lld,"
        "\"dropped\":%lld},\"traceEvents\":[\n",
        (long long)trace->n, (long long)trace->dropped);
    add_names(&text, trace);
    int status = TN_OK;
    for (int64_t s = 0; s < trace->n && status == TN_OK; s++) {
        add_span(&text, trace, &trace->spans[s], dataset);
        if (text.length >= FLUSH_BYTES || text.failed)
            status = flush(trace, &text);
    }
    tn__text_printf(
        &text,
        "{\"name\":\"the trace ends\",\"ph\":\"i\",\"s\":\"g\",\"pid\":%d,\"tid\":%d,\"ts\":"
        "%lld.%03lld,\"args\":{\"dropped\":%lld}}\n]}\n",
        CONSUMER, thread_of(CONSUMER, 1), ended / 1000, ended % 1000, (long long)trace->dropped);
    status = status == TN_OK ? flush(trace, &text) : status;
    tn__text_free(&text);
    return status;
}

int tn__trace_close(tn__trace *trace, const tn_dataset *dataset)
{
    sigset_t before;
    tn__write_shield(&before);
    const int status = tn__output_close(&trace->output, write_all(trace, dataset));
    tn__write_unshield(&before);
    free_trace(trace);
    return status;
}

void tn__trace_discard(tn__trace *trace)
{
    if (!trace)
        return;
    (void)tn__output_close(&trace->output, TN_EIO);
    free_trace(trace);
}
