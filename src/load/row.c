/* SPDX-License-Identifier: MIT */
/* One row of a batch: the sample made in its place, or after a fault a substitute. */
#include "load/ring.h"

int64_t tn__recipe_sample(const tn__recipe *recipe, int64_t drawn)
{
    const int64_t index = drawn % recipe->schedule.n_samples;
    return recipe->subset ? recipe->subset[index] : index;
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
        const bool final = !recipe->skip || tn__fault_is_systemic(outcome->code) ||
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

void tn__row_make(const tn__ring *ring, const tn__turn *turn, tn__worker *worker)
{
    const tn__recipe *const recipe = &ring->recipe;
    tn__slot *const slot = &ring->slots[turn->slot];
    tn__outcome *const outcome = &slot->outcome[turn->row];
    tn__plan *const plan = &slot->plan[turn->row];
    tn__place place = turn->place;
    const int64_t drawn = place.sample;
    place.sample = tn__recipe_sample(recipe, drawn);
    const tn__outlet out =
        ring->pump
            ? tn__pump_outlet(ring->pump, slot, turn->row)
            : (tn__outlet){.out = slot->memory + recipe->layout.row_bytes * (size_t)turn->row};
    attempt(ring, &place, drawn % recipe->schedule.n_samples, worker, outcome, plan, &out);
    describe(recipe->dataset, &place, outcome, plan, &slot->row[turn->row]);
    slot->labels[turn->row] = slot->row[turn->row].label;
}
