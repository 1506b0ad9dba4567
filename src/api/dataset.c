/* SPDX-License-Identifier: MIT */
/* Exported calls on data sets: check, then call inward. */
#include "data/dataset.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "api/check.h"
#include "base/error.h"
#include "base/sized.h"
#include "data/pack/source.h"

/* Whether a part of the path is "." or "..": it names no folder below, or leads out again. A slice
 * may follow the name, as in "train[:10%]". */
static bool has_dots(const char *path)
{
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        const size_t length = strcspn(part, "/[");
        if (length > 0 && length <= 2 && strspn(part, ".") >= length)
            return true;
    }
    return false;
}

static int check_text(const tn_dataset_options *options)
{
    if (!options->root || !options->root[0])
        return tn__fail(TN_EINVAL, "data set: root is missing: the folder that holds the classes");
    if (options->split &&
        (!options->split[0] || options->split[0] == '/' || has_dots(options->split)))
        return tn__fail(TN_EINVAL,
                        "data set: split is \"%s\", not the name of a folder below root, as "
                        "\"train\"",
                        options->split);
    if (options->class_map && !options->class_map[0])
        return tn__fail(TN_EINVAL, "data set: class_map is \"\", not the path of a .txt file");
    if (options->index_path && !options->index_path[0])
        return tn__fail(TN_EINVAL, "data set: index_path is \"\", not the path of an index");
    return TN_OK;
}

static int check_numbers(const tn_dataset_options *options)
{
    static const char call[] = "data set";
    if (options->mode != 0 && options->mode != TN_RGB && options->mode != TN_GREY)
        return tn__fail(TN_EINVAL, "data set: mode is %d, not TN_RGB (%d) or TN_GREY (%d)",
                        options->mode, TN_RGB, TN_GREY);
    if (tn__check_flag(call, "orient", options->orient) != TN_OK ||
        tn__check_flag(call, "progress", options->progress) != TN_OK ||
        tn__check_threads(call, options->threads) != TN_OK)
        return TN_EINVAL;
    if (options->index < 0 || options->index > TN_INDEX_OFF)
        return tn__fail(TN_EINVAL, "data set: index is %d, not in TN_INDEX_USE (%d) … %d",
                        options->index, TN_INDEX_USE, TN_INDEX_OFF);
    if (options->index_entries < 0 || options->index_entries > TN__JPEG_MAX_COLUMNS)
        return tn__fail(TN_EINVAL, "data set: index_entries is %d, not in 0…%d",
                        options->index_entries, TN__JPEG_MAX_COLUMNS);
    if (options->split_rule < 0 || options->split_rule > TN_SPLIT_IF_THERE)
        return tn__fail(TN_EINVAL, "data set: split_rule is %d, not in TN_SPLIT_MUST (%d) … %d",
                        options->split_rule, TN_SPLIT_MUST, TN_SPLIT_IF_THERE);
    if (options->max_pixels < 0 || options->max_pixels > TN_MAX_PIXELS)
        return tn__fail(TN_EINVAL, "data set: max_pixels is %lld, not in 0…%d",
                        (long long)options->max_pixels, TN_MAX_PIXELS);
    if (options->max_file_bytes < 0)
        return tn__fail(TN_EINVAL, "data set: max_file_bytes is %lld, below 0",
                        (long long)options->max_file_bytes);
    return TN_OK;
}

static int read_options(const tn_dataset_options *given, tn_dataset_options *known)
{
    int status = tn__sized_read("data set", given, known, sizeof *known);
    if (status == TN_OK)
        status = check_text(known);
    return status == TN_OK ? check_numbers(known) : status;
}

tn_dataset *tn_dataset_create(const tn_dataset_options *options)
{
    tn_dataset_options known;
    return read_options(options, &known) == TN_OK ? tn__dataset_create(&known) : NULL;
}

const char *tn_dataset_splits(const tn_dataset_options *options)
{
    static _Thread_local char list[16 * TN__MAX_SPLITS];
    tn_dataset_options known;
    tn__splits splits;
    if (read_options(options, &known) != TN_OK || tn__dataset_splits(&known, &splits) != TN_OK)
        return NULL;
    size_t length = 0;
    list[0] = '\0';
    for (int32_t i = 0; i < splits.n; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", i > 0 ? " " : "",
                                   splits.names[i]);
    return list;
}

