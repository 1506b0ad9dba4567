/* SPDX-License-Identifier: MIT */
/* Executes a plan: the steps one by one on numbered images, then the last write. See run.h.
 *
 * Steps that only cut out or mirror the result of a resize are not run. The plan has told the
 * resize which part is wanted, and the last write mirrors rows. If no later step moves pixels, the
 * rows of the resize go straight to the output. */
#include "make/run.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "op/ops.h"
#include "px/alpha.h"

enum { ARENA_ROUNDING = 2 * TN_PX_ALIGN }; /* of a step's result and of its scratch */

/* A resize with what follows it. */
struct resizing {
    tn__resize resize;
    bool weighs;             /* alpha weighs the colours */
    tn_px_rect box;          /* of the source; the kernel sees nothing outside of it */
    const tn__step *showing; /* the last step that only shows the result */
    int32_t next;            /* the first step after that */
    bool last;               /* no later step moves pixels */
};

/* Tells how a step that works in place on register `reg` changes it; TN__ALTERED for other steps.
 */
static int32_t shows(const tn__step *step, uint8_t reg)
{
    const tn__op *const op = tn__op_by_id(step->op);
    const bool in_place = step->source == reg && step->destination == reg;
    return op->shows && in_place ? op->shows(step) : TN__ALTERED;
}

static bool moves_pixels(const tn__step *step)
{
    const tn__op *const op = tn__op_by_id(step->op);
    return op->run || op->resize;
}

/* As in Pillow: alpha does not weigh where values are only copied. */
static bool weighs_colours(const tn__plan *plan, const tn__resize *resize)
{
    const bool same_size = resize->w == resize->source_w && resize->h == resize->source_h;
    return plan->channels == 4 && resize->filter != TN_FILTER_NEAREST && !same_size;
}

static struct resizing plan_resizing(const tn__plan *plan, int32_t s)
{
    const tn__step *const step = &plan->steps[s];
    struct resizing made = {.showing = step, .next = s + 1};
    made.resize = tn__op_by_id(step->op)->resize(step, &made.box);
    made.weighs = weighs_colours(plan, &made.resize);
    made.last = step->destination == 0 && !made.weighs;
    for (; made.next < plan->n_steps; made.next++) {
        const tn__step *const after = &plan->steps[made.next];
        const int32_t how = shows(after, step->destination);
        if (how == TN__ALTERED)
            break;
        made.resize.mirrored ^= how == TN__MIRRORED;
        made.showing = after;
    }
    for (int32_t later = made.next; later < plan->n_steps; later++)
        made.last = made.last && !moves_pixels(&plan->steps[later]);
    return made;
}

static size_t image_bytes(const tn__plan *plan, tn_px_rect rect)
{
    return (size_t)plan->channels * tn_px_plane_bytes(rect.w, rect.h, plan->bits) + ARENA_ROUNDING;
}

size_t tn__plan_run_bytes(const tn__plan *plan)
{
    size_t total = 0;
    for (int32_t s = 0; s < plan->n_steps;) {
        const tn__step *const step = &plan->steps[s++];
        const tn__op *const op = tn__op_by_id(step->op);
        if (op->run)
            total += image_bytes(plan, step->out);
        if (op->scratch)
            total += op->scratch(step, plan->channels);
        if (!op->resize)
            continue;
        const struct resizing resizing = plan_resizing(plan, s - 1);
        total += tn__resize_scratch(&resizing.resize, plan->channels) + ARENA_ROUNDING;
        total += resizing.last ? 0 : image_bytes(plan, step->out);
        total += resizing.weighs ? image_bytes(plan, step->in) : 0;
        s = resizing.next;
    }
    return total;
}

/* A plan while it is executed. */
struct run {
    const tn_transform *transform;
    const tn__plan *plan;
    tn__worker *worker;
    tn_px_image registers[TN__REGISTERS];
    tn_px_record record;
    tn_px_record bare; /* record of a staged sample for the writer; it has only the size */
    tn_px_box boxes[TN_PX_MAX_BOXES];
    tn__writer writer;
    bool written; /* the rows are in the output */
};

