/* SPDX-License-Identifier: MIT */
/* Reads and writes values of parameters. See value.h.
 *
 * A value contains no spaces. Commas separate the numbers of a list, and "x" the sides of a size.
 */
#include "spec/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/words.h"

enum { NUMBER_BYTES = 256 };

/* The value being read. Messages name its owner and its parameter. */
typedef struct reading {
    const char *owner;
    const tn__param *param;
    const char *text;
} reading;

static int wrong(const reading *place, const char *why)
{
    return tn__fail(TN_EINVAL, "%s: %s=%s: %s", place->owner, place->param->name, place->text, why);
}

static int outside(const reading *place, double value, double min, double max)
{
    tn__text number = {0}, low = {0}, high = {0};
    tn__text_number(&number, value);
    tn__text_number(&low, min);
    tn__text_number(&high, max);
    if (number.failed || low.failed || high.failed)
        tn__fail_memory("a message", NUMBER_BYTES);
    else
        tn__fail(TN_EINVAL, "%s: %s=%s is outside %s…%s", place->owner, place->param->name,
                 number.chars, low.chars, high.chars);
    tn__text_free(&number);
    tn__text_free(&low);
    tn__text_free(&high);
    return tn__error_last()->code;
}

/* Reads one decimal number. Returns the place after it; NULL: failure. */
static const char *read_number(const reading *place, const char *at, double *out)
{
    const size_t digits = strspn(at, "+-.0123456789eE");
    char copy[NUMBER_BYTES];
    if (digits >= sizeof copy) {
        wrong(place, "a number has at most 255 characters");
        return NULL;
    }
    memcpy(copy, at, digits);
    copy[digits] = '\0';
    const char *const end = tn__text_parse_number(copy, out);
    if (!end || *end) {
        wrong(place, "this is not a number");
        return NULL;
    }
    const tn__param *const param = place->param;
    if (tn__param_has_bounds(param) && (*out < param->min || *out > param->max)) {
        outside(place, *out, param->min, param->max);
        return NULL;
    }
    return at + digits;
}

/* Reads numbers separated by `separator` to the end of the text. */
static int read_numbers(const reading *place, char separator, int32_t most, tn__value *value)
{
    const char *at = place->text;
    for (value->n = 0;; at++) {
        if (value->n == most)
            return tn__fail(TN_EINVAL, "%s: %s=%s has more than %d numbers", place->owner,
                            place->param->name, place->text, most);
        at = read_number(place, at, &value->number[value->n]);
        if (!at)
            return tn__error_last()->code;
        value->n++;
        if (*at == '\0')
            return TN_OK;
        if (*at != separator)
            return wrong(place, "this is not a number");
    }
}

static int read_integer(const reading *place, tn__value *value)
{
    const int status = read_numbers(place, '\0', 1, value);
    if (status == TN_OK && value->number[0] != trunc(value->number[0]))
        return wrong(place, "a whole number is needed");
    return status;
}

static int read_range(const reading *place, tn__value *value)
{
    const int status = read_numbers(place, ',', 2, value);
    if (status != TN_OK)
        return status;
    if (value->n == 1)
        value->number[1] = value->number[0];
    value->n = 2;
    if (value->number[0] > value->number[1])
        return wrong(place, "the first number must not be above the second");
    return TN_OK;
}

static int read_list(const reading *place, tn__value *value)
{
    const int status = read_numbers(place, ',', TN__VALUE_NUMBERS, value);
    const int32_t counts = place->param->counts;
    if (status != TN_OK || counts == 0 || (counts >> value->n & 1))
        return status;
    char wanted[64] = "";
    for (int32_t n = 1; n <= TN__VALUE_NUMBERS; n++)
        if (counts >> n & 1)
            snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s%d",
                     !wanted[0]               ? ""
                     : counts >> (n + 1) != 0 ? ", "
                                              : " or ",
                     n);
    return tn__fail(TN_EINVAL, "%s: %s=%s: %s numbers are needed", place->owner, place->param->name,
                    place->text, wanted);
}

static int read_size(const reading *place, tn__value *value)
{
    const int status = read_numbers(place, 'x', 2, value);
    if (status != TN_OK)
        return status;
    if (value->n == 1)
        value->number[1] = value->number[0];
    value->n = 2;
    for (int side = 0; side < 2; side++) {
        const double pixels = value->number[side];
        if (pixels != trunc(pixels))
            return wrong(place, "whole pixels are needed");
        if (pixels < 1 || pixels > TN__MAX_SIZE)
            return outside(place, pixels, 1, TN__MAX_SIZE);
    }
    return TN_OK;
}

static int read_flag(const reading *place, tn__value *value)
{
    static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};
    for (int word = 0; word < 6; word++) {
        if (strcmp(place->text, words[word]) != 0)
            continue;
        value->n = 1;
        value->number[0] = word % 2;
        return TN_OK;
    }
    return wrong(place, "yes or no is needed");
}

static tn__word word_of(const reading *place)
{
    return (tn__word){place->text, strlen(place->text)};
}

