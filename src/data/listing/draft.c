/* SPDX-License-Identifier: MIT */
/* Collects the samples of a file. See draft.h. */
#include "data/listing/draft.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"

enum { LEAST = 256 };

/* Offsets take 61 bits in a listing. */
static const int64_t most_bytes = (int64_t)1 << 60;

void tn__draft_free(tn__draft *draft)
{
    free(draft->samples);
    free(draft->codings);
    tn__text_free(&draft->names);
    tn__labels_free(&draft->labels);
    tn__blob_free(&draft->weights);
    tn__text_free(&draft->class_names);
    free(draft->class_at);
    free(draft->class_places);
    *draft = (tn__draft){0};
}

void tn__draft_forget_labels(tn__draft *draft)
{
    for (int64_t i = 0; i < draft->n; i++)
        draft->samples[i].label = -1;
    draft->n_classes = 0;
    tn__text_clear(&draft->class_names);
    if (draft->class_places)
        memset(draft->class_places, 0, 2 * draft->class_capacity * sizeof *draft->class_places);
}

static int check(const tn__found *found)
{
    const int status = tn__check_name_length(found->name, found->n_name);
    if (status != TN_OK)
        return status;
    if (memchr(found->name, 0, found->n_name))
        return tn__fail(TN_EDECODE, "\"%s\": a NUL is in the name", found->name);
    if (found->class_name && memchr(found->class_name, 0, found->n_class_name))
        return tn__fail(TN_EDECODE, "\"%.*s\": a NUL is in the name of its class",
                        (int)found->n_name, found->name);
    if (found->coding.content > most_bytes || found->length > most_bytes ||
        found->offset > most_bytes - found->length)
        return tn__fail(TN_ELIMIT, "\"%.*s\" ends after byte 2^60 of the file", (int)found->n_name,
                        found->name);
    return TN_OK;
}

/* Makes room for the codings of as many samples as there is room for: at least one. */
static int reserve_codings(tn__draft *draft)
{
    assert(draft->capacity > 0);
    const size_t n_bytes = (size_t)draft->capacity * sizeof *draft->codings;
    tn__coding *const codings = realloc(draft->codings, n_bytes);
    if (!codings) {
        tn__fail_memory("a list of samples", n_bytes);
        return TN_ENOMEM;
    }
    draft->codings = codings;
    return TN_OK;
}

static int reserve_sample(tn__draft *draft)
{
    if (draft->n < draft->capacity)
        return TN_OK;
    const int64_t capacity = draft->capacity ? draft->capacity * 2 : LEAST;
    const size_t n_bytes = (size_t)capacity * sizeof *draft->samples;
    tn__drafted *const samples = realloc(draft->samples, n_bytes);
    if (!samples)
        return tn__fail_memory("a list of samples", n_bytes);
    draft->samples = samples;
    draft->capacity = capacity;
    return draft->codings ? reserve_codings(draft) : TN_OK;
}

/* Notes how the sample is coded. */
static int add_coding(tn__draft *draft, const tn__coding *coding)
{
    if (!draft->codings) {
        const int status = reserve_codings(draft);
        if (status != TN_OK)
            return status;
        memset(draft->codings, 0, (size_t)draft->n * sizeof *draft->codings);
    }
    draft->codings[draft->n] = *coding;
    return TN_OK;
}

static bool class_is(const tn__draft *draft, size_t number, const char *name, size_t n_name)
{
    const char *const known = draft->class_names.chars + draft->class_at[number];
    return strlen(known) == n_name && memcmp(known, name, n_name) == 0;
}

/* The place of a class among those that are found by hash, or the free place where it belongs. */
static uint32_t *find_place(const tn__draft *draft, const char *name, size_t n_name)
{
    const size_t mask = 2 * draft->class_capacity - 1;
    size_t at = (size_t)tn__hash_of(name, n_name) & mask;
    while (draft->class_places[at] > 0 &&
           !class_is(draft, draft->class_places[at] - 1, name, n_name))
        at = (at + 1) & mask;
    return &draft->class_places[at];
}

