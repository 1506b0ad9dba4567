/* SPDX-License-Identifier: MIT */
/* Opens sources whose samples lie in few files. See container.h. */
#include "data/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/each.h"
#include "base/error.h"
#include "base/open.h"
#include "base/progress.h"
#include "base/show.h"
#include "base/text.h"
#include "codec/codec.h"
#include "data/beside.h"
#include "data/files.h"
#include "data/listing/cache.h"
#include "data/listing/make.h"
#include "data/listing/source.h"
#include "data/numbered.h"

enum { DRAFTS = 2 }; /* of each file */

typedef struct container {
    tn__listing_source listed;
    tn__container_read *read_coded;
    void *reader;
    void (*free_reader)(void *reader);
    tn__container_hint *hint;
    char *beside;     /* the first file of another kind of source beside the files, or NULL */
    tn__files *files; /* allocated apart, because it changes and sources are constant */
} container;

static const container *container_of(const tn__source *source)
{
    return (const container *)source;
}

static tn__listed_place place_of(const container *self, int64_t sample)
{
    return tn__listing_place(&self->listed.listing, sample);
}

static const tn__hint *hint(const tn__source *source, int64_t sample)
{
    static _Thread_local tn__hint of_sample;
    const container *const self = container_of(source);
    if (!self->hint)
        return NULL;
    const tn__listed_place place = place_of(self, sample);
    if (!place.coding.is_coded)
        return NULL;
    self->hint(&place, &of_sample);
    return &of_sample;
}

static tn__part part(const tn__source *source, int64_t sample)
{
    const tn__listed_place place = place_of(container_of(source), sample);
    return (tn__part){.sample = sample,
                      .file = place.file,
                      .offset = place.offset,
                      .length = place.length,
                      .inner = place.coding.number};
}

static size_t copy_path(const tn__listing *listing, uint32_t file, char out[TN__NAME_BYTES])
{
    const char *const path = tn__listing_file(listing, file).path;
    const size_t length = strlen(path);
    memcpy(out, path, length + 1);
    return length;
}

static size_t file_name(const tn__source *source, int64_t file, char out[TN__NAME_BYTES])
{
    return copy_path(&container_of(source)->listed.listing, (uint32_t)file, out);
}

static int read_part(const tn__source *source, const tn__part *part, tn__extent extent,
                     tn__buffer *buffer, int64_t *length)
{
    const container *const self = container_of(source);
    if (self->read_coded) {
        const tn__listed_place place = place_of(self, part->sample);
        if (place.coding.is_coded)
            return self->read_coded(self->reader, self->files, &place, extent, buffer, length);
    }
    return tn__files_read(self->files, (uint32_t)part->file, extent, buffer, length);
}

static void want(const tn__source *source, const tn__part *parts, int32_t n)
{
    const container *const self = container_of(source);
    for (int32_t p = 0; p < n; p++)
        tn__files_want(self->files, (uint32_t)parts[p].file, parts[p].offset, parts[p].length);
}

static void destroy(tn__source *source)
{
    container *const self = (container *)source;
    if (self->files)
        tn__files_free(self->files);
    free(self->files);
    if (self->reader)
        self->free_reader(self->reader);
    tn__listing_source_end(&self->listed);
    free(self->beside);
    free(self);
}

static const tn__source_ops container_ops = {
    .name = tn__listing_source_name,
    .label = tn__listing_source_label,
    .hint = hint,
    .part = part,
    .file_name = file_name,
    .read = read_part,
    .want = want,
    .destroy = destroy,
};

/* The opening of a container. */
typedef struct opening {
    tn__container_plan *plan;
    container *made;
    tn__listed_file *files;
    tn__draft *drafts; /* DRAFTS for each file */
    tn__classmap map;  /* the option class_map */
    tn__listing_watch watch;
} opening;

static int fail_file(const opening *self, const char *path)
{
    return tn__error_prefix("data set \"%s\": %s", self->plan->dataset->root, path);
}

/* Reads the facts of all files. */
static int look_at_files(opening *self)
{
    const tn__shards *const paths = self->plan->files;
    self->files = calloc((size_t)paths->n + 1, sizeof *self->files);
    if (!self->files)
        return tn__fail_memory("a list of files", paths->n * sizeof *self->files);
    for (uint32_t i = 0; i < paths->n; i++) {
        struct stat facts;
        if (!tn__stat_at(self->made->listed.folder, paths->names[i], &facts, 0)) {
            tn__fail_errno(errno);
            return fail_file(self, paths->names[i]);
        }
        self->files[i] = tn__listed_file_of(paths->names[i], &facts);
    }
    return TN_OK;
}

