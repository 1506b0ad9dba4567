/* SPDX-License-Identifier: MIT */
/* Sources of files that a listing names. See listed.h. The listing's one file is the list. */
#include "data/list/listed.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"
#include "data/listing/cache.h"
#include "data/listing/make.h"
#include "data/listing/source.h"

static int folder_of(const tn__source *source)
{
    return ((const tn__listing_source *)source)->folder;
}

static tn__part part(const tn__source *source, int64_t sample)
{
    (void)source;
    return (tn__part){.sample = sample, .file = sample, .length = -1};
}

static int read_part(const tn__source *source, const tn__part *part, tn__extent extent,
                     tn__buffer *buffer, int64_t *length)
{
    char path[TN__NAME_BYTES];
    tn__listing_source_name(source, part->sample, path);
    return tn__read_file(folder_of(source), path, extent, buffer, length);
}

static void want(const tn__source *source, const tn__part *parts, int32_t n)
{
    char path[TN__NAME_BYTES];
    for (int32_t p = 0; p < n; p++) {
        tn__listing_source_name(source, parts[p].sample, path);
        tn__want_file(folder_of(source), path, parts[p].offset, parts[p].length);
    }
}

static void destroy(tn__source *source)
{
    tn__listing_source *const self = (tn__listing_source *)source;
    tn__listing_source_end(self);
    free(self);
}

static const tn__source_ops listed_ops = {
    .name = tn__listing_source_name,
    .label = tn__listing_source_label,
    .part = part,
    .file_name = tn__listing_source_name,
    .read = read_part,
    .want = want,
    .destroy = destroy,
};

int tn__listed_look(const char *path, tn__listed_plan *plan)
{
    struct stat facts;
    if (!tn__stat(path, &facts))
        return tn__fail_system(errno, "data set \"%s\"", path);
    plan->file = tn__listed_file_of(tn__path_leaf(path), &facts);
    return TN_OK;
}

/* Makes the source of a listing, which it takes over, also on failure. */
static tn__source *open_listing(const tn__listed_plan *plan, tn__listing *listing)
{
    tn__listing_source *const self = calloc(1, sizeof *self);
    if (!self) {
        tn__listing_free(listing);
        return tn__fail_null(TN_ENOMEM, "out of memory: a data set");
    }
    const int status =
        tn__listing_source_begin(self, &listed_ops, plan->dataset->root, plan->folder);
    tn__listing_source_show(self, listing);
    if (status == TN_OK)
        return &self->source;
    destroy(&self->source);
    return NULL;
}

static tn__listing_cache cache_of(const tn__listed_plan *plan)
{
    return (tn__listing_cache){.root = plan->dataset->root,
                               .reports = plan->dataset->progress == TN_YES};
}

/* What the cache has, or gets when it was made. */
static tn__listing_wanted wanted_of(const tn__listed_plan *plan)
{
    return (tn__listing_wanted){
        .key = plan->key, .files = &plan->file, .n_files = 1, .n_threads = plan->dataset->threads};
}

bool tn__listed_load(const tn__listed_plan *plan, tn__source **out)
{
    tn__listing listing;
    const tn__listing_cache cache = cache_of(plan);
    const tn__listing_wanted wanted = wanted_of(plan);
    if (!tn__listing_load(&cache, &wanted, &listing))
        return false;
    *out = open_listing(plan, &listing);
    return true;
}

tn__source *tn__listed_make(const tn__listed_plan *plan, const tn__draft *draft,
                            const tn__classmap *classes)
{
    tn__listing listing;
    const tn__listing_cache cache = cache_of(plan);
    tn__listing_wanted wanted = wanted_of(plan);
    wanted.drafts = draft;
    wanted.n_drafts = 1;
    wanted.classes = classes;
    if (tn__listing_make(&wanted, &listing) != TN_OK)
        return NULL;
    tn__listing_save(&cache, &listing);
    return open_listing(plan, &listing);
}
