/* SPDX-License-Identifier: MIT */
/* Chooses the columns of a Parquet file. See columns.h. */
#include "data/parquet/columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "tench.h"

/* The column TOP.LEAF, or TOP itself if `leaf` is NULL; -1: there is none. */
static int64_t find(const tn__parquet_meta *meta, const char *top, const char *leaf)
{
    tn__text path = {0};
    tn__text_printf(&path, leaf ? "%s.%s" : "%s", top, leaf);
    const int64_t found = path.failed ? -1 : tn__parquet_find(meta, path.chars);
    tn__text_free(&path);
    return found;
}

static bool get(tn__json object, const char *key, tn__json *out)
{
    return tn__json_member(object, key, strlen(key), out);
}

static bool is_text(tn__json value, const char *text)
{
    tn__text read = {0};
    const bool is_equal =
        tn__json_text(value, &read) && !read.failed && strcmp(read.chars, text) == 0;
    tn__text_free(&read);
    return is_equal;
}

/* Finds the first feature of a type: {"info": {"features": {NAME: {"_type": TYPE, …}}}}. */
static bool find_feature(const tn__parquet_meta *meta, const char *type, tn__text *name,
                         tn__json *feature)
{
    tn__json all, info, features, its_type;
    if (meta->n_features == 0 || !tn__json_read(meta->features, meta->n_features, &all) ||
        !get(all, "info", &info) || !get(info, "features", &features) ||
        tn__json_kind(features) != '{')
        return false;
    tn__json_walk walk = tn__json_items(features);
    while (tn__json_next(&walk))
        if (get(walk.value, "_type", &its_type) && is_text(its_type, type)) {
            *feature = walk.value;
            return tn__json_text(walk.key, name);
        }
    return false;
}

static int keep(const tn__parquet_meta *meta, int64_t column, tn__text *out)
{
    tn__text_clear(out);
    tn__text_add(out, column < 0 ? "" : tn__parquet_path(meta, (size_t)column));
    return out->failed ? tn__fail_memory("a column", out->capacity) : TN_OK;
}

/* What the column of this name holds, for messages; NULL: there is none. */
static const char *content_of(const tn__parquet_meta *meta, const char *name)
{
    const int64_t found = find(meta, name, NULL);
    if (found < 0)
        return NULL;
    if (meta->columns[found].n_lists > 0)
        return "lists";
    switch (meta->columns[found].type) {
    case TN__PARQUET_BOOL: return "truth values";
    case TN__PARQUET_INT32:
    case TN__PARQUET_INT64: return "integers";
    case TN__PARQUET_FLOAT:
    case TN__PARQUET_DOUBLE: return "numbers";
    default: return "values of another type";
    }
}

static int fail_column(const tn__parquet_meta *meta, const char *what, const char *name)
{
    const char *const content = name ? content_of(meta, name) : NULL;
    if (content)
        return tn__fail(TN_EINVAL, "the column \"%s\" holds %s, not %s", name, content, what);
    tn__text known = {0};
    for (size_t c = 0; c < meta->n_columns && c < 20; c++)
        tn__text_printf(&known, "%s%s", c > 0 ? ", " : "", tn__parquet_path(meta, c));
    if (name)
        tn__fail(TN_EINVAL, "it has no column \"%s\"; its columns are %s", name,
                 known.chars ? known.chars : "none");
    else
        tn__fail(TN_EINVAL, "no column looks like %s: name one of %s", what,
                 known.chars ? known.chars : "none");
    tn__text_free(&known);
    return TN_EINVAL;
}

/* A column of bytes: that of this name, or its part `bytes`. */
static int64_t find_image(const tn__parquet_meta *meta, const char *name)
{
    const int64_t part = find(meta, name, "bytes"),
                  column = part >= 0 ? part : find(meta, name, NULL);
    return column >= 0 && meta->columns[column].type == TN__PARQUET_BYTES ? column : -1;
}

static int64_t guess_image(const tn__parquet_meta *meta)
{
    static const char *const names[] = {"image", "img", "image_bytes"};
    int64_t column = -1;
    for (size_t k = 0; k < sizeof names / sizeof *names && column < 0; k++)
        column = find_image(meta, names[k]);
    return column;
}

static int choose_image(const tn__parquet_meta *meta, const char *wanted, tn__parquet_columns *out)
{
    tn__text feature = {0};
    tn__json value;
    int64_t column = -1, path = -1;
    if (wanted)
        column = find_image(meta, wanted);
    else if (find_feature(meta, "Image", &feature, &value) && !feature.failed)
        column = find_image(meta, feature.chars);
    if (!wanted && column < 0)
        column = guess_image(meta);
    tn__text_free(&feature);
    if (column < 0)
        return fail_column(meta, "images", wanted);
    int status = keep(meta, column, &out->image);
    if (status == TN_OK && tn__ends_with(out->image.chars, ".bytes")) {
        tn__text top = {0};
        tn__text_add_bytes(&top, out->image.chars, out->image.length - strlen(".bytes"));
        path = top.failed ? -1 : find(meta, top.chars, "path");
        tn__text_free(&top);
    }
    return status == TN_OK ? keep(meta, path, &out->path) : status;
}

/* Reads the names of a ClassLabel. */
static int read_classes(tn__json feature, tn__classmap *out)
{
    tn__json names;
    tn__text texts = {0};
    size_t n = 0;
    bool are_texts = get(feature, "names", &names) && tn__json_kind(names) == '[';
    if (!are_texts)
        return TN_OK;
    tn__json_walk walk = tn__json_items(names);
    for (; are_texts && tn__json_next(&walk); n++) {
        are_texts = tn__json_text(walk.value, &texts);
        tn__text_add_bytes(&texts, "", 1);
    }
    const char **const list = malloc((n + 1) * sizeof *list);
    if (!list || texts.failed) {
        free(list);
        tn__text_free(&texts);
        return tn__fail_memory("class names", n * sizeof *list);
    }
    const char *at = texts.chars;
    for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
        list[i] = at;
    const int status = n > 0 && are_texts ? tn__classmap_make(list, n, out) : TN_OK;
    free(list);
    tn__text_free(&texts);
    return status;
}

