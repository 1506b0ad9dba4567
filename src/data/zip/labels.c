/* SPDX-License-Identifier: MIT */
/* Reads the dataset.json of a zip. See labels.h. */
#include "data/zip/labels.h"

#include <assert.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/blob.h"
#include "base/hash.h"
#include "base/json.h"
#include "data/deflated.h"
#include "data/labels.h"

static const char file_name[] = "dataset.json";

/* The longest file. */
static const int64_t most_bytes = (int64_t)1 << 30;

bool tn__zip_is_labels(const char *name)
{
    return strcmp(name, file_name) == 0;
}

typedef struct entry {
    uint64_t name; /* offset in the names */
    int64_t label; /* or where its numbers begin */
    int64_t n;     /* of its numbers */
} entry;

/* The labels by names. */
typedef struct table {
    tn__text names;   /* each with its NUL */
    int32_t kind;     /* of the labels: TN_LABEL_INT or TN_LABEL_FLOATS; 0: there are none yet */
    tn__blob numbers; /* as float */
    entry *entries;
    size_t n;
    uint32_t *places; /* found by hash: an entry plus one; 0: free */
    size_t n_places;  /* a power of two */
} table;

static void free_table(table *self)
{
    tn__text_free(&self->names);
    tn__blob_free(&self->numbers);
    free(self->entries);
    free(self->places);
}

static bool is_named(const table *self, uint32_t place, const char *name)
{
    assert(self->names.chars);
    return strcmp(self->names.chars + self->entries[place - 1].name, name) == 0;
}

/* The place that has the name, or where it belongs. */
static uint32_t *place_of(const table *self, const char *name)
{
    size_t at = (size_t)tn__hash_of(name, strlen(name)) & (self->n_places - 1);
    while (self->places[at] > 0 && !is_named(self, self->places[at], name))
        at = (at + 1) & (self->n_places - 1);
    return &self->places[at];
}

static int fail_entry(size_t number, const char *what)
{
    return tn__fail(TN_EDECODE, "%s: entry %zu of its labels %s", file_name, number, what);
}

static int read_class(tn__json value, size_t number, int64_t *out)
{
    if (!tn__json_int(value, out))
        return fail_entry(number, "has a label that is neither a class nor a list of numbers");
    return tn__labels_check(*out) == TN_OK
               ? TN_OK
               : tn__error_prefix("%s: entry %zu of its labels", file_name, number);
}

static int read_numbers(tn__json list, size_t number, table *self, entry *out)
{
    double value;
    out->label = (int64_t)(self->numbers.size / sizeof(float));
    for (tn__json_walk walk = tn__json_items(list); tn__json_next(&walk); out->n++) {
        if (!tn__json_number(walk.value, &value) || value > FLT_MAX || value < -FLT_MAX)
            return fail_entry(number, "has a list with something other than numbers");
        const float single = (float)value;
        if (tn__blob_add(&self->numbers, &single, sizeof single) != TN_OK)
            return TN_ENOMEM;
    }
    return TN_OK;
}

/* As in StyleGAN, lists are numbers. The first entry decides what all are. */
static int read_label(tn__json value, size_t number, table *self, entry *out)
{
    const bool is_list = tn__json_kind(value) == '[';
    const int32_t kind = is_list ? TN_LABEL_FLOATS : TN_LABEL_INT;
    if (self->kind == 0)
        self->kind = kind;
    if (kind != self->kind)
        return fail_entry(number, is_list ? "has a list, but others have a class"
                                          : "has no list, but others have one");
    return is_list ? read_numbers(value, number, self, out)
                   : read_class(value, number, &out->label);
}

/* Reads an entry: a name and a label. */
static int read_entry(tn__json value, size_t number, table *self, entry *out)
{
    tn__json_walk parts = tn__json_items(value);
    *out = (entry){.name = self->names.length};
    if (tn__json_kind(value) != '[' || !tn__json_next(&parts) ||
        !tn__json_text(parts.value, &self->names))
        return fail_entry(number, "has no name");
    tn__text_add_bytes(&self->names, "", 1);
    if (self->names.failed)
        return tn__fail_memory("names", self->names.length);
    if (!tn__json_next(&parts))
        return fail_entry(number, "has no label");
    return read_label(parts.value, number, self, out);
}

