/* SPDX-License-Identifier: MIT */
/* Finds names in the registry. See spec.h. */
#include "spec/spec.h"

#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/text.h"
#include "base/words.h"

const char *tn__kind_name(int32_t kind)
{
    static const char *const names[] = {
        [TN__NUMBER] = "number", [TN__INTEGER] = "integer",   [TN__FLAG] = "flag",
        [TN__SIZE] = "size",     [TN__RANGE] = "range",       [TN__NUMBERS] = "numbers",
        [TN__CHOICE] = "choice", [TN__TEXT] = "text",         [TN__NAME] = "name",
        [TN__ANY] = "any",       [TN__FUNCTION] = "function",
    };
    return names[kind];
}

static bool equals(const char *known, const char *name, size_t length)
{
    return strlen(known) == length && memcmp(known, name, length) == 0;
}

bool tn__param_has_bounds(const tn__param *param)
{
    return param->min != 0 || param->max != 0;
}

bool tn__spec_is(const tn__spec *spec, const char *name, size_t length)
{
    return equals(spec->name, name, length) ||
           tn__words_find(spec->aliases, (tn__word){name, length}) >= 0;
}

const tn__param *tn__spec_at(const tn__spec *spec, int32_t index)
{
    const tn__param *const lists[] = {spec->params, spec->shared[0], spec->shared[1]};
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
        for (const tn__param *param = lists[l]; param && param->name; param++)
            if (index-- == 0)
                return param;
    return NULL;
}

const tn__param *tn__spec_param(const tn__spec *spec, const char *name, size_t length)
{
    const tn__param *param;
    for (int32_t index = 0; (param = tn__spec_at(spec, index)); index++)
        if (equals(param->name, name, length))
            return param;
    return NULL;
}

int32_t tn__spec_find(tn__spec_table *at, const char *name, size_t length)
{
    for (int32_t index = 0; at(index); index++)
        if (tn__spec_is(at(index), name, length))
            return index;
    return -1;
}

int tn__spec_unknown(int status, tn__spec_table *at, const char *noun, const char *name)
{
    tn__nearest nearest = {.given = name, .length = strlen(name)};
    tn__text known = {0};
    for (int32_t index = 0; at(index); index++) {
        tn__nearest_offer(&nearest, at(index)->name, strlen(at(index)->name));
        tn__text_printf(&known, "%s%s", index > 0 ? ", " : "", at(index)->name);
    }
    char question[96];
    tn__fail(status, "%s \"%s\" is unknown%s (known: %s)", noun, name,
             tn__nearest_question(&nearest, question, sizeof question),
             known.chars ? known.chars : "none");
    tn__text_free(&known);
    return status;
}
