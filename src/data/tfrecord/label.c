/* SPDX-License-Identifier: MIT */
/* Reads the labels of Examples. See label.h. */
#include "data/tfrecord/label.h"

#include <string.h>

#include "base/error.h"
#include "data/classmap.h"
#include "data/labels.h"

void tn__tfrecord_label_free(tn__tfrecord_label *label)
{
    tn__blob_free(&label->values);
    tn__text_free(&label->text);
}

static int fail_kind(const tn__feature *feature, const char *what)
{
    static const char *const names[] = {[TN__FEATURE_NONE] = "values",
                                        [TN__FEATURE_BYTES] = "texts",
                                        [TN__FEATURE_FLOATS] = "floats",
                                        [TN__FEATURE_INTS] = "integers"};
    return tn__fail(TN_EDECODE, "its label has %lld %s, and is not %s", (long long)feature->n,
                    names[feature->kind], what);
}

/* Makes the class of a number. */
static int to_class(const tn__tfrecord_labels *how, int64_t number, int64_t *out)
{
    *out = -1;
    if (number == -1)
        return TN_OK;
    if (number < how->first_label)
        return tn__fail(TN_EDECODE, "its label is %lld; the first one is %lld", (long long)number,
                        (long long)how->first_label);
    *out = number - how->first_label;
    return TN_OK;
}

static int read_class(const tn__tfrecord_labels *how, const tn__feature *feature, tn__found *found)
{
    if (feature->n == 0)
        return TN_OK;
    if (feature->kind == TN__FEATURE_FLOATS || feature->n != 1)
        return fail_kind(feature, "one integer or text");
    if (feature->kind == TN__FEATURE_INTS)
        return to_class(how, feature->integer, &found->label);
    found->class_name = (const char *)feature->bytes.bytes;
    found->n_class_name = feature->bytes.n;
    return TN_OK;
}

/* Reads classes, without those that are none. */
static int read_classes(const tn__tfrecord_labels *how, const tn__feature *feature,
                        tn__tfrecord_label *out)
{
    if (feature->kind != TN__FEATURE_INTS && feature->n > 0)
        return fail_kind(feature, "a list of integers");
    int status = feature->n > 0 ? tn__example_numbers(feature, &out->values) : TN_OK;
    int64_t *const classes = (int64_t *)(void *)out->values.bytes;
    int64_t n = 0;
    for (int64_t i = 0; i < feature->n && status == TN_OK; i++) {
        status = to_class(how, classes[i], &classes[n]);
        n += classes[n] >= 0;
    }
    out->label = (tn__label){.kind = TN_LABEL_INTS, .n = n, .ints = classes};
    return status;
}

/* Reads floats, or integers as floats. */
static int read_numbers(const tn__feature *feature, tn__tfrecord_label *out)
{
    if (feature->kind == TN__FEATURE_BYTES)
        return fail_kind(feature, "a list of numbers");
    const int status = feature->n > 0 ? tn__example_numbers(feature, &out->values) : TN_OK;
    uint8_t *const values = out->values.bytes;
    for (int64_t i = 0; feature->kind == TN__FEATURE_INTS && i < feature->n && status == TN_OK;
         i++) {
        int64_t integer;
        memcpy(&integer, values + (size_t)i * sizeof integer, sizeof integer);
        const float number = (float)integer; /* it is written before the next integer */
        memcpy(values + (size_t)i * sizeof number, &number, sizeof number);
    }
    out->label = (tn__label){
        .kind = TN_LABEL_FLOATS, .n = feature->n, .floats = (const float *)(const void *)values};
    return status;
}

static int read_text(const tn__feature *feature, tn__tfrecord_label *out)
{
    if (feature->n > 0 && (feature->kind != TN__FEATURE_BYTES || feature->n != 1))
        return fail_kind(feature, "one text");
    tn__text_clear(&out->text);
    tn__text_add(&out->text, "");
    if (feature->n > 0)
        tn__text_add_bytes(&out->text, (const char *)feature->bytes.bytes, feature->bytes.n);
    if (out->text.failed)
        return tn__fail_memory("a label", out->text.capacity);
    out->label =
        (tn__label){.kind = TN_LABEL_TEXT, .n = (int64_t)out->text.length, .text = out->text.chars};
    return strlen(out->text.chars) == out->text.length
               ? TN_OK
               : tn__fail(TN_EDECODE, "its label is a text with a NUL");
}

/* What a feature looks like. */
static int32_t look(const tn__feature *feature)
{
    if (feature->kind == TN__FEATURE_FLOATS && feature->n > 0)
        return TN__LABELS_NUMBERS;
    return feature->kind == TN__FEATURE_INTS && feature->n > 1 ? TN__LABELS_CLASSES
                                                               : TN__LABELS_CLASS;
}

int tn__tfrecord_read_label(const tn__tfrecord_labels *how, const tn__feature *feature,
                            tn__tfrecord_label *out, tn__found *found)
{
    const int32_t as = how->as == TN__LABELS_AUTO ? look(feature) : how->as;
    found->label = -1;
    if (feature->n > TN__MAX_CLASSES)
        return tn__fail(TN_EDECODE, "its label has %lld values; the limit is %d",
                        (long long)feature->n, TN__MAX_CLASSES);
    found->typed = as == TN__LABELS_CLASS ? NULL : &out->label;
    out->values.size = 0;
    switch (as) {
    case TN__LABELS_CLASSES: return read_classes(how, feature, out);
    case TN__LABELS_NUMBERS: return read_numbers(feature, out);
    case TN__LABELS_TEXT: return read_text(feature, out);
    default: return read_class(how, feature, found);
    }
}
