/* SPDX-License-Identifier: MIT */
/* One row of a batch: the sample made in its place, or after a fault a substitute. */
#include "load/ring.h"

#include "cpu/staged.h"

int64_t tn__settings_sample(const tn__settings *settings, int64_t drawn)
{
    const int64_t index = drawn % settings->schedule.n_samples;
    return settings->subset ? settings->subset[index] : index;
}

int32_t tn__settings_rows(const tn__settings *settings, int32_t samples)
{
    return tn__transform_rows(settings->transform, samples);
}

/* Notes the failure behind those of earlier attempts. */
static void note_failure(tn__outcome *outcome, const tn_dataset *dataset, const tn__place *place)
{
    tn__note **link = &outcome->faults;
    while (*link)
        link = &(*link)->next;
    *link = tn__note_make(dataset->source->ops->name(dataset->source, place->sample), place->epoch,
                          place->position, place->sample);
    if (!*link)
        outcome->code = TN_ENOMEM;
}

/* Makes the row's sample or, where faults are skipped, the first of its substitutes that works. */
static void attempt(const tn__ring *ring, tn__place *place, int64_t drawn, tn__worker *worker,
                    tn__outcome *outcome, tn__plan *plan, const tn__row_output *out)
{
    const tn__settings *const settings = &ring->settings;
    for (;;) {
        outcome->code =
            tn__sample_make(settings->dataset, settings->transform, place, worker, plan, out);
        if (outcome->code == TN_OK)
            return;
        const bool final = !settings->skip || tn__error_is_systemic(tn__error_last()) ||
                           place->attempt == TN__MAX_ATTEMPTS;
        note_failure(outcome, settings->dataset, place);
        if (final || outcome->code == TN_ENOMEM)
            return;
        place->attempt++;
        drawn = tn__fault_substitute(place->seed, place->epoch, place->position, place->attempt,
                                     settings->schedule.n_samples, drawn);
        place->sample = tn__settings_sample(settings, drawn);
    }
}

static void describe(const tn_dataset *dataset, const tn__place *place, const tn__outcome *outcome,
                     const tn__plan *plan, tn_row *row)
{
    const tn__source *const source = dataset->source;
    const bool made = outcome->code == TN_OK;
    *row = (tn_row){
        .name = source->ops->name(source, place->sample),
        .fault = outcome->faults ? outcome->faults->message : NULL,
        .position = place->position,
        .sample = place->sample,
        .label = source->ops->label(source, place->sample),
        .view = place->view,
        .width = made ? plan->source.w : 0,
        .height = made ? plan->source.h : 0,
        .attempt = place->attempt,
    };
}

static tn__row_output output_of(const tn__ring *ring, const tn__slot *slot, int32_t row)
{
    const tn__layout *const layout = &ring->settings.layout;
    if (ring->pump)
        return tn__pump_row_output(ring->pump, slot, row);
    if (ring->settings.mixing)
        return tn__layout_row_output(layout, slot->memory + layout->staging_at, row);
    return (tn__row_output){.out = slot->memory + layout->row_bytes * (size_t)row};
}

void tn__row_make(const tn__ring *ring, const tn__turn *turn, tn__worker *worker)
{
    const tn__settings *const settings = &ring->settings;
    tn__slot *const slot = &ring->slots[turn->slot];
    tn__outcome *const outcome = &slot->outcome[turn->row];
    tn__plan *const plan = &slot->plan[turn->row];
    tn__place place = turn->place;
    const int64_t drawn = place.sample;
    place.sample = tn__settings_sample(settings, drawn);
    const tn__row_output out = output_of(ring, slot, turn->row);
    attempt(ring, &place, drawn % settings->schedule.n_samples, worker, outcome, plan, &out);
    describe(settings->dataset, &place, outcome, plan, &slot->row[turn->row]);
    slot->labels[turn->row] = slot->row[turn->row].label;
}

void tn__row_target(const tn__settings *settings, tn__slot *slot, int32_t row)
{
    const tn__node *const node = settings->mixing;
    const tn__pair *const pair = &slot->plan[row].pair;
    const tn_tensor *const tensors = settings->layout.tensor;
    const int32_t classes = (int32_t)tensors[TN__TENSOR_TARGET].shape[1];
    node->op->batch->target(node, pair, tensors[TN__TENSOR_IMAGE].dtype, slot->labels[row],
                            slot->labels[pair->partner], classes,
                            slot->targets + (size_t)row * (size_t)classes);
}

/* There is no memory to mix the row with. */
static void give_up_mixing(const tn__settings *settings, const tn__turn *turn, tn__slot *slot)
{
    tn__place place = turn->place; /* whose sample is the one drawn */
    place.sample = slot->row[turn->row].sample;
    slot->outcome[turn->row].code = TN_ENOMEM;
    note_failure(&slot->outcome[turn->row], settings->dataset, &place);
}

void tn__row_mix(const tn__ring *ring, const tn__turn *turn, tn__worker *worker)
{
    const tn__settings *const settings = &ring->settings;
    tn__slot *const slot = &ring->slots[turn->slot];
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
        tn__staged_finish(&staged, turn->row, scratch,
                          slot->memory + settings->layout.row_bytes * (size_t)turn->row);
        tn__row_target(settings, slot, turn->row);
    } else {
        give_up_mixing(settings, turn, slot);
    }
    tn__arena_reset(&worker->arena);
    tn__stage_enter(&worker->clock, TN__STAGE_NONE);
}

bool tn__slot_has_failed(const tn__slot *slot)
{
    for (int32_t row = 0; slot->n_faulty > 0 && row < slot->span.rows; row++)
        if (slot->outcome[row].code != TN_OK)
            return true;
    return false;
}
