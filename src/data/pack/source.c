/* SPDX-License-Identifier: MIT */
/* Packs as sources. See source.h.
 *
 * Shards are opened when they are first needed, and a limited number stays open. Packed JPEGs carry
 * checksums of their own, by rows, which the codec looks at; of other files the whole is checked
 * here. */
#include "data/pack/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/open.h"
#include "data/pack/manifest.h"
#include "jpeg/pack.h"

enum { MAX_OPEN = 256 }; /* shards that stay open */

typedef struct pack {
    tn__source source;
    int descriptor; /* of the folder */
    char *root;
    tn__manifest manifest;
    atomic_int *files; /* descriptors of the shards, plus one; 0: not open */
} pack;

static const pack *pack_of(const tn__source *source)
{
    return (const pack *)source;
}

static int64_t count(const tn__source *source)
{
    return pack_of(source)->manifest.n_samples;
}

static int32_t classes(const tn__source *source)
{
    return pack_of(source)->manifest.n_classes;
}

static const char *root(const tn__source *source)
{
    return pack_of(source)->root;
}

static const char *class_name(const tn__source *source, int64_t label)
{
    return pack_of(source)->manifest.class_names[label];
}

static const char *name(const tn__source *source, int64_t sample)
{
    return pack_of(source)->manifest.names[sample];
}

static int64_t label(const tn__source *source, int64_t sample)
{
    return pack_of(source)->manifest.labels[sample];
}

static int32_t parts(const tn__source *source, int64_t sample, tn__part out[TN__MAX_PARTS])
{
    const tn__pack_entry *const entry = &pack_of(source)->manifest.entries[sample];
    out[0] = (tn__part){.role = TN__ROLE_IMAGE,
                        .file = (int32_t)entry->shard,
                        .sample = sample,
                        .offset = (int64_t)entry->offset,
                        .length = (int64_t)entry->length};
    return 1;
}

/* Adds the shard's name to the recorded failure. */
static int fail_shard(uint32_t shard)
{
    return tn__error_prefix(TN__PACK_SHARD, shard);
}

/* A descriptor of the shard; *keep: it stays open. */
static int open_shard(const pack *self, uint32_t shard, bool *keep)
{
    const int known = atomic_load_explicit(&self->files[shard], memory_order_relaxed);
    *keep = shard < MAX_OPEN;
    if (known > 0)
        return known - 1;
    char path[TN__PACK_SHARD_NAME];
    snprintf(path, sizeof path, TN__PACK_SHARD, shard);
    const int file = tn__open_at(self->descriptor, path, O_RDONLY | O_NONBLOCK);
    if (file < 0)
        return tn__fail_system(errno, TN__PACK_SHARD, shard);
    int none = 0;
    if (*keep && !atomic_compare_exchange_strong(&self->files[shard], &none, file + 1)) {
        close(file); /* another thread was first */
        return none - 1;
    }
    return file;
}

static int read_extent(const tn__source *source, const tn__part *part, tn__extent extent,
                       tn__buffer *buffer, int64_t *length)
{
    bool keep = false;
    const int file = open_shard(pack_of(source), (uint32_t)part->file, &keep);
    if (file < 0)
        return file;
    const int status = tn__read_extent(file, extent, buffer, length);
    if (!keep)
        close(file);
    return status == TN_EIO ? fail_shard((uint32_t)part->file) : status;
}

static int head(const tn__source *source, const tn__part *part, int64_t max_bytes, size_t n_bytes,
                tn__buffer *buffer, int64_t *length)
{
    const tn__extent extent = {part->offset, part->length, max_bytes, 0, n_bytes};
    return read_extent(source, part, extent, buffer, length);
}

static int read_part(const tn__source *source, const tn__part *part, int64_t max_bytes, size_t room,
                     tn__buffer *buffer, int64_t *length)
{
    const tn__extent extent = {part->offset, part->length, max_bytes, room, TN__HEAD_BYTES};
    const tn__pack_entry *const entry = &pack_of(source)->manifest.entries[part->sample];
    const int status = read_extent(source, part, extent, buffer, length);
    const bool is_whole = (int64_t)buffer->size == *length;
    if (status != TN_OK || !is_whole || entry->kind == TN__PACK_COEFFICIENTS)
        return status;
    if (tn__pack_kernels_get()->hash(buffer->bytes, buffer->size) != entry->checksum)
        return tn__fail(TN_EIO, TN__PACK_SHARD ": the file in it is damaged: its checksum differs",
                        entry->shard);
    return TN_OK;
}

static uint64_t fingerprint(const tn__source *source)
{
    return pack_of(source)->manifest.fingerprint;
}

static void destroy(tn__source *source)
{
    pack *const self = (pack *)source;
    for (uint32_t shard = 0; self->files && shard < self->manifest.n_shards; shard++) {
        const int file = atomic_load(&self->files[shard]) - 1;
        if (file >= 0)
            close(file);
    }
    if (self->descriptor >= 0)
        close(self->descriptor);
    free(self->files);
    tn__manifest_free(&self->manifest);
    free(self->root);
    free(self);
}

static const tn__source_ops pack_ops = {
    .count = count,
    .classes = classes,
    .root = root,
    .class_name = class_name,
    .name = name,
    .label = label,
    .parts = parts,
    .read = read_part,
    .head = head,
    .fingerprint = fingerprint,
    .destroy = destroy,
};

bool tn__pack_is(const char *folder)
{
    return tn__manifest_is_in(folder);
}

bool tn__pack_is_source(const tn__source *source)
{
    return source->ops == &pack_ops;
}

const tn__pack_entry *tn__pack_entry_of(const tn__source *source, int64_t sample)
{
    return tn__pack_is_source(source) ? &pack_of(source)->manifest.entries[sample] : NULL;
}

void tn__pack_identity(const tn__source *source, uint8_t out[16])
{
    const tn__manifest *const manifest = &pack_of(source)->manifest;
    tn__hash_128(manifest->bytes, manifest->n_bytes, out);
}

static int fill(pack *self, const tn_dataset_options *options)
{
    if (options->class_map)
        return tn__fail(TN_EINVAL,
                        "data set \"%s\" is a pack: it has its classes, and class_map "
                        "cannot change them",
                        options->root);
    self->root = strdup(options->root);
    if (!self->root)
        return tn__fail_memory("a path", strlen(options->root));
    self->descriptor = tn__open(options->root, O_RDONLY | O_DIRECTORY);
    if (self->descriptor < 0)
        return tn__fail_system(errno, "data set \"%s\"", options->root);
    const int status = tn__manifest_read(self->descriptor, self->root, &self->manifest);
    if (status != TN_OK)
        return status;
    self->files = calloc(self->manifest.n_shards, sizeof *self->files);
    if (!self->files)
        return tn__fail_memory("a list of shards", self->manifest.n_shards * sizeof *self->files);
    return TN_OK;
}

tn__source *tn__pack_open(const tn_dataset_options *options)
{
    pack *const self = calloc(1, sizeof *self);
    if (!self)
        return tn__fail_null(TN_ENOMEM, "out of memory: a data set");
    self->source.ops = &pack_ops;
    self->descriptor = -1;
    if (fill(self, options) == TN_OK)
        return &self->source;
    destroy(&self->source);
    return NULL;
}