/* The column of this name, or that of the elements of its list; -1: there is none. */
static int64_t find_label(const tn__parquet_meta *meta, const char *name)
{
    const int64_t column = find(meta, name, NULL);
    const size_t n = strlen(name);
    for (size_t c = 0; column < 0 && c < meta->n_columns; c++) {
        const char *const path = tn__parquet_path(meta, c);
        if (meta->columns[c].n_lists > 0 && strncmp(path, name, n) == 0 && path[n] == '.')
            return (int64_t)c;
    }
    return column;
}

/* Finds what was noted of a column: the feature, or that of the elements of its list. */
static bool find_class_label(const tn__parquet_meta *meta, const char *name, tn__json *out)
{
    tn__json all, info, features, inner, type;
    if (meta->n_features == 0 || !tn__json_read(meta->features, meta->n_features, &all) ||
        !get(all, "info", &info) || !get(info, "features", &features) || !get(features, name, out))
        return false;
    if (get(*out, "feature", &inner))
        *out = inner;
    return get(*out, "_type", &type) && is_text(type, "ClassLabel");
}

/* The kind of the labels in a column; 0: tench makes none of them. */
static int32_t kind_of(const tn__parquet_column *column, bool is_text)
{
    const bool is_list = column->n_lists > 0;
    if (column->n_lists > 1 || (is_text && (is_list || column->type != TN__PARQUET_BYTES)))
        return 0;
    switch (column->type) {
    case TN__PARQUET_BOOL: return is_list ? TN_LABEL_FLOATS : TN_LABEL_INT;
    case TN__PARQUET_INT32:
    case TN__PARQUET_INT64: return is_list ? TN_LABEL_INTS : TN_LABEL_INT;
    case TN__PARQUET_FLOAT:
    case TN__PARQUET_DOUBLE: return TN_LABEL_FLOATS;
    case TN__PARQUET_BYTES: return is_list ? 0 : is_text ? TN_LABEL_TEXT : TN_LABEL_INT;
    default: return 0;
    }
}

/* True if a column of a usual name is that of the labels. Lists of numbers may be boxes, and texts
 * in `labels` anything. */
static bool is_likely(const tn__parquet_column *column, bool is_plural)
{
    switch (kind_of(column, false)) {
    case TN_LABEL_INT: return !is_plural || column->type != TN__PARQUET_BYTES;
    case TN_LABEL_INTS: return true;
    case TN_LABEL_FLOATS: return column->n_lists == 0;
    default: return false;
    }
}

/* The column that was noted, or has a usual name; -1: there is none. */
static int64_t guess_label(const tn__parquet_meta *meta, tn__text *name)
{
    static const char *const names[] = {"label", "labels"};
    tn__json value;
    int64_t column = -1;
    if (find_feature(meta, "ClassLabel", name, &value) && !name->failed)
        column = find_label(meta, name->chars);
    for (size_t k = 0; k < sizeof names / sizeof *names && column < 0; k++) {
        tn__text_clear(name);
        tn__text_add(name, names[k]);
        column = find_label(meta, names[k]);
        if (column >= 0 && !is_likely(&meta->columns[column], k == 1))
            column = -1;
    }
    return column;
}

static int keep_label(const tn__parquet_meta *meta, const char *name, int64_t column, bool is_text,
                      tn__parquet_columns *out)
{
    tn__json feature;
    out->kind = kind_of(&meta->columns[column], is_text);
    if (out->kind == 0)
        return tn__fail(TN_EINVAL, "the column \"%s\" cannot be labels: it has %s", name,
                        is_text ? "no texts"
                                : "neither numbers, lists of numbers nor names of classes");
    const int status = keep(meta, column, out->kind == TN_LABEL_INT ? &out->label : &out->more);
    if (status != TN_OK || !find_class_label(meta, name, &feature))
        return status;
    return read_classes(feature, &out->classes);
}

static int choose_label(const tn__parquet_meta *meta, const tn__parquet_wish *wish,
                        tn__parquet_columns *out)
{
    tn__text name = {0};
    out->kind = TN_LABEL_INT;
    int status = keep(meta, -1, &out->label);
    if (status == TN_OK)
        status = keep(meta, -1, &out->more);
    tn__text_add(&name, wish->label ? wish->label : "");
    const int64_t column = wish->label ? find_label(meta, wish->label) : guess_label(meta, &name);
    if (status == TN_OK && wish->label && column < 0)
        status = fail_column(meta, "labels", wish->label);
    if (status == TN_OK && name.failed)
        status = tn__fail_memory("a column", name.capacity);
    if (status == TN_OK && column >= 0)
        status = keep_label(meta, name.chars, column, wish->is_text, out);
    tn__text_free(&name);
    return status;
}

int tn__parquet_choose(const tn__parquet_meta *meta, const tn__parquet_wish *wish,
                       tn__parquet_columns *out)
{
    *out = (tn__parquet_columns){0};
    const int status = choose_image(meta, wish->image, out);
    return status == TN_OK ? choose_label(meta, wish, out) : status;
}

void tn__parquet_columns_free(tn__parquet_columns *columns)
{
    tn__text_free(&columns->image);
    tn__text_free(&columns->path);
    tn__text_free(&columns->label);
    tn__text_free(&columns->more);
    tn__classmap_free(&columns->classes);
}
