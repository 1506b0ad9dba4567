/* SPDX-License-Identifier: MIT */
/* The self-test of a device. See self_test.h. */
#include "dev/self_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cuda/shim.h"
#include "px/finish.h"

enum {
    ROWS = 4,
    HEIGHT = 8,
    CHANNELS = 3,
    WIDEST = 16,
    SAMPLE = WIDEST * HEIGHT * CHANNELS,
    VALUES = ROWS * SAMPLE
};

/* Everything that the kernel reads, in the device's layout. */
typedef struct inputs {
    uint32_t table[CHANNELS * 256];
    tn_px_record records[ROWS];
    uint8_t staging[ROWS * SAMPLE];
} inputs;

typedef struct trial {
    const tn__device_ops *ops;
    tn__device *device;
    void *stream;
    tn__device_memory pinned, read, out;
    tn_px_finish finish;
    uint32_t got[VALUES];
} trial;

/* Bytes without a pattern. */
static void fill_inputs(inputs *in)
{
    memset(in, 0, sizeof *in);
    for (uint32_t i = 0; i < sizeof in->staging; i++)
        in->staging[i] = (uint8_t)((i * 2654435761u) >> 23);
    for (uint32_t i = 0; i < CHANNELS * 256; i++)
        in->table[i] = i * 40503u % 0x7C00u; /* finite in every dtype */
    for (uint32_t row = 0; row < ROWS; row++)
        in->records[row] = (tn_px_record){.offset = row * SAMPLE,
                                          .flip = row & 1u,
                                          .erase = (uint8_t)row,
                                          .n_boxes = 2,
                                          .box = {{1, 1, 5, 4}, {3, 2, 8, 5}},
                                          .partner = ROWS - 1 - row,
                                          .lambda = 0.3f + 0.1f * (float)row,
                                          .key = {row, 7},
                                          .mix = {2, 1, row / 2 ? 6 : 0, 5}};
}

/* Bit 0 of `way`: layout and kind. Bit 1: the staged layout and where rows are mixed. */
static tn_px_finish constants(int32_t dtype, int32_t w, int32_t way)
{
    tn_px_finish out = {.dtype = dtype,
                        .layout = way & 1 ? TN_PX_NHWC : TN_PX_NCHW,
                        .mix = dtype == TN_PX_U8 || way & 2 ? TN_PX_MIX_U8 : TN_PX_MIX_FLOAT,
                        .channels = CHANNELS,
                        .w = w,
                        .h = HEIGHT,
                        .staged = way & 2 ? TN_PX_NHWC : TN_PX_NCHW};
    out.kind = dtype == TN_PX_U8 ? TN_PX_PLAIN : way & 1 ? TN_PX_TABLE : TN_PX_FMA;
    out.stride = out.staged == TN_PX_NHWC ? CHANNELS * w : w;
    out.plane = (uint64_t)(uint32_t)w * HEIGHT;
    for (int32_t c = 0; c < CHANNELS; c++) {
        out.fill[c] = 17u + (uint32_t)c;
        out.scale[c] = 1.0f / (55.0f + (float)c);
        out.bias[c] = -2.0f + 0.1f * (float)c;
        out.spread[c] = 57.0f;
        out.centre[c] = 120.0f;
    }
    return out;
}

static uint32_t value_at(const trial *it, uint64_t place)
{
    const uint8_t *const bytes = (const uint8_t *)it->got;
    uint16_t half;
    if (it->finish.dtype == TN_PX_U8)
        return bytes[place];
    if (it->finish.dtype == TN_PX_F32)
        return it->got[place];
    memcpy(&half, bytes + 2 * place, sizeof half);
    return half;
}

static int compare(const trial *it, const inputs *in)
{
    const tn_px_finish *const finish = &it->finish;
    for (int32_t i = 0; i < ROWS * CHANNELS * HEIGHT * finish->w; i++) {
        const int32_t x = i % finish->w, line = i / finish->w, y = line % HEIGHT;
        const int32_t c = line / HEIGHT % CHANNELS, row = line / HEIGHT / CHANNELS;
        const uint32_t want =
            tn_px_finish_value(finish, in->staging, in->records, in->table, row, c, y, x);
        const uint32_t got = value_at(it, tn_px_finish_place(finish, row, c, y, x));
        if (got != want)
            return tn__fail(
                TN_EDEVICE,
                "self-test: the device made %08X where the CPU makes %08X (dtype %d, "
                "layout %d, width %d, row %d, channel %d, y %d, x %d): tench refuses it",
                got, want, finish->dtype, finish->layout, finish->w, row, c, y, x);
    }
    return TN_OK;
}

static int run(trial *it, const inputs *in)
{
    const tn__device_ops *const ops = it->ops;
    const tn__finish_work work = {
        .constants = &it->finish,
        .staging = {&it->read, offsetof(inputs, staging), sizeof in->staging},
        .records = {&it->read, offsetof(inputs, records), sizeof in->records},
        .table = {&it->read, offsetof(inputs, table), sizeof in->table},
        .out = {&it->out, 0, sizeof it->got},
        .rows = ROWS};
    const tn__device_part out = {&it->out, 0, sizeof it->got};
    int status = ops->finish(it->device, &work, it->stream);
    if (status == TN_OK)
        status = ops->fetch(it->device, it->got, out);
    return status == TN_OK ? compare(it, in) : status;
}

static int allocate(trial *it)
{
    const tn__device_ops *const ops = it->ops;
    const tn__memory_use pinned = {TN__PINNED, sizeof(inputs), "self-test", 0, NULL, NULL};
    const tn__memory_use read = {TN__ON_DEVICE, sizeof(inputs), "self-test", 1, NULL, NULL};
    const tn__memory_use out = {TN__ON_DEVICE, sizeof it->got, "self-test", 2, NULL, NULL};
    int status = ops->allocate(it->device, &pinned, &it->pinned);
    if (status == TN_OK)
        status = ops->allocate(it->device, &read, &it->read);
    if (status == TN_OK)
        status = ops->allocate(it->device, &out, &it->out);
    return status;
}

/* Tests each dtype in eight ways: two widths (for the fast and the general form), each with the
 * four ways of constants(). */
static int run_all(trial *it)
{
    const tn__device_ops *const ops = it->ops;
    inputs *const in = (inputs *)(void *)it->pinned.data;
    const tn__device_part from = {&it->pinned, 0, sizeof *in}, to = {&it->read, 0, sizeof *in};
    fill_inputs(in);
    int status = ops->copy(it->device, to, from, it->stream);
    for (int32_t i = 0; i < 4 * 8 && status == TN_OK; i++) {
        it->finish = constants(TN_PX_U8 + i / 8, i & 4 ? WIDEST : WIDEST - 3, i & 3);
        status = run(it, in);
    }
    return status;
}

int tn__self_test(const tn__device_ops *ops, tn__device *device, void *stream)
{
    trial *const it = calloc(1, sizeof *it);
    if (!it)
        return tn__fail_memory("the self-test", sizeof *it);
    it->ops = ops;
    it->device = device;
    it->stream = stream;
    int status = allocate(it);
    if (status == TN_OK)
        status = run_all(it);
    ops->free(device, &it->out);
    ops->free(device, &it->read);
    ops->free(device, &it->pinned);
    free(it);
    return status;
}
