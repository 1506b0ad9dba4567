/* SPDX-License-Identifier: MIT */
/* Finds the samples in a Parquet file. See find.h. */
#include "data/parquet/find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blob.h"
#include "base/error.h"
#include "data/parquet/labels.h"
#include "data/parquet/pages.h"
#include "data/parquet/read.h"

enum { MOST_ROWS = 1 << 24 }; /* of a row group */

/* The values of a column: integers, or where texts begin. -1: null. */
typedef struct values {
    tn__blob numbers;
    tn__text texts; /* each with its NUL */
    bool are_texts;
} values;

static void free_values(values *v)
{
    tn__blob_free(&v->numbers);
    tn__text_free(&v->texts);
}

static int keep_value(void *context, const tn__parquet_value *value)
{
    values *const self = context;
    int64_t number = value->number;
    if (value->is_null)
        number = -1;
    else if (self->are_texts) {
        number = (int64_t)self->texts.length;
        tn__text_add_bytes(&self->texts, (const char *)value->bytes, value->n_bytes);
        tn__text_add_bytes(&self->texts, "", 1);
        if (self->texts.failed)
            return tn__fail_memory("a column", self->texts.capacity);
    }
    return tn__blob_add(&self->numbers, &number, sizeof number);
}

static int64_t number_at(const values *v, int64_t row)
{
    int64_t number = -1;
    if ((uint64_t)row < v->numbers.size / sizeof number)
        memcpy(&number, v->numbers.bytes + (size_t)row * sizeof number, sizeof number);
    return number;
}

/* The text in a row; NULL: it is null. */
static const char *text_at(const values *v, int64_t row)
{
    const int64_t at = number_at(v, row);
    return v->are_texts && at >= 0 ? v->texts.chars + at : NULL;
}

static const tn__parquet_chunk *chunk_of(const tn__parquet_meta *meta, size_t group, int64_t column)
{
    return &meta->chunks[group * meta->n_columns + (size_t)column];
}

/* A row group in the reading. */
typedef struct rows {
    const tn__container_file *file;
    const tn__parquet_meta *meta;
    size_t group;
    int64_t first, n_rows; /* in the file; in the row group */
    int64_t n;             /* rows that were visited */
    values paths, labels;
    tn__labels more; /* labels of another kind; its shape has none if there are none */
    bool is_refused; /* a sample is at fault, and not a column */
    tn__draft *draft;
} rows;

/* Adds a name that is not NULL; the draft checks it. */
static int add(rows *self, int64_t row, const char *name, size_t n_name,
               const tn__parquet_value *value)
{
    const char *const class_name = text_at(&self->labels, row);
    const int64_t label = self->labels.are_texts ? -1 : number_at(&self->labels, row);
    tn__found found = {.name = name,
                       .n_name = n_name,
                       .offset = value->stored.offset,
                       .length = value->stored.length,
                       .class_name = class_name,
                       .n_class_name = class_name ? strlen(class_name) : 0,
                       .label = label};
    tn__label typed;
    if (!tn__parquet_coding(&value->stored, value->n_bytes, &found.coding))
        return tn__fail(TN_ELIMIT, "a page is larger than 1 GiB");
    if (self->more.shape.kind != 0) {
        tn__labels_at(&self->more, row, &typed);
        found.typed = &typed;
    }
    const int status = tn__draft_add(self->draft, &found);
    self->is_refused = status != TN_OK;
    return status;
}

static int take_image(void *context, const tn__parquet_value *value)
{
    rows *const self = context;
    const int64_t row = self->n++;
    const char *const path = text_at(&self->paths, row);
    char name[TN__NAME_BYTES + 32];
    const int status = tn__listing_step(self->file->watch);
    if (status != TN_OK)
        return status;
    if (value->is_null) {
        self->draft->left_out[TN__NO_IMAGE]++;
        return TN_OK;
    }
    if (path && path[0])
        return add(self, row, path, strlen(path), value);
    const int n =
        snprintf(name, sizeof name, "%s/%lld", self->file->path, (long long)self->first + row);
    return add(self, row, name, (size_t)n, value);
}

