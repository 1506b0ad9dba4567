/* SPDX-License-Identifier: MIT */
/* Public calls on data sets: they check their arguments, then call the engine. */
#include "data/dataset.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "api/check.h"
#include "base/error.h"
#include "base/sized.h"
#include "make/read.h"
#include "spec/read.h"

/* True if a part of the path is "." or "..": such a path names no folder below the root, or leaves
 * it. */
static bool has_dots(const char *path)
{
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        const size_t length = strcspn(part, "/");
        if (length > 0 && length <= 2 && strspn(part, ".") >= length)
            return true;
    }
    return false;
}

static int read_options(const tn_dataset_options *given, tn_dataset_options *known)
{
    static const char call[] = "data set";
    const int status = tn__options_read(call, &tn__options_dataset, given, known, sizeof *known);
    if (status != TN_OK)
        return status;
    if (known->split && (!known->split[0] || known->split[0] == '/' || has_dots(known->split)))
        return tn__fail(TN_EINVAL,
                        "%s: split is \"%s\", not the name of a folder below root, for example "
                        "\"train\"",
                        call, known->split);
    return TN_OK;
}

tn_dataset *tn_dataset_create(const tn_dataset_options *options)
{
    tn_dataset_options known;
    return read_options(options, &known) == TN_OK ? tn__dataset_create(&known) : NULL;
}

const char *tn_dataset_splits(const tn_dataset_options *options)
{
    static _Thread_local char list[(TN__SPLIT_BYTES + 1) * TN__MAX_SPLITS];
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
    return dataset->source->n_samples;
}

int32_t tn_dataset_classes(const tn_dataset *dataset)
{
    if (!dataset)
        return tn__fail(TN_EINVAL, "data set is NULL");
    return dataset->source->n_classes;
}

const char *tn_dataset_root(const tn_dataset *dataset)
{
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "data set is NULL");
    return dataset->source->root;
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
    tn__sized_write(out, &dataset->source->left_out, sizeof dataset->source->left_out);
    return TN_OK;
}

const char *tn_dataset_class_name(const tn_dataset *dataset, int64_t label)
{
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "data set is NULL");
    const int32_t n = dataset->source->n_classes;
    if (label < 0 || label >= n)
        return tn__fail_null(TN_EINVAL, "label %lld is not in 0…%d", (long long)label, n - 1);
    return dataset->source->class_names[label];
}

static int check_index(const tn_dataset *dataset, int64_t index)
{
    if (!dataset)
        return tn__fail(TN_EINVAL, "data set is NULL");
    const int64_t n = dataset->source->n_samples;
    if (index < 0 || index >= n)
        return tn__fail(TN_EINVAL, "sample %lld is not in 0…%lld", (long long)index,
                        (long long)n - 1);
    return TN_OK;
}

const char *tn_dataset_sample_name(const tn_dataset *dataset, int64_t index)
{
    if (check_index(dataset, index) != TN_OK)
        return NULL;
    return tn__source_name(dataset->source, index);
}

int64_t tn_dataset_label(const tn_dataset *dataset, int64_t index)
{
    if (check_index(dataset, index) != TN_OK)
        return -1;
    return tn__source_class(dataset->source, index);
}

int32_t tn_dataset_label_of(const tn_dataset *dataset, int64_t index, tn_label *out)
{
    if (tn__check_out("tn_dataset_label_of", dataset, out, sizeof *out) != TN_OK ||
        check_index(dataset, index) != TN_OK)
        return TN_EINVAL;
    tn__label label;
    dataset->source->ops->label(dataset->source, index, &label);
    const tn_label known = {.kind = label.kind,
                            .n = label.n,
                            .value = label.kind == TN_LABEL_INT ? label.value : -1,
                            .ints = label.ints,
                            .floats = label.floats,
                            .text = label.text};
    tn__sized_write(out, &known, sizeof known);
    return TN_OK;
}

double tn_dataset_weight(const tn_dataset *dataset, int64_t index)
{
    if (check_index(dataset, index) != TN_OK)
        return -1.0;
    const float *const weights = dataset->source->weights;
    return weights ? (double)weights[index] : 1.0;
}

uint64_t tn_dataset_fingerprint(const tn_dataset *dataset)
{
    if (!dataset) {
        tn__fail(TN_EINVAL, "data set is NULL");
        return 0;
    }
    return dataset->source->fingerprint;
}

int32_t tn_dataset_is_pack(const tn_dataset *dataset)
{
    if (!dataset)
        return tn__fail(TN_EINVAL, "data set is NULL");
    return dataset->source->ops->traits & TN__PACKED ? TN_YES : TN_NO;
}

int32_t tn_dataset_probe(const tn_dataset *dataset, int64_t index, tn_image_info *out)
{
    if (tn__check_out("tn_dataset_probe", dataset, out, sizeof *out) != TN_OK ||
        check_index(dataset, index) != TN_OK)
        return TN_EINVAL;
    tn__buffer buffer = {0};
    tn__info info;
    int64_t file_bytes = 0;
    const int status = tn__read_header(dataset, index, &buffer, &info, &file_bytes);
    tn__buffer_free(&buffer);
    if (status != TN_OK)
        return status;
    const tn_image_info known = {.width = info.w,
                                 .height = info.h,
                                 .channels = info.file_channels,
                                 .bits = info.file_bits,
                                 .orientation = info.orientation,
                                 .file_bytes = file_bytes,
                                 .format = info.format};
    tn__sized_write(out, &known, sizeof known);
    return TN_OK;
}
