/* SPDX-License-Identifier: MIT */
/* A data set: a source, and how its files become images. See dataset.h. */
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpus.h"
#include "base/error.h"
#include "base/open.h"
#include "base/text.h"
#include "data/items.h"
#include "data/sources.h"
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

/* Opens the index, unless it is off or the source cannot have one. The index and verify tasks open
 * their own later, with the same path. */
static int open_index(const tn_dataset_options *options, tn_dataset *dataset)
{
    const tn__source *const source = dataset->source;
    if (options->index_path && source->ops->traits & TN__PACKED)
        return tn__fail(TN_EINVAL,
                        "data set \"%s\" is a pack, which needs no index, but index_path is \"%s\"",
                        options->root, options->index_path);
    if (options->index_path && !source->folder)
        return tn__fail(TN_EINVAL,
                        "data set \"%s\" has no images in files, so it can have no index, but "
                        "index_path is \"%s\"",
                        options->root, options->index_path);
    dataset->index_path = options->index_path ? strdup(options->index_path) : NULL;
    if (options->index_path && !dataset->index_path)
        return tn__fail_memory("a path", strlen(options->index_path));
    if (options->index == TN_INDEX_OFF || !source->folder)
        return TN_OK;
    return tn__aids_open(source, options->index, options->index_entries, dataset->index_path,
                         &dataset->aids);
}

/* Copies a text that may be NULL. */
static int keep_text(const char *text, char **out)
{
    *out = text ? strdup(text) : NULL;
    return text && !*out ? tn__fail_memory("options", strlen(text)) : TN_OK;
}

/* The text of the source; items need none. */
static const char *text_of(const tn_dataset_options *options)
{
    return !options->source && options->items ? tn__kind_items.spec.name : options->source;
}

/* Keeps the options that chose the images: the splits may be opened with them later. */
static int keep_choice(const tn_dataset_options *options, tn_dataset *dataset)
{
    int status = keep_text(options->extensions, &dataset->extensions);
    if (status == TN_OK)
        status = keep_text(options->class_map, &dataset->class_map);
    return status == TN_OK ? keep_text(text_of(options), &dataset->source_text) : status;
}

static void free_parts(tn_dataset *dataset)
{
    dataset->source->ops->destroy(dataset->source);
    free(dataset->index_path);
    free(dataset->extensions);
    free(dataset->class_map);
    free(dataset->source_text);
}

/* Opens the source and its index; frees both on failure. */
static int open_source(const tn__source_options *chosen, tn_dataset *dataset)
{
    const tn_dataset_options *const options = chosen->dataset;
    tn__source *const source = chosen->kind->open(chosen);
    if (!source)
        return tn__error_last()->code;
    *dataset = (tn_dataset){.references = 1,
                            .source = source,
                            .index_mode = options->index,
                            .mode = options->mode ? options->mode : TN_RGB,
                            .orient = options->orient == TN_YES,
                            .stop = options->stop,
                            .max_pixels = options->max_pixels,
                            .max_file_bytes = options->max_file_bytes};
    int status = keep_choice(options, dataset);
    if (status == TN_OK)
        status = open_index(options, dataset);
    if (status == TN_OK)
        return TN_OK;
    free_parts(dataset);
    return status;
}

/* Finds the root: the options have it, or the text of the source. */
static int find_root(const tn_dataset_options *given, const tn__source_text *text, tn__text *root)
{
    const char *const path = tn__source_text_path(text);
    const bool needs_path = !text->kind || tn__spec_param(&text->kind->spec, "path", 4);
    if (!given->root && !path && needs_path) {
        tn__fail(TN_EINVAL, "data set: root is missing: the folder or file to open");
        return TN_EINVAL;
    }
    const int status = clean_root(path ? path : given->root ? given->root : ".", root);
    if (status != TN_OK || !path || !given->root)
        return status;
    tn__text other = {0};
    const int cleaned = clean_root(given->root, &other);
    const bool same = cleaned == TN_OK && strcmp(other.chars, root->chars) == 0;
    tn__text_free(&other);
    return cleaned != TN_OK || same ? cleaned
                                    : tn__fail(TN_EINVAL,
                                               "data set: root is \"%s\", but the source has "
                                               "path=%s; give one of them",
                                               given->root, path);
}

