/* SPDX-License-Identifier: MIT */
/* A data set: a source, and how its files become images. See dataset.h. */
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "data/index/index.h"
#include "data/pack/source.h"
#include "data/split.h"

static const char default_extensions[] = ".png,.jpg,.jpeg";
static const int64_t default_max_file_bytes = 1 << 30;
/* Most headers end within this; where one does not, the whole file is read. */
enum { HEAD_BYTES = 1 << 16 };

static tn_dataset_options with_defaults(const tn_dataset_options *given, const char *root)
{
    tn_dataset_options options = *given;
    options.root = root;
    if (!options.extensions)
        options.extensions = default_extensions;
    if (options.threads == 0)
        options.threads = tn_cpu_threads();
    if (options.max_pixels == 0)
        options.max_pixels = TN__FILE_PIXELS;
    if (options.max_file_bytes == 0)
        options.max_file_bytes = default_max_file_bytes;
    if (options.index == 0)
        options.index = TN_INDEX_USE;
    if (options.index_entries == 0)
        options.index_entries = TN__INDEX_COLUMNS;
    return options;
}

/* The root, without slashes behind, or its folder for the split. */
static int find_root(const tn_dataset_options *options, tn__text *out)
{
    tn__text root = {0};
    tn__text_add(&root, options->root);
    while (root.length > 1 && root.chars[root.length - 1] == '/')
        root.chars[--root.length] = '\0';
    int status = TN_OK;
    if (root.failed)
        status = tn__fail_memory("a path", strlen(options->root));
    else if (options->split)
        status = tn__split_find(root.chars, options->split, out);
    else
        tn__text_add_bytes(out, root.chars, root.length);
    tn__text_free(&root);
    return out->failed ? tn__fail_memory("a path", strlen(options->root)) : status;
}

/* The folder is a pack, which keeps its files as they were chosen. */
static tn__source *open_pack(const tn_dataset_options *options)
{
    if (strcmp(options->extensions, default_extensions) != 0)
        return tn__fail_null(TN_EINVAL,
                             "data set \"%s\" is a pack: extensions cannot choose among its files",
                             options->root);
    return tn__pack_open(options);
}

/* Opens the source, and its index if that is wanted; on failure nothing is left. */
static int open_source(const tn_dataset_options *options, tn_dataset *dataset)
{
    const bool is_pack = tn__pack_is(options->root);
    tn__source *const source = is_pack ? open_pack(options) : tn__folder_open(options);
    if (!source)
        return tn__error_last()->code;
    *dataset = (tn_dataset){.references = 1,
                            .source = source,
                            .index_mode = options->index,
                            .mode = options->mode == TN_GREY ? TN_GREY : TN_RGB,
                            .orient = options->orient == TN_YES,
                            .max_pixels = options->max_pixels,
                            .max_file_bytes = options->max_file_bytes};
    if (options->index == TN_INDEX_OFF || is_pack) /* a pack has nothing that an index is for */
        return TN_OK;
    const int status =
        tn__index_open(source, options->index, options->index_entries, &dataset->index);
    if (status != TN_OK)
        source->ops->destroy(source);
    return status;
}

tn_dataset *tn__dataset_create(const tn_dataset_options *given)
{
    tn__text root = {0};
    tn_dataset *const dataset = malloc(sizeof *dataset);
    if (!dataset) {
        tn__fail_memory("a data set", sizeof *dataset);
        return NULL;
    }
    int status = find_root(given, &root);
    if (status == TN_OK) {
        const tn_dataset_options options = with_defaults(given, root.chars);
        status = open_source(&options, dataset);
    }
    tn__text_free(&root);
    if (status == TN_OK)
        return dataset;
    free(dataset);
    return NULL;
}

tn_dataset *tn__dataset_keep(tn_dataset *dataset)
{
    atomic_fetch_add_explicit(&dataset->references, 1, memory_order_relaxed);
    return dataset;
}

void tn__dataset_release(tn_dataset *dataset)
{
    if (atomic_fetch_sub_explicit(&dataset->references, 1, memory_order_acq_rel) != 1)
        return;
    if (dataset->index)
        tn__index_close(dataset->index);
    dataset->source->ops->destroy(dataset->source);
    free(dataset);
}

/* The part that is the image; every sample has one. */
static tn__part image_part(const tn__source *source, int64_t sample)
{
    tn__part parts[TN__MAX_PARTS];
    const int32_t n = source->ops->parts(source, sample, parts);
    int32_t at = 0;
    while (at < n - 1 && parts[at].role != TN__ROLE_IMAGE)
        at++;
    return parts[at];
}

static int place(const tn_dataset *dataset, const char *stage, int64_t sample, int status)
{
    if (status != TN_OK)
        tn__error_place(stage, dataset->source->ops->name(dataset->source, sample), -1, sample);
    return status;
}

int tn__dataset_read(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer)
{
    const tn__source *const source = dataset->source;
    const tn__part part = image_part(source, sample);
    return place(dataset, "read", sample,
                 source->ops->read(source, &part, dataset->max_file_bytes, buffer));
}

int tn__dataset_stat(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer,
                     int64_t *file_bytes)
{
    const tn__source *const source = dataset->source;
    const tn__part part = image_part(source, sample);
    return place(dataset, "read", sample,
                 source->ops->head(source, &part, dataset->max_file_bytes, 0, buffer, file_bytes));
}

static int probe_bytes(const tn_dataset *dataset, const tn__buffer *buffer, tn__info *info)
{
    const tn__bytes bytes = {buffer->bytes, buffer->size};
    return tn__codec_probe(bytes, dataset->max_pixels, info) ? TN_OK : tn__error_last()->code;
}

int tn__dataset_probe(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer, tn__info *info,
                      int64_t *file_bytes)
{
    const tn__source *const source = dataset->source;
    const tn__part part = image_part(source, sample);
    const int status =
        source->ops->head(source, &part, dataset->max_file_bytes, HEAD_BYTES, buffer, file_bytes);
    if (status != TN_OK)
        return place(dataset, "read", sample, status);
    int verdict = probe_bytes(dataset, buffer, info);
    if (verdict == TN_EDECODE && *file_bytes > HEAD_BYTES) {
        const int again = tn__dataset_read(dataset, sample, buffer);
        if (again != TN_OK)
            return again;
        *file_bytes = (int64_t)buffer->size;
        verdict = probe_bytes(dataset, buffer, info);
    }
    return place(dataset, "decode", sample, verdict);
}
