/* SPDX-License-Identifier: MIT */
/* Images without headers as a source. See arrays.h. */
#include "data/arrays/arrays.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/open.h"
#include "base/text.h"
#include "data/files.h"
#include "flate/inflate.h"

/* The longest file, also after it was unpacked. */
static const int64_t most_bytes = (int64_t)1 << 30;

/* A block, and where its samples begin. */
typedef struct block {
    char *path;
    const char *split;
    int64_t first, step, n;
    int64_t sample; /* of its first image */
    int64_t number; /* of that image in the split */
    tn__blob bytes; /* of the whole file, if it does not stay on disk */
} block;

struct tn__arrays {
    tn__source source;
    int folder;
    tn__hint hint;
    bool is_whole;
    int32_t n_blocks;
    block blocks[TN__ARRAY_BLOCKS];
    tn__files *files; /* allocated apart, because it changes and sources are constant */
    tn__blob labels;  /* as int32_t */
    tn__classmap classes;
};

static const tn__arrays *arrays_of(const tn__source *source)
{
    return (const tn__arrays *)source;
}

static const block *block_of(const tn__arrays *self, int64_t sample)
{
    int32_t b = self->n_blocks - 1;
    while (self->blocks[b].sample > sample)
        b--;
    return &self->blocks[b];
}

static size_t name(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES])
{
    const tn__arrays *const self = arrays_of(source);
    const block *const at = block_of(self, sample);
    return (size_t)snprintf(out, TN__NAME_BYTES, "%s%s%05lld", self->is_whole ? at->split : "",
                            self->is_whole ? "/" : "",
                            (long long)(at->number + sample - at->sample));
}

static int32_t label_of(const tn__arrays *self, int64_t sample)
{
    return ((const int32_t *)(const void *)self->labels.bytes)[sample];
}

static void label(const tn__source *source, int64_t sample, tn__label *out)
{
    *out = (tn__label){.kind = TN_LABEL_INT, .n = 1, .value = label_of(arrays_of(source), sample)};
}

static const tn__hint *hint(const tn__source *source, int64_t sample)
{
    (void)sample;
    return &arrays_of(source)->hint;
}

static tn__part part(const tn__source *source, int64_t sample)
{
    const tn__arrays *const self = arrays_of(source);
    const block *const at = block_of(self, sample);
    return (tn__part){.sample = sample,
                      .file = at - self->blocks,
                      .offset = at->first + (sample - at->sample) * at->step,
                      .length = (int64_t)self->hint.w * self->hint.h * self->hint.channels};
}

static int read_part(const tn__source *source, const tn__part *part, tn__extent extent,
                     tn__buffer *buffer, int64_t *length)
{
    const tn__arrays *const self = arrays_of(source);
    const block *const at = &self->blocks[part->file];
    if (!at->bytes.bytes)
        return tn__files_read(self->files, (uint32_t)part->file, extent, buffer, length);
    return tn__copy_extent(at->bytes.bytes + extent.offset, extent, buffer, length);
}

static void want(const tn__source *source, const tn__part *parts, int32_t n)
{
    const tn__arrays *const self = arrays_of(source);
    for (int32_t p = 0; p < n; p++)
        if (!self->blocks[parts[p].file].bytes.bytes)
            tn__files_want(self->files, (uint32_t)parts[p].file, parts[p].offset, parts[p].length);
}

static void destroy(tn__source *source)
{
    tn__arrays_free((tn__arrays *)source);
}

static const tn__source_ops arrays_ops = {
    .name = name,
    .label = label,
    .hint = hint,
    .part = part,
    .read = read_part,
    .want = want,
    .destroy = destroy,
};

void tn__arrays_free(tn__arrays *arrays)
{
    if (arrays->files)
        tn__files_free(arrays->files);
    free(arrays->files);
    if (arrays->folder >= 0)
        close(arrays->folder);
    for (int32_t b = 0; b < arrays->n_blocks; b++) {
        free(arrays->blocks[b].path);
        tn__blob_free(&arrays->blocks[b].bytes);
    }
    tn__classmap_free(&arrays->classes);
    tn__blob_free(&arrays->labels);
    tn__source_end(&arrays->source);
    free(arrays);
}