/* Doubles the room for classes: a power of two. */
static int reserve_classes(tn__draft *draft)
{
    const size_t capacity = draft->class_capacity ? 2 * draft->class_capacity : LEAST;
    uint64_t *const class_at = realloc(draft->class_at, capacity * sizeof *class_at);
    if (!class_at)
        return tn__fail_memory("class names", capacity * sizeof *class_at);
    draft->class_at = class_at;
    uint32_t *const places = calloc(2 * capacity, sizeof *places);
    if (!places)
        return tn__fail_memory("class names", 2 * capacity * sizeof *places);
    free(draft->class_places);
    draft->class_places = places;
    draft->class_capacity = capacity;
    for (size_t number = 0; number < draft->n_classes; number++) {
        const char *const name = draft->class_names.chars + draft->class_at[number];
        *find_place(draft, name, strlen(name)) = (uint32_t)number + 1;
    }
    return TN_OK;
}

/* Finds the number of a class, and adds a new one. */
static int find_class(tn__draft *draft, const char *name, size_t n_name, uint32_t *number)
{
    if (draft->n_classes == draft->class_capacity) {
        const int status = reserve_classes(draft);
        if (status != TN_OK)
            return status;
    }
    uint32_t *const place = find_place(draft, name, n_name);
    if (*place == 0) {
        draft->class_at[draft->n_classes++] = draft->class_names.length;
        *place = (uint32_t)draft->n_classes;
        tn__text_add_bytes(&draft->class_names, name, n_name);
        tn__text_add_bytes(&draft->class_names, "", 1);
    }
    *number = *place - 1;
    return draft->class_names.failed ? tn__fail_memory("class names", draft->class_names.length)
                                     : TN_OK;
}

/* The label of a sample in the draft: what it has, or stands for the class that it names. */
static int find_label(tn__draft *draft, const tn__found *found, int64_t *label)
{
    const int64_t before = draft->n > 0 ? draft->samples[draft->n - 1].label : -1;
    uint32_t number = 0;
    *label = found->label;
    if (!found->class_name)
        return TN_OK;
    *label = before; /* most samples have the class of the one before */
    if (before < -1 &&
        class_is(draft, (size_t)(-2 - before), found->class_name, found->n_class_name))
        return TN_OK;
    const int status = find_class(draft, found->class_name, found->n_class_name, &number);
    *label = -2 - (int64_t)number;
    return status;
}

static int check_integers(const tn__found *found)
{
    if (found->typed)
        return tn__label_check(found->typed);
    return found->class_name ? TN_OK : tn__labels_check(found->label);
}

/* Checks a label, and keeps one that is not an integer. The first sample decides the kind of all.
 */
static int add_label(tn__draft *draft, const tn__found *found)
{
    static const tn__label integer = {.kind = TN_LABEL_INT, .n = 1};
    const tn__label *const label = found->typed ? found->typed : &integer;
    int status = check_integers(found);
    if (draft->n == 0)
        tn__labels_init(&draft->labels, label->kind);
    if (label->kind != TN_LABEL_INT || draft->labels.shape.kind != TN_LABEL_INT)
        status = status == TN_OK ? tn__labels_add(&draft->labels, label) : status;
    return status == TN_OK ? TN_OK : tn__error_prefix("\"%.*s\"", (int)found->n_name, found->name);
}

int tn__draft_label(tn__draft *draft, int64_t sample, const tn__label *label)
{
    tn__drafted *const drafted = &draft->samples[sample];
    if (sample == 0) {
        tn__labels_free(&draft->labels);
        tn__labels_init(&draft->labels, label->kind);
    }
    int status = tn__label_check(label);
    if (status == TN_OK && label->kind == TN_LABEL_INT && draft->labels.shape.kind == label->kind)
        drafted->label = label->value;
    else if (status == TN_OK)
        status = tn__labels_add(&draft->labels, label);
    return status == TN_OK ? TN_OK : tn__error_prefix("\"%s\"", draft->names.chars + drafted->name);
}

int tn__draft_add(tn__draft *draft, const tn__found *found)
{
    int status = check(found);
    if (status == TN_OK)
        status = reserve_sample(draft);
    if (status == TN_OK && (draft->codings || found->coding.is_coded))
        status = add_coding(draft, &found->coding);
    int64_t label = -1;
    if (status == TN_OK)
        status = add_label(draft, found);
    if (status == TN_OK)
        status = find_label(draft, found, &label);
    if (status != TN_OK)
        return status;
    draft->samples[draft->n] = (tn__drafted){.name = draft->names.length,
                                             .offset = found->offset,
                                             .length = found->length,
                                             .label = label};
    tn__text_add_bytes(&draft->names, found->name, found->n_name);
    tn__text_add_bytes(&draft->names, "", 1);
    if (draft->names.failed)
        return tn__fail_memory("file names", draft->names.length);
    draft->n++;
    return TN_OK;
}
