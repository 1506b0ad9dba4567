/* SPDX-License-Identifier: MIT */
/* Entries of the registry. See spec.h. */
#include "spec/spec.h"

#include <string.h>

#include "base/words.h"

const char *tn__kind_name(int32_t kind)
{
    static const char *const names[] = {
        [TN__NUMBER] = "number", [TN__INTEGER] = "integer", [TN__FLAG] = "flag",
        [TN__SIZE] = "size",     [TN__RANGE] = "range",     [TN__NUMBERS] = "numbers",
        [TN__CHOICE] = "choice", [TN__TEXT] = "text",
    };
    return names[kind];
}

static bool equals(const char *known, const char *name, size_t length)
{
    return strlen(known) == length && memcmp(known, name, length) == 0;
}

bool tn__spec_is(const tn__spec *spec, const char *name, size_t length)
{
    return equals(spec->name, name, length) ||
           tn__words_find(spec->aliases, (tn__word){name, length}) >= 0;
}

const tn__param *tn__spec_param(const tn__spec *spec, const char *name, size_t length)
{
    for (const tn__param *param = spec->params; param->name; param++)
        if (equals(param->name, name, length))
            return param;
    return NULL;
}
