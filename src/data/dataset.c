/* SPDX-License-Identifier: MIT */
/* A data set: a source, and how its files become images. See dataset.h. */
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpus.h"
#include "base/error.h"
#include "base/open.h"
#include "base/text.h"
#include "data/folder.h"
#include "data/pack/source.h"
#include "data/split.h"
#include "spec/read.h"

/* A copy with its own root, and with a number of threads. */
static tn_dataset_options with_root(const tn_dataset_options *given, const char *root)
{
    tn_dataset_options options = *given;
    options.root = root;
    if (options.threads == 0)
        options.threads = tn__cpu_threads();
    return options;
}

/* The root, without slashes at its end. */
static int clean_root(const char *given, tn__text *root)
{
    tn__text_add(root, given);
    while (root->length > 1 && root->chars[root->length - 1] == '/')
        root->chars[--root->length] = '\0';
    return root->failed ? tn__fail_memory("a path", strlen(given)) : TN_OK;
}

/* Appends the folder of the split to the root. */
static int enter(tn__text *root, const char *split)
{
    if (split[0])
        tn__text_printf(root, "%s%s", root->chars[root->length - 1] == '/' ? "" : "/", split);
    return root->failed ? tn__fail_memory("a path", root->capacity) : TN_OK;
}

/* Opens a pack. Its files were chosen when it was made. */
static tn__source *open_pack(const tn_dataset_options *options)
{
    const tn__param *const param = tn__spec_param(&tn__options_dataset, "extensions", 10);
    if (strcmp(options->extensions, param->initial) != 0)
        return tn__fail_null(TN_EINVAL,
                             "data set \"%s\" is a pack: extensions cannot choose among its files",
                             options->root);
    return tn__pack_open(options);
}

/* Opens the index, unless it is off or the data set is a pack, whose records need none. The index
 * and verify tasks open their own later, with the same path. */
static int open_index(const tn_dataset_options *options, bool is_pack, tn_dataset *dataset)
{
    if (options->index_path && is_pack)
        return tn__fail(TN_EINVAL,
                        "data set \"%s\" is a pack, which needs no index, but index_path is \"%s\"",
                        options->root, options->index_path);
    dataset->index_path = options->index_path ? strdup(options->index_path) : NULL;
    if (options->index_path && !dataset->index_path)
        return tn__fail_memory("a path", strlen(options->index_path));
    if (options->index == TN_INDEX_OFF || is_pack)
        return TN_OK;
    return tn__aids_open(dataset->source, options->index, options->index_entries,
                         dataset->index_path, &dataset->aids);
}

/* Keeps the options that chose the images: the splits may be opened with them later. */
static int keep_choice(const tn_dataset_options *options, tn_dataset *dataset)
{
    dataset->extensions = strdup(options->extensions);
    dataset->class_map = options->class_map ? strdup(options->class_map) : NULL;
    if (dataset->extensions && (dataset->class_map || !options->class_map))
        return TN_OK;
    return tn__fail_memory("options", strlen(options->extensions));
}

/* Opens the source and its index; frees both on failure. */
static int open_source(const tn_dataset_options *options, bool is_pack, tn_dataset *dataset)
{
    tn__source *const source = is_pack ? open_pack(options) : tn__folder_open(options);
    if (!source)
        return tn__error_last()->code;
    *dataset = (tn_dataset){.references = 1,
                            .source = source,
                            .index_mode = options->index,
                            .mode = options->mode == TN_GREY ? TN_GREY : TN_RGB,
                            .orient = options->orient == TN_YES,
                            .stop = options->stop,
                            .max_pixels = options->max_pixels,
                            .max_file_bytes = options->max_file_bytes};
    int status = keep_choice(options, dataset);
    if (status == TN_OK)
        status = open_index(options, is_pack, dataset);
    if (status == TN_OK)
        return TN_OK;
    source->ops->destroy(source);
    free(dataset->index_path);
    free(dataset->extensions);
    free(dataset->class_map);
    return status;
}

/* Opens the data set that the options choose; *split gets the name of its split. */
static int open_choice(const tn_dataset_options *given, tn__text *root, tn__text *split,
                       tn_dataset *dataset)
{
    int status = clean_root(given->root, root);
    tn_dataset_options options = with_root(given, root->chars);
    if (status == TN_OK)
        status = tn__split_choose(&options, split);
    if (status != TN_OK)
        return status;
    int is_pack = tn__pack_is(root->chars);
    options.split =
        is_pack > 0 && split->chars[0] ? split->chars : NULL; /* a pack contains its splits */
    if (is_pack == 0) {
        status = enter(root, split->chars);
        if (status == TN_OK && split->chars[0])
            is_pack = tn__pack_is(root->chars);
    }
    options.root = root->chars;
    if (status != TN_OK || is_pack < 0)
        return status != TN_OK ? status : is_pack;
    return open_source(&options, is_pack > 0, dataset);
}