/* Chooses the kind by what lies at the root. */
static int choose_kind(const char *root, tn__source_text *text)
{
    const tn__source_kind *const kind = tn__source_kind_at(root);
    tn__source_text_free(text);
    return kind ? tn__source_text_default(kind, text) : tn__error_last()->code;
}

/* Makes the options of the source at the root, which the split does not concern yet. */
static int choose_source(const tn_dataset_options *given, tn__text *root, tn__source_text *text,
                         tn_dataset_options *options, tn__source_options *out)
{
    int status = tn__source_text_read(text_of(given), text);
    if (status == TN_OK && given->items && text->kind != &tn__kind_items) {
        tn__fail(TN_EINVAL, "data set: there are items, but the source is %s",
                 text->kind->spec.name);
        return TN_EINVAL;
    }
    if (status == TN_OK)
        status = find_root(given, text, root);
    if (status == TN_OK && !text->kind)
        status = choose_kind(root->chars, text);
    *options = with_root(given, root->chars);
    *out = (tn__source_options){text->kind, options, text->value};
    return status;
}

/* Enters the folder of a split. A source that no text names may be of another kind there. */
static int enter_split(const char *split, tn__text *root, tn__source_text *text,
                       tn_dataset_options *options, tn__source_options *source)
{
    int status = enter(root, split);
    if (status == TN_OK && !text_of(options))
        status = choose_kind(root->chars, text);
    options->root = root->chars;
    source->kind = text->kind;
    return status;
}

/* Opens the data set that the options choose; *split gets the name of its split. */
static int open_choice(const tn_dataset_options *given, tn__text *split, tn_dataset *dataset)
{
    tn__text root = {0};
    tn__source_text text = {0};
    tn_dataset_options options;
    tn__source_options source;
    bool is_folder = false;
    int status = choose_source(given, &root, &text, &options, &source);
    if (status == TN_OK)
        status = tn__split_choose(&source, split, &is_folder);
    options.split = status == TN_OK && !is_folder && split->chars[0] ? split->chars : NULL;
    if (status == TN_OK && is_folder && split->chars[0])
        status = enter_split(split->chars, &root, &text, &options, &source);
    if (status == TN_OK)
        status = open_source(&source, dataset);
    tn__source_text_free(&text);
    tn__text_free(&root);
    return status;
}

tn_dataset *tn__dataset_create(const tn_dataset_options *given)
{
    tn__text split = {0};
    tn_dataset *const dataset = malloc(sizeof *dataset);
    pthread_mutex_t *const large = malloc(sizeof(pthread_mutex_t));
    if (!dataset || !large) {
        tn__fail_memory("a data set", sizeof *dataset);
        free(dataset);
        free(large);
        return NULL;
    }
    const int status = open_choice(given, &split, dataset);
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
    tn__source_text text = {0};
    tn_dataset_options options;
    tn__source_options source;
    int status = choose_source(given, &root, &text, &options, &source);
    if (status == TN_OK)
        status = tn__splits_find(&source, out);
    tn__source_text_free(&text);
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
                                .source = dataset->source_text,
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

int32_t tn__dataset_channels(const tn_dataset *dataset)
{
    const tn__info any = {0};
    return tn__info_channels(&any, dataset->mode);
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
    free_parts(dataset);
    pthread_mutex_destroy(dataset->large);
    free(dataset->large);
    free(dataset->split);
    free(dataset);
}

static int place(const tn_dataset *dataset, int64_t sample, int status)
{
    if (status != TN_OK)
        tn__error_place("read", tn__source_name(dataset->source, sample), -1, sample);
    return status;
}

/* Reads a sample whole if it has at most `room` bytes, and else its first n_bytes. */
static int read_sample(const tn_dataset *dataset, int64_t sample, size_t room, size_t n_bytes,
                       tn__buffer *buffer, int64_t *length)
{
    const tn__source *const source = dataset->source;
    const tn__part part = source->ops->part(source, sample);
    const tn__extent extent = {part.offset, part.length, dataset->max_file_bytes, room, n_bytes};
    return place(dataset, sample, source->ops->read(source, &part, extent, buffer, length));
}

int tn__dataset_begin(const tn_dataset *dataset, int64_t sample, size_t room, tn__buffer *buffer,
                      int64_t *file_bytes)
{
    return read_sample(dataset, sample, room, TN__HEAD_BYTES, buffer, file_bytes);
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
    return read_sample(dataset, sample, 0, n_bytes, buffer, length);
}
