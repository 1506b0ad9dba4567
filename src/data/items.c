/* SPDX-License-Identifier: MIT */
/* Samples in memory as a source. See items.h.
 *
 * The source copies all that the options point to. Names and paths share one pool, bytes of files
 * another. Paths are relative to the root unless they begin with "/". */
#include "data/items.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/open.h"
#include "base/sized.h"
#include "data/classmap.h"
#include "data/labels.h"

/* Where a sample lies. */
typedef struct item {
    size_t name; /* in the pool of texts */
    bool is_file;
    union {
        size_t path; /* in the pool of texts */
        size_t at;   /* in the pool of bytes */
    };
    size_t n_bytes; /* of the bytes */
} item;

typedef struct items {
    tn__source source;
    int descriptor; /* of the root */
    char *root;
    int64_t n;
    item *list;
    tn__text texts;
    tn__blob bytes;
    tn__labels labels;
    tn__classmap classes;
    uint64_t fingerprint;
} items;

static const items *items_of(const tn__source *source)
{
    return (const items *)source;
}

static int64_t count(const tn__source *source)
{
    return items_of(source)->n;
}

static int32_t classes(const tn__source *source)
{
    return items_of(source)->classes.n;
}

static const char *root(const tn__source *source)
{
    return items_of(source)->root;
}

static const char *class_name(const tn__source *source, int64_t label)
{
    return items_of(source)->classes.names[label];
}

static size_t name(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES])
{
    const items *const self = items_of(source);
    const char *const known = self->texts.chars + self->list[sample].name;
    const size_t length = strlen(known);
    memcpy(out, known, length + 1);
    return length;
}

static void label(const tn__source *source, int64_t sample, tn__label *out)
{
    tn__labels_at(&items_of(source)->labels, sample, out);
}

static tn__label_shape label_shape(const tn__source *source)
{
    return items_of(source)->labels.shape;
}

static tn__part part(const tn__source *source, int64_t sample)
{
    const item *const at = &items_of(source)->list[sample];
    return (tn__part){
        .sample = sample, .file = sample, .length = at->is_file ? -1 : (int64_t)at->n_bytes};
}

/* Copies the wanted bytes of a sample that lies in memory. */
static int copy_bytes(const items *self, const item *at, tn__extent extent, tn__buffer *buffer,
                      int64_t *length)
{
    *length = (int64_t)at->n_bytes;
    if (*length > extent.max_bytes)
        return tn__fail(TN_ELIMIT, "%lld bytes; the limit is %lld", (long long)*length,
                        (long long)extent.max_bytes);
    const bool is_whole = at->n_bytes <= extent.room || at->n_bytes <= extent.n_bytes;
    const int status = tn__buffer_reserve(buffer, is_whole ? at->n_bytes : extent.n_bytes);
    if (status != TN_OK)
        return status;
    if (buffer->size > 0)
        memcpy(buffer->bytes, self->bytes.bytes + at->at, buffer->size);
    buffer->file_bytes = *length;
    return TN_OK;
}

static int read_extent(const tn__source *source, int64_t sample, tn__extent extent,
                       tn__buffer *buffer, int64_t *length)
{
    const items *const self = items_of(source);
    const item *const at = &self->list[sample];
    return at->is_file ? tn__read_file(self->descriptor, self->texts.chars + at->path, extent,
                                       buffer, length)
                       : copy_bytes(self, at, extent, buffer, length);
}

static int read_part(const tn__source *source, const tn__part *part, int64_t max_bytes, size_t room,
                     tn__buffer *buffer, int64_t *length)
{
    const tn__extent extent = {part->offset, part->length, max_bytes, room, TN__HEAD_BYTES};
    return read_extent(source, part->sample, extent, buffer, length);
}

static int head(const tn__source *source, const tn__part *part, int64_t max_bytes, size_t n_bytes,
                tn__buffer *buffer, int64_t *length)
{
    const tn__extent extent = {part->offset, part->length, max_bytes, 0, n_bytes};
    return read_extent(source, part->sample, extent, buffer, length);
}

static void want(const tn__source *source, const tn__part *parts, int32_t n)
{
    const items *const self = items_of(source);
    for (int32_t p = 0; p < n; p++) {
        const item *const at = &self->list[parts[p].sample];
        if (at->is_file)
            tn__want_file(self->descriptor, self->texts.chars + at->path, parts[p].offset,
                          parts[p].length);
    }
}

static uint64_t fingerprint(const tn__source *source)
{
    return items_of(source)->fingerprint;
}

static void destroy(tn__source *source)
{
    items *const self = (items *)source;
    if (self->descriptor >= 0)
        close(self->descriptor);
    tn__classmap_free(&self->classes);
    tn__labels_free(&self->labels);
    tn__blob_free(&self->bytes);
    tn__text_free(&self->texts);
    free(self->list);
    free(self->root);
    free(self);
}

static const tn__source_ops items_ops = {
    .count = count,
    .classes = classes,
    .root = root,
    .class_name = class_name,
    .name = name,
    .label = label,
    .label_shape = label_shape,
    .part = part,
    .read = read_part,
    .head = head,
    .want = want,
    .fingerprint = fingerprint,
    .destroy = destroy,
};

static int fail_item(int64_t i, const char *why)
{
    return tn__fail(TN_EINVAL, "items[%lld] %s", (long long)i, why);
}

/* Adds a text to the pool; *at is its place. */
static int add_text(items *self, const char *text, size_t *at)
{
    *at = self->texts.length;
    tn__text_add_bytes(&self->texts, text, strlen(text) + 1);
    return self->texts.failed ? tn__fail_memory("a list of files", strlen(text)) : TN_OK;
}

