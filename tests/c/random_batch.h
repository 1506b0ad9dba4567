/* SPDX-License-Identifier: MIT */
/* A batch of random bytes and records for the finishing kernels: every mode, boxes that overlap or
 * touch an edge, partners, odd offsets. */
#ifndef TENCH_RANDOM_BATCH_H
#define TENCH_RANDOM_BATCH_H

#include <stdlib.h>
#include <string.h>

#include "cuda/shim.h"

enum { RANDOM_ALIGN = 256, RANDOM_MORE = 3, RANDOM_ROWS = 5 };

typedef struct random_batch {
    tn__arguments with;
    size_t staging_bytes, out_bytes;
    uint8_t *staging;
    tn_px_record records[RANDOM_ROWS];
    uint32_t table[TN_PX_MAX_CHANNELS * 256];
    uint32_t state;
} random_batch;

static uint32_t random_below(random_batch *batch, uint32_t below)
{
    batch->state = batch->state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)batch->state * below) >> 32);
}

static float random_unit(random_batch *batch)
{
    return (float)random_below(batch, 1u << 24) / 16777216.0f;
}

static tn_px_box random_box(random_batch *batch, uint32_t w, uint32_t h)
{
    const uint32_t x = random_below(batch, w), y = random_below(batch, h);
    const tn_px_box out = {(uint16_t)x, (uint16_t)y, (uint16_t)(1 + random_below(batch, w - x)),
                           (uint16_t)(1 + random_below(batch, h - y))};
    return out;
}

static void random_constants(random_batch *batch)
{
    tn_px_finish *const finish = &batch->with.finish;
    const bool is_plain = finish->dtype == TN_PX_U8;
    finish->kind = is_plain ? TN_PX_PLAIN : random_below(batch, 2) ? TN_PX_FMA : TN_PX_TABLE;
    for (int32_t c = 0; c < TN_PX_MAX_CHANNELS; c++) {
        finish->scale[c] = 0.01f + 0.02f * random_unit(batch);
        finish->bias[c] = -2.0f * random_unit(batch);
        finish->spread[c] = 30.0f + 50.0f * random_unit(batch);
        finish->centre[c] = 100.0f + 50.0f * random_unit(batch);
        const float fill = random_unit(batch) - 0.5f;
        finish->fill[c] = is_plain ? random_below(batch, 256) : tn_px_bits(finish->dtype, fill);
        for (int32_t v = 0; v < 256; v++)
            batch->table[256 * c + v] = tn_px_bits(finish->dtype, 6.0f * random_unit(batch) - 3.0f);
    }
}

static void random_record(random_batch *batch, int32_t row, uint64_t offset, uint32_t more)
{
    const tn_px_finish *const finish = &batch->with.finish;
    const uint32_t w = (uint32_t)finish->w, h = (uint32_t)finish->h;
    tn_px_record *const record = &batch->records[row];
    record->offset = offset;
    record->flip = (uint8_t)random_below(batch, 2);
    record->erase = (uint8_t)random_below(batch, 4);
    record->n_boxes = (uint8_t)random_below(batch, TN_PX_RECORD_BOXES + RANDOM_MORE + 1);
    record->w = (uint16_t)w;
    record->h = (uint16_t)h;
    for (int32_t b = 0; b < TN_PX_RECORD_BOXES; b++)
        record->box[b] = random_box(batch, w, h);
    record->more_boxes = more;
    for (size_t b = 0; b < RANDOM_MORE; b++) {
        const tn_px_box box = random_box(batch, w, h);
        memcpy(batch->staging + 8 * ((size_t)more + b), &box, sizeof box);
    }
    record->partner = random_below(batch, (uint32_t)batch->with.rows);
    record->lambda = random_unit(batch);
    record->key[0] = random_below(batch, 0xFFFFFFFFu);
    record->key[1] = random_below(batch, 0xFFFFFFFFu);
    if (random_below(batch, 2))
        record->mix = random_box(batch, w, h);
}

static void *random_memory(size_t n_bytes)
{
    void *const out =
        aligned_alloc(RANDOM_ALIGN, (n_bytes + RANDOM_ALIGN - 1) / RANDOM_ALIGN * RANDOM_ALIGN);
    if (!out)
        abort();
    return out;
}