/* Adds an entry. As in Python's dict, the last one of a name counts. */
static void add(table *self, const entry *added)
{
    assert(self->names.chars && "an entry has a name");
    uint32_t *const place = place_of(self, self->names.chars + added->name);
    if (*place > 0) {
        self->entries[*place - 1] = *added;
        return;
    }
    self->entries[self->n++] = *added;
    *place = (uint32_t)self->n;
}

static size_t count_items(tn__json list)
{
    tn__json_walk items = tn__json_items(list);
    size_t n = 0;
    while (tn__json_next(&items))
        n++;
    return n;
}

static int read_table(tn__json list, table *self)
{
    const size_t n = count_items(list);
    tn__json_walk items = tn__json_items(list);
    self->n_places = 16;
    while (self->n_places < 2 * n)
        self->n_places *= 2;
    self->entries = calloc(n + 1, sizeof *self->entries);
    self->places = calloc(self->n_places, sizeof *self->places);
    if (!self->entries || !self->places)
        return tn__fail_memory("labels", n * sizeof *self->entries);
    for (size_t number = 1; tn__json_next(&items); number++) {
        entry read;
        const int status = read_entry(items.value, number, self, &read);
        if (status != TN_OK)
            return status;
        add(self, &read);
    }
    return TN_OK;
}

/* Gives each sample the label of its name. */
static int label_samples(const table *self, tn__draft *draft)
{
    for (int64_t i = 0; i < draft->n; i++) {
        const char *const name = draft->names.chars + draft->samples[i].name;
        const uint32_t place = *place_of(self, name);
        if (place == 0)
            return tn__fail(TN_EDECODE, "%s has no label for \"%s\"", file_name, name);
        const entry *const found = &self->entries[place - 1];
        tn__label label = {.kind = self->kind, .n = 1, .value = found->label};
        if (self->kind == TN_LABEL_FLOATS) {
            label.n = found->n;
            label.floats = (const float *)(const void *)self->numbers.bytes + found->label;
        }
        const int status = tn__draft_label(draft, i, &label);
        if (status != TN_OK)
            return status == TN_ENOMEM ? status : tn__error_prefix("%s", file_name);
    }
    return TN_OK;
}

/* Reads the member's contents. */
static int read_contents(const tn__container_file *file, const tn__zip_member *member,
                         int64_t offset, tn__buffer *out)
{
    const tn__extent all = {
        .offset = offset, .length = member->length, .max_bytes = most_bytes, .room = SIZE_MAX};
    int64_t length;
    if (member->content > most_bytes)
        return tn__fail(TN_ELIMIT, "%lld bytes; the limit is %lld", (long long)member->content,
                        (long long)most_bytes);
    if (member->method == TN__ZIP_STORED)
        return tn__read_extent(file->descriptor, all, out, &length);
    tn__buffer stored = {0};
    const tn__coding coding = {.is_coded = true, .number = member->sum, .content = member->content};
    int status = tn__read_extent(file->descriptor, all, &stored, &length);
    if (status == TN_OK)
        status = tn__deflated_inflate(&coding, &stored, out);
    tn__buffer_free(&stored);
    return status;
}

/* Takes the labels of a text. */
static int take_text(const tn__buffer *text, tn__draft *draft)
{
    tn__json object, list;
    table labels = {0};
    if (!tn__json_read((const char *)text->bytes, text->size, &object))
        return tn__fail(TN_EDECODE, "%s is not JSON", file_name);
    if (!tn__json_member(object, "labels", strlen("labels"), &list))
        return TN_OK;
    if (tn__json_kind(list) != '[' && tn__json_kind(list) != 'n')
        return TN_OK;
    tn__draft_forget_labels(draft);
    int status = read_table(list, &labels);
    if (status == TN_OK && tn__json_kind(list) == '[')
        status = label_samples(&labels, draft);
    free_table(&labels);
    return status;
}

int tn__zip_label(const tn__container_file *file, const tn__zip_member *member, int64_t offset,
                  tn__draft *draft)
{
    tn__buffer text = {0};
    int status = read_contents(file, member, offset, &text);
    status = status == TN_OK       ? take_text(&text, draft)
             : status == TN_ENOMEM ? status
                                   : tn__error_prefix("%s", file_name);
    tn__buffer_free(&text);
    return status;
}
