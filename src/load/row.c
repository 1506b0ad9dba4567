/* SPDX-License-Identifier: MIT */
/* One row of a batch: the sample made in its place, or after a fault a substitute. */
#include "load/ring.h"

#include "cpu/staged.h"
#include "op/mixup.h"

int64_t tn__recipe_sample(const tn__recipe *recipe, int64_t drawn)
{
    const int64_t index = drawn % recipe->schedule.n_samples;
    return recipe->subset ? recipe->subset[index] : index;
}

int32_t tn__recipe_rows(const tn__recipe *recipe, int32_t samples)
{
    return recipe->mixing ? tn__mixup_rows(recipe->mixing, samples) : samples;
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
                    tn__outcome *outcome, tn__plan *plan, const tn__outlet *out)
{
    const tn__recipe *const recipe = &ring->recipe;
    for (;;) {
        outcome->code =
            tn__sample_make(recipe->dataset, recipe->transform, place, worker, plan, out);
        if (outcome->code == TN_OK)
            return;
        const bool final = !recipe->skip || tn__error_is_systemic(tn__error_last()) ||
                           place->attempt == TN__MAX_ATTEMPTS;
        note_failure(outcome, recipe->dataset, place);
        if (final || outcome->code == TN_ENOMEM)
            return;
        place->attempt++;
        drawn = tn__fault_substitute(place->seed, place->epoch, place->position, place->attempt,
                                     recipe->schedule.n_samples, drawn);
        place->sample = tn__recipe_sample(recipe, drawn);
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

static tn__outlet outlet_of(const tn__ring *ring, const tn__slot *slot, int32_t row)
{
    const tn__layout *const layout = &ring->recipe.layout;
    if (ring->pump)
        return tn__pump_outlet(ring->pump, slot, row);
    if (ring->recipe.mixing)
        return tn__layout_outlet(layout, slot->memory + layout->parcel_at, row);
    return (tn__outlet){.out = slot->memory + layout->row_bytes * (size_t)row};
}

void tn__row_make(const tn__ring *ring, const tn__turn *turn, tn__worker *worker)
{
    const tn__recipe *const recipe = &ring->recipe;
    tn__slot *const slot = &ring->slots[turn->slot];
    tn__outcome *const outcome = &slot->outcome[turn->row];
    tn__plan *const plan = &slot->plan[turn->row];
    tn__place place = turn->place;
    const int64_t drawn = place.sample;
    place.sample = tn__recipe_sample(recipe, drawn);
    const tn__outlet out = outlet_of(ring, slot, turn->row);
    attempt(ring, &place, drawn % recipe->schedule.n_samples, worker, outcome, plan, &out);
    describe(recipe->dataset, &place, outcome, plan, &slot->row[turn->row]);
    slot->labels[turn->row] = slot->row[turn->row].label;
    if (recipe->mixing && outcome->code == TN_OK) {
        tn__mix mix;
        tn__mixup_draw(recipe->mixing, plan, &mix);
        tn__mixup_record(&mix, turn->row, out.record);
    }
}

void tn__row_target(const tn__recipe *recipe, tn__slot *slot, int32_t row)
{
    tn__mix mix;
    tn__mixup_draw(recipe->mixing, &slot->plan[row], &mix);
    tn__mixup_target(recipe->mixing, &mix, recipe->layout.sample.dtype, slot->labels[row],
                     slot->labels[mix.partner], recipe->classes,
                     slot->targets + (size_t)row * (size_t)recipe->classes);
}

/* There is no memory to mix the row with. */
static void give_up_mixing(const tn__recipe *recipe, const tn__turn *turn, tn__slot *slot)
{
    tn__place place = turn->place; /* whose sample is the one drawn */
    place.sample = slot->row[turn->row].sample;
    slot->outcome[turn->row].code = TN_ENOMEM;
    note_failure(&slot->outcome[turn->row], recipe->dataset, &place);
}

void tn__row_mix(const tn__ring *ring, const tn__turn *turn, tn__worker *worker)
{
    const tn__recipe *const recipe = &ring->recipe;
    tn__slot *const slot = &ring->slots[turn->slot];
    uint8_t *const parcel = slot->memory + recipe->layout.parcel_at;
    tn__stage_enter(&worker->clock, TN__STAGE_FINISH);
    const tn__staged staged = {
        .finish = tn__transform_finish(recipe->transform, recipe->constants.channels),
        .px = &recipe->constants,
        .staging = parcel,
        .records = (const tn_px_record *)(const void *)parcel,
    };
    void *const scratch = tn__arena_take(&worker->arena, tn__staged_scratch(&recipe->constants));
    if (scratch)
        tn__staged_finish(&staged, turn->row, scratch,
                          slot->memory + recipe->layout.row_bytes * (size_t)turn->row);
    else
        give_up_mixing(recipe, turn, slot);
    tn__arena_reset(&worker->arena);
    tn__row_target(recipe, slot, turn->row);
    tn__stage_enter(&worker->clock, TN__STAGE_NONE);
}

bool tn__slot_has_failed(const tn__slot *slot)
{
    for (int32_t row = 0; slot->n_faulty > 0 && row < slot->span.rows; row++)
        if (slot->outcome[row].code != TN_OK)
            return true;
    return false;
}
