/* SPDX-License-Identifier: MIT */
/* Reads and writes the arguments of a name. See arguments.h. */
#include "spec/arguments.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/show.h"

static const char blanks[] = " \t\r";

static bool is_blank(char c)
{
    return c != 0 && strchr(blanks, c);
}

/* The place after the quoted text whose quote is at `at`; the end of the word if nothing closes it.
 */
static size_t quote_end(tn__word word, size_t at)
{
    for (at++; at < word.length && word.at[at] != '"'; at++)
        at += word.at[at] == '\\' && at + 1 < word.length;
    return at < word.length ? at + 1 : word.length;
}

tn__word tn__arguments_next(tn__word *rest)
{
    size_t start = 0;
    while (start < rest->length && is_blank(rest->at[start]))
        start++;
    size_t end = start;
    while (end < rest->length && !is_blank(rest->at[end])) {
        const bool opens = end > start && rest->at[end - 1] == '=' && rest->at[end] == '"';
        end = opens ? quote_end(*rest, end) : end + 1;
    }
    const tn__word word = {rest->at + start, end - start};
    rest->at += end;
    rest->length -= end;
    return word;
}

/* The place of the parameter in the order of tn__spec_at; -1: the entry has none of that name. */
static int32_t place_of(const tn__spec *spec, tn__word key)
{
    const tn__param *const wanted = tn__spec_param(spec, key.at, key.length);
    if (!wanted)
        return -1;
    if (!spec->shared[0])
        return (int32_t)(wanted - spec->params);
    int32_t place = 0;
    while (tn__spec_at(spec, place) != wanted)
        place++;
    return place;
}

static int unknown_param(const tn__spec *spec, tn__word key)
{
    if (tn__words_find(spec->missing, key) >= 0)
        return tn__fail(TN_EINVAL, "%s: %.*s is not supported yet", spec->name,
                        tn__shown(key.length), key.at);
    tn__nearest nearest = {.given = key.at, .length = key.length};
    tn__text names = {0};
    const tn__param *param;
    for (int32_t p = 0; (param = tn__spec_at(spec, p)); p++) {
        tn__nearest_offer(&nearest, param->name, strlen(param->name));
        tn__text_printf(&names, "%s%s", p > 0 ? ", " : "", param->name);
    }
    char question[96];
    tn__fail(TN_EINVAL, "%s: no parameter \"%.*s\"%s (parameters: %s)", spec->name,
             tn__shown(key.length), key.at,
             tn__nearest_question(&nearest, question, sizeof question),
             names.chars ? names.chars : "none");
    tn__text_free(&names);
    return TN_EINVAL;
}

static int parse_quoted(const tn__spec *spec, const tn__param *param, tn__word quoted,
                        tn__value *value)
{
    tn__text text = {0};
    size_t at = 1;
    for (; at < quoted.length && quoted.at[at] != '"'; at++) {
        at += quoted.at[at] == '\\' && at + 1 < quoted.length;
        tn__text_add_bytes(&text, quoted.at + at, 1);
    }
    const int status =
        at + 1 != quoted.length
            ? tn__fail(TN_EINVAL, "%s: %s=%.*s: a quoted value ends with a quote", spec->name,
                       param->name, tn__shown(quoted.length), quoted.at)
        : text.failed
            ? tn__fail_memory("a value", quoted.length)
            : tn__value_parse(spec->name, param, text.chars ? text.chars : "", text.length, value);
    tn__text_free(&text);
    return status;
}

/* Reads one key=value, and sets the parameter's bit in `given`. */
static int read_argument(const tn__spec *spec, tn__word word, tn__value *value, uint32_t *given)
{
    const char *const equals = memchr(word.at, '=', word.length);
    if (!equals)
        return tn__fail(TN_EINVAL, "%s: \"%.*s\" is not key=value", spec->name,
                        tn__shown(word.length), word.at);
    const tn__word key = {word.at, (size_t)(equals - word.at)};
    const int32_t p = place_of(spec, key);
    if (p < 0)
        return unknown_param(spec, key);
    const tn__param *const param = tn__spec_at(spec, p);
    if (*given >> p & 1)
        return tn__fail(TN_EINVAL, "%s: %s is given twice", spec->name, param->name);
    *given |= 1u << p;
    const tn__word given_value = {equals + 1, word.length - key.length - 1};
    if (given_value.length > 0 && *given_value.at == '"')
        return parse_quoted(spec, param, given_value, &value[p]);
    return tn__value_parse(spec->name, param, given_value.at, given_value.length, &value[p]);
}

/* Sets the parameters that were not given to their defaults. */
static int fill_defaults(const tn__spec *spec, uint32_t given, tn__value *value)
{
    const tn__param *param;
    int status = TN_OK;
    for (int32_t p = 0; (param = tn__spec_at(spec, p)) && status == TN_OK; p++)
        if (!(given >> p & 1))
            status = tn__value_default(spec->name, param, &value[p]);
    return status;
}

int tn__arguments_read(const tn__spec *spec, tn__word arguments, tn__value value[TN__MAX_PARAMS])
{
    assert(!tn__spec_at(spec, TN__MAX_PARAMS));
    uint32_t given = 0;
    for (tn__word word = tn__arguments_next(&arguments); word.length > 0;
         word = tn__arguments_next(&arguments)) {
        const int status = read_argument(spec, word, value, &given);
        if (status != TN_OK)
            return status;
    }
    return fill_defaults(spec, given, value);
}

/* Adds a value, in quotes if tn__arguments_next would not take it as it is. */
static void add_value(const tn__param *param, const tn__value *value, tn__text *text)
{
    tn__text plain = {0};
    tn__value_format(param, value, &plain);
    const char *const chars = plain.chars ? plain.chars : "";
    const bool quoted = *chars == '"' || strpbrk(chars, blanks);
    tn__text_add(text, quoted ? "\"" : "");
    for (const char *c = chars; *c; c++) {
        tn__text_add(text, quoted && (*c == '"' || *c == '\\') ? "\\" : "");
        tn__text_add_bytes(text, c, 1);
    }
    tn__text_add(text, quoted ? "\"" : "");
    text->failed |= plain.failed;
    tn__text_free(&plain);
}

void tn__arguments_format(const tn__spec *spec, const tn__value value[TN__MAX_PARAMS],
                          tn__text *text)
{
    const tn__param *param;
    for (int32_t p = 0; (param = tn__spec_at(spec, p)); p++) {
        if (tn__value_is_default(spec->name, param, &value[p]))
            continue;
        tn__text_printf(text, " %s=", param->name);
        add_value(param, &value[p], text);
    }
}

const tn__value *tn__arguments_value(const tn__spec *spec, const tn__value value[TN__MAX_PARAMS],
                                     const char *name)
{
    const int32_t place = place_of(spec, (tn__word){name, strlen(name)});
    assert(place >= 0 && "code asks for a parameter of its own entry");
    return &value[place];
}
