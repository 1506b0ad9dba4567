/* SPDX-License-Identifier: MIT */
/* Memory of loaders: blocks in a list that only grows, as long as the most loaders at one time need
 * it. Without locks, so that a forked child can never find one taken. See loader.h. */
#include <stdlib.h>
#include <string.h>

#include "load/loader.h"

enum { BLOCK = 8 };

typedef struct block {
    struct block *next;
    tn_loader loader[BLOCK];
} block;

static _Atomic(block *) blocks;
static atomic_uint ids;

static uint32_t fresh_id(void)
{
    uint32_t id;
    do
        id = atomic_fetch_add(&ids, 1) + 1;
    while (id == 0);
    return id;
}

/* Everything behind in_use and id, which other threads may look at. */
static tn_loader *clear(tn_loader *loader)
{
    const size_t head = offsetof(tn_loader, ring);
    memset((char *)loader + head, 0, sizeof *loader - head);
    loader->out = -1;
    atomic_store(&loader->id, fresh_id());
    return loader;
}

static tn_loader *take_from(block *from)
{
    for (int l = 0; l < BLOCK; l++) {
        bool free = false;
        if (atomic_compare_exchange_strong(&from->loader[l].in_use, &free, true))
            return clear(&from->loader[l]);
    }
    return NULL;
}

tn_loader *tn__loader_take(void)
{
    for (block *at = atomic_load(&blocks); at; at = at->next) {
        tn_loader *const loader = take_from(at);
        if (loader)
            return loader;
    }
    block *const fresh = calloc(1, sizeof *fresh);
    if (!fresh) {
        tn__fail_memory("a loader", sizeof *fresh);
        return NULL;
    }
    tn_loader *const loader = take_from(fresh);
    fresh->next = atomic_load(&blocks);
    while (!atomic_compare_exchange_weak(&blocks, &fresh->next, fresh))
        continue;
    return loader;
}

void tn__loader_give_back(tn_loader *loader)
{
    atomic_store(&loader->id, 0);
    atomic_store(&loader->in_use, false);
}