static int add_name(items *self, int64_t i, const tn_item *given, item *out)
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)i);
    const char *const name = given->name ? given->name : given->path ? given->path : number;
    if (strnlen(name, TN__NAME_BYTES) == TN__NAME_BYTES)
        return tn__fail(TN_ELIMIT, "items[%lld]: a name longer than %d bytes", (long long)i,
                        TN__NAME_BYTES - 1);
    return add_text(self, name, &out->name);
}

/* Adds the path or the bytes. */
static int add_content(items *self, int64_t i, const tn_item *given, item *out)
{
    if (given->path && given->bytes)
        return fail_item(i, "has a path and bytes; give one of them");
    if (!given->path && (!given->bytes || given->n_bytes < 0))
        return fail_item(i, "has neither a path nor bytes");
    if (given->path && !given->path[0])
        return fail_item(i, "has the path \"\"");
    if (given->path) {
        out->is_file = true;
        return add_text(self, given->path, &out->path);
    }
    out->at = self->bytes.size;
    out->n_bytes = (size_t)given->n_bytes;
    return out->n_bytes > 0 ? tn__blob_add(&self->bytes, given->bytes, out->n_bytes) : TN_OK;
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
    return TN_OK;
}

static int add_label(items *self, int64_t i, const tn_label *given)
{
    tn__label label;
    int status = read_label(i, given, self->labels.shape.kind, &label);
    if (status != TN_OK)
        return status;
    status = tn__labels_add(&self->labels, &label);
    return status == TN_EINVAL ? tn__error_prefix("items[%lld]", (long long)i) : status;
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

static int add_item(items *self, const tn_dataset_options *options, int64_t i)
{
    tn_item given;
    int status = read_item(options, i, &given);
    if (status == TN_OK)
        status = add_content(self, i, &given, &self->list[i]);
    if (status == TN_OK)
        status = add_name(self, i, &given, &self->list[i]);
    return status == TN_OK ? add_label(self, i, given.label) : status;
}

/* Finds the kind of all labels: that of the first one. */
static int begin_labels(items *self, const tn_dataset_options *options)
{
    tn_item given = {0};
    int status = tn__sized_check("items", "items[0]", options->items, sizeof given, 0);
    for (int64_t i = 0; i < options->n_items && status == TN_OK && !given.label; i++)
        status = read_item(options, i, &given);
    if (status != TN_OK)
        return status;
    tn__labels_init(&self->labels, given.label ? given.label->kind : TN_LABEL_INT);
    return TN_OK;
}

/* Every integer must be a class, or -1. */
static int check_labels(const items *self)
{
    for (int64_t i = 0; i < self->n; i++) {
        tn__label label;
        tn__labels_at(&self->labels, i, &label);
        const int64_t *const values = label.kind == TN_LABEL_INTS ? label.ints : &label.value;
        const int64_t least = label.kind == TN_LABEL_INTS ? 0 : -1;
        for (int64_t v = 0; v < label.n; v++)
            if (values[v] < least || values[v] >= self->classes.n)
                return tn__fail(TN_EINVAL, "items[%lld]: its label is %lld; there are %d classes",
                                (long long)i, (long long)values[v], self->classes.n);
    }
    return TN_OK;
}

/* Takes the classes that the caller names, or else makes one for each label. */
static int make_classes(items *self, const tn_dataset_options *options)
{
    const bool has_integers =
        self->labels.shape.kind == TN_LABEL_INT || self->labels.shape.kind == TN_LABEL_INTS;
    const int status =
        options->class_names
            ? tn__classmap_make(options->class_names, (size_t)options->n_classes, &self->classes)
            : tn__classmap_number(tn__labels_largest(&self->labels) + 1, &self->classes);
    return status == TN_OK && has_integers ? check_labels(self) : status;
}

static int check_options(const tn_dataset_options *options)
{
    if (!options->items || options->n_items < 1)
        return tn__fail(TN_EINVAL, "data set: there are no items");
    if (options->n_items > INT64_MAX / (int64_t)sizeof(item))
        return tn__fail(TN_ELIMIT, "data set: %lld items", (long long)options->n_items);
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

static int open_root(items *self, const char *path)
{
    self->root = strdup(path);
    if (!self->root)
        return tn__fail_memory("a path", strlen(path) + 1);
    self->descriptor = tn__open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    return self->descriptor < 0 ? tn__fail_system(errno, "data set \"%s\"", path) : TN_OK;
}

static int fill(items *self, const tn_dataset_options *options)
{
    int status = check_options(options);
    if (status == TN_OK)
        status = open_root(self, options->root);
    if (status == TN_OK)
        status = begin_labels(self, options);
    if (status != TN_OK)
        return status;
    self->n = options->n_items;
    self->list = calloc((size_t)self->n, sizeof *self->list);
    if (!self->list)
        return tn__fail_memory("a list of files", (size_t)self->n * sizeof *self->list);
    for (int64_t i = 0; i < self->n && status == TN_OK; i++)
        status = add_item(self, options, i);
    if (status == TN_OK)
        status = make_classes(self, options);
    return status == TN_OK ? tn__source_fingerprint(&self->source, &self->fingerprint) : status;
}

static tn__source *open_items(const tn__source_options *options)
{
    items *const self = calloc(1, sizeof *self);
    if (!self) {
        tn__fail_memory("a data set", sizeof *self);
        return NULL;
    }
    self->source.ops = &items_ops;
    self->descriptor = -1;
    if (fill(self, options->dataset) == TN_OK)
        return &self->source;
    destroy(&self->source);
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
