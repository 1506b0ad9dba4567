/* SPDX-License-Identifier: MIT */
/* Samples that are files of their own, or bytes in memory. See samples.h.
 *
 * A sample whose name is its path takes one word, and its name. Others have a place besides, which
 * all samples get with the first of these. */
#include "data/samples.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/open.h"
#include "base/text.h"
#include "data/labels.h"

/* Where the file of a sample lies. */
typedef struct place {
    uint64_t at; /* of its path in `texts`, or of its bytes in `bytes` */
    uint64_t n_bytes;
    bool is_bytes;
} place;

struct tn__samples {
    tn__source source;
    int descriptor;  /* of the folder of relative paths */
    bool has_files;  /* not all samples are bytes */
    tn__blob names;  /* offsets in `texts`, as uint64_t */
    tn__blob places; /* of all samples, or of none: then the names are the paths */
    tn__text texts;  /* each with its NUL */
    tn__blob bytes;
    tn__blob weights; /* as float; empty: there are none */
    tn__labels labels;
    tn__classmap classes;
};

static const tn__samples *samples_of(const tn__source *source)
{
    return (const tn__samples *)source;
}

static uint64_t name_at(const tn__samples *self, int64_t sample)
{
    return ((const uint64_t *)(const void *)self->names.bytes)[sample];
}

static place place_of(const tn__samples *self, int64_t sample)
{
    if (self->places.size == 0)
        return (place){.at = name_at(self, sample)};
    return ((const place *)(const void *)self->places.bytes)[sample];
}

static size_t name(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES])
{
    const tn__samples *const self = samples_of(source);
    const char *const known = self->texts.chars + name_at(self, sample);
    const size_t length = strlen(known);
    memcpy(out, known, length + 1);
    return length;
}

static void label(const tn__source *source, int64_t sample, tn__label *out)
{
    tn__labels_at(&samples_of(source)->labels, sample, out);
}

static tn__part part(const tn__source *source, int64_t sample)
{
    const place at = place_of(samples_of(source), sample);
    return (tn__part){
        .sample = sample, .file = sample, .length = at.is_bytes ? (int64_t)at.n_bytes : -1};
}

static size_t file_name(const tn__source *source, int64_t file, char out[TN__NAME_BYTES])
{
    const tn__samples *const self = samples_of(source);
    const place at = place_of(self, file);
    const char *const path = at.is_bytes ? "" : self->texts.chars + at.at;
    const size_t length = strlen(path);
    memcpy(out, path, length + 1);
    return length;
}

static int read_part(const tn__source *source, const tn__part *part, tn__extent extent,
                     tn__buffer *buffer, int64_t *length)
{
    const tn__samples *const self = samples_of(source);
    const place at = place_of(self, part->sample);
    if (!at.is_bytes)
        return tn__read_file(self->descriptor, self->texts.chars + at.at, extent, buffer, length);
    const uint8_t *const bytes = at.n_bytes > 0 ? self->bytes.bytes + at.at : NULL;
    return tn__copy_extent(bytes, extent, buffer, length);
}

static void want(const tn__source *source, const tn__part *parts, int32_t n)
{
    const tn__samples *const self = samples_of(source);
    for (int32_t p = 0; p < n; p++) {
        const place at = place_of(self, parts[p].sample);
        if (!at.is_bytes)
            tn__want_file(self->descriptor, self->texts.chars + at.at, parts[p].offset,
                          parts[p].length);
    }
}

static void destroy(tn__source *source)
{
    tn__samples_free((tn__samples *)source);
}

static const tn__source_ops samples_ops = {
    .name = name,
    .label = label,
    .part = part,
    .file_name = file_name,
    .read = read_part,
    .want = want,
    .destroy = destroy,
};

void tn__samples_free(tn__samples *samples)
{
    if (samples->descriptor >= 0)
        close(samples->descriptor);
    tn__classmap_free(&samples->classes);
    tn__labels_free(&samples->labels);
    tn__blob_free(&samples->bytes);
    tn__blob_free(&samples->weights);
    tn__blob_free(&samples->names);
    tn__blob_free(&samples->places);
    tn__text_free(&samples->texts);
    tn__source_end(&samples->source);
    free(samples);
}