/* Lists an open file. Headers lie far apart, so the kernel must not read what lies between them. */
static int list_open(opening *self, uint32_t number, int descriptor)
{
    struct stat facts;
    if (!tn__stat_open(descriptor, &facts))
        return tn__fail_errno(errno);
    if (!S_ISREG(facts.st_mode))
        return tn__fail(TN_EIO, S_ISDIR(facts.st_mode) ? "is a folder: name the files in it"
                                                       : "is not a regular file");
    (void)posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM);
    self->files[number] = tn__listed_file_of(self->files[number].path, &facts);
    tn__draft *const drafts = self->drafts + (size_t)number * DRAFTS;
    for (int i = 0; i < DRAFTS; i++)
        drafts[i].file = number;
    const tn__container_file file = {.number = number,
                                     .path = self->files[number].path,
                                     .descriptor = descriptor,
                                     .bytes = facts.st_size,
                                     .watch = &self->watch};
    return self->plan->list(self->plan->context, &file, drafts);
}

static int list_file(void *shared, void *own, int64_t number)
{
    (void)own;
    opening *const self = shared;
    const char *const path = self->files[number].path;
    const int descriptor =
        tn__open_at(self->made->listed.folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    int status = descriptor < 0 ? tn__fail_errno(errno) : TN_OK;
    if (descriptor >= 0) {
        status = list_open(self, (uint32_t)number, descriptor);
        close(descriptor);
    }
    return status == TN_OK ? TN_OK : fail_file(self, path);
}

/* Lists the files with threads. */
static int list_files(opening *self)
{
    const tn_dataset_options *const options = self->plan->dataset;
    const uint32_t n = self->plan->files->n;
    const tn__each_work work = {.name = "tench/list",
                                .n = n,
                                .n_threads = options->threads,
                                .shared = self,
                                .visit = list_file};
    tn__each each;
    tn__progress line;
    self->watch.stop = options->stop;
    self->drafts = calloc((size_t)n * DRAFTS + 1, sizeof *self->drafts);
    if (!self->drafts)
        return tn__fail_memory("a list of samples", n * DRAFTS * sizeof *self->drafts);
    const int status = tn__each_start(&each, &work);
    if (status != TN_OK)
        return status;
    tn__progress_begin(&line, options->progress == TN_YES);
    while (!tn__each_wait(&each, TN__PROGRESS_MS))
        tn__progress_show(&line, "listing: %lld members, %lld of %u files: %s",
                          atomic_load(&self->watch.n_members), (long long)tn__each_done(&each),
                          (unsigned)n, options->root);
    tn__progress_end(&line);
    return tn__each_end(&each);
}

/* Reads the class map, and completes the key: other classes make another listing. */
static int choose_classes(opening *self)
{
    tn__container_plan *const plan = self->plan;
    const char *const given = plan->dataset->class_map;
    const int status = given ? tn__classmap_read(given, plan->folder, &self->map) : TN_OK;
    if (status != TN_OK)
        return status;
    if (given && plan->classes)
        tn__classmap_add(plan->classes, " of=", &plan->key);
    if (given || plan->classes)
        tn__classmap_add(given ? &self->map : plan->classes, " classes=", &plan->key);
    return plan->key.failed ? tn__fail_memory("class names", plan->key.capacity) : TN_OK;
}

/* Adds the data set to a failure; the listing names the file. */
static int make_of_drafts(const opening *self, const tn__listing_wanted *wanted, tn__listing *out)
{
    const int status = tn__listing_make(wanted, out);
    return status == TN_EDECODE || status == TN_EINVAL
               ? tn__error_prefix("data set \"%s\"", self->plan->dataset->root)
               : status;
}

/* Takes the listing from the cache, or makes it. */
static int make_listing(opening *self, tn__listing *out)
{
    const tn__container_plan *const plan = self->plan;
    const tn__listing_cache cache = {.root = plan->dataset->root,
                                     .reports = plan->dataset->progress == TN_YES};
    const char *const class_map = plan->dataset->class_map;
    tn__listing_wanted wanted = {.key = plan->key.chars,
                                 .files = self->files,
                                 .n_files = plan->files->n,
                                 .classes = class_map ? &self->map : plan->classes,
                                 .numbered = class_map ? plan->classes : NULL,
                                 .class_map = class_map,
                                 .in_natural_order = plan->in_natural_order,
                                 .n_threads = plan->dataset->threads};
    if (tn__listing_load(&cache, &wanted, out))
        return TN_OK;
    int status = list_files(self);
    wanted.drafts = self->drafts;
    wanted.n_drafts = (size_t)plan->files->n * DRAFTS;
    if (status == TN_OK)
        status = make_of_drafts(self, &wanted, out);
    if (status == TN_OK)
        tn__listing_save(&cache, out);
    return status;
}

/* TN_EIO: the file is not as it was when it was listed. */
static int check_file(const void *context, uint32_t file, int descriptor)
{
    const tn__listed_file then = tn__listing_file(context, file);
    struct stat facts;
    if (!tn__stat_open(descriptor, &facts))
        return tn__fail_errno(errno);
    const tn__listed_file now = tn__listed_file_of(then.path, &facts);
    return tn__listed_file_is_equal(&then, &now)
               ? TN_OK
               : tn__fail(TN_EIO, "has changed since the data set was opened");
}

static void name_file(const void *context, uint32_t file, char out[TN__NAME_BYTES])
{
    copy_path(context, file, out);
}

static int open_files(container *self)
{
    tn__files *const files = malloc(sizeof *files);
    if (!files)
        return tn__fail_memory("a list of files", sizeof *files);
    *files = (tn__files){.folder = self->listed.folder,
                         .n = self->listed.listing.n_files,
                         .name = name_file,
                         .check = check_file,
                         .context = &self->listed.listing};
    self->files = files;
    return tn__files_make(files);
}

/* Says which files of a numbered set are missing. The samples of the others can be used. */
static void say_missing(const tn__container_plan *plan)
{
    tn__text missing = {0}, shown = {0};
    tn__numbered_missing(plan->files, &missing);
    if (missing.length > 0 && !missing.failed) {
        tn__text_show(&shown, plan->dataset->root);
        tn__text_add(&shown, ": ");
        tn__text_show(&shown, missing.chars);
    }
    if (shown.length > 0 && !shown.failed)
        fprintf(stderr, "tench: %s\n", shown.chars);
    tn__text_free(&missing);
    tn__text_free(&shown);
}

/* Looks for other containers, and for gaps, if the user opens a folder. */
static int look_beside(const tn__container_plan *plan, container *self)
{
    struct stat facts;
    tn_dataset_facts *const left_out = &self->listed.source.left_out;
    const char *const root = self->listed.source.root;
    if (!tn__stat(root, &facts) || !S_ISDIR(facts.st_mode))
        return TN_OK;
    if (plan->dataset->progress == TN_YES)
        say_missing(plan);
    const int status =
        tn__beside_count(plan->folder, plan->files, &left_out->other_containers, &self->beside);
    left_out->first_container = self->beside;
    return status == TN_OK ? TN_OK : tn__error_prefix("data set \"%s\"", root);
}

static int fail_empty(const opening *self)
{
    const tn_dataset_options *const options = self->plan->dataset;
    const long long n_unmapped = (long long)self->made->listed.source.left_out.unmapped_images;
    if (n_unmapped > 0)
        return tn__fail(TN_EINVAL,
                        "no images in \"%s\": none of its %lld is in a class of the class map "
                        "\"%s\"",
                        options->root, n_unmapped, options->class_map);
    return tn__fail(TN_EINVAL, "no images in \"%s\": %s", options->root, self->plan->nothing.chars);
}

static int fill(opening *self)
{
    const tn__container_plan *const plan = self->plan;
    tn__listing_source *const listed = &self->made->listed;
    tn__listing listing;
    int status = plan->nothing.failed ? tn__fail_memory("a text", plan->nothing.capacity) : TN_OK;
    if (status == TN_OK)
        status =
            tn__listing_source_begin(listed, &container_ops, plan->dataset->root, plan->folder);
    if (status == TN_OK)
        status = look_at_files(self);
    if (status == TN_OK)
        status = choose_classes(self);
    if (status == TN_OK)
        status = make_listing(self, &listing);
    if (status == TN_OK)
        tn__listing_source_show(listed, &listing);
    if (status == TN_OK)
        status = look_beside(plan, self->made);
    if (status == TN_OK && listed->source.n_samples == 0)
        status = fail_empty(self);
    return status == TN_OK ? open_files(self->made) : status;
}

static tn__source *open_container(tn__container_plan *plan)
{
    container *const made = calloc(1, sizeof *made);
    if (!made) {
        if (plan->reader)
            plan->free_reader(plan->reader);
        return tn__fail_null(TN_ENOMEM, "out of memory: a data set");
    }
    made->listed.folder = -1;
    made->read_coded = plan->read_coded;
    made->reader = plan->reader;
    made->free_reader = plan->free_reader;
    made->hint = plan->hint;
    opening self = {.plan = plan, .made = made};
    const int status = fill(&self);
    for (size_t i = 0; self.drafts && i < (size_t)plan->files->n * DRAFTS; i++)
        tn__draft_free(&self.drafts[i]);
    free(self.drafts);
    free(self.files);
    tn__classmap_free(&self.map);
    if (status == TN_OK)
        return &made->listed.source;
    destroy(&made->listed.source);
    return NULL;
}

tn__source *tn__container_open(tn__container_plan *plan)
{
    tn__source *const opened = open_container(plan);
    tn__text_free(&plan->key);
    tn__text_free(&plan->nothing);
    return opened;
}
