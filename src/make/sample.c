/* SPDX-License-Identifier: MIT */
/* Makes one sample: read, plan, decode, run. See sample.h. */
#include "make/sample.h"

#include "base/error.h"
#include "data/aid.h"
#include "make/orient.h"
#include "make/planning.h"

/* A sample in the making. */
struct making {
    const tn_dataset *dataset;
    const tn_transform *transform;
    const tn__place *place;
    const tn__row_output *out;
    tn__worker *worker;
    tn__plan *plan;
    const tn__codec *codec;
    size_t n_bytes; /* that the plan takes */
};

/* Bytes that a plan takes: the file's index, decoded pixels and what the decoder needs, the turned
 * image, the steps. */
static size_t plan_bytes(const struct making *making)
{
    const tn__plan *const plan = making->plan;
    const tn__want want = {.need = plan->need, .mode = making->dataset->mode};
    size_t total = making->codec->scratch(&plan->source, &want) + tn__plan_run_bytes(plan);
    if (making->dataset->aids.notes)
        total += tn__aid_scratch(making->codec, &plan->source);
    if (plan->oriented != 1)
        total += (size_t)plan->channels * tn_px_plane_bytes(want.need.h, want.need.w);
    return total;
}

/* Decodes with the file's aid, and keeps an aid that was built. */
static int decode(const struct making *making, tn_px_image *stored)
{
    const tn_dataset *const dataset = making->dataset;
    const tn__plan *const plan = making->plan;
    tn__worker *const worker = making->worker;
    const tn__want want = {.need = plan->need, .mode = dataset->mode};
    const tn__bytes bytes = {worker->file.bytes, worker->file.size};
    tn__arena *const arena = &worker->arena;
    int32_t damage = 0;
    if (!dataset->aids.notes)
        return tn__codec_decode(making->codec, bytes, NULL, &plan->source, &want, arena, stored,
                                &damage);
    tn__lookup lookup;
    const tn__aid_job job = {plan->sample, &worker->file, making->codec, &plan->source, arena};
    tn__aid_find(&dataset->aids, &job, &lookup);
    const int code = tn__codec_decode(making->codec, bytes, &lookup.access, &plan->source, &want,
                                      arena, stored, &damage);
    if (code == TN_OK)
        (void)tn__aid_learn(&dataset->aids, &job, &lookup);
    worker->counts.index_built += lookup.kept != 0;
    worker->counts.index_used += lookup.access.aid && !lookup.access.rejected;
    worker->counts.index_dropped += lookup.is_dropped;
    return code;
}

static int decode_and_run(const struct making *making)
{
    const tn__plan *const plan = making->plan;
    tn__worker *const worker = making->worker;
    tn_px_image stored, image;
    tn__stage_enter(&worker->clock, TN__STAGE_DECODE);
    int code = decode(making, &stored);
    if (code == TN_OK)
        code = tn__orient_image(plan->oriented, plan->source.w, plan->source.h, &stored,
                                &worker->arena, &image);
    if (code < 0) {
        tn__error_place("decode", "", -1, -1);
        return code;
    }
    code = tn__plan_run(making->transform, plan, &image, worker, making->out);
    if (code < 0)
        tn__error_place("transform", "", -1, -1);
    return code;
}

/* Asks the codecs for the facts in the header of what was read of the file. */
static int probe(struct making *making, tn__info *info)
{
    const tn__buffer *const file = &making->worker->file;
    const tn__bytes bytes = {file->bytes, file->size};
    making->codec = tn__codec_probe(bytes, making->dataset->max_pixels, info);
    if (making->codec)
        return TN_OK;
    tn__error_place("decode", "", -1, -1);
    return tn__error_last()->code;
}

static int make_plan(struct making *making)
{
    const tn_dataset *const dataset = making->dataset;
    tn__info info;
    tn__stage_enter(&making->worker->clock, TN__STAGE_PLAN);
    int code = probe(making, &info);
    if (code < 0)
        return code;
    code = tn__plan_make(making->transform, &info, dataset->mode, dataset->orient, making->place,
                         making->plan);
    if (code < 0) {
        tn__error_place("transform", "", -1, -1);
        return code;
    }
    making->n_bytes = plan_bytes(making);
    return TN_OK;
}

/* TN_ELIMIT where the gate has no room for the file and what is made of it. */
static int check_room(const struct making *making, size_t file_bytes)
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

static int read_and_run(struct making *making)
{
    tn__worker *const worker = making->worker;
    tn__stage_enter(&worker->clock, TN__STAGE_READ);
    int code = tn__dataset_read(making->dataset, making->place->sample, &worker->file);
    if (code < 0)
        return code;
    worker->counts.bytes_read += (int64_t)worker->file.size;
    code = make_plan(making);
    if (code == TN_OK)
        code = check_room(making, worker->file.size);
    return code == TN_OK ? decode_and_run(making) : code;
}

/* A file that the worker's buffer has no room for: it takes the gate's turn, and its bytes count.
 * What its header says against it is said before it is read. */
static int make_of_large_file(struct making *making, int64_t file_bytes)
{
    tn__info info;
    int code = probe(making, &info);
    if (code < 0 && code != TN_EDECODE) /* the header may be longer than what was read of it */
        return code;
    code = check_room(making, (size_t)file_bytes);
    if (code < 0)
        return code;
    enter_gate(making->worker);
    code = read_and_run(making);
    leave_gate(making->worker);
    return code;
}

/* An image that does not fit the worker's own scratch. */
static int make_large(const struct making *making)
{
    int code = check_room(making, 0);
    if (code < 0)
        return code;
    enter_gate(making->worker);
    code = decode_and_run(making);
    leave_gate(making->worker);
    return code;
}

static int make(struct making *making)
{
    tn__worker *const worker = making->worker;
    int64_t file_bytes;
    tn__stage_enter(&worker->clock, TN__STAGE_READ);
    int code = tn__dataset_begin(making->dataset, making->place->sample, TN__FILE_ROOM,
                                 &worker->file, &file_bytes);
    if (code < 0)
        return code;
    worker->counts.bytes_read += (int64_t)worker->file.size;
    if (file_bytes > (int64_t)worker->file.size)
        return make_of_large_file(making, file_bytes);
    code = make_plan(making);
    if (code < 0)
        return code;
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
    const int code = make(&making);
    tn__stage_enter(&worker->clock, TN__STAGE_NONE);
    tn__arena_reset(&worker->arena);
    if (code < 0)
        tn__error_place(tn__error_last()->stage,
                        dataset->source->ops->name(dataset->source, place->sample), place->position,
                        place->sample);
    return code;
}