/* Visits a column's values in the row group. A path that is empty names none. */
static int walk(const rows *self, const tn__text *path, tn__parquet_visit *visit, void *context)
{
    const int64_t column = tn__parquet_find(self->meta, path->chars);
    if (column < 0)
        return tn__fail(TN_EINVAL, "it has no column \"%s\"", path->chars);
    const tn__parquet_chunk *const chunk = chunk_of(self->meta, self->group, column);
    if (self->meta->columns[column].n_lists > 0)
        return tn__fail(TN_EDECODE, "column %s has lists", path->chars);
    if (chunk->n_values > MOST_ROWS)
        return tn__fail(TN_ELIMIT, "a row group has more than %d rows", MOST_ROWS);
    if (chunk->n_values != self->n_rows)
        return tn__fail(TN_EDECODE, "column %s has %lld values in a row group of %lld", path->chars,
                        (long long)chunk->n_values, (long long)self->n_rows);
    const int status = tn__parquet_walk(self->file->descriptor, &self->meta->columns[column], chunk,
                                        visit, context);
    return status == TN_EDECODE && !self->is_refused ? tn__error_prefix("column %s", path->chars)
                                                     : status;
}

static int keep_column(const rows *self, const tn__text *path, values *out)
{
    if (path->length == 0)
        return TN_OK;
    const int64_t column = tn__parquet_find(self->meta, path->chars);
    out->are_texts = column >= 0 && self->meta->columns[column].type == TN__PARQUET_BYTES;
    return walk(self, path, keep_value, out);
}

/* Reads the labels that are not a single class. */
static int keep_labels(rows *self, const tn__parquet_columns *columns)
{
    const char *const path = columns->more.chars;
    if (columns->more.length == 0)
        return TN_OK;
    const int64_t column = tn__parquet_find(self->meta, path);
    if (column < 0)
        return tn__fail(TN_EINVAL, "it has no column \"%s\"", path);
    tn__labels_init(&self->more, columns->kind);
    const int status = tn__parquet_add_labels(self->file->descriptor, &self->meta->columns[column],
                                              chunk_of(self->meta, self->group, column),
                                              self->n_rows, &self->more);
    return status == TN_EDECODE || status == TN_EINVAL ? tn__error_prefix("column %s", path)
                                                       : status;
}

static int read_group(rows *self, const tn__parquet_columns *columns)
{
    int status = keep_column(self, &columns->path, &self->paths);
    if (status == TN_OK)
        status = keep_column(self, &columns->label, &self->labels);
    if (status == TN_OK)
        status = keep_labels(self, columns);
    if (status == TN_OK)
        status = walk(self, &columns->image, take_image, self);
    free_values(&self->paths);
    free_values(&self->labels);
    tn__labels_free(&self->more);
    return status;
}

static int find_in(const tn__container_file *file, const tn__parquet_meta *meta,
                   const tn__parquet_columns *columns, tn__draft *draft)
{
    const int64_t images = tn__parquet_find(meta, columns->image.chars);
    int64_t first = 0;
    if (images < 0)
        return tn__fail(TN_EINVAL, "it has no column \"%s\"", columns->image.chars);
    int status = tn__parquet_check_counts(meta, images, file->bytes);
    const int64_t labels =
        columns->more.length > 0 ? tn__parquet_find(meta, columns->more.chars) : -1;
    if (status == TN_OK && labels >= 0)
        status = tn__parquet_check_counts(meta, labels, file->bytes);
    for (size_t g = 0; g < meta->n_groups && status == TN_OK; g++) {
        rows group = {.file = file, .meta = meta, .group = g, .first = first, .draft = draft};
        group.n_rows = chunk_of(meta, g, images)->n_values;
        status = read_group(&group, columns);
        first += group.n;
    }
    return status;
}

int tn__parquet_find_samples(const tn__container_file *file, const tn__parquet_columns *columns,
                             tn__draft *draft)
{
    tn__parquet_meta meta;
    int status = tn__parquet_read(file->descriptor, file->bytes, &meta);
    if (status == TN_OK)
        status = find_in(file, &meta, columns, draft);
    tn__parquet_free(&meta);
    return status;
}
