/* SPDX-License-Identifier: MIT */
/* A set of folders, by device and inode. See seen.h. */
#include "data/seen.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"

enum { FIRST_PLACES = 1024 };

typedef struct tn__seen_place place;

/* Finds the place of a folder, or the free place where it belongs. */
static place *find(place *places, size_t n_places, dev_t device, ino_t inode)
{
    uint64_t hash = ((uint64_t)inode + 31 * (uint64_t)device) * UINT64_C(0x9E3779B97F4A7C15);
    hash ^= hash >> 32;
    size_t at = (size_t)hash & (n_places - 1);
    while (places[at].used && (places[at].inode != inode || places[at].device != device))
        at = (at + 1) & (n_places - 1);
    return &places[at];
}

static int grow(tn__seen *seen)
{
    const size_t n_places = seen->n_places ? 2 * seen->n_places : FIRST_PLACES;
    place *const places = calloc(n_places, sizeof *places);
    if (!places)
        return tn__fail_memory("a set of folders", n_places * sizeof *places);
    for (size_t i = 0; i < seen->n_places; i++)
        if (seen->places[i].used)
            *find(places, n_places, seen->places[i].device, seen->places[i].inode) =
                seen->places[i];
    free(seen->places);
    seen->places = places;
    seen->n_places = n_places;
    return TN_OK;
}

int tn__seen_add(tn__seen *seen, dev_t device, ino_t inode)
{
    if (2 * seen->n >= seen->n_places && grow(seen) != TN_OK)
        return TN_ENOMEM;
    place *const own = find(seen->places, seen->n_places, device, inode);
    if (own->used)
        return 0;
    *own = (place){device, inode, 1};
    seen->n++;
    return 1;
}

void tn__seen_free(tn__seen *seen)
{
    free(seen->places);
    *seen = (tn__seen){0};
}
