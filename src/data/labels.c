/* SPDX-License-Identifier: MIT */
/* Keeps labels. See labels.h. */
#include "data/labels.h"

#include <string.h>

#include "data/classmap.h"

int tn__labels_check(int64_t number)
{
    if (number < -1)
        return tn__fail(TN_EDECODE, "its label is %lld; only -1, for no class, is below 0",
                        (long long)number);
    return number < TN__MAX_CLASSES
               ? TN_OK
               : tn__fail(TN_EDECODE, "its label is %lld%s; the last class is %d",
                          (long long)number, number == INT64_MAX ? " or more" : "",
                          TN__MAX_CLASSES - 1);
}

int tn__label_check(const tn__label *label)
{
    if (label->kind == TN_LABEL_INT)
        return tn__labels_check(label->value);
    const int64_t n = label->kind == TN_LABEL_INTS ? label->n : 0;
    int status = TN_OK;
    for (int64_t i = 0; i < n && status == TN_OK; i++)
        status = tn__labels_check(label->ints[i]);
    return status;
}

int tn__labels_check_map(const char *class_map, int32_t kind)
{
    if (!class_map || (kind != TN_LABEL_TEXT && kind != TN_LABEL_FLOATS))
        return TN_OK;
    return tn__fail(
        TN_EINVAL,
        "the class map \"%s\" has no effect: the label of each sample is %s, not a class",
        class_map, tn__label_kind_name(kind));
}

void tn__labels_init(tn__labels *labels, int32_t kind)
{
    *labels = (tn__labels){.shape = {kind, kind == TN_LABEL_INT ? 1 : 0}};
}

void tn__labels_free(tn__labels *labels)
{
    tn__blob_free(&labels->values);
    tn__blob_free(&labels->starts);
}

/* Adds a value of the kind's size, and notes where it begins. */
static int add_varying(tn__labels *labels, const void *values, size_t n_bytes)
{
    const uint64_t start = labels->values.size;
    const int status = tn__blob_add(&labels->starts, &start, sizeof start);
    return status == TN_OK && n_bytes > 0 ? tn__blob_add(&labels->values, values, n_bytes) : status;
}

static int add_floats(tn__labels *labels, const tn__label *label)
{
    if (label->n < 1)
        return tn__fail(TN_EINVAL, "has no numbers as its label, but other samples have some");
    if (labels->n > 0 && label->n != labels->shape.most)
        return tn__fail(TN_EINVAL,
                        "has %lld numbers as its label, but the samples before it have %lld",
                        (long long)label->n, (long long)labels->shape.most);
    return tn__blob_add(&labels->values, label->floats, (size_t)label->n * sizeof *label->floats);
}

static int add_value(tn__labels *labels, const tn__label *label)
{
    switch (label->kind) {
    case TN_LABEL_INT: return tn__blob_add(&labels->values, &label->value, sizeof label->value);
    case TN_LABEL_INTS:
        return add_varying(labels, label->ints, (size_t)label->n * sizeof *label->ints);
    case TN_LABEL_FLOATS: return add_floats(labels, label);
    default: return add_varying(labels, label->text, (size_t)label->n + 1);
    }
}

int tn__labels_add(tn__labels *labels, const tn__label *label)
{
    if (label->kind != labels->shape.kind)
        return tn__fail(TN_EINVAL, "has %s as its label, but other samples have %s",
                        tn__label_kind_name(label->kind), tn__label_kind_name(labels->shape.kind));
    const int status = add_value(labels, label);
    if (status != TN_OK)
        return status;
    labels->n++;
    if (label->n > labels->shape.most)
        labels->shape.most = label->n;
    return TN_OK;
}

static uint64_t start_of(const tn__labels *labels, int64_t sample)
{
    uint64_t start = labels->values.size;
    if (sample < labels->n)
        memcpy(&start, labels->starts.bytes + (size_t)sample * sizeof start, sizeof start);
    return start;
}

void tn__label_read(const uint8_t *bytes, uint64_t n_bytes, tn__label *out)
{
    if (out->kind == TN_LABEL_TEXT) {
        out->text = (const char *)bytes;
        out->n = (int64_t)n_bytes - 1;
    } else if (out->kind == TN_LABEL_FLOATS) {
        out->floats = (const float *)(const void *)bytes;
        out->n = (int64_t)(n_bytes / sizeof *out->floats);
    } else {
        out->n = (int64_t)(n_bytes / sizeof *out->ints);
        if (out->n > 0) /* without any integer there is no array */
            out->ints = (const int64_t *)(const void *)bytes;
    }
}

void tn__labels_at(const tn__labels *labels, int64_t sample, tn__label *out)
{
    const uint8_t *const values = labels->values.bytes;
    *out = (tn__label){.kind = labels->shape.kind, .n = labels->shape.most};
    if (out->kind == TN_LABEL_INT) {
        memcpy(&out->value, values + (size_t)sample * sizeof out->value, sizeof out->value);
        return;
    }
    const bool are_equal = out->kind == TN_LABEL_FLOATS; /* in size */
    const uint64_t size = (uint64_t)labels->shape.most * sizeof *out->floats;
    const uint64_t start = are_equal ? (uint64_t)sample * size : start_of(labels, sample);
    const uint64_t end = are_equal ? start + size : start_of(labels, sample + 1);
    tn__label_read(end > start ? values + start : NULL, end - start, out);
}

int64_t tn__labels_largest(const tn__labels *labels)
{
    if (labels->shape.kind != TN_LABEL_INT && labels->shape.kind != TN_LABEL_INTS)
        return -1;
    const int64_t *const values = (const int64_t *)(const void *)labels->values.bytes;
    int64_t largest = -1;
    for (size_t i = 0; i < labels->values.size / sizeof *values; i++)
        if (values[i] > largest)
            largest = values[i];
    return largest;
}
