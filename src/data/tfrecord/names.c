/* SPDX-License-Identifier: MIT */
/* Reads the names of TFRecord files. See names.h. */
#include "data/tfrecord/names.h"

#include <stddef.h>
#include <string.h>

#include "data/split_names.h"

static const char digits[] = "0123456789";

/* True for "-00000-of-00010". */
static bool is_part(const char *text)
{
    const size_t n = text[0] == '-' ? strspn(text + 1, digits) : 0;
    const char *const of = text + 1 + n;
    if (n == 0 || strncmp(of, "-of-", 4) != 0)
        return false;
    const size_t n_all = strspn(of + 4, digits);
    return n_all > 0 && of[4 + n_all] == '\0';
}

/* The extension of a TFRecord file's name, or the end of the name. */
static const char *extension_of(const char *name)
{
    static const char *const known[] = {".tfrecords", ".tfrecord", ".tfrec"};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        const char *const at = strstr(name, known[k]);
        const char *const rest = at ? at + strlen(known[k]) : "?";
        if (*rest == '\0' || is_part(rest))
            return at;
    }
    return name + strlen(name);
}

/* The number of a part in a name without an extension, or the end of the name. */
static const char *part_of(const char *name)
{
    const char *at = name;
    while (*at && !is_part(at))
        at++;
    return at;
}

bool tn__tfrecord_has_extension(const char *name)
{
    return *extension_of(name) != '\0';
}

bool tn__tfrecord_is_name(const char *name)
{
    return tn__tfrecord_has_extension(name) || *part_of(name) != '\0';
}

const char *tn__tfrecord_split(const char *name)
{
    const char *end = extension_of(name);
    if (*end == '\0')
        end = part_of(name);
    const char *begin = end;
    while (begin > name && !strchr("-_./", begin[-1]))
        begin--;
    return tn__split_known(begin, (size_t)(end - begin));
}