tn__arrays *tn__arrays_begin(const char *root, const char *folder, const tn__hint *hint,
                             bool is_whole)
{
    tn__arrays *const made = calloc(1, sizeof *made);
    if (!made)
        return tn__fail_null(TN_ENOMEM, "out of memory: a data set");
    made->hint = *hint;
    made->is_whole = is_whole;
    made->folder = tn__open(folder, O_RDONLY | O_DIRECTORY);
    if (made->folder < 0)
        tn__fail_system(errno, "data set \"%s\"", folder);
    else if (tn__source_begin(&made->source, &arrays_ops, root, NULL) == TN_OK)
        return made;
    tn__arrays_free(made);
    return NULL;
}

int tn__arrays_add(tn__arrays *arrays, const tn__array_block *given, tn__blob *bytes)
{
    block *const at = &arrays->blocks[arrays->n_blocks];
    const block *const before = arrays->n_blocks > 0 ? at - 1 : NULL;
    const bool continues = before && strcmp(before->split, given->split) == 0;
    *at = (block){.path = strdup(given->path),
                  .split = given->split,
                  .first = given->first,
                  .step = given->step,
                  .n = given->n,
                  .sample = arrays->source.n_samples,
                  .number = continues ? before->number + before->n : 0};
    if (!at->path)
        return tn__fail_memory("a path", strlen(given->path));
    arrays->n_blocks++;
    arrays->source.n_samples += given->n;
    if (bytes) {
        at->bytes = *bytes;
        *bytes = (tn__blob){0};
    }
    return tn__blob_add(&arrays->labels, given->labels, (size_t)given->n * sizeof *given->labels);
}

static void name_file(const void *context, uint32_t file, char out[TN__NAME_BYTES])
{
    const tn__arrays *const self = context;
    snprintf(out, TN__NAME_BYTES, "%s", self->blocks[file].path);
}

static int check_labels(const tn__arrays *self)
{
    const tn__source *const source = &self->source;
    if (source->n_samples == 0)
        return tn__fail(TN_EDECODE, "data set \"%s\": its files have no images", source->root);
    for (int64_t sample = 0; sample < source->n_samples; sample++)
        if (label_of(self, sample) < 0 || label_of(self, sample) >= self->classes.n)
            return tn__fail(TN_EDECODE,
                            "data set \"%s\": image %s has the label %d; there are %d "
                            "classes",
                            source->root, tn__source_name(source, sample), label_of(self, sample),
                            self->classes.n);
    return TN_OK;
}

static int open_files(tn__arrays *self)
{
    self->files = calloc(1, sizeof *self->files);
    if (!self->files)
        return tn__fail_memory("a list of files", sizeof *self->files);
    *self->files = (tn__files){
        .folder = self->folder, .n = (uint32_t)self->n_blocks, .name = name_file, .context = self};
    return tn__files_make(self->files);
}

tn__source *tn__arrays_finish(tn__arrays *arrays, tn__classmap *classes)
{
    arrays->classes = *classes;
    arrays->source.n_classes = classes->n;
    arrays->source.class_names = classes->names;
    int status = check_labels(arrays);
    if (status == TN_OK)
        status = tn__source_add_fingerprint(&arrays->source);
    if (status == TN_OK)
        status = open_files(arrays);
    if (status == TN_OK)
        return &arrays->source;
    tn__arrays_free(arrays);
    return NULL;
}

