/* SPDX-License-Identifier: MIT */
/* Opens sources whose samples lie in few files. See container.h. */
#include "data/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/each.h"
#include "base/error.h"
#include "base/open.h"
#include "base/progress.h"
#include "base/stamp.h"
#include "base/text.h"
#include "codec/codec.h"
#include "data/files.h"
#include "data/listing/cache.h"
#include "data/listing/make.h"
#include "data/root.h"

enum { DRAFTS = 2 }; /* of each file */

typedef struct container {
    tn__source source;
    int folder;
    char *root;
    tn__listing listing;
    tn__container_read *read_coded;
    void *reader;
    void (*free_reader)(void *reader);
    tn__container_hint *hint;
    tn__files *files; /* allocated apart, because it changes and sources are constant */
} container;

static const container *container_of(const tn__source *source)
{
    return (const container *)source;
}

static int64_t count(const tn__source *source)
{
    return container_of(source)->listing.n_samples;
}

static int32_t classes(const tn__source *source)
{
    return container_of(source)->listing.n_classes;
}

static const char *root(const tn__source *source)
{
    return container_of(source)->root;
}

static const char *class_name(const tn__source *source, int64_t label)
{
    return container_of(source)->listing.class_names[label];
}

static size_t name(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES])
{
    return tn__listing_name(&container_of(source)->listing, sample, out);
}

static void label(const tn__source *source, int64_t sample, tn__label *out)
{
    tn__listing_label_of(&container_of(source)->listing, sample, out);
}

static tn__label_shape label_shape(const tn__source *source)
{
    return container_of(source)->listing.shape;
}

static const tn__hint *hint(const tn__source *source, int64_t sample)
{
    static _Thread_local tn__hint of_sample;
    const container *const self = container_of(source);
    if (!self->hint)
        return NULL;
    const tn__listed_place place = tn__listing_place(&self->listing, sample);
    if (!place.coding.is_coded)
        return NULL;
    self->hint(&place, &of_sample);
    return &of_sample;
}

static tn__part part(const tn__source *source, int64_t sample)
{
    const tn__listed_place place = tn__listing_place(&container_of(source)->listing, sample);
    return (tn__part){.sample = sample,
                      .file = place.file,
                      .offset = place.offset,
                      .length = place.length,
                      .inner = place.coding.number};
}

static size_t file_name(const tn__source *source, int64_t file, char out[TN__NAME_BYTES])
{
    const char *const path = tn__listing_file(&container_of(source)->listing, (uint32_t)file).path;
    const size_t length = strlen(path);
    memcpy(out, path, length + 1);
    return length;
}

