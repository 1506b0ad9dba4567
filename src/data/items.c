/* SPDX-License-Identifier: MIT */
/* Reads the caller's array of items. See items.h. Paths are relative to the root unless they begin
 * with "/". */
#include "data/items.h"

#include <stdio.h>
#include <string.h>

#include "base/sized.h"
#include "data/comb.h"
#include "data/labels.h"
#include "data/samples.h"

static int fail_item(int64_t i, const char *why)
{
    return tn__fail(TN_EINVAL, "items[%lld] %s", (long long)i, why);
}

/* Finds out what the item is. `number` has room for the name that it gets without one. */
static int read_sample(int64_t i, const tn_item *given, char number[24], tn__sample *out)
{
    snprintf(number, 24, "%lld", (long long)i);
    const char *const name = given->name ? given->name : given->path ? given->path : number;
    if (given->path && given->bytes)
        return fail_item(i, "has a path and bytes; give one of them");
    if (!given->path && (!given->bytes || given->n_bytes < 0))
        return fail_item(i, "has neither a path nor bytes");
    if (given->path && !given->path[0])
        return fail_item(i, "has the path \"\"");
    if (strnlen(name, TN__NAME_BYTES) == TN__NAME_BYTES ||
        (given->path && strnlen(given->path, TN__NAME_BYTES) == TN__NAME_BYTES))
        return tn__fail(TN_ELIMIT, "items[%lld]: a name or path longer than %d bytes", (long long)i,
                        TN__NAME_BYTES - 1);
    *out = (tn__sample){.name = name,
                        .path = given->path,
                        .bytes = given->bytes,
                        .n_bytes = given->path ? 0 : (size_t)given->n_bytes};
    return TN_OK;
}

/* Converts a label that the caller gave. */
static int read_label(int64_t i, const tn_label *given, int32_t kind, tn__label *out)
{
    tn_label known = {.kind = kind, .value = -1, .text = ""};
    const int status =
        given ? tn__sized_read("a label of items", given, &known, sizeof known) : TN_OK;
    if (status != TN_OK)
        return status;
    *out = (tn__label){.kind = known.kind,
                       .n = known.n,
                       .value = known.value,
                       .ints = known.ints,
                       .floats = known.floats,
                       .text = known.text};
    if (out->kind < TN_LABEL_INT || out->kind > TN_LABEL_TEXT)
        return tn__fail(TN_EINVAL, "items[%lld]: its label has the kind %d", (long long)i,
                        known.kind);
    if (out->kind == TN_LABEL_INT)
        out->n = 1;
    const bool has_values = out->kind == TN_LABEL_INTS     ? out->ints || out->n == 0
                            : out->kind == TN_LABEL_FLOATS ? out->floats || out->n == 0
                                                           : true;
    if (out->kind == TN_LABEL_TEXT)
        out->n = out->text ? (int64_t)strlen(out->text) : -1;
    if (!has_values || out->n < 0 || out->n > TN__MAX_CLASSES)
        return fail_item(i, "has a label without values, or with too many");
    return tn__label_check(out) == TN_OK
               ? TN_OK
               : tn__fail_because(TN_EINVAL, tn__error_last(), "items[%lld]", (long long)i);
}

/* Copies the caller's item `i` into our struct. All items have the size of the first. */
static int read_item(const tn_dataset_options *options, int64_t i, tn_item *out)
{
    const size_t step = (size_t)options->items->size;
    const tn_item *const given =
        (const tn_item *)(const void *)((const char *)options->items + (size_t)i * step);
    if (given->size != options->items->size)
        return tn__fail(TN_EINVAL, "items[%lld]: its size is %d, but that of items[0] is %d",
                        (long long)i, given->size, options->items->size);
    return tn__sized_read("items", given, out, sizeof *out);
}

/* Adds the weight of an item to those of all. *has_some becomes true if it is not 0. */
static int add_weight(int64_t i, const tn_item *given, tn__blob *weights, bool *has_some)
{
    float weight;
    if (tn__comb_weight(given->weight, &weight) != TN_OK)
        return tn__fail_because(TN_EINVAL, tn__error_last(), "items[%lld]", (long long)i);
    *has_some |= weight > 0.0f;
    return tn__blob_add(weights, &weight, sizeof weight);
}

