/* SPDX-License-Identifier: MIT */
/* The consumer's side of a pump: outputs that are out. See pump.h. */
#include "load/pump.h"

#include <unistd.h>

#include "base/error.h"

enum { POLL_US = 100 };

int tn__pump_use_on(tn__pump *pump, int32_t output, void *stream)
{
    tn__output *const out = &pump->outputs[output];
    const int code = pump->ops->wait(pump->device, stream, out->ready);
    out->on_stream = code == TN_OK;
    out->stream = stream;
    return code;
}

static bool is_used_on(const tn__output *output, const void *stream)
{
    bool known = output->on_stream && output->stream == stream;
    for (int32_t o = 0; o < output->n_others; o++)
        known = known || output->other[o].stream == stream;
    return known;
}

int tn__pump_also_use_on(tn__pump *pump, int32_t output, void *stream)
{
    tn__output *const out = &pump->outputs[output];
    if (is_used_on(out, stream))
        return TN_OK;
    if (out->n_others == TN__OTHERS)
        return tn__fail(TN_EINVAL, "a batch can be used on %d streams at most", TN__OTHERS + 1);
    tn__other *const other = &out->other[out->n_others];
    int code = TN_OK;
    if (!other->released)
        code = pump->ops->event_create(pump->device, "also_released", output, &other->released);
    if (code == TN_OK)
        code = pump->ops->wait(pump->device, stream, out->ready);
    if (code == TN_OK)
        out->n_others++;
    other->stream = stream;
    return code;
}

void tn__pump_end_on(tn__pump *pump, int32_t output, void *stream)
{
    pump->outputs[output].on_stream = true;
    pump->outputs[output].stream = stream;
}

int tn__pump_release(tn__pump *pump, int32_t output)
{
    tn__output *const out = &pump->outputs[output];
    int code = TN_OK;
    if (out->on_stream)
        code = pump->ops->record(pump->device, out->released, out->stream);
    for (int32_t o = 0; o < out->n_others; o++) {
        const tn__other *const other = &out->other[o];
        const int recorded = pump->ops->record(pump->device, other->released, other->stream);
        code = code < 0 ? code : recorded;
    }
    out->on_stream = false;
    out->needs_drain = out->needs_drain || code < 0;
    return code;
}

int tn__pump_fetch(tn__pump *pump, int32_t output, size_t at, size_t n_bytes, void *to)
{
    const tn__output *const out = &pump->outputs[output];
    const tn__device_part part = {&out->memory, at, n_bytes};
    int code;
    while ((code = pump->ops->query(pump->device, out->ready)) == TN_ETIMEOUT)
        usleep(POLL_US);
    return code == TN_OK ? pump->ops->fetch(pump->device, to, part) : code;
}
