/* SPDX-License-Identifier: MIT */
/* Collects the samples of a file. See draft.h. */
#include "data/listing/draft.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { LEAST = 256 };

/* Offsets take 61 bits in a listing. */
static const int64_t most_bytes = (int64_t)1 << 60;

void tn__draft_free(tn__draft *draft)
{
    free(draft->samples);
    free(draft->codings);
    tn__text_free(&draft->names);
    tn__text_free(&draft->class_names);
    free(draft->class_at);
    *draft = (tn__draft){0};
}

static int check(const tn__found *found)
{
    if (found->n_name >= TN__NAME_BYTES)
        return tn__fail(TN_ELIMIT, "\"%.200s…\": a name of %zu bytes; the limit is %d", found->name,
                        found->n_name, TN__NAME_BYTES - 1);
    if (memchr(found->name, 0, found->n_name))
        return tn__fail(TN_EDECODE, "\"%s\": a NUL is in the name", found->name);
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

/* Appends a class unless it is the last one. */
static int add_class(tn__draft *draft, const char *name, size_t n_name)
{
    if (draft->n_classes > 0) {
        const char *const last = draft->class_names.chars + draft->class_at[draft->n_classes - 1];
        if (strncmp(last, name, n_name) == 0 && last[n_name] == '\0')
            return TN_OK;
    }
    if (draft->n_classes == draft->class_capacity) {
        const size_t capacity = draft->class_capacity ? 2 * draft->class_capacity : LEAST;
        uint64_t *const class_at = realloc(draft->class_at, capacity * sizeof *class_at);
        if (!class_at)
            return tn__fail_memory("class names", capacity * sizeof *class_at);
        draft->class_at = class_at;
        draft->class_capacity = capacity;
    }
    draft->class_at[draft->n_classes++] = draft->class_names.length;
    tn__text_add_bytes(&draft->class_names, name, n_name);
    tn__text_add_bytes(&draft->class_names, "", 1);
    return draft->class_names.failed ? tn__fail_memory("class names", draft->class_names.length)
                                     : TN_OK;
}

int tn__draft_add(tn__draft *draft, const tn__found *found)
{
    int status = check(found);
    if (status == TN_OK)
        status = reserve_sample(draft);
    if (status == TN_OK && (draft->codings || found->coding.is_coded))
        status = add_coding(draft, &found->coding);
    if (status == TN_OK && found->class_name)
        status = add_class(draft, found->class_name, found->n_class_name);
    if (status != TN_OK)
        return status;
    draft->samples[draft->n] =
        (tn__drafted){.name = draft->names.length,
                      .offset = found->offset,
                      .length = found->length,
                      .label = found->class_name ? -1 - (int64_t)draft->n_classes : found->label};
    tn__text_add_bytes(&draft->names, found->name, found->n_name);
    tn__text_add_bytes(&draft->names, "", 1);
    if (draft->names.failed)
        return tn__fail_memory("file names", draft->names.length);
    draft->n++;
    return TN_OK;
}