/* What items are read into. */
typedef struct target {
    tn__samples *samples;
    tn__blob weights;
    bool has_weights;
} target;

static int add_item(target *to, const tn_dataset_options *options, int32_t label_kind, int64_t i)
{
    tn_item given = {0};
    tn__sample sample = {0};
    tn__label label = {0};
    char number[24];
    int status = read_item(options, i, &given);
    if (status == TN_OK)
        status = read_sample(i, &given, number, &sample);
    if (status == TN_OK)
        status = read_label(i, given.label, label_kind, &label);
    if (status == TN_OK)
        status = add_weight(i, &given, &to->weights, &to->has_weights);
    if (status != TN_OK)
        return status;
    status = tn__samples_add(to->samples, &sample, &label);
    return status == TN_EINVAL ? tn__error_prefix("items[%lld]", (long long)i) : status;
}

/* The kind of all labels, that of the first one; a negative status. */
static int find_label_kind(const tn_dataset_options *options)
{
    tn_item given = {0};
    int status = tn__sized_check("items", "items[0]", options->items, sizeof given, 0);
    for (int64_t i = 0; i < options->n_items && status == TN_OK && !given.label; i++)
        status = read_item(options, i, &given);
    if (status != TN_OK)
        return status;
    return given.label && given.label->kind > 0 ? given.label->kind : TN_LABEL_INT;
}

static int check_options(const tn_dataset_options *options)
{
    if (!options->items || options->n_items < 1)
        return tn__fail(TN_EINVAL, "data set: there are no items");
    if (options->class_names && options->n_classes < 1)
        return tn__fail(TN_EINVAL, "data set: class_names has %lld names",
                        (long long)options->n_classes);
    for (int64_t i = 0; options->class_names && i < options->n_classes; i++)
        if (!options->class_names[i])
            return tn__fail(TN_EINVAL, "data set: class_names[%lld] is NULL", (long long)i);
    if (options->class_map)
        return tn__fail(TN_EINVAL, "data set: class_map cannot name the classes of items; "
                                   "class_names can");
    return TN_OK;
}

static int add_items(tn__samples *samples, const tn_dataset_options *options, int32_t label_kind)
{
    int status = TN_OK;
    target to = {.samples = samples};
    for (int64_t i = 0; i < options->n_items && status == TN_OK; i++)
        status = add_item(&to, options, label_kind, i);
    if (status == TN_OK && to.has_weights)
        tn__samples_weigh(samples, &to.weights);
    tn__blob_free(&to.weights);
    return status;
}

static int make_classes(const tn_dataset_options *options, int64_t largest, tn__classmap *out)
{
    if (!options->class_names)
        return tn__classmap_number(largest + 1, out);
    int32_t first, second;
    const int status = tn__classmap_make(options->class_names, (size_t)options->n_classes, out);
    if (status != TN_OK || !tn__classmap_repeats(out, &first, &second))
        return status;
    tn__fail(TN_EINVAL, "data set: class_names[%d] and class_names[%d] are both \"%.100s\"", first,
             second, out->names[second]);
    tn__classmap_free(out);
    return TN_EINVAL;
}

static tn__source *open_items(const tn__source_options *given)
{
    const tn_dataset_options *const options = given->dataset;
    const int label_kind = check_options(options) == TN_OK ? find_label_kind(options) : TN_EINVAL;
    if (label_kind < 0)
        return NULL;
    tn__samples *const samples = tn__samples_begin(options->root, options->root, label_kind);
    if (!samples)
        return NULL;
    tn__classmap classes = {0};
    int status = add_items(samples, options, label_kind);
    if (status == TN_OK)
        status = make_classes(options, tn__samples_largest(samples), &classes);
    if (status == TN_OK)
        return tn__samples_finish(samples, &classes, &(tn_dataset_facts){0});
    tn__samples_free(samples);
    return NULL;
}

static int list_splits(const tn__source_options *options, tn__splits *out)
{
    (void)options;
    *out = (tn__splits){0};
    return TN_OK;
}

const tn__source_kind tn__kind_items = {
    .spec =
        {
            .name = "items",
            .doc = "Samples that a program lists in memory, as paths or as the bytes of files.",
        },
    .splits = list_splits,
    .open = open_items,
};
