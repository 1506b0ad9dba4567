/* SPDX-License-Identifier: MIT */
/* A worker's turn: fetch, plan, decode, run. See sample.h. */
#include "plan/sample.h"

#include "base/error.h"
#include "data/index/index.h"
#include "plan/orient.h"

enum { KEPT_FILE_BYTES = 16 << 20, SMALL_SCRATCH = 8 << 20 };
/* Of a pixel: three planes, and what 4:2:0 keeps beside them; the file's own bytes. */
enum { DECODED_BYTES = 4 };

size_t tn__scratch_bytes(void)
{
    return (size_t)TN__SCRATCH_PIXELS * DECODED_BYTES + SMALL_SCRATCH;
}

size_t tn__worker_bytes(void)
{
    return tn__scratch_bytes() + KEPT_FILE_BYTES + tn__weight_cache_bytes();
}

void tn__worker_init(tn__worker *worker, tn__lane *lane)
{
    *worker = (tn__worker){.lane = lane};
    tn__arena_init(&worker->arena, tn__scratch_bytes(), 0);
}

void tn__worker_free(tn__worker *worker)
{
    tn__arena_free(&worker->arena);
    tn__buffer_free(&worker->file);
    tn__weight_cache_free(&worker->weights);
}

/* Bytes that a plan takes: the file's index, decoded pixels and what the decoder needs, the turned
 * image, the steps. */
static size_t plan_bytes(const tn_dataset *dataset, const tn__codec *codec, const tn__plan *plan,
                         const tn__want *want)
{
    size_t total = codec->scratch(&plan->source, want) + tn__plan_run_bytes(plan);
    if (dataset->index)
        total += tn__index_scratch(&plan->source);
    if (plan->oriented != 1)
        total += (size_t)plan->channels * tn_px_plane_bytes(want->need.h, want->need.w);
    return total;
}

/* Decodes with what the data set's index knows of the file, and tells it what was found. */
static int decode(const tn_dataset *dataset, const tn__codec *codec, const tn__plan *plan,
                  tn__worker *worker, tn_px_image *stored)
{
    const tn__want want = {.need = plan->need, .mode = dataset->mode};
    const tn__bytes bytes = {worker->file.bytes, worker->file.size};
    tn__arena *const arena = &worker->arena;
    int32_t damage = 0;
    if (!dataset->index)
        return tn__codec_decode(codec, bytes, NULL, &plan->source, &want, arena, stored, &damage);
    tn__lookup lookup;
    tn__index_find(dataset->index, plan->sample, &worker->file, &plan->source, arena, &lookup);
    const int code = tn__codec_decode(codec, bytes, &lookup.access, &plan->source, &want, arena,
                                      stored, &damage);
    if (code == TN_OK)
        (void)tn__index_learn(dataset->index, plan->sample, &worker->file, &plan->source, arena,
                              &lookup);
    worker->counts.index_built += lookup.kept != 0;
    worker->counts.index_used += lookup.access.index && !lookup.access.rejected;
    worker->counts.index_dropped += lookup.is_dropped;
    return code;
}

static int decode_and_run(const tn_dataset *dataset, const tn_transform *transform,
                          const tn__codec *codec, const tn__plan *plan, tn__worker *worker,
                          const tn__outlet *out)
{
    tn_px_image stored, image;
    tn__stage_enter(&worker->clock, TN__STAGE_DECODE);
    int code = decode(dataset, codec, plan, worker, &stored);
    if (code == TN_OK)
        code = tn__orient_image(plan->oriented, plan->source.w, plan->source.h, &stored,
                                &worker->arena, &image);
    if (code < 0) {
        tn__error_place("decode", "", -1, -1);
        return code;
    }
    code = tn__plan_run(transform, plan, &image, worker, out);
    if (code < 0)
        tn__error_place("transform", "", -1, -1);
    return code;
}

/* Takes the lane's turn around an image that does not fit a worker's own scratch. */
static int decode_in_lane(const tn_dataset *dataset, const tn_transform *transform,
                          const tn__codec *codec, const tn__plan *plan, size_t n_bytes,
                          tn__worker *worker, const tn__outlet *out)
{
    tn__lane *const lane = worker->lane;
    if (!lane)
        return decode_and_run(dataset, transform, codec, plan, worker, out);
    if (n_bytes > worker->large_bytes) {
        tn__fail(TN_ELIMIT,
                 "%d x %d pixels need %zu MiB, more than the limit of %zu MiB for large images",
                 plan->source.w, plan->source.h, n_bytes >> 20, worker->large_bytes >> 20);
        tn__error_place("decode", "", -1, -1);
        return TN_ELIMIT;
    }
    tn__stage_enter(&worker->clock, TN__STAGE_LARGE);
    pthread_mutex_lock(&lane->busy);
    const int code = decode_and_run(dataset, transform, codec, plan, worker, out);
    tn__arena_reset(&worker->arena);
    pthread_mutex_unlock(&lane->busy);
    return code;
}

static int make(const tn_dataset *dataset, const tn_transform *transform, const tn__place *place,
                tn__worker *worker, tn__plan *plan, const tn__outlet *out)
{
    tn__stage_enter(&worker->clock, TN__STAGE_READ);
    int code = tn__dataset_read(dataset, place->sample, &worker->file);
    if (code < 0)
        return code;
    tn__stage_enter(&worker->clock, TN__STAGE_PLAN);
    worker->counts.bytes_read += (int64_t)worker->file.size;
    tn__info info;
    const tn__bytes bytes = {worker->file.bytes, worker->file.size};
    const tn__codec *const codec = tn__codec_probe(bytes, dataset->max_pixels, &info);
    if (!codec) {
        tn__error_place("decode", "", -1, -1);
        return tn__error_last()->code;
    }
    code = tn__plan_make(transform, &info, dataset->mode, dataset->orient, place, plan);
    if (code < 0) {
        tn__error_place("transform", "", -1, -1);
        return code;
    }
    const tn__want want = {.need = plan->need, .mode = dataset->mode};
    const size_t n_bytes = plan_bytes(dataset, codec, plan, &want);
    if (n_bytes > tn__scratch_bytes())
        return decode_in_lane(dataset, transform, codec, plan, n_bytes, worker, out);
    return decode_and_run(dataset, transform, codec, plan, worker, out);
}

int tn__sample_make(const tn_dataset *dataset, const tn_transform *transform,
                    const tn__place *place, tn__worker *worker, tn__plan *plan,
                    const tn__outlet *out)
{
    const int code = make(dataset, transform, place, worker, plan, out);
    tn__stage_enter(&worker->clock, TN__STAGE_NONE);
    tn__arena_reset(&worker->arena);
    if (worker->file.capacity > KEPT_FILE_BYTES)
        tn__buffer_free(&worker->file);
    if (code < 0)
        tn__error_place(tn__error_last()->stage,
                        dataset->source->ops->name(dataset->source, place->sample), place->position,
                        place->sample);
    return code;
}