tn__samples *tn__samples_begin(const char *root, const char *folder, int32_t label_kind)
{
    tn__samples *const made = calloc(1, sizeof *made);
    if (!made)
        return tn__fail_null(TN_ENOMEM, "out of memory: a data set");
    tn__labels_init(&made->labels, label_kind);
    made->descriptor = tn__open(folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (made->descriptor < 0)
        tn__fail_system(errno, "data set \"%s\"", folder);
    else if (tn__source_begin(&made->source, &samples_ops, root, folder) == TN_OK)
        return made;
    tn__samples_free(made);
    return NULL;
}

static int add_text(tn__samples *self, const char *text, uint64_t *at)
{
    *at = self->texts.length;
    tn__text_add_bytes(&self->texts, text, strlen(text) + 1);
    return self->texts.failed ? tn__fail_memory("a list of files", strlen(text)) : TN_OK;
}

/* Gives a place to the samples so far, whose names are their paths. */
static int begin_places(tn__samples *self)
{
    int status = TN_OK;
    for (int64_t sample = 0; sample < self->source.n_samples && status == TN_OK; sample++) {
        const place at = {.at = name_at(self, sample)};
        status = tn__blob_add(&self->places, &at, sizeof at);
    }
    return status;
}

/* Adds the place of a sample that is not the file of its name. */
static int add_place(tn__samples *self, const tn__sample *sample)
{
    place at = {.n_bytes = sample->n_bytes, .is_bytes = !sample->path};
    int status = self->places.size == 0 ? begin_places(self) : TN_OK;
    if (at.is_bytes)
        at.at = self->bytes.size;
    if (status == TN_OK && sample->path)
        status = add_text(self, sample->path, &at.at);
    if (status == TN_OK && at.is_bytes && at.n_bytes > 0)
        status = tn__blob_add(&self->bytes, sample->bytes, sample->n_bytes);
    return status == TN_OK ? tn__blob_add(&self->places, &at, sizeof at) : status;
}

int tn__samples_add(tn__samples *samples, const tn__sample *sample, const tn__label *label)
{
    uint64_t name;
    const bool is_plain = sample->path && strcmp(sample->path, sample->name) == 0;
    int status = add_text(samples, sample->name, &name);
    if (status == TN_OK && (!is_plain || samples->places.size > 0))
        status = add_place(samples, sample);
    if (status == TN_OK)
        status = tn__blob_add(&samples->names, &name, sizeof name);
    if (status == TN_OK)
        status = tn__labels_add(&samples->labels, label);
    samples->has_files |= sample->path != NULL;
    samples->source.n_samples += status == TN_OK;
    return status;
}

void tn__samples_weigh(tn__samples *samples, tn__blob *weights)
{
    samples->weights = *weights;
    *weights = (tn__blob){0};
}

int64_t tn__samples_largest(const tn__samples *samples)
{
    return tn__labels_largest(&samples->labels);
}

/* Every integer must be a class; one that stands alone may be -1. */
static int check_labels(const tn__samples *self)
{
    const int32_t kind = self->labels.shape.kind;
    if (kind != TN_LABEL_INT && kind != TN_LABEL_INTS)
        return TN_OK;
    for (int64_t sample = 0; sample < self->source.n_samples; sample++) {
        tn__label label;
        tn__labels_at(&self->labels, sample, &label);
        const int64_t *const values = kind == TN_LABEL_INTS ? label.ints : &label.value;
        for (int64_t v = 0; v < label.n; v++)
            if (values[v] < (kind == TN_LABEL_INTS ? 0 : -1) || values[v] >= self->classes.n)
                return tn__fail(TN_EINVAL, "%s: its label is %lld; there are %d classes",
                                tn__source_name(&self->source, sample), (long long)values[v],
                                self->classes.n);
    }
    return TN_OK;
}

tn__source *tn__samples_finish(tn__samples *samples, tn__classmap *classes,
                               const tn_dataset_facts *left_out)
{
    tn__source *const source = &samples->source;
    samples->classes = *classes;
    source->n_classes = classes->n;
    source->class_names = classes->names;
    source->label_shape = samples->labels.shape;
    source->weights = (const float *)(const void *)samples->weights.bytes;
    source->left_out = *left_out;
    if (!samples->has_files) {
        free(source->folder);
        source->folder = NULL;
    }
    int status = check_labels(samples);
    if (status == TN_OK)
        status = tn__source_add_fingerprint(source);
    if (status == TN_OK)
        return source;
    tn__samples_free(samples);
    return NULL;
}
