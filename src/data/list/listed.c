/* SPDX-License-Identifier: MIT */
/* Sources of files that a listing names. See listed.h. The listing's one file is the list. */
#include "data/list/listed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/stamp.h"
#include "data/listing/cache.h"
#include "data/listing/make.h"

typedef struct listed {
    tn__source source;
    int descriptor; /* of the folder of relative paths */
    char *root;
    tn__listing listing;
} listed;

static const listed *listed_of(const tn__source *source)
{
    return (const listed *)source;
}

static int64_t count(const tn__source *source)
{
    return listed_of(source)->listing.n_samples;
}

static int32_t classes(const tn__source *source)
{
    return listed_of(source)->listing.n_classes;
}

static const char *root(const tn__source *source)
{
    return listed_of(source)->root;
}

static const char *class_name(const tn__source *source, int64_t label)
{
    return listed_of(source)->listing.class_names[label];
}

static size_t name(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES])
{
    return tn__listing_name(&listed_of(source)->listing, sample, out);
}

static void label(const tn__source *source, int64_t sample, tn__label *out)
{
    tn__listing_label_of(&listed_of(source)->listing, sample, out);
}

static tn__label_shape label_shape(const tn__source *source)
{
    return listed_of(source)->listing.shape;
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
    name(source, part->sample, path);
    return tn__read_file(listed_of(source)->descriptor, path, extent, buffer, length);
}

static void want(const tn__source *source, const tn__part *parts, int32_t n)
{
    char path[TN__NAME_BYTES];
    for (int32_t p = 0; p < n; p++) {
        name(source, parts[p].sample, path);
        tn__want_file(listed_of(source)->descriptor, path, parts[p].offset, parts[p].length);
    }
}

static uint64_t fingerprint(const tn__source *source)
{
    return listed_of(source)->listing.fingerprint;
}

static void destroy(tn__source *source)
{
    listed *const self = (listed *)source;
    if (self->descriptor >= 0)
        close(self->descriptor);
    tn__listing_free(&self->listing);
    free(self->source.folder);
    free(self->root);
    free(self);
}

static const tn__source_ops listed_ops = {
    .count = count,
    .classes = classes,
    .root = root,
    .class_name = class_name,
    .name = name,
    .label = label,
    .label_shape = label_shape,
    .part = part,
    .file_name = name,
    .read = read_part,
    .want = want,
    .fingerprint = fingerprint,
    .destroy = destroy,
};

int tn__listed_look(const char *path, tn__listed_plan *plan)
{
    struct stat facts;
    if (!tn__stat(path, &facts))
        return tn__fail_system(errno, "data set \"%s\"", path);
    plan->bytes = facts.st_size;
    plan->stamp = tn__stamp(&facts.st_mtim);
    plan->inode = facts.st_ino;
    return TN_OK;
}

/* Makes the source of a listing, which it takes over, also on failure. */
static tn__source *open_listing(const tn__listed_plan *plan, tn__listing *listing)
{
    listed *const self = calloc(1, sizeof *self);
    if (!self) {
        tn__listing_free(listing);
        return tn__fail_null(TN_ENOMEM, "out of memory: a data set");
    }
    self->source.ops = &listed_ops;
    self->listing = *listing;
    self->root = strdup(plan->dataset->root);
    self->source.folder = strdup(plan->folder);
    self->descriptor = tn__open(plan->folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (self->root && self->source.folder && self->descriptor >= 0)
        return &self->source;
    if (self->descriptor < 0)
        tn__fail_system(errno, "data set \"%s\"", plan->folder);
    else
        tn__fail_memory("a path", strlen(plan->folder));
    destroy(&self->source);
    return NULL;
}

static tn__listed_file file_of(const tn__listed_plan *plan)
{
    const char *const slash = strrchr(plan->dataset->root, '/');
    return (tn__listed_file){.path = slash ? slash + 1 : plan->dataset->root,
                             .bytes = plan->bytes,
                             .stamp = plan->stamp,
                             .inode = plan->inode};
}

static tn__listing_cache cache_of(const tn__listed_plan *plan)
{
    return (tn__listing_cache){.root = plan->dataset->root,
                               .says = plan->dataset->progress == TN_YES};
}

bool tn__listed_load(const tn__listed_plan *plan, tn__source **out)
{
    tn__listing listing;
    const tn__listed_file file = file_of(plan);
    const tn__listing_cache cache = cache_of(plan);
    const tn__listing_wanted wanted = {
        .key = plan->key, .files = &file, .n_files = 1, .n_threads = plan->dataset->threads};
    if (!tn__listing_load(&cache, &wanted, &listing))
        return false;
    *out = open_listing(plan, &listing);
    return true;
}

tn__source *tn__listed_make(const tn__listed_plan *plan, const tn__draft *draft,
                            const tn__classmap *classes)
{
    tn__listing listing;
    const tn__listed_file file = file_of(plan);
    const tn__listing_cache cache = cache_of(plan);
    const tn__listing_wanted wanted = {.key = plan->key,
                                       .files = &file,
                                       .n_files = 1,
                                       .drafts = draft,
                                       .n_drafts = 1,
                                       .classes = classes,
                                       .n_threads = plan->dataset->threads};
    if (tn__listing_make(&wanted, &listing) != TN_OK)
        return NULL;
    tn__listing_save(&cache, &listing);
    return open_listing(plan, &listing);
}
