/* SPDX-License-Identifier: MIT */
/* Parts of paths and of names. See path.h. */
#include "base/path.h"

#include <string.h>
#include <strings.h>

const char *tn__path_leaf(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void tn__path_folder(const char *path, size_t n_bytes, tn__text *out)
{
    const char *const slash = memrchr(path, '/', n_bytes);
    if (slash)
        tn__text_add_bytes(out, path, slash > path ? (size_t)(slash - path) : 1);
    else
        tn__text_add(out, ".");
}

/* Returns the name's last bytes, as many as the suffix has. NULL: the name is not longer. */
static const char *end_of(const char *name, const char *suffix)
{
    const size_t n = strlen(name), n_suffix = strlen(suffix);
    return n > n_suffix ? name + n - n_suffix : NULL;
}

bool tn__ends_with(const char *name, const char *suffix)
{
    const char *const end = end_of(name, suffix);
    return end && strcmp(end, suffix) == 0;
}

bool tn__ends_with_any_case(const char *name, const char *suffix)
{
    const char *const end = end_of(name, suffix);
    return end && strcasecmp(end, suffix) == 0;
}
