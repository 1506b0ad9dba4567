/* SPDX-License-Identifier: MIT */
/* Reads labels. See labels.h. */
#include "data/parquet/labels.h"

#include "base/blob.h"
#include "base/error.h"
#include "data/parquet/pages.h"

/* A row whose values are collected. */
typedef struct row {
    tn__labels *out;
    int32_t kind;
    bool is_begun;
    int64_t n; /* rows that were added */
    tn__blob numbers;
    tn__text text;
} row;

static int end_row(row *self)
{
    if (!self->is_begun)
        return TN_OK;
    self->is_begun = false;
    tn__label label = {.kind = self->kind};
    const void *const numbers = self->numbers.bytes;
    if (self->kind == TN_LABEL_INTS) {
        label.n = (int64_t)(self->numbers.size / sizeof *label.ints);
        label.ints = numbers;
    } else if (self->kind == TN_LABEL_FLOATS) {
        label.n = (int64_t)(self->numbers.size / sizeof *label.floats);
        label.floats = numbers;
    } else {
        label.n = (int64_t)self->text.length;
        label.text = self->text.chars;
    }
    const int status = tn__labels_add(self->out, &label);
    if (status != TN_OK)
        return tn__error_prefix("row %lld", (long long)self->n);
    self->n++;
    return TN_OK;
}

static int begin_row(row *self)
{
    const int status = end_row(self);
    self->is_begun = true;
    self->numbers.size = 0;
    tn__text_clear(&self->text);
    tn__text_add(&self->text, "");
    return status;
}

static int take_value(void *context, const tn__parquet_value *value)
{
    row *const self = context;
    const int status = value->is_more ? TN_OK : begin_row(self);
    if (status != TN_OK || value->is_null)
        return status;
    const float real = (float)value->real;
    if (self->kind == TN_LABEL_INTS && value->number == -1)
        return TN_OK; /* no class */
    if (self->kind == TN_LABEL_INTS)
        return tn__blob_add(&self->numbers, &value->number, sizeof value->number);
    if (self->kind == TN_LABEL_FLOATS)
        return tn__blob_add(&self->numbers, &real, sizeof real);
    tn__text_add_bytes(&self->text, (const char *)value->bytes, value->n_bytes);
    return self->text.failed ? tn__fail_memory("a label", self->text.capacity) : TN_OK;
}

int tn__parquet_add_labels(int descriptor, const tn__parquet_column *column,
                           const tn__parquet_chunk *chunk, int64_t n_rows, tn__labels *out)
{
    row self = {.out = out, .kind = out->shape.kind};
    int status = tn__parquet_walk(descriptor, column, chunk, take_value, &self);
    if (status == TN_OK)
        status = end_row(&self);
    if (status == TN_OK && self.n != n_rows)
        status = tn__fail(TN_EDECODE, "it has %lld labels in a row group of %lld",
                          (long long)self.n, (long long)n_rows);
    tn__blob_free(&self.numbers);
    tn__text_free(&self.text);
    return status;
}
