/* SPDX-License-Identifier: MIT */
/* Rows of a batch, made and mixed. See row.h. */
#include "load/row.h"

#include <string.h>

#include "cpu/staged.h"
#include "make/fetch.h"
#include "make/sample.h"

/* Adds the failure to the row's, after those of earlier attempts. */
static void note_failure(tn__outcome *outcome, const tn_dataset *dataset, const tn__place *place)
{
    tn__fault_note **link = &outcome->faults;
    while (*link)
        link = &(*link)->next;
    *link = tn__fault_note_make(tn__source_name(dataset->source, place->sample), place->epoch,
                                place->position, place->sample);
    if (!*link)
        outcome->status = TN_ENOMEM;
}

/* Makes the row's sample or, where the loader skips faults, the first of its substitutes that
 * works. Leaves the sample that was made in *place. */
static void attempt(const tn__settings *settings, tn__place *place, int64_t drawn,
                    tn__worker *worker, tn__outcome *outcome, tn__plan *plan,
                    const tn__row_output *out)
{
    for (;;) {
        outcome->status = tn__sample_fetch(settings->dataset, place, worker);
        if (outcome->status == TN_OK)
            outcome->status =
                tn__sample_make(settings->dataset, settings->transform, place, worker, plan, out);
        if (outcome->status == TN_OK)
            return;
        const bool final = !settings->skip || tn__error_is_systemic(tn__error_last()) ||
                           place->attempt == TN__MAX_ATTEMPTS;
        note_failure(outcome, settings->dataset, place);
        if (final || outcome->status == TN_ENOMEM)
            return;
        place->attempt++;
        drawn = tn__fault_substitute(place->seed, place->epoch, place->position, place->attempt,
                                     settings->schedule.n_samples, drawn, &settings->comb);
        place->sample = tn__settings_sample(settings, drawn);
    }
}

/* Copies the sample's name into the slot's memory. */
static const char *keep_name(const tn__source *source, int64_t sample, tn__text *out)
{
    tn__text_clear(out);
    tn__text_add(out, tn__source_name(source, sample));
    return out->failed ? NULL : out->chars;
}

/* Fills in the row's record. Without memory for its name, the row fails. */
static void describe(const tn_dataset *dataset, const tn__place *place, tn__slot *slot)
{
    const tn__source *const source = dataset->source;
    tn__outcome *const outcome = &slot->outcome[place->row];
    const tn__plan *const plan = &slot->plan[place->row];
    const char *const name = keep_name(source, place->sample, &slot->name[place->row]);
    if (!name && outcome->status == TN_OK) {
        outcome->status = tn__fail_memory("a name", TN__NAME_BYTES);
        note_failure(outcome, dataset, place);
    }
    const bool made = outcome->status == TN_OK;
    slot->row[place->row] = (tn_row){
        .name = name ? name : "",
        .fault = outcome->faults ? outcome->faults->message : NULL,
        .position = place->position,
        .sample = place->sample,
        .label = tn__source_class(source, place->sample),
        .view = place->view,
        .width = made ? plan->source.w : 0,
        .height = made ? plan->source.h : 0,
        .attempt = place->attempt,
    };
}

/* Writes the label into its row of the tensor. A list of integers is padded with -1; a text has no
 * form in a tensor, and gives -1. */
static void write_label(const tn__settings *settings, int64_t sample, uint8_t *row)
{
    const tn__source *const source = settings->dataset->source;
    const size_t n_bytes = settings->layout.label_bytes;
    tn__label label;
    source->ops->label(source, sample, &label);
    if (label.kind == TN_LABEL_FLOATS) {
        memcpy(row, label.floats, n_bytes);
        return;
    }
    memset(row, 0xff, n_bytes); /* -1 in each place */
    if (label.kind == TN_LABEL_INTS && label.n > 0)
        memcpy(row, label.ints, (size_t)label.n * sizeof *label.ints);
    else if (label.kind == TN_LABEL_INT)
        memcpy(row, &label.value, sizeof label.value);
}

void tn__row_make(const tn__settings *settings, tn__slot *slot, const tn__place *place,
                  const tn__row_output *out, tn__worker *worker)
{
    const int32_t row = place->row;
    tn__place at = *place;
    at.sample = tn__settings_sample(settings, place->sample);
    attempt(settings, &at, place->sample % settings->schedule.n_samples, worker,
            &slot->outcome[row], &slot->plan[row], out);
    describe(settings->dataset, &at, slot);
    write_label(settings, at.sample, slot->labels + (size_t)row * settings->layout.label_bytes);
}

void tn__row_target(const tn__settings *settings, tn__slot *slot, int32_t row)
{
    const tn__node *const node = settings->mixing;
    const tn__pair *const pair = &slot->plan[row].pair;
    const tn_tensor *const tensors = settings->layout.tensor;
    const int32_t classes = (int32_t)tensors[TN__TENSOR_TARGET].shape[1];
    node->op->batch->target(node, pair, tensors[TN__TENSOR_IMAGE].dtype, slot->row[row].label,
                            slot->row[pair->partner].label, classes,
                            slot->targets + (size_t)row * (size_t)classes);
}

/* Fails the row: there is no memory to mix it. */
static void give_up_mixing(const tn__settings *settings, const tn__place *place, tn__slot *slot)
{
    tn__place at = *place; /* its sample is the number that the order gave */
    at.sample = slot->row[place->row].sample;
    slot->outcome[place->row].status = TN_ENOMEM;
    note_failure(&slot->outcome[place->row], settings->dataset, &at);
}

void tn__row_mix(const tn__settings *settings, tn__slot *slot, const tn__place *place,
                 tn__worker *worker)
{
    uint8_t *const staging = slot->memory + settings->layout.staging_at;
    tn__stage_enter(&worker->clock, TN__STAGE_FINISH);
    const tn__staged staged = {
        .finish = tn__transform_finish(settings->transform, settings->constants.channels),
        .px = &settings->constants,
        .staging = staging,
        .records = (const tn_px_record *)(const void *)staging,
    };
    void *const scratch = tn__arena_take(&worker->arena, tn__staged_scratch(&settings->constants));
    if (scratch) {
        tn__staged_finish(&staged, place->row, scratch,
                          slot->memory + settings->layout.row_bytes * (size_t)place->row);
        tn__row_target(settings, slot, place->row);
    } else {
        give_up_mixing(settings, place, slot);
    }
    tn__arena_reset(&worker->arena);
    tn__stage_enter(&worker->clock, TN__STAGE_NONE);
}