static int run_step(struct run *run, const tn__step *step)
{
    const tn__op *const op = tn__op_by_id(step->op);
    tn_px_image *const source = &run->registers[step->source];
    tn__tools tools;
    if (!op->run)
        return TN_OK;
    int status = tn__worker_tools(run->worker, op, &tools);
    if (status != TN_OK)
        return status;
    if (!op->need && step->source == step->destination)
        return op->run(step, source, source, &tools);
    tn_px_image made;
    status = tn__arena_image(tools.arena, step->out.w, step->out.h, source->channels, source->bits,
                             &made);
    if (status != TN_OK)
        return status;
    made.x0 = step->out.x;
    made.y0 = step->out.y;
    status = op->run(step, source, &made, &tools);
    run->registers[step->destination] = made;
    return status;
}

/* The part of the source that a resize reads, in coordinates of the box that is resized. */
static tn_px_image cut(const tn_px_image *src, tn_px_rect in, tn_px_rect box)
{
    tn_px_image part = *src;
    for (int32_t c = 0; c < src->channels; c++)
        part.plane[c] += (in.y - src->y0) * src->stride + (in.x - src->x0);
    part.x0 = in.x - box.x;
    part.y0 = in.y - box.y;
    part.w = in.w;
    part.h = in.h;
    return part;
}

/* Makes a copy of an image, its colours times alpha. */
static int weigh(const tn_px_image *src, tn__arena *arena, tn_px_image *out)
{
    const int status = tn__arena_image(arena, src->w, src->h, 4, 8, out);
    if (status != TN_OK)
        return status;
    out->x0 = src->x0;
    out->y0 = src->y0;
    for (int32_t c = 0; c < 4; c++)
        for (int32_t y = 0; y < src->h; y++) {
            const uint8_t *const from = src->plane[c] + y * src->stride;
            const uint8_t *const alpha = src->plane[3] + y * src->stride;
            uint8_t *const to = out->plane[c] + y * out->stride;
            for (int32_t x = 0; x < src->w; x++)
                to[x] = c == 3 ? alpha[x] : tn_px_times_alpha(from[x], alpha[x]);
        }
    return TN_OK;
}

/* Divides the colours by alpha again. */
static void unweigh(tn_px_image *image)
{
    for (int32_t c = 0; c < 3; c++)
        for (int32_t y = 0; y < image->h; y++) {
            const uint8_t *const alpha = image->plane[3] + y * image->stride;
            uint8_t *const to = image->plane[c] + y * image->stride;
            for (int32_t x = 0; x < image->w; x++)
                to[x] = tn_px_over_alpha(to[x], alpha[x]);
        }
}

static int run_resizing(struct run *run, const tn__step *step, const struct resizing *resizing)
{
    const tn__resize *const resize = &resizing->resize;
    tn__arena *const arena = &run->worker->arena;
    tn__weight_cache *const cache = &run->worker->weights;
    tn_px_image *const source = &run->registers[step->source];
    const tn_px_image shown = cut(source, step->in, resizing->box);
    tn_px_image part = shown;
    int status = resizing->weighs ? weigh(&shown, arena, &part) : TN_OK;
    if (status != TN_OK)
        return status;
    void *const scratch = tn__arena_take(arena, tn__resize_scratch(resize, source->channels));
    if (!scratch)
        return tn__error_last()->code;
    if (resizing->last) {
        run->record.flip ^= resize->mirrored != 0;
        tn__resize_write(resize, &part, &run->writer, cache, scratch);
        run->written = true;
        return TN_OK;
    }
    tn_px_image made;
    status = tn__arena_image(arena, step->out.w, step->out.h, source->channels, 8, &made);
    if (status != TN_OK)
        return status;
    tn__resize_run(resize, &part, &made, cache, scratch);
    if (resizing->weighs)
        unweigh(&made);
    made.x0 = resizing->showing->out.x;
    made.y0 = resizing->showing->out.y;
    run->registers[step->destination] = made;
    return TN_OK;
}

static int run_steps(struct run *run)
{
    const tn__plan *const plan = run->plan;
    for (int32_t s = 0; s < plan->n_steps;) {
        const tn__step *const step = &plan->steps[s++];
        int status;
        if (tn__op_by_id(step->op)->resize) {
            const struct resizing resizing = plan_resizing(plan, s - 1);
            status = run_resizing(run, step, &resizing);
            s = resizing.next;
        } else {
            status = run_step(run, step);
        }
        if (status != TN_OK)
            return status;
    }
    return TN_OK;
}

