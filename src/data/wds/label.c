/* SPDX-License-Identifier: MIT */
/* Reads labels. See label.h. */
#include "data/wds/label.h"

#include <float.h>
#include <string.h>

#include "base/error.h"
#include "base/show.h"
#include "data/labels.h"

void tn__wds_label_free(tn__wds_label *label)
{
    tn__blob_free(&label->values);
    tn__text_free(&label->text);
}

bool tn__wds_read_int(const char *text, size_t n, int64_t *out)
{
    static const char blanks[] = " \t\n\v\f\r";
    while (n > 0 && strchr(blanks, text[0]) && text[0]) {
        text++;
        n--;
    }
    while (n > 0 && strchr(blanks, text[n - 1]) && text[n - 1])
        n--;
    const bool has_plus = n > 1 && text[0] == '+';
    const tn__json value = {text + has_plus, n - has_plus};
    return value.n > 0 && strspn(value.chars + (value.chars[0] == '-'), "0123456789") > 0 &&
           tn__json_int(value, out);
}

bool tn__wds_find_field(tn__json object, const char *path, tn__json *out)
{
    for (;;) {
        if (tn__json_member(object, path, strlen(path), out))
            return true;
        const char *const slash = strchr(path, '/');
        if (!slash || !tn__json_member(object, path, (size_t)(slash - path), &object))
            return false;
        path = slash + 1;
    }
}

static int fail(tn__json value, const char *what)
{
    return tn__fail(TN_EDECODE, "is %.*s, which is not %s", tn__shown(value.n), value.chars, what);
}

/* Reads a class: an integer, also in a string or as 1.0, or true or false. */
static bool read_class(tn__json value, int64_t *out)
{
    const char kind = tn__json_kind(value);
    if (kind == 't' || kind == 'f') {
        *out = kind == 't';
        return true;
    }
    if (kind == '"')
        return tn__wds_read_int(value.chars + 1, value.n - 2, out);
    const char *const point = memchr(value.chars, '.', value.n);
    if (kind == '0' && point) {
        const size_t n_zeros = (size_t)(value.chars + value.n - point) - 1;
        if (strspn(point + 1, "0") < n_zeros)
            return false;
        value.n = (size_t)(point - value.chars);
    }
    return kind == '0' && tn__json_int(value, out);
}

static int add_class(tn__json value, tn__wds_label *out)
{
    int64_t number;
    if (!read_class(value, &number) || number < -1)
        return fail(value, "a class");
    return number == -1 ? TN_OK : tn__blob_add(&out->values, &number, sizeof number);
}

static int add_number(tn__json value, tn__wds_label *out)
{
    double number;
    const char kind = tn__json_kind(value);
    if (kind != '0' && kind != 't' && kind != 'f')
        return fail(value, "a number");
    if (kind != '0')
        number = kind == 't';
    else if (!tn__json_number(value, &number) || number > FLT_MAX || number < -FLT_MAX)
        return fail(value, "a finite f32");
    const float single = (float)number;
    return tn__blob_add(&out->values, &single, sizeof single);
}

/* Adds each item of a list, or the value itself if it is none. */
static int add_all(tn__json value, int (*add)(tn__json, tn__wds_label *), tn__wds_label *out)
{
    if (tn__json_kind(value) != '[')
        return add(value, out);
    int status = TN_OK;
    for (tn__json_walk walk = tn__json_items(value); status == TN_OK && tn__json_next(&walk);)
        status = add(walk.value, out);
    return status;
}

static int read_classes(tn__json value, tn__wds_label *out)
{
    const int status = add_all(value, add_class, out);
    out->label = (tn__label){.kind = TN_LABEL_INTS,
                             .n = (int64_t)(out->values.size / sizeof(int64_t)),
                             .ints = (const int64_t *)(const void *)out->values.bytes};
    return status;
}

static int read_numbers(tn__json value, tn__wds_label *out)
{
    const int status = add_all(value, add_number, out);
    out->label = (tn__label){.kind = TN_LABEL_FLOATS,
                             .n = (int64_t)(out->values.size / sizeof(float)),
                             .floats = (const float *)(const void *)out->values.bytes};
    return status;
}

static int read_text(tn__json value, tn__wds_label *out)
{
    if (!tn__json_text(value, &out->text))
        return fail(value, "a text");
    if (out->text.failed)
        return tn__fail_memory("a label", value.n);
    if (strlen(out->text.chars) != out->text.length)
        return fail(value, "a text without a NUL");
    out->label =
        (tn__label){.kind = TN_LABEL_TEXT, .n = (int64_t)out->text.length, .text = out->text.chars};
    return TN_OK;
}

static int read_one(tn__json value, tn__wds_label *out)
{
    out->label = (tn__label){.kind = TN_LABEL_INT, .n = 1};
    return read_class(value, &out->label.value) ? TN_OK : fail(value, "an integer");
}

static bool is_fraction(tn__json value)
{
    int64_t whole;
    return tn__json_kind(value) == '0' && !tn__json_int(value, &whole);
}

/* What a value looks like: a list with a fraction in it has numbers. */
static int32_t look(tn__json value)
{
    int64_t number;
    if (tn__json_kind(value) == '[') {
        for (tn__json_walk walk = tn__json_items(value); tn__json_next(&walk);)
            if (is_fraction(walk.value))
                return TN__LABELS_NUMBERS;
        return TN__LABELS_CLASSES;
    }
    if (read_class(value, &number))
        return TN__LABELS_CLASS;
    return is_fraction(value)            ? TN__LABELS_NUMBERS
           : tn__json_kind(value) == '"' ? TN__LABELS_TEXT
                                         : TN__LABELS_CLASS;
}

int tn__wds_read_label(tn__json value, int32_t as, tn__wds_label *out)
{
    out->values.size = 0;
    tn__text_clear(&out->text);
    switch (as == TN__LABELS_AUTO ? look(value) : as) {
    case TN__LABELS_CLASSES: return read_classes(value, out);
    case TN__LABELS_NUMBERS: return read_numbers(value, out);
    case TN__LABELS_TEXT: return read_text(value, out);
    default: return read_one(value, out);
    }
}
