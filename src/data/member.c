/* SPDX-License-Identifier: MIT */
/* Adds members of containers as samples. See member.h. */
#include "data/member.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"

/* A stretch of a text. */
typedef struct piece {
    const char *chars;
    size_t n;
} piece;

/* The last part of the name's folder; the stem if the name has no folder. */
static piece class_of(const char *name, const char *stem)
{
    const char *end = tn__path_leaf(name);
    if (end == name)
        return (piece){stem, strlen(stem)};
    while (end > name && end[-1] == '/')
        end--;
    const char *begin = end;
    while (begin > name && begin[-1] != '/')
        begin--;
    return (piece){begin, (size_t)(end - begin)};
}

/* Removes empty parts and "." from a path, so that a sample has the same name in a tar that was
 * made of "." or "/". Returns the new length. */
static size_t clean(const char *name, char out[TN__NAME_BYTES])
{
    size_t n = 0;
    while (*name) {
        const size_t n_part = strcspn(name, "/");
        if (n_part > 0 && !(n_part == 1 && name[0] == '.')) {
            if (n > 0)
                out[n++] = '/';
            memcpy(out + n, name, n_part);
            n += n_part;
        }
        name += n_part;
        name += *name == '/';
    }
    out[n] = '\0';
    return n;
}

int tn__member_path(const char *name, size_t n_name, char out[TN__NAME_BYTES], size_t *n_path)
{
    if (strlen(name) != n_name)
        return tn__fail(TN_EDECODE, "\"%s\": a NUL is in the name", name);
    const int status = tn__check_name_length(name, n_name);
    if (status != TN_OK)
        return status;
    *n_path = clean(name, out);
    return TN_OK;
}

int tn__member_add(const tn__found *member, const char *stem, tn__draft *draft)
{
    char name[TN__NAME_BYTES];
    tn__found found = *member;
    const int status = tn__member_path(member->name, member->n_name, name, &found.n_name);
    if (status != TN_OK)
        return status;
    const piece in_class = class_of(member->name, stem);
    found.name = name;
    found.class_name = in_class.chars;
    found.n_class_name = in_class.n;
    return tn__draft_add(draft, &found);
}
