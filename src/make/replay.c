/* SPDX-License-Identifier: MIT */
/* Makes rows again. See replay.h. */
#include "make/replay.h"

#include <stdlib.h>

#include "base/error.h"
#include "cpu/staged.h"
#include "make/planning.h"
#include "make/run.h"

/* A row and its partner, staged as rows 0 and 1 of a batch of two. */
struct pair {
    const tn_dataset *dataset;
    const tn_transform *transform;
    tn__plan plan[2];
    tn_px_record record[2];
    size_t boxes_bytes, pixels_bytes; /* of a sample */
    uint8_t *memory;                  /* boxes, then pixels, then bytes that rows are read past */
};

static int take_memory(struct pair *pair, int32_t channels)
{
    int32_t w, h;
    tn__transform_size(pair->transform, &w, &h);
    pair->boxes_bytes = TN_PX_MAX_BOXES * sizeof(tn_px_box);
    pair->pixels_bytes = (size_t)channels * (size_t)w * (size_t)h;
    const size_t n_bytes = 2 * (pair->boxes_bytes + pair->pixels_bytes) + TN_PX_ALIGN;
    pair->memory = malloc(n_bytes);
    return pair->memory ? TN_OK : tn__fail_memory("two samples", n_bytes);
}

static int stage(struct pair *pair, int32_t which, const tn_image *image, const tn__place *place,
                 tn__worker *worker)
{
    const size_t w = (size_t)which;
    const tn__row_output out = {
        .staging = pair->memory,
        .pixels_at = 2 * pair->boxes_bytes + w * pair->pixels_bytes,
        .boxes_at = w * pair->boxes_bytes,
        .record = &pair->record[which],
    };
    tn_px_image source;
    int status = tn__image_plan(pair->transform, image, place, worker, &pair->plan[which], &source);
    if (status == TN_OK)
        status = tn__plan_run(pair->transform, &pair->plan[which], &source, worker, &out);
    tn__arena_reset(&worker->arena);
    return status;
}

static int finish(struct pair *pair, tn_image *made, tn__worker *worker)
{
    const tn__plan *const plan = &pair->plan[0];
    tn_px_finish constants;
    tn__text text = {0};
    /* In this batch of two, the row and its partner are rows 0 and 1. */
    pair->record[0].partner = pair->record[0].partner != (uint32_t)plan->place.row;
    int status =
        tn__transform_constants(pair->transform, plan->channels, plan->w, plan->h, &constants);
    if (status == TN_OK)
        status = tn__image_give_output(made, pair->transform, plan);
    if (status != TN_OK)
        return status;
    const tn__staged staged = {tn__transform_finish(pair->transform, plan->channels), &constants,
                               pair->memory, pair->record};
    void *const scratch = tn__arena_take(&worker->arena, tn__staged_scratch(&constants));
    tn__plan_explain(pair->transform, plan, &text);
    if (!scratch || text.failed) {
        tn__text_free(&text);
        return tn__fail(TN_ENOMEM, "out of memory for an image");
    }
    free(made->explain);
    made->explain = text.chars;
    tn__staged_finish(&staged, 0, scratch, made->memory);
    return TN_OK;
}

static int stage_sample(struct pair *pair, int32_t which, const tn__place *place,
                        tn__worker *worker)
{
    tn_image *const image = tn__image_open(pair->dataset, place->sample);
    if (!image)
        return tn__error_last()->code;
    int status = TN_OK;
    if (!pair->memory)
        status = take_memory(pair, image->pixels.channels);
    if (status == TN_OK)
        status = stage(pair, which, image, place, worker);
    tn__image_free(image);
    return status;
}

static tn_image *replay(struct pair *pair, const tn__place *place, const tn__place *partner,
                        tn__worker *worker)
{
    const tn__source *const source = pair->dataset->source;
    tn_image *const made = tn__image_make(tn__source_class(source, place->sample),
                                          tn__source_name(source, place->sample), "[]");
    if (!made)
        return NULL;
    int status = stage_sample(pair, 0, place, worker);
    if (status == TN_OK)
        status = stage_sample(pair, 1, partner, worker);
    if (status == TN_OK)
        status = finish(pair, made, worker);
    if (status == TN_OK)
        return made;
    tn__image_free(made);
    return NULL;
}

/* Stages the samples of the row and its partner, then finishes the row as in the batch. */
static tn_image *replay_pair(const tn_dataset *dataset, const tn_transform *transform,
                             const tn__place *place, const tn__place *partner)
{
    struct pair *const pair = calloc(1, sizeof *pair);
    if (!pair)
        return tn__fail_null(TN_ENOMEM, "out of memory for an image");
    pair->dataset = dataset;
    pair->transform = transform;
    tn__worker worker;
    tn__worker_init(&worker, NULL);
    tn_image *const made = replay(pair, place, partner, &worker);
    tn__worker_free(&worker);
    free(pair->memory);
    free(pair);
    return made;
}

tn_image *tn__image_replay(const tn_dataset *dataset, const tn_transform *transform,
                           const tn__place *place, const tn__place *partner)
{
    if (partner)
        return replay_pair(dataset, transform, place, partner);
    tn_image *const image = tn__image_open(dataset, place->sample);
    if (!image)
        return NULL;
    tn_image *const made = tn__image_transform(transform, image, place);
    tn__image_free(image);
    return made;
}