/* How samples are staged: without gaps, as loaders do; with lines, planes and samples at multiples
 * of eight; or with random gaps. */
enum { RANDOM_TIGHT, RANDOM_EVEN, RANDOM_ANYHOW, RANDOM_WAYS };

/* Places the samples, each followed by unused bytes, and then the boxes. */
static void random_staging(random_batch *batch)
{
    tn_px_finish *const finish = &batch->with.finish;
    const bool joined = random_below(batch, 3) == 0;
    const uint32_t way = random_below(batch, RANDOM_WAYS);
    const int32_t line = joined ? finish->w * finish->channels : finish->w;
    finish->staged = joined ? TN_PX_NHWC : TN_PX_NCHW;
    finish->stride = way == RANDOM_EVEN     ? (line + 7) / 8 * 8
                     : way == RANDOM_ANYHOW ? line + (int32_t)random_below(batch, 3)
                                            : line;
    finish->plane = joined ? 0 : (uint64_t)(uint32_t)(finish->stride * finish->h);
    if (!joined && way == RANDOM_ANYHOW)
        finish->plane += random_below(batch, 5);
    const size_t sample = ((size_t)(joined ? (uint64_t)(uint32_t)(finish->stride * finish->h)
                                           : finish->plane * (uint32_t)finish->channels) +
                           16) /
                          8 * 8;
    const size_t rows = (size_t)batch->with.rows, boxes = rows * sample / 8;
    batch->staging_bytes = rows * sample + 8 * RANDOM_MORE * rows;
    batch->staging = random_memory(batch->staging_bytes);
    for (size_t i = 0; i < batch->staging_bytes; i++)
        batch->staging[i] = (uint8_t)random_below(batch, 256);
    for (size_t row = 0; row < rows; row++)
        random_record(batch, (int32_t)row,
                      row * sample + (way == RANDOM_ANYHOW ? random_below(batch, 8) : 0),
                      (uint32_t)(boxes + RANDOM_MORE * row));
}

/* Fills a batch of this shape. The caller has set dtype, layout, channels, mix, w and h. */
static void random_batch_fill(random_batch *batch, uint32_t seed)
{
    tn__arguments *const with = &batch->with;
    batch->state = seed * 2654435761u + 1u;
    with->rows = 1 + (int32_t)random_below(batch, RANDOM_ROWS);
    random_constants(batch);
    random_staging(batch);
    const size_t bytes = with->finish.dtype == TN_PX_F32  ? 4
                         : with->finish.dtype == TN_PX_U8 ? 1
                                                          : 2;
    batch->out_bytes = bytes * (size_t)tn_px_finish_place(&with->finish, with->rows, 0, 0, 0);
    with->out = random_memory(batch->out_bytes + RANDOM_ALIGN);
    with->staging = batch->staging;
    with->records = batch->records;
    with->table = with->finish.kind == TN_PX_TABLE ? batch->table : NULL;
}

/* Fills a batch of a random shape: most have lines of a multiple of eight, some have long ones. */
static void random_batch_make(random_batch *batch, uint32_t seed, int32_t dtype, int32_t layout,
                              int32_t channels, int32_t mix)
{
    memset(batch, 0, sizeof *batch);
    batch->state = seed * 2654435761u + 1u;
    tn_px_finish *const finish = &batch->with.finish;
    const uint32_t form = random_below(batch, 8);
    *finish = (tn_px_finish){.dtype = dtype, .layout = layout, .channels = channels, .mix = mix};
    finish->w = 8 * (1 + (int32_t)random_below(batch, form == 7 ? 300 : 6));
    finish->h = 1 + (int32_t)random_below(batch, form == 7 || form == 2 ? 4 : 40);
    if (form < 3)
        finish->w = 1 + (int32_t)random_below(batch, form == 2 ? 700 : 50);
    random_batch_fill(batch, seed + 1);
}

static void random_batch_free(random_batch *batch)
{
    free(batch->staging);
    free(batch->with.out);
}

#endif
