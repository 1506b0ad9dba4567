/* SPDX-License-Identifier: MIT */
/* Finds names that clash. See names.h.
 *
 * Names are sorted by a hash, which is quick to compare, and names with one hash by their bytes: so
 * an attacker who makes names collide gains no more than a sort by bytes. */
#include "data/pack/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"

bool tn__name_is_safe(const char *name)
{
    if (strnlen(name, TN__NAME_BYTES) == TN__NAME_BYTES)
        return false;
    for (;;) {
        const size_t n = strcspn(name, "/");
        if (n == 0 || (n == 1 && name[0] == '.') || (n == 2 && name[0] == '.' && name[1] == '.'))
            return false;
        if (name[n] == '\0')
            return true;
        name += n + 1;
    }
}

typedef struct hashed {
    uint64_t hash;
    const char *name;
    size_t length;
    int64_t sample;
} hashed;

static int compare(const void *a, const void *b)
{
    const hashed *const x = a, *const y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    const int order = memcmp(x->name, y->name, x->length < y->length ? x->length : y->length);
    return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

static hashed hash_name(const char *name, size_t length, int64_t sample)
{
    return (hashed){tn__hash_of(name, length), name, length, sample};
}

/* Looks up the folders above a name, but not those that it shares with the name before. */
static const hashed *find_folder(const hashed *sorted, size_t n, const char *name,
                                 const char *before)
{
    for (const char *slash = strrchr(name, '/'); slash;
         slash = memrchr(name, '/', (size_t)(slash - name))) {
        const size_t length = (size_t)(slash - name);
        if (before && strncmp(before, name, length + 1) == 0)
            return NULL;
        const hashed key = hash_name(name, length, -1);
        const hashed *const found = bsearch(&key, sorted, n, sizeof *sorted, compare);
        if (found)
            return found;
    }
    return NULL;
}

static tn__name_clash find_clash(const hashed *sorted, const char *const *names, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (compare(&sorted[i - 1], &sorted[i]) == 0)
            return (tn__name_clash){TN__NAMES_TWICE, sorted[i].sample};
    for (size_t i = 0; i < n; i++) {
        const hashed *const found = find_folder(sorted, n, names[i], i > 0 ? names[i - 1] : NULL);
        if (found)
            return (tn__name_clash){TN__NAMES_FOLDER, found->sample};
    }
    return (tn__name_clash){.kind = TN__NAMES_UNIQUE};
}

int tn__names_check(const char *const *names, int64_t n, tn__name_clash *clash)
{
    hashed *const sorted = malloc((size_t)n * sizeof *sorted);
    if (!sorted)
        return tn__fail_memory("a list of names", (size_t)n * sizeof *sorted);
    for (int64_t i = 0; i < n; i++)
        sorted[i] = hash_name(names[i], strlen(names[i]), i);
    qsort(sorted, (size_t)n, sizeof *sorted, compare);
    *clash = find_clash(sorted, names, (size_t)n);
    free(sorted);
    return TN_OK;
}
