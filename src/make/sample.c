/* SPDX-License-Identifier: MIT */
/* Makes one sample of its bytes: plan, decode, run. See sample.h. */
#include "make/sample.h"

#include "base/error.h"
#include "data/aid.h"
#include "make/fetch.h"
#include "make/planning.h"
#include "make/read.h"

/* A sample in the making. */
struct making {
    const tn_dataset *dataset;
    const tn_transform *transform;
    const tn__place *place;
    const tn__row_output *out;
    tn__worker *worker;
    tn__plan *plan;
    tn__probed probed;
    size_t n_bytes; /* memory that the plan takes */
};

/* Memory that a plan takes: the file's aid, the decoded pixels and the decoder's scratch, the
 * turned image, the steps. */
static size_t plan_bytes(const struct making *making)
{
    const tn__plan *const plan = making->plan;
    const tn__codec *const codec = making->probed.codec;
    const tn__want want = {.need = plan->need, .mode = making->dataset->mode};
    size_t total = codec->scratch(&plan->source, &want) + tn__plan_run_bytes(plan);
    if (making->dataset->aids.notes)
        total += tn__aid_scratch(codec, &plan->source);
    if (plan->turn != 1)
        total += (size_t)plan->channels * tn_px_plane_bytes(want.need.h, want.need.w, plan->bits);
    return total;
}

/* Decodes with the file's aid, and keeps an aid that was built. */
static int decode_with_aid(const struct making *making, const tn__want *want, tn_px_image *image)
{
    const tn__aids *const aids = &making->dataset->aids;
    const tn__plan *const plan = making->plan;
    tn__worker *const worker = making->worker;
    const tn__aid_job job = {plan->place.sample, &worker->file, making->probed.codec, &plan->source,
                             &worker->arena};
    tn__lookup lookup;
    tn__aid_find(aids, &job, &lookup);
    const int status =
        tn__probed_decode(&making->probed, &lookup.access, want, plan->turn, &worker->arena, image);
    if (status == TN_OK)
        (void)tn__aid_learn(aids, &job, &lookup);
    worker->counts.index_built += lookup.kept != 0;
    worker->counts.index_used += lookup.access.aid && !lookup.access.rejected;
    worker->counts.index_dropped += lookup.is_dropped;
    return status;
}

static int decode(const struct making *making, tn_px_image *image)
{
    const tn__want want = {.need = making->plan->need, .mode = making->dataset->mode};
    if (making->dataset->aids.notes)
        return decode_with_aid(making, &want, image);
    return tn__probed_decode(&making->probed, NULL, &want, making->plan->turn,
                             &making->worker->arena, image);
}

static int decode_and_run(const struct making *making)
{
    tn__worker *const worker = making->worker;
    tn_px_image image;
    tn__stage_enter(&worker->clock, TN__STAGE_DECODE);
    int status = decode(making, &image);
    if (status != TN_OK)
        return status;
    status = tn__plan_run(making->transform, making->plan, &image, worker, making->out);
    if (status != TN_OK)
        tn__error_place("transform", "", -1, -1);
    return status;
}

/* Reads the header in those bytes of the file that were read. */
static int probe(struct making *making)
{
    const tn__buffer *const file = &making->worker->file;
    const tn__bytes bytes = {file->bytes, file->size};
    return tn__probe_sample(making->dataset, making->place->sample, bytes, &making->probed);
}

static int make_plan(struct making *making)
{
    const tn_dataset *const dataset = making->dataset;
    tn__stage_enter(&making->worker->clock, TN__STAGE_PLAN);
    int status = probe(making);
    if (status != TN_OK)
        return status;
    status = tn__plan_make(making->transform, &making->probed.info, dataset->mode, dataset->orient,
                           making->place, making->plan);
    if (status != TN_OK) {
        tn__error_place("transform", "", -1, -1);
        return status;
    }
    making->n_bytes = plan_bytes(making);
    return TN_OK;
}

/* TN_ELIMIT if the file and the plan need more memory than the gate allows. */
static int check_memory(const struct making *making, size_t file_bytes)
{
    const tn__worker *const worker = making->worker;
    const size_t n_bytes = making->n_bytes + file_bytes;
    if (!worker->gate || n_bytes <= worker->large_bytes)
        return TN_OK;
    if (making->n_bytes > 0)
        tn__fail(TN_ELIMIT, "%d x %d pixels need %zu bytes, more than large_bytes = %zu",
                 making->plan->source.w, making->plan->source.h, n_bytes, worker->large_bytes);
    else
        tn__fail(TN_ELIMIT, "the file has %zu bytes, more than large_bytes = %zu", n_bytes,
                 worker->large_bytes);
    tn__error_place("decode", "", -1, -1);
    return TN_ELIMIT;
}

static void enter_gate(tn__worker *worker)
{
    tn__stage_enter(&worker->clock, TN__STAGE_LARGE);
    if (worker->gate)
        pthread_mutex_lock(&worker->gate->busy);
}

static void leave_gate(tn__worker *worker)
{
    tn__arena_reset(&worker->arena);
    if (worker->file.capacity > TN__KEPT_FILE_BYTES)
        tn__buffer_free(&worker->file);
    if (worker->gate)
        pthread_mutex_unlock(&worker->gate->busy);
}

static int fetch_and_run(struct making *making)
{
    int status = tn__sample_fetch_whole(making->dataset, making->place, making->worker);
    if (status == TN_OK)
        status = make_plan(making);
    if (status == TN_OK)
        status = check_memory(making, making->worker->file.size);
    return status == TN_OK ? decode_and_run(making) : status;
}

/* A file that does not fit the worker's buffer is read and decoded at the gate. Errors in its
 * header are found before that. */
static int make_of_large_file(struct making *making)
{
    int status = probe(making);
    /* TN_EDECODE may only mean that the header continues after the bytes that were read. */
    if (status != TN_OK && status != TN_EDECODE)
        return status;
    status = check_memory(making, (size_t)making->worker->part_bytes);
    if (status != TN_OK)
        return status;
    enter_gate(making->worker);
    status = fetch_and_run(making);
    leave_gate(making->worker);
    return status;
}

/* An image that does not fit the worker's scratch is decoded at the gate. */
static int make_large(const struct making *making)
{
    int status = check_memory(making, 0);
    if (status != TN_OK)
        return status;
    enter_gate(making->worker);
    status = decode_and_run(making);
    leave_gate(making->worker);
    return status;
}

static int make(struct making *making)
{
    const tn__worker *const worker = making->worker;
    if (worker->part_bytes > (int64_t)worker->file.size)
        return make_of_large_file(making);
    const int status = make_plan(making);
    if (status != TN_OK)
        return status;
    return making->n_bytes > tn__scratch_bytes() ? make_large(making) : decode_and_run(making);
}

int tn__sample_make(const tn_dataset *dataset, const tn_transform *transform,
                    const tn__place *place, tn__worker *worker, tn__plan *plan,
                    const tn__row_output *out)
{
    struct making making = {.dataset = dataset,
                            .transform = transform,
                            .place = place,
                            .out = out,
                            .worker = worker,
                            .plan = plan};
    const int status = make(&making);
    tn__stage_enter(&worker->clock, TN__STAGE_NONE);
    tn__arena_reset(&worker->arena);
    if (status != TN_OK)
        tn__error_place(tn__error_last()->stage, tn__source_name(dataset->source, place->sample),
                        place->position, place->sample);
    return status;
}
