/* SPDX-License-Identifier: MIT */
/* Joins splits. See joined.h. */
#include "data/joined.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/natural.h"

typedef struct joined {
    tn__source source;
    tn__splits splits;
    tn__source *parts[TN__MAX_SPLITS];
    int64_t first[TN__MAX_SPLITS + 1]; /* sample of each part; then the number of samples */
    const char **class_names;          /* the names belong to the parts */
    int32_t *classes[TN__MAX_SPLITS];  /* by the part's own class; NULL: the numbers are the same */
    float *weights;
} joined;

static const joined *joined_of(const tn__source *source)
{
    return (const joined *)source;
}

/* The part that has a sample; *sample becomes its number there. */
static int32_t find_part(const joined *self, int64_t *sample)
{
    int32_t part = self->splits.n - 1;
    while (part > 0 && self->first[part] > *sample)
        part--;
    *sample -= self->first[part];
    return part;
}

static size_t name(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES])
{
    const joined *const self = joined_of(source);
    const int32_t part = find_part(self, &sample);
    const char *const split = self->splits.names[part];
    const size_t n_split = strlen(split);
    char below[TN__NAME_BYTES];
    const size_t n = self->parts[part]->ops->name(self->parts[part], sample, below);
    memcpy(out, split, n_split);
    out[n_split] = '/';
    memcpy(out + n_split + 1, below, n + 1); /* check_names has made sure that it fits */
    return n_split + 1 + n;
}

static void label(const tn__source *source, int64_t sample, tn__label *out)
{
    const joined *const self = joined_of(source);
    const int32_t part = find_part(self, &sample);
    self->parts[part]->ops->label(self->parts[part], sample, out);
    if (self->classes[part] && out->value >= 0 && out->value < self->parts[part]->n_classes)
        out->value = self->classes[part][out->value];
}

static const tn__hint *hint(const tn__source *source, int64_t sample)
{
    const joined *const self = joined_of(source);
    const int32_t part = find_part(self, &sample);
    return tn__source_hint(self->parts[part], sample);
}

/* Files get numbers that tell their parts apart. */
static tn__part part_of(const tn__source *source, int64_t sample)
{
    const joined *const self = joined_of(source);
    const int32_t number = find_part(self, &sample);
    tn__part part = self->parts[number]->ops->part(self->parts[number], sample);
    part.sample += self->first[number];
    part.file = part.file * self->splits.n + number;
    return part;
}

/* The source that made a part; *part becomes what that source calls it. */
static const tn__source *owner_of(const joined *self, tn__part *part)
{
    part->file /= self->splits.n;
    return self->parts[find_part(self, &part->sample)];
}

static int read_part(const tn__source *source, const tn__part *part, tn__extent extent,
                     tn__buffer *buffer, int64_t *length)
{
    tn__part own = *part;
    const tn__source *const owner = owner_of(joined_of(source), &own);
    return owner->ops->read(owner, &own, extent, buffer, length);
}

static void want(const tn__source *source, const tn__part *parts, int32_t n)
{
    for (int32_t p = 0; p < n; p++) {
        tn__part own = parts[p];
        const tn__source *const owner = owner_of(joined_of(source), &own);
        if (owner->ops->want)
            owner->ops->want(owner, &own, 1);
    }
}

static void destroy(tn__source *source)
{
    joined *const self = (joined *)source;
    for (int32_t p = 0; p < self->splits.n; p++) {
        self->parts[p]->ops->destroy(self->parts[p]);
        free(self->classes[p]);
    }
    free(self->class_names);
    free(self->weights);
    tn__source_end(source);
    free(self);
}

static const tn__source_ops joined_ops = {
    .name = name,
    .label = label,
    .hint = hint,
    .part = part_of,
    .read = read_part,
    .want = want,
    .destroy = destroy,
};

static int fail_part(const joined *self, int32_t part, const char *reason)
{
    return tn__fail(TN_EINVAL, "data set \"%s\": its split \"%s\" %s; open one split at a time",
                    self->source.root, self->splits.names[part], reason);
}

/* All labels are of one kind. */
static int join_shapes(joined *self)
{
    tn__label_shape *const shape = &self->source.label_shape;
    *shape = self->parts[0]->label_shape;
    for (int32_t p = 1; p < self->splits.n; p++) {
        const tn__label_shape own = self->parts[p]->label_shape;
        if (own.kind != shape->kind)
            return fail_part(self, p, "has labels of another kind than the others");
        if (own.kind == TN_LABEL_FLOATS && own.most != shape->most)
            return fail_part(self, p, "has labels of another length than the others");
        if (own.most > shape->most)
            shape->most = own.most;
    }
    return TN_OK;
}

static void join_facts(joined *self)
{
    tn_dataset_facts *const all = &self->source.left_out;
    for (int32_t p = 0; p < self->splits.n; p++) {
        const tn_dataset_facts *const own = &self->parts[p]->left_out;
        all->unmapped_folders += own->unmapped_folders;
        all->unmapped_images += own->unmapped_images;
        all->other_files += own->other_files;
        all->repeated_paths += own->repeated_paths;
        all->other_members += own->other_members;
        all->other_keys += own->other_keys;
        all->without_image += own->without_image;
        all->negative_labels += own->negative_labels;
        all->other_containers += own->other_containers;
        if (!all->first_container)
            all->first_container = own->first_container;
    }
}