static int read_part(const tn__source *source, const tn__part *part, tn__extent extent,
                     tn__buffer *buffer, int64_t *length)
{
    const container *const self = container_of(source);
    if (self->read_coded) {
        const tn__listed_place place = tn__listing_place(&self->listing, part->sample);
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

static uint64_t fingerprint(const tn__source *source)
{
    return container_of(source)->listing.fingerprint;
}

static void facts(const tn__source *source, tn_dataset_facts *out)
{
    *out = container_of(source)->listing.left_out;
}

static void destroy(tn__source *source)
{
    container *const self = (container *)source;
    if (self->files)
        tn__files_free(self->files);
    free(self->files);
    if (self->folder >= 0)
        close(self->folder);
    if (self->reader)
        self->free_reader(self->reader);
    tn__listing_free(&self->listing);
    free(self->source.folder);
    free(self->root);
    free(self);
}

static const tn__source_ops container_ops = {
    .count = count,
    .classes = classes,
    .root = root,
    .class_name = class_name,
    .name = name,
    .label = label,
    .label_shape = label_shape,
    .hint = hint,
    .part = part,
    .file_name = file_name,
    .read = read_part,
    .want = want,
    .fingerprint = fingerprint,
    .facts = facts,
    .destroy = destroy,
};

/* The opening of a container. */
typedef struct opening {
    tn__container_plan *plan;
    container *self;
    tn__listed_file *files;
    tn__draft *drafts; /* DRAFTS for each file */
    tn__classmap map;  /* the option class_map */
    tn__listing_watch watch;
} opening;

static int fail_file(const opening *job, const char *path)
{
    return tn__error_prefix("data set \"%s\": %s", job->plan->dataset->root, path);
}

static tn__listed_file file_of(const char *path, const struct stat *facts)
{
    return (tn__listed_file){.path = path,
                             .bytes = facts->st_size,
                             .stamp = tn__stamp(&facts->st_mtim),
                             .inode = facts->st_ino};
}

/* Reads the facts of all files. */
static int look_at_files(opening *job)
{
    const tn__shards *const paths = job->plan->files;
    job->files = calloc((size_t)paths->n + 1, sizeof *job->files);
    if (!job->files)
        return tn__fail_memory("a list of files", paths->n * sizeof *job->files);
    for (uint32_t i = 0; i < paths->n; i++) {
        struct stat facts;
        if (!tn__stat_at(job->self->folder, paths->names[i], &facts, 0)) {
            tn__fail_errno(errno);
            return fail_file(job, paths->names[i]);
        }
        job->files[i] = file_of(paths->names[i], &facts);
    }
    return TN_OK;
}

/* Lists an open file. Headers lie far apart, so the kernel must not read what lies between them. */
static int list_open(opening *job, uint32_t number, int descriptor)
{
    struct stat facts;
    if (!tn__stat_open(descriptor, &facts))
        return tn__fail_errno(errno);
    if (!S_ISREG(facts.st_mode))
        return tn__fail(TN_EIO, "is not a regular file");
    (void)posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM);
    job->files[number] = file_of(job->files[number].path, &facts);
    tn__draft *const drafts = job->drafts + (size_t)number * DRAFTS;
    for (int i = 0; i < DRAFTS; i++)
        drafts[i].file = number;
    const tn__container_file file = {.number = number,
                                     .path = job->files[number].path,
                                     .descriptor = descriptor,
                                     .bytes = facts.st_size,
                                     .watch = &job->watch};
    return job->plan->list(job->plan->context, &file, drafts);
}

static int list_file(void *shared, void *own, int64_t number)
{
    (void)own;
    opening *const job = shared;
    const char *const path = job->files[number].path;
    const int descriptor = tn__open_at(job->self->folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    int status = descriptor < 0 ? tn__fail_errno(errno) : TN_OK;
    if (descriptor >= 0) {
        status = list_open(job, (uint32_t)number, descriptor);
        close(descriptor);
    }
    return status == TN_OK ? TN_OK : fail_file(job, path);
}

/* Lists the files with threads. */
static int list_files(opening *job)
{
    const tn_dataset_options *const options = job->plan->dataset;
    const uint32_t n = job->plan->files->n;
    const tn__each_work work = {.name = "tench/list",
                                .n = n,
                                .n_threads = options->threads,
                                .shared = job,
                                .visit = list_file};
    tn__each each;
    tn__progress line;
    job->watch.stop = options->stop;
    job->drafts = calloc((size_t)n * DRAFTS + 1, sizeof *job->drafts);
    if (!job->drafts)
        return tn__fail_memory("a list of samples", n * DRAFTS * sizeof *job->drafts);
    const int status = tn__each_start(&each, &work);
    if (status != TN_OK)
        return status;
    tn__progress_begin(&line, options->progress == TN_YES);
    while (!tn__each_wait(&each, TN__PROGRESS_MS))
        tn__progress_show(&line, "listing: %lld members, %lld of %u files: %s",
                          atomic_load(&job->watch.n_members), (long long)tn__each_done(&each),
                          (unsigned)n, options->root);
    tn__progress_end(&line);
    return tn__each_end(&each);
}

static void add_classes(tn__text *key, const char *what, const tn__classmap *classes)
{
    for (int32_t label = 0; label < classes->n; label++) {
        tn__text_add(key, label == 0 ? what : ",");
        tn__text_json(key, classes->names[label]);
    }
}

/* Reads the class map, and completes the key: other classes make another listing. */
static int choose_classes(opening *job)
{
    tn__container_plan *const plan = job->plan;
    const char *const given = plan->dataset->class_map;
    const int status = given ? tn__classmap_read(given, plan->folder, &job->map) : TN_OK;
    if (status != TN_OK)
        return status;
    if (given && plan->classes)
        add_classes(&plan->key, " of=", plan->classes);
    if (given || plan->classes)
        add_classes(&plan->key, " classes=", given ? &job->map : plan->classes);
    return plan->key.failed ? tn__fail_memory("class names", plan->key.capacity) : TN_OK;
}

static int make_listing(opening *job)
{
    const tn__container_plan *const plan = job->plan;
    const tn__listing_cache cache = {.root = plan->dataset->root,
                                     .says = plan->dataset->progress == TN_YES};
    const char *const class_map = plan->dataset->class_map;
    tn__listing_wanted wanted = {.key = plan->key.chars,
                                 .files = job->files,
                                 .n_files = plan->files->n,
                                 .classes = class_map ? &job->map : plan->classes,
                                 .numbered = class_map ? plan->classes : NULL,
                                 .class_map = class_map,
                                 .in_natural_order = plan->in_natural_order,
                                 .n_threads = plan->dataset->threads};
    if (tn__listing_load(&cache, &wanted, &job->self->listing))
        return TN_OK;
    int status = list_files(job);
    wanted.drafts = job->drafts;
    wanted.n_drafts = (size_t)plan->files->n * DRAFTS;
    if (status == TN_OK)
        status = tn__listing_make(&wanted, &job->self->listing);
    if (status == TN_OK)
        tn__listing_save(&cache, &job->self->listing);
    return status;
}

/* True if the file is as it was when it was listed. */
static int check_file(const void *context, uint32_t file, int descriptor)
{
    const tn__listed_file then = tn__listing_file(context, file);
    struct stat facts;
    if (!tn__stat_open(descriptor, &facts))
        return tn__fail_errno(errno);
    const tn__listed_file now = file_of(then.path, &facts);
    return tn__listed_file_is_equal(&then, &now)
               ? TN_OK
               : tn__fail(TN_EIO, "has changed since the data set was opened");
}

static void name_file(const void *context, uint32_t file, char out[TN__NAME_BYTES])
{
    const char *const path = tn__listing_file(context, file).path;
    memcpy(out, path, strlen(path) + 1);
}

static int open_files(container *self)
{
    tn__files *const files = malloc(sizeof *files);
    if (!files)
        return tn__fail_memory("a list of files", sizeof *files);
    *files = (tn__files){.folder = self->folder,
                         .n = self->listing.n_files,
                         .name = name_file,
                         .check = check_file,
                         .context = &self->listing};
    self->files = files;
    return tn__files_make(files);
}

static int open_folder(const tn__container_plan *plan, container *self)
{
    self->root = strdup(plan->dataset->root);
    self->source.folder = strdup(plan->folder);
    if (!self->root || !self->source.folder)
        return tn__fail_memory("a path", strlen(plan->dataset->root));
    self->folder = tn__open(plan->folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (self->folder < 0)
        return tn__root_fail(plan->dataset->root);
    return TN_OK;
}

static int fail_empty(const opening *job)
{
    const tn_dataset_options *const options = job->plan->dataset;
    const long long n_unmapped = (long long)job->self->listing.left_out.unmapped_images;
    if (n_unmapped > 0)
        return tn__fail(TN_EINVAL,
                        "no images in \"%s\": none of its %lld is in a class of the class map "
                        "\"%s\"",
                        options->root, n_unmapped, options->class_map);
    return tn__fail(TN_EINVAL, "no images in \"%s\": %s", options->root, job->plan->nothing.chars);
}

static int fill(opening *job)
{
    const tn__container_plan *const plan = job->plan;
    int status = plan->nothing.failed ? tn__fail_memory("a text", plan->nothing.capacity) : TN_OK;
    if (status == TN_OK)
        status = open_folder(plan, job->self);
    if (status == TN_OK)
        status = look_at_files(job);
    if (status == TN_OK)
        status = choose_classes(job);
    if (status == TN_OK)
        status = make_listing(job);
    if (status == TN_OK && job->self->listing.n_samples == 0)
        status = fail_empty(job);
    return status == TN_OK ? open_files(job->self) : status;
}

static tn__source *open_container(tn__container_plan *plan)
{
    container *const self = calloc(1, sizeof *self);
    if (!self) {
        if (plan->reader)
            plan->free_reader(plan->reader);
        return tn__fail_null(TN_ENOMEM, "out of memory: a data set");
    }
    self->source.ops = &container_ops;
    self->folder = -1;
    self->read_coded = plan->read_coded;
    self->reader = plan->reader;
    self->free_reader = plan->free_reader;
    self->hint = plan->hint;
    opening job = {.plan = plan, .self = self};
    const int status = fill(&job);
    for (size_t i = 0; job.drafts && i < (size_t)plan->files->n * DRAFTS; i++)
        tn__draft_free(&job.drafts[i]);
    free(job.drafts);
    free(job.files);
    tn__classmap_free(&job.map);
    if (status == TN_OK)
        return &self->source;
    destroy(&self->source);
    return NULL;
}

tn__source *tn__container_open(tn__container_plan *plan)
{
    tn__source *const opened = open_container(plan);
    tn__text_free(&plan->key);
    tn__text_free(&plan->nothing);
    return opened;
}