static int unpack_some(tn__inflate *inflate, tn__inflate_io *io, tn__blob *out)
{
    if ((int64_t)out->size >= most_bytes)
        return tn__fail(TN_ELIMIT, "has more than %lld bytes when it is unpacked",
                        (long long)most_bytes);
    int status = tn__blob_reserve(out, out->size > 0 ? out->size : 1 << 20);
    if (status != TN_OK)
        return status;
    io->window = out->bytes;
    io->out = out->bytes + out->size;
    io->out_end = out->bytes + out->capacity;
    const int answer = tn__inflate_run(inflate, io);
    out->size = (size_t)(io->out - out->bytes);
    if (answer == TN__FLATE_BAD)
        return tn__fail(TN_EDECODE, "is damaged: %s", inflate->reason);
    if (answer == TN__FLATE_NEEDS_INPUT)
        return tn__fail(TN_EDECODE, "is cut off");
    return answer == TN__FLATE_DONE ? TN_END : TN_OK;
}

/* Unpacks one gzip member. */
static int unpack(const tn__buffer *packed, tn__blob *out)
{
    tn__inflate *const inflate = malloc(sizeof *inflate);
    if (!inflate)
        return tn__fail_memory("unpacking", sizeof *inflate);
    tn__inflate_io io = {.in = packed->bytes, .in_end = packed->bytes + packed->size};
    tn__inflate_open(inflate, TN__FLATE_GZIP);
    int status = TN_OK;
    while (status == TN_OK)
        status = unpack_some(inflate, &io, out);
    free(inflate);
    if (status == TN_END && io.in != io.in_end)
        return tn__fail(TN_EDECODE, "has bytes after its end");
    return status == TN_END ? TN_OK : status;
}

static int read_file(const char *path, tn__buffer *buffer)
{
    const tn__extent all = {.length = -1, .max_bytes = most_bytes, .n_bytes = SIZE_MAX};
    int64_t length;
    return tn__read_file(AT_FDCWD, path, all, buffer, &length);
}

static bool is_missing(int status)
{
    return status == TN_EIO && tn__error_last()->system_error == ENOENT;
}

/* Reads the file at `path`, or the one with ".gz" after it; `path` becomes the one that was read.
 */
static int read_either(tn__text *path, tn__blob *out, bool *is_packed)
{
    tn__buffer buffer = {0};
    int status = read_file(path->chars, &buffer);
    *is_packed = is_missing(status);
    if (*is_packed) {
        tn__text_add(path, ".gz");
        status = path->failed ? tn__fail_memory("a path", path->capacity)
                              : read_file(path->chars, &buffer);
    }
    if (status == TN_OK)
        status = *is_packed ? unpack(&buffer, out) : tn__blob_add(out, buffer.bytes, buffer.size);
    tn__buffer_free(&buffer);
    return status;
}

int tn__arrays_read(const char *folder, const char *path, tn__blob *out, bool *is_packed)
{
    tn__text full = {0};
    tn__text_printf(&full, "%s/%s", folder, path);
    int status =
        full.failed ? tn__fail_memory("a path", full.capacity) : read_either(&full, out, is_packed);
    if (is_missing(status))
        status = tn__fail(TN_EIO,
                          "%s/%s: no such file, nor one with .gz after its name; the files of all "
                          "splits lie in one folder",
                          folder, path);
    else if (status != TN_OK && status != TN_ENOMEM)
        status = tn__error_prefix("%s", full.chars);
    tn__text_free(&full);
    return status;
}

int tn__arrays_has(const tn__root_facts *root, const char *folder, const char *file)
{
    static const char *const endings[] = {"", ".gz"};
    char path[96];
    int answer = 0;
    for (int e = 0; e < 2 && answer == 0; e++) {
        snprintf(path, sizeof path, "%s%s%s%s", folder, folder[0] ? "/" : "", file, endings[e]);
        answer = tn__root_has(root, path);
    }
    return answer;
}

int tn__arrays_check_options(const tn__source_options *options, const char *name)
{
    if (!options->dataset->class_map)
        return TN_OK;
    return tn__fail(TN_EINVAL,
                    "data set \"%s\": %s has its classes, and class_map cannot change them",
                    options->dataset->root, name);
}

int tn__arrays_splits(const tn__source_options *options, tn__splits *out)
{
    (void)options;
    *out = (tn__splits){.n = 2, .names = {"test", "train"}};
    return TN_OK;
}