void tn_dataset_destroy(tn_dataset *dataset)
{
    if (dataset)
        tn__dataset_release(dataset);
}

int64_t tn_dataset_count(const tn_dataset *dataset)
{
    if (!dataset)
        return tn__fail(TN_EINVAL, "data set is NULL");
    return dataset->source->ops->count(dataset->source);
}

int32_t tn_dataset_classes(const tn_dataset *dataset)
{
    if (!dataset)
        return tn__fail(TN_EINVAL, "data set is NULL");
    return dataset->source->ops->classes(dataset->source);
}

const char *tn_dataset_root(const tn_dataset *dataset)
{
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "data set is NULL");
    return dataset->source->ops->root(dataset->source);
}

const char *tn_dataset_split(const tn_dataset *dataset)
{
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "data set is NULL");
    return dataset->split;
}

int32_t tn_dataset_facts_of(const tn_dataset *dataset, tn_dataset_facts *out)
{
    if (tn__check_out("tn_dataset_facts_of", dataset, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn_dataset_facts facts = {0};
    if (dataset->source->ops->facts)
        dataset->source->ops->facts(dataset->source, &facts);
    tn__sized_write(out, &facts, sizeof facts);
    return TN_OK;
}

const char *tn_dataset_class_name(const tn_dataset *dataset, int64_t label)
{
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "data set is NULL");
    const int32_t n = dataset->source->ops->classes(dataset->source);
    if (label < 0 || label >= n)
        return tn__fail_null(TN_EINVAL, "label %lld is not in 0…%d", (long long)label, n - 1);
    return dataset->source->ops->class_name(dataset->source, label);
}

static int check_index(const tn_dataset *dataset, int64_t index)
{
    if (!dataset)
        return tn__fail(TN_EINVAL, "data set is NULL");
    const int64_t n = dataset->source->ops->count(dataset->source);
    if (index < 0 || index >= n)
        return tn__fail(TN_EINVAL, "sample %lld is not in 0…%lld", (long long)index,
                        (long long)n - 1);
    return TN_OK;
}

const char *tn_dataset_sample_name(const tn_dataset *dataset, int64_t index)
{
    if (check_index(dataset, index) != TN_OK)
        return NULL;
    return dataset->source->ops->name(dataset->source, index);
}

int64_t tn_dataset_label(const tn_dataset *dataset, int64_t index)
{
    if (check_index(dataset, index) != TN_OK)
        return -1;
    return dataset->source->ops->label(dataset->source, index);
}

uint64_t tn_dataset_fingerprint(const tn_dataset *dataset)
{
    if (!dataset) {
        tn__fail(TN_EINVAL, "data set is NULL");
        return 0;
    }
    return dataset->source->ops->fingerprint(dataset->source);
}

int32_t tn_dataset_is_pack(const tn_dataset *dataset)
{
    if (!dataset)
        return tn__fail(TN_EINVAL, "data set is NULL");
    return tn__pack_is_source(dataset->source) ? TN_YES : TN_NO;
}

int32_t tn_dataset_probe(const tn_dataset *dataset, int64_t index, tn_image_info *out)
{
    if (tn__check_out("tn_dataset_probe", dataset, out, sizeof *out) != TN_OK ||
        check_index(dataset, index) != TN_OK)
        return TN_EINVAL;
    tn__buffer buffer = {0};
    tn__info info;
    int64_t file_bytes = 0;
    const int status = tn__dataset_probe(dataset, index, &buffer, &info, &file_bytes);
    tn__buffer_free(&buffer);
    if (status != TN_OK)
        return status;
    const tn_image_info known = {.width = info.w,
                                 .height = info.h,
                                 .channels = info.channels,
                                 .bits = info.bits,
                                 .orientation = info.orientation,
                                 .file_bytes = file_bytes,
                                 .format = info.format};
    tn__sized_write(out, &known, sizeof known);
    return TN_OK;
}
