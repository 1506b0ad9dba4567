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
#include "data/items.h"
#include "data/joined.h"
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

/* Makes the data set of a source, which it takes over, and opens its index; frees both on failure.
 */
static int finish(const tn_dataset_options *options, tn__source *source, tn_dataset *dataset)
{
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

/* Finds the path of a class map: as given, or below the root. */
static int find_class_map(const char *given, const char *root, tn__text *path)
{
    struct stat facts;
    if (given && tn__stat(given, &facts))
        tn__text_add(path, given);
    else if (given)
        tn__text_printf(path, "%s/%s", root, given);
    return path->failed ? tn__fail_memory("a path", path->capacity) : TN_OK;
}

/* Opens the samples of one split, which exists. */
static tn__source *open_part(const tn_dataset_options *given, const char *split, bool is_folder)
{
    tn__text root = {0};
    tn__source_text text = {0};
    tn_dataset_options options;
    tn__source_options source;
    int status = choose_source(given, &root, &text, &options, &source);
    options.split = is_folder ? NULL : split;
    if (status == TN_OK && is_folder)
        status = enter_split(split, &root, &text, &options, &source);
    tn__source *const opened = status == TN_OK ? source.kind->open(&source) : NULL;
    tn__source_text_free(&text);
    tn__text_free(&root);
    return opened;
}

/* Opens each split, and joins them. */
static tn__source *open_parts(const tn_dataset_options *given, const char *root,
                              const tn__splits *splits)
{
    tn__source *parts[TN__MAX_SPLITS];
    tn__text map = {0};
    tn_dataset_options options = *given;
    int32_t n = 0;
    if (given->index_path)
        return tn__fail_null(
            TN_EINVAL,
            "data set \"%s\": each of its splits has its own index, but index_path "
            "is \"%s\"; open one split at a time",
            root, given->index_path);
    int status = find_class_map(given->class_map, root, &map);
    options.class_map = map.chars;
    while (status == TN_OK && n < splits->n) {
        parts[n] = open_part(&options, splits->names[n], splits->are_folders);
        if (parts[n])
            n++;
        else
            status = tn__error_last()->code;
    }
    tn__text_free(&map);
    if (status == TN_OK)
        return tn__joined_open(root, splits, parts);
    while (n > 0) {
        n--;
        parts[n]->ops->destroy(parts[n]);
    }
    return NULL;
}

/* Finds the splits that must be joined to open all samples: those that are wanted, or folders with
 * containers, in which a class folder finds no images. */
static int find_parts(const tn__source_options *chosen, bool is_named, bool join, tn__splits *out)
{
    *out = (tn__splits){0};
    if (!join && (is_named || chosen->kind != &tn__kind_folder))
        return TN_OK;
    const int status = tn__splits_find(chosen, out);
    if (status == TN_OK && !join && !tn__splits_hold_containers(chosen->dataset->root, out))
        *out = (tn__splits){0};
    return status;
}

/* Opens all samples at the root. Where the kind that the user named has none, its split folders may
 * have some. */
static tn__source *open_whole(const tn__source_options *chosen, const tn_dataset_options *given,
                              bool join)
{
    const char *const root = chosen->dataset->root;
    const bool is_named = text_of(given) && chosen->kind != &tn__kind_folder;
    tn__splits splits;
    if (find_parts(chosen, text_of(given) != NULL, join, &splits) != TN_OK)
        return NULL;
    if (splits.n > 0)
        return open_parts(given, root, &splits);
    tn__source *const opened = chosen->kind->open(chosen);
    if (opened || !is_named || tn__error_last()->code != TN_EINVAL)
        return opened;
    tn__error failure;
    tn__error_take(&failure);
    if (tn__splits_find(chosen, &splits) == TN_OK && splits.are_folders)
        return open_parts(given, root, &splits);
    tn__error_raise(&failure);
    return NULL;
}

/* Opens the data set that the options choose; *split gets the name of its split. `join`: of all
 * samples, the names begin with those of their splits. */
static int open_choice(const tn_dataset_options *given, bool join, tn__text *split,
                       tn_dataset *dataset)
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
    tn__source *opened = NULL;
    if (status == TN_OK)
        opened = split->chars[0] ? source.kind->open(&source) : open_whole(&source, given, join);
    if (status == TN_OK)
        status = opened ? finish(&options, opened, dataset) : tn__error_last()->code;
    tn__source_text_free(&text);
    tn__text_free(&root);
    return status;
}

static tn_dataset *create(const tn_dataset_options *given, bool join)
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
    const int status = open_choice(given, join, &split, dataset);
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

tn_dataset *tn__dataset_create(const tn_dataset_options *given)
{
    return create(given, false);
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
    *out = (tn_dataset_options){.root = dataset->source->root,
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

tn_dataset *tn__dataset_open_split(const tn_dataset *whole, const char *split)
{
    tn__text map = {0};
    tn_dataset_options options;
    tn_dataset *opened = NULL;
    const char *const root = whole->source->root;
    if (find_class_map(whole->class_map, root, &map) == TN_OK &&
        options_of(whole, split, map.chars, &options) == TN_OK)
        opened = tn__dataset_create(&options);
    tn__text_free(&map);
    return opened;
}

tn_dataset *tn__dataset_join_splits(const tn_dataset *whole)
{
    tn_dataset_options options;
    if (options_of(whole, NULL, whole->class_map, &options) != TN_OK)
        return NULL;
    options.max_file_bytes = whole->max_file_bytes;
    return create(&options, true);
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
    const tn__extent extent = {.offset = part.offset,
                               .length = part.length,
                               .max_bytes = dataset->max_file_bytes,
                               .room = room,
                               .n_bytes = n_bytes};
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