static int unknown_name(const reading *place, const char *also)
{
    if (tn__words_find(place->param->missing, word_of(place)) >= 0)
        return tn__fail(TN_EINVAL, "%s: %s=%s is not supported yet", place->owner,
                        place->param->name, place->text);
    tn__nearest nearest = {.given = place->text, .length = strlen(place->text)};
    tn__nearest_offer_list(&nearest, place->param->choices);
    char question[96];
    return tn__fail(TN_EINVAL, "%s: %s cannot be \"%s\"%s (choices: %s%s)", place->owner,
                    place->param->name, place->text,
                    tn__nearest_question(&nearest, question, sizeof question),
                    place->param->choices, also);
}

static int read_choice(const reading *place, tn__value *value)
{
    const int32_t choice = tn__words_find(place->param->choices, word_of(place));
    if (choice < 0)
        return unknown_name(place, "");
    value->n = 1;
    value->choice = choice;
    return TN_OK;
}

static int read_numbers_or_name(const reading *place, tn__value *value)
{
    if (!place->param->choices || strchr("+-.0123456789", place->text[0]))
        return read_list(place, value);
    const int32_t choice = tn__words_find(place->param->choices, word_of(place));
    if (choice < 0)
        return unknown_name(place, ", or numbers");
    value->choice = choice + 1;
    return TN_OK;
}

static int read_text(const reading *place, tn__value *value)
{
    value->n = 1;
    value->text = strdup(place->text);
    return value->text ? TN_OK : tn__fail_memory("a text", strlen(place->text));
}

static int read_value(const reading *place, tn__value *value)
{
    switch (place->param->kind) {
    case TN__NUMBER: return read_numbers(place, '\0', 1, value);
    case TN__INTEGER: return read_integer(place, value);
    case TN__FLAG: return read_flag(place, value);
    case TN__SIZE: return read_size(place, value);
    case TN__RANGE: return read_range(place, value);
    case TN__NUMBERS: return read_numbers_or_name(place, value);
    case TN__CHOICE: return read_choice(place, value);
    default: return read_text(place, value);
    }
}

int tn__value_parse(const char *owner, const tn__param *param, const char *text, size_t length,
                    tn__value *value)
{
    *value = (tn__value){0};
    if (length == 0)
        return tn__fail(TN_EINVAL, "%s: %s= has no value", owner, param->name);
    char *const copy = strndup(text, length);
    if (!copy)
        return tn__fail_memory("a value", length);
    const int status = read_value(&(reading){owner, param, copy}, value);
    free(copy);
    return status;
}

void tn__value_free(tn__value *value)
{
    free(value->text);
    *value = (tn__value){0};
}

int tn__value_default(const char *owner, const tn__param *param, tn__value *value)
{
    *value = (tn__value){0};
    if (!param->initial)
        return tn__fail(TN_EINVAL, "%s: \"%s\" is required", owner, param->name);
    if (param->initial[0] == '\0')
        return TN_OK;
    return tn__value_parse(owner, param, param->initial, strlen(param->initial), value);
}

static void add_choice(const tn__param *param, int32_t choice, tn__text *text)
{
    const tn__word word = tn__words_at(param->choices, choice);
    tn__text_add_bytes(text, word.at, word.length);
}

static void add_numbers(const tn__value *value, int32_t n, const char *separator, tn__text *text)
{
    for (int32_t i = 0; i < n; i++) {
        if (i > 0)
            tn__text_add(text, separator);
        tn__text_number(text, value->number[i]);
    }
}

void tn__value_format(const tn__param *param, const tn__value *value, tn__text *text)
{
    const bool equal = value->n == 2 && value->number[0] == value->number[1];
    switch (param->kind) {
    case TN__FLAG: tn__text_add(text, value->number[0] != 0 ? "yes" : "no"); break;
    case TN__CHOICE: add_choice(param, value->choice, text); break;
    case TN__SIZE: add_numbers(value, equal ? 1 : 2, "x", text); break;
    case TN__RANGE: add_numbers(value, equal ? 1 : 2, ",", text); break;
    case TN__TEXT: tn__text_add(text, value->text ? value->text : ""); break;
    default:
        if (value->n == 0 && value->choice > 0)
            add_choice(param, value->choice - 1, text);
        else
            add_numbers(value, value->n, ",", text);
    }
}

static bool same_value(const tn__value *a, const tn__value *b)
{
    if (a->n != b->n || a->choice != b->choice || !a->text != !b->text ||
        (a->text && strcmp(a->text, b->text) != 0))
        return false;
    for (int32_t i = 0; i < a->n; i++)
        if (a->number[i] != b->number[i])
            return false;
    return true;
}

bool tn__value_is_default(const char *owner, const tn__param *param, const tn__value *value)
{
    tn__value initial = {0};
    const bool is_default = param->initial && tn__value_default(owner, param, &initial) == TN_OK &&
                            same_value(value, &initial);
    tn__value_free(&initial);
    return is_default;
}