/* Collects the settings that the steps of finish ops give to the last write. */
static void make_record(struct run *run)
{
    const tn__plan *const plan = run->plan;
    tn_px_record *const record = &run->record;
    *record = (tn_px_record){
        .w = (uint16_t)plan->w,
        .h = (uint16_t)plan->h,
        .lambda = 1,
    };
    for (int32_t s = 0; s < plan->n_steps; s++) {
        const tn__op *const op = tn__op_by_id(plan->steps[s].op);
        if (op->record)
            op->record(&plan->steps[s], record, run->boxes);
    }
    for (int32_t b = 0; b < record->n_boxes && b < TN_PX_RECORD_BOXES; b++)
        record->box[b] = run->boxes[b];
}

/* In a record an empty box asks for blending. So a row whose pasted box has no area becomes its own
 * partner. */
static void add_pair(const tn__plan *plan, tn_px_record *record)
{
    const tn__pair *const pair = &plan->pair;
    const bool is_unseen = pair->pastes && pair->box.w == 0;
    record->partner = (uint32_t)(is_unseen ? plan->place.row : pair->partner);
    record->lambda = pair->lambda;
    record->mix = pair->box;
}

/* Writes the record for the status that finishes the whole batch. */
static void stage_record(const struct run *run, const tn__row_output *out)
{
    tn_px_record *const record = out->record;
    *record = run->record;
    record->offset = out->pixels_at;
    add_pair(run->plan, record);
    record->more_boxes = (uint32_t)(out->boxes_at / 8);
    if (record->n_boxes > TN_PX_RECORD_BOXES)
        memcpy(out->staging + out->boxes_at, run->boxes + TN_PX_RECORD_BOXES,
               (size_t)(record->n_boxes - TN_PX_RECORD_BOXES) * sizeof *run->boxes);
}

static tn__writer begin_writing(struct run *run, const tn__row_output *out)
{
    const int32_t channels = run->plan->channels;
    if (out->out)
        return tn__writer_begin(tn__transform_finish(run->transform, channels), &run->record,
                                out->out);
    run->bare = (tn_px_record){.w = run->record.w, .h = run->record.h};
    return tn__writer_begin(tn__transform_staging(run->transform, channels), &run->bare,
                            out->staging + out->pixels_at);
}

/* Writes an image of 16 bits to a row of TN_U16. */
static void write_wide(const tn_transform *transform, const tn_px_image *pixels, void *out)
{
    const bool joined = transform->write.layout == TN_NHWC;
    const ptrdiff_t step = joined ? pixels->channels : 1, area = (ptrdiff_t)pixels->w * pixels->h;
    uint16_t *const values = out;
    for (int32_t c = 0; c < pixels->channels; c++) {
        uint16_t *to = values + (joined ? c : c * area);
        for (int32_t y = 0; y < pixels->h; y++) {
            const uint16_t *const row =
                (const uint16_t *)(const void *)(pixels->plane[c] + y * pixels->stride);
            for (int32_t x = 0; x < pixels->w; x++, to += step)
                *to = row[x];
        }
    }
}

static void write_sample(struct run *run, const tn__row_output *out)
{
    const tn_px_image *const pixels = &run->registers[0];
    if (run->plan->bits == 16)
        write_wide(run->transform, pixels, out->out);
    else if (run->written)
        tn__writer_end(&run->writer, run->boxes);
    else
        tn__finish_sample(run->writer.finish, run->writer.record, run->boxes, pixels,
                          run->writer.out);
}

int tn__plan_run(const tn_transform *transform, const tn__plan *plan, const tn_px_image *image,
                 tn__worker *worker, const tn__row_output *out)
{
    struct run run;
    tn__stage_enter(&worker->clock, TN__STAGE_TRANSFORM);
    run.transform = transform;
    run.plan = plan;
    run.worker = worker;
    run.registers[0] = *image;
    run.written = false;
    make_record(&run);
    run.writer = begin_writing(&run, out);
    const int status = run_steps(&run);
    if (status != TN_OK)
        return status;
    tn__stage_enter(&worker->clock, TN__STAGE_FINISH);
    write_sample(&run, out);
    if (!out->out)
        stage_record(&run, out);
    return TN_OK;
}
