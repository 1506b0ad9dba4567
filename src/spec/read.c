/* SPDX-License-Identifier: MIT */
/* Checks options that a caller gives. See read.h.
 *
 * Zero in a struct means the default. A struct holds a choice as a number from 1, in the order of
 * its words, and a flag as TN_NO or TN_YES. */
#include "spec/read.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/sized.h"
#include "base/text.h"
#include "base/words.h"

static int64_t read_number(const tn__param *param, const void *options)
{
    const char *const at = (const char *)options + param->field.offset;
    int64_t wide;
    int32_t narrow;
    if (param->field.bytes == sizeof wide) {
        memcpy(&wide, at, sizeof wide);
        return wide;
    }
    assert(param->field.bytes == sizeof narrow);
    memcpy(&narrow, at, sizeof narrow);
    return narrow;
}

static void write_number(const tn__param *param, int64_t value, void *options)
{
    char *const at = (char *)options + param->field.offset;
    const int32_t narrow = (int32_t)value;
    if (param->field.bytes == sizeof value)
        memcpy(at, &value, sizeof value);
    else
        memcpy(at, &narrow, sizeof narrow);
}

int64_t tn__option_default(const tn__param *param)
{
    const char *const initial = param->initial;
    if (!initial || !initial[0])
        return 0;
    const tn__word word = {initial, strlen(initial)};
    switch (param->kind) {
    case TN__FLAG: return strcmp(initial, "yes") == 0 ? TN_YES : TN_NO;
    case TN__CHOICE: return tn__words_find(param->choices, word) + 1;
    default: return strtoll(initial, NULL, 10);
    }
}

/* Finds the bounds of the numbers that a field can hold besides 0. */
static void bounds_of(const tn__param *param, int64_t *low, int64_t *high)
{
    *low = 1;
    *high = TN_YES;
    if (param->kind == TN__CHOICE) {
        *high = 0;
        while (tn__words_at(param->choices, (int32_t)*high).length > 0)
            ++*high;
    } else if (param->kind == TN__INTEGER) {
        const bool bounded = tn__param_has_bounds(param);
        *low = bounded ? (int64_t)param->min : INT64_MIN;
        *high = bounded && param->max < TN__ENDLESS ? (int64_t)param->max : INT64_MAX;
    }
}

static int outside(const char *call, const tn__param *param, int64_t value)
{
    static const char unset[] = "0 (the default) or ";
    int64_t low, high;
    bounds_of(param, &low, &high);
    const bool may_be_zero = param->initial && low > 0;
    tn__text range = {0};
    if (high == INT64_MAX)
        tn__text_printf(&range, "%s%lld or more", may_be_zero ? unset : "", (long long)low);
    else
        tn__text_printf(&range, "%s%lld to %lld", may_be_zero ? unset : "", (long long)low,
                        (long long)high);
    if (param->kind != TN__INTEGER)
        tn__text_printf(&range, " (%s)", param->kind == TN__FLAG ? "no yes" : param->choices);
    tn__fail(TN_EINVAL, "%s: %s is %lld; it must be %s", call, param->field.name, (long long)value,
             range.chars ? range.chars : "in its range");
    tn__text_free(&range);
    return TN_EINVAL;
}

static int check_number(const char *call, const tn__param *param, void *options)
{
    const int64_t value = read_number(param, options);
    int64_t low, high;
    bounds_of(param, &low, &high);
    if (value == 0 && param->initial) {
        write_number(param, tn__option_default(param), options);
        return TN_OK;
    }
    return value < low || value > high ? outside(call, param, value) : TN_OK;
}

static int check_text(const char *call, const tn__param *param, void *options)
{
    char *const at = (char *)options + param->field.offset;
    const char *text;
    memcpy(&text, at, sizeof text);
    if (text && text[0])
        return TN_OK;
    if (!param->initial)
        return tn__fail(TN_EINVAL, "%s: %s is missing: %s", call, param->field.name, param->doc);
    if (text)
        return tn__fail(TN_EINVAL, "%s: %s is \"\"; leave it out for the default", call,
                        param->field.name);
    text = param->initial[0] ? param->initial : NULL;
    memcpy(at, &text, sizeof text);
    return TN_OK;
}

int tn__options_check(const char *call, const tn__spec *spec, void *ours)
{
    const tn__param *param;
    for (int32_t index = 0; (param = tn__spec_at(spec, index)); index++) {
        if (param->field.bytes == 0)
            continue;
        const bool is_text = param->kind == TN__TEXT || param->kind == TN__NAME;
        const int status =
            is_text ? check_text(call, param, ours) : check_number(call, param, ours);
        if (status != TN_OK)
            return status;
    }
    return TN_OK;
}

int tn__options_read(const char *call, const tn__spec *spec, const void *given, void *ours,
                     size_t n_bytes)
{
    const int status = tn__sized_read(call, given, ours, n_bytes);
    return status == TN_OK ? tn__options_check(call, spec, ours) : status;
}