static int join_weights(joined *self)
{
    const bool has_some = self->parts[0]->weights != NULL;
    for (int32_t p = 1; p < self->splits.n; p++)
        if ((self->parts[p]->weights != NULL) != has_some)
            return fail_part(self, p,
                             has_some ? "has no weights, but others have"
                                      : "has weights, but others have none");
    const size_t n = has_some ? (size_t)self->source.n_samples : 0;
    self->weights = n > 0 ? malloc(n * sizeof *self->weights) : NULL;
    if (n > 0 && !self->weights)
        return tn__fail_memory("weights", n * sizeof *self->weights);
    for (int32_t p = 0; p < self->splits.n && n > 0; p++)
        memcpy(self->weights + self->first[p], self->parts[p]->weights,
               (size_t)self->parts[p]->n_samples * sizeof *self->weights);
    self->source.weights = self->weights;
    return TN_OK;
}

static bool begins_with_classes(const tn__source *longest, const tn__source *other)
{
    for (int32_t c = 0; c < other->n_classes; c++)
        if (strcmp(other->class_names[c], longest->class_names[c]) != 0)
            return false;
    return true;
}

/* The part whose list of classes begins with those of all others; -1: there is none. */
static int32_t find_longest(const joined *self)
{
    int32_t longest = 0;
    for (int32_t p = 1; p < self->splits.n; p++)
        if (self->parts[p]->n_classes > self->parts[longest]->n_classes)
            longest = p;
    for (int32_t p = 0; p < self->splits.n; p++)
        if (!begins_with_classes(self->parts[longest], self->parts[p]))
            return -1;
    return longest;
}

/* Appends the names of a part's classes. */
static void add_names(joined *self, int32_t part)
{
    const tn__source *const own = self->parts[part];
    for (int32_t c = 0; c < own->n_classes; c++)
        self->class_names[self->source.n_classes++] = own->class_names[c];
}

static int compare_names(const void *a, const void *b)
{
    return tn__natural_compare(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the names, and removes those that are there already. */
static void sort_names(joined *self)
{
    const int32_t n_all = self->source.n_classes;
    int32_t n = 0;
    if (n_all > 0)
        qsort(self->class_names, (size_t)n_all, sizeof *self->class_names, compare_names);
    for (int32_t c = 0; c < n_all; c++)
        if (n == 0 || strcmp(self->class_names[n - 1], self->class_names[c]) != 0)
            self->class_names[n++] = self->class_names[c];
    self->source.n_classes = n;
}

/* Finds the joined number of each class of a part. */
static int number_classes(joined *self, int32_t part)
{
    const tn__source *const own = self->parts[part];
    const int32_t n = own->n_classes;
    int32_t *const numbers = calloc((size_t)n + 1, sizeof *numbers);
    if (!numbers)
        return tn__fail_memory("classes", (size_t)n * sizeof *numbers);
    self->classes[part] = numbers;
    for (int32_t c = 0; c < n; c++) {
        const char *const wanted = own->class_names[c];
        const char **const at = bsearch(&wanted, self->class_names, (size_t)self->source.n_classes,
                                        sizeof *self->class_names, compare_names);
        numbers[c] = (int32_t)(at - self->class_names);
    }
    return TN_OK;
}

static int join_classes(joined *self)
{
    size_t n = 1;
    for (int32_t p = 0; p < self->splits.n; p++)
        n += (size_t)self->parts[p]->n_classes;
    self->class_names = n <= INT32_MAX ? calloc(n, sizeof *self->class_names) : NULL;
    if (!self->class_names)
        return tn__fail_memory("classes", n * sizeof *self->class_names);
    self->source.class_names = self->class_names;
    const int32_t longest = find_longest(self);
    if (longest >= 0) {
        add_names(self, longest);
        return TN_OK;
    }
    if (self->source.label_shape.kind != TN_LABEL_INT)
        return fail_part(self, 0, "has other classes than the others, and several in one label");
    for (int32_t p = 0; p < self->splits.n; p++)
        add_names(self, p);
    sort_names(self);
    int status = TN_OK;
    for (int32_t p = 0; p < self->splits.n && status == TN_OK; p++)
        status = number_classes(self, p);
    return status;
}

/* Checks that names fit, with those of their splits. */
static int check_names(const joined *self)
{
    char below[TN__NAME_BYTES];
    for (int32_t p = 0; p < self->splits.n; p++) {
        const tn__source *const own = self->parts[p];
        const size_t n_split = strlen(self->splits.names[p]) + 1;
        for (int64_t i = 0; i < own->n_samples; i++)
            if (own->ops->name(own, i, below) + n_split >= TN__NAME_BYTES)
                return fail_part(self, p, "has a name that is too long to join it to the others");
    }
    return TN_OK;
}

static int join(joined *self)
{
    for (int32_t p = 0; p < self->splits.n; p++)
        if (self->parts[p]->ops->traits & TN__PACKED)
            return fail_part(self, p, "is a pack");
    for (int32_t p = 0; p < self->splits.n; p++)
        self->first[p + 1] = self->first[p] + self->parts[p]->n_samples;
    self->source.n_samples = self->first[self->splits.n];
    join_facts(self);
    int status = join_shapes(self);
    if (status == TN_OK)
        status = join_weights(self);
    if (status == TN_OK)
        status = join_classes(self);
    if (status == TN_OK)
        status = check_names(self);
    return status == TN_OK ? tn__source_add_fingerprint(&self->source) : status;
}

tn__source *tn__joined_open(const char *root, const tn__splits *splits,
                            tn__source *const parts[TN__MAX_SPLITS])
{
    joined *const self = calloc(1, sizeof *self);
    if (!self) {
        for (int32_t p = 0; p < splits->n; p++)
            parts[p]->ops->destroy(parts[p]);
        return tn__fail_null(TN_ENOMEM, "out of memory: a data set");
    }
    self->splits = *splits;
    memcpy(self->parts, parts, (size_t)splits->n * sizeof *parts);
    if (tn__source_begin(&self->source, &joined_ops, root, NULL) == TN_OK && join(self) == TN_OK)
        return &self->source;
    destroy(&self->source);
    return NULL;
}