tn_dataset *tn__dataset_create(const tn_dataset_options *given)
{
    tn__text root = {0}, split = {0};
    tn_dataset *const dataset = malloc(sizeof *dataset);
    pthread_mutex_t *const large = malloc(sizeof(pthread_mutex_t));
    if (!dataset || !large) {
        tn__fail_memory("a data set", sizeof *dataset);
        free(dataset);
        free(large);
        return NULL;
    }
    const int status = open_choice(given, &root, &split, dataset);
    tn__text_free(&root);
    if (status == TN_OK) {
        pthread_mutex_init(large, NULL);
        dataset->large = large;
        dataset->split = split.chars;
        return dataset;
    }
    tn__text_free(&split);
    free(dataset);
    free(large);
    return NULL;
}

int tn__dataset_splits(const tn_dataset_options *given, tn__splits *out)
{
    tn__text root = {0};
    int status = clean_root(given->root, &root);
    const tn_dataset_options options = with_root(given, root.chars);
    if (status == TN_OK)
        status = tn__splits_find(&options, out);
    tn__text_free(&root);
    return status;
}

/* Options that open a part of the data set like the whole, but without an index. */
static int options_of(const tn_dataset *dataset, const char *split, const char *class_map,
                      tn_dataset_options *out)
{
    *out = (tn_dataset_options){.root = dataset->source->ops->root(dataset->source),
                                .split = split,
                                .class_map = class_map,
                                .extensions = dataset->extensions,
                                .index = TN_INDEX_OFF,
                                .stop = dataset->stop};
    return tn__options_check("data set", &tn__options_dataset, out);
}

int tn__dataset_find_splits(const tn_dataset *whole, tn__splits *out)
{
    tn_dataset_options options;
    const int status = options_of(whole, NULL, NULL, &options);
    return status == TN_OK ? tn__dataset_splits(&options, out) : status;
}

/* Finds the path of the class map again: as given, or below the root. */
static int find_class_map(const tn_dataset *whole, tn__text *path)
{
    struct stat facts;
    if (whole->class_map && tn__stat(whole->class_map, &facts))
        tn__text_add(path, whole->class_map);
    else if (whole->class_map)
        tn__text_printf(path, "%s/%s", whole->source->ops->root(whole->source), whole->class_map);
    return path->failed ? tn__fail_memory("a path", path->capacity) : TN_OK;
}

tn_dataset *tn__dataset_open_split(const tn_dataset *whole, const char *split)
{
    tn__text map = {0};
    tn_dataset_options options;
    tn_dataset *opened = NULL;
    if (find_class_map(whole, &map) == TN_OK &&
        options_of(whole, split, map.chars, &options) == TN_OK)
        opened = tn__dataset_create(&options);
    tn__text_free(&map);
    return opened;
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
    if (dataset->aids.notes)
        tn__notes_close(dataset->aids.notes);
    dataset->source->ops->destroy(dataset->source);
    pthread_mutex_destroy(dataset->large);
    free(dataset->large);
    free(dataset->split);
    free(dataset->index_path);
    free(dataset->extensions);
    free(dataset->class_map);
    free(dataset);
}

static int place(const tn_dataset *dataset, int64_t sample, int status)
{
    if (status != TN_OK)
        tn__error_place("read", dataset->source->ops->name(dataset->source, sample), -1, sample);
    return status;
}

int tn__dataset_begin(const tn_dataset *dataset, int64_t sample, size_t room, tn__buffer *buffer,
                      int64_t *file_bytes)
{
    const tn__source *const source = dataset->source;
    const tn__part part = source->ops->part(source, sample);
    const int status =
        source->ops->read(source, &part, dataset->max_file_bytes, room, buffer, file_bytes);
    return place(dataset, sample, status);
}

int tn__dataset_read(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer)
{
    int64_t file_bytes;
    return tn__dataset_begin(dataset, sample, SIZE_MAX, buffer, &file_bytes);
}

int tn__dataset_read_in_turn(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer)
{
    int64_t file_bytes;
    const int status = tn__dataset_begin(dataset, sample, TN__FILE_ROOM, buffer, &file_bytes);
    if (status != TN_OK || file_bytes == (int64_t)buffer->size)
        return status;
    pthread_mutex_lock(dataset->large);
    buffer->in_turn = true;
    return tn__dataset_read(dataset, sample, buffer);
}

void tn__dataset_end_turn(const tn_dataset *dataset, tn__buffer *buffer)
{
    if (buffer->capacity > TN__KEPT_FILE_BYTES)
        tn__buffer_free(buffer);
    if (!buffer->in_turn)
        return;
    buffer->in_turn = false;
    pthread_mutex_unlock(dataset->large);
}

int tn__dataset_head(const tn_dataset *dataset, int64_t sample, size_t n_bytes, tn__buffer *buffer,
                     int64_t *length)
{
    const tn__source *const source = dataset->source;
    const tn__part part = source->ops->part(source, sample);
    return place(
        dataset, sample,
        source->ops->head(source, &part, dataset->max_file_bytes, n_bytes, buffer, length));
}
