/* SPDX-License-Identifier: MIT */
/* Packs as sources. See source.h.
 *
 * A source shows all samples of the pack, or those of one split; the names of these begin below the
 * split's folder. Packed JPEGs and striped images have checksums for their rows, which the codec
 * checks; this file checks the checksum of any other file. A file that follows a striped image is
 * read for unpacking alone. */
#include "data/pack/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/open.h"
#include "base/read.h"
#include "cpu/checksum.h"
#include "data/files.h"
#include "data/pack/manifest.h"
#include "spec/options.h"

typedef struct pack {
    tn__source source;
    int descriptor; /* of the folder */
    tn__manifest manifest;
    tn__files *files; /* allocated apart, because it changes and sources are constant */
    /* The part of the manifest that this source shows. */
    int64_t first;
    const uint32_t *labels; /* by the sample's number in the manifest */
    size_t name_skip;       /* length of the split's folder, which begins each name */
} pack;

static const pack *pack_of(const tn__source *source)
{
    return (const pack *)source;
}

static const tn__pack_entry *entry_of(const pack *self, int64_t sample)
{
    return &self->manifest.entries[self->first + sample];
}

static size_t name(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES])
{
    const pack *const self = pack_of(source);
    const char *const known = self->manifest.names[self->first + sample] + self->name_skip;
    const size_t length = strlen(known);
    memcpy(out, known, length + 1);
    return length;
}

static void label(const tn__source *source, int64_t sample, tn__label *out)
{
    const pack *const self = pack_of(source);
    *out = (tn__label){.kind = TN_LABEL_INT, .n = 1, .value = self->labels[self->first + sample]};
}

/* The length of the record that a codec reads. */
static uint64_t record_length(const tn__pack_entry *entry)
{
    return entry->length - (entry->kind == TN__PACK_PIXELS_AND_FILE ? entry->file_bytes : 0);
}

static tn__part part(const tn__source *source, int64_t sample)
{
    const tn__pack_entry *const entry = entry_of(pack_of(source), sample);
    return (tn__part){.sample = sample,
                      .file = entry->shard,
                      .offset = (int64_t)entry->offset,
                      .length = (int64_t)record_length(entry)};
}

/* A record is at most RECORD_TIMES as long as its file, plus RECORD_MORE. A block takes at least
 * two bits in a JPEG. In a record, a block that is alone in its row of MCUs takes 12 bytes for the
 * row, and further bytes in proportion to its bits. Striped images are shorter. */
enum { RECORD_TIMES = 64, RECORD_MORE = 4096 };

/* Finds the length of the file that the record was made from. Version 1 of the manifest lacks it.
 */
static int find_file_bytes(const tn__pack_entry *entry, int file, uint64_t *file_bytes)
{
    uint8_t raw[8] = {0};
    *file_bytes = entry->file_bytes;
    if (*file_bytes > 0 || entry->kind == TN__PACK_FILE)
        return TN_OK;
    if (entry->length < TN__RECORD_HEAD)
        return tn__fail(TN_EIO, "the record is too short");
    if (!tn__read_at(file, raw, sizeof raw, (int64_t)(entry->offset + TN__RECORD_FILE_BYTES)))
        return errno ? tn__fail_errno(errno) : tn__fail(TN_EIO, "ends before the record");
    *file_bytes = tn__get_64(raw);
    return TN_OK;
}

/* Checks the limit against the length of the file, not of its record. */
static int check_limit(const tn__pack_entry *entry, uint64_t file_bytes, int64_t max_bytes)
{
    if (file_bytes > (uint64_t)max_bytes)
        return tn__fail(TN_ELIMIT, "%llu bytes; the limit is %lld", (unsigned long long)file_bytes,
                        (long long)max_bytes);
    const uint64_t length = record_length(entry);
    if (entry->kind != TN__PACK_FILE && length > RECORD_MORE &&
        (length - RECORD_MORE) / RECORD_TIMES > file_bytes)
        return tn__fail(TN_EDECODE, "%llu bytes are not a record of a file of %llu",
                        (unsigned long long)length, (unsigned long long)file_bytes);
    return TN_OK;
}

/* A record to read. */
typedef struct reading {
    const tn__pack_entry *entry;
    tn__extent extent;
    tn__buffer *buffer;
    int64_t *length;
} reading;

static int read_open(void *context, int file)
{
    const reading *const self = context;
    tn__extent extent = self->extent;
    uint64_t file_bytes;
    int status = find_file_bytes(self->entry, file, &file_bytes);
    if (status == TN_OK)
        status = check_limit(self->entry, file_bytes, extent.max_bytes);
    extent.max_bytes = INT64_MAX;
    if (status == TN_OK)
        status = tn__read_extent(file, extent, self->buffer, self->length);
    self->buffer->file_bytes = (int64_t)file_bytes;
    return status;
}

static int read_extent(const tn__source *source, const tn__part *part, tn__extent extent,
                       tn__buffer *buffer, int64_t *length)
{
    const pack *const self = pack_of(source);
    const tn__pack_entry *const entry = entry_of(self, part->sample);
    reading context = {.entry = entry, .extent = extent, .buffer = buffer};
    context.length = length;
    return tn__files_use(self->files, entry->shard, read_open, &context);
}

static int read_part(const tn__source *source, const tn__part *part, tn__extent extent,
                     tn__buffer *buffer, int64_t *length)
{
    const tn__pack_entry *const entry = entry_of(pack_of(source), part->sample);
    const int status = read_extent(source, part, extent, buffer, length);
    const bool is_whole = (int64_t)buffer->size == *length;
    if (status != TN_OK || !is_whole || entry->kind != TN__PACK_FILE)
        return status;
    if (tn__checksum(buffer->bytes, buffer->size) != entry->checksum)
        return tn__fail(TN_EIO, TN__PACK_SHARD ": the file in it is damaged: its checksum differs",
                        entry->shard);
    return TN_OK;
}

static void want(const tn__source *source, const tn__part *parts, int32_t n)
{
    const pack *const self = pack_of(source);
    for (int32_t p = 0; p < n; p++)
        tn__files_want(self->files, entry_of(self, parts[p].sample)->shard, parts[p].offset,
                       parts[p].length);
}

static void destroy(tn__source *source)
{
    pack *const self = (pack *)source;
    if (self->files)
        tn__files_free(self->files);
    free(self->files);
    if (self->descriptor >= 0)
        close(self->descriptor);
    tn__manifest_free(&self->manifest);
    tn__source_end(source);
    free(self);
}

static const tn__source_ops pack_ops = {
    .traits = TN__PACKED,
    .name = name,
    .label = label,
    .part = part,
    .read = read_part,
    .want = want,
    .destroy = destroy,
};

const tn__pack_entry *tn__pack_entry_of(const tn__source *source, int64_t sample)
{
    return source->ops->traits & TN__PACKED ? entry_of(pack_of(source), sample) : NULL;
}

int tn__pack_read_kept(const tn__source *source, int64_t sample, tn__buffer *buffer)
{
    const tn__pack_entry *const entry = entry_of(pack_of(source), sample);
    const tn__part whole = part(source, sample);
    const int64_t n_bytes = (int64_t)entry->file_bytes;
    const tn__extent extent = {.offset = whole.offset + whole.length,
                               .length = n_bytes,
                               .max_bytes = INT64_MAX,
                               .room = (size_t)n_bytes};
    int64_t length;
    return tn__files_read(pack_of(source)->files, entry->shard, extent, buffer, &length);
}

void tn__pack_identity(const tn__source *source, uint8_t out[16])
{
    const pack *const self = pack_of(source);
    uint8_t facts[32];
    tn__hash_128(self->manifest.bytes, self->manifest.n_bytes, facts);
    tn__put_64(facts + 16, (uint64_t)self->first);
    tn__put_64(facts + 24, (uint64_t)source->n_samples);
    tn__hash_128(facts, sizeof facts, out);
}

static void show_all(pack *self)
{
    const tn__manifest *const manifest = &self->manifest;
    self->source.n_samples = manifest->n_samples;
    self->source.n_classes = manifest->n_classes;
    self->source.class_names = manifest->class_names;
    self->source.fingerprint = manifest->fingerprint;
    self->labels = manifest->labels;
}

static int show_split(pack *self, const char *name)
{
    const tn__manifest *const manifest = &self->manifest;
    int32_t at = 0;
    while (at < manifest->n_splits && strcmp(manifest->splits[at].name, name) != 0)
        at++;
    if (at == manifest->n_splits)
        return tn__fail(TN_EINVAL, "data set \"%s\" has no split \"%s\"", self->source.root, name);
    const tn__manifest_split *const split = &manifest->splits[at];
    self->first = split->first;
    self->source.n_samples = split->n;
    self->source.n_classes = split->n_classes;
    self->source.class_names = split->class_names;
    self->source.fingerprint = split->fingerprint;
    self->labels = manifest->split_labels;
    self->name_skip = strlen(name) + 1;
    return TN_OK;
}

static void name_shard(const void *context, uint32_t shard, char out[TN__NAME_BYTES])
{
    (void)context;
    snprintf(out, TN__PACK_SHARD_NAME, TN__PACK_SHARD, shard);
}

static int open_files(pack *self)
{
    tn__files *const files = malloc(sizeof *files);
    if (!files)
        return tn__fail_memory("a list of shards", sizeof *files);
    *files =
        (tn__files){.folder = self->descriptor, .n = self->manifest.n_shards, .name = name_shard};
    self->files = files;
    return tn__files_make(files);
}

/* The files of a pack and their classes were chosen when it was made. */
static int refuse_choice(const tn_dataset_options *options)
{
    const tn__param *const param = tn__spec_param(&tn__options_dataset, "extensions", 10);
    if (strcmp(options->extensions, param->initial) != 0)
        return tn__fail(TN_EINVAL,
                        "data set \"%s\" is a pack: extensions cannot choose among its files",
                        options->root);
    if (options->class_map)
        return tn__fail(TN_EINVAL,
                        "data set \"%s\" is a pack: it has its classes, and class_map "
                        "cannot change them",
                        options->root);
    return TN_OK;
}

static int fill(pack *self, const tn_dataset_options *options)
{
    int status = refuse_choice(options);
    if (status != TN_OK)
        return status;
    status = tn__source_begin(&self->source, &pack_ops, options->root, NULL);
    if (status != TN_OK)
        return status;
    self->descriptor = tn__open(options->root, O_RDONLY | O_DIRECTORY);
    if (self->descriptor < 0)
        return tn__fail_system(errno, "data set \"%s\"", options->root);
    status = tn__manifest_read(self->descriptor, options->root, &self->manifest);
    if (status != TN_OK)
        return status;
    if (!options->split)
        show_all(self);
    else if (show_split(self, options->split) != TN_OK)
        return TN_EINVAL;
    if (self->manifest.weights)
        self->source.weights = self->manifest.weights + self->first;
    return open_files(self);
}

static tn__source *open_pack(const tn__source_options *options)
{
    pack *const self = calloc(1, sizeof *self);
    if (!self)
        return tn__fail_null(TN_ENOMEM, "out of memory: a data set");
    self->descriptor = -1;
    if (fill(self, options->dataset) == TN_OK)
        return &self->source;
    destroy(&self->source);
    return NULL;
}

static int claims(tn__root_facts *root)
{
    return tn__manifest_is_in(root->path);
}

static int list_splits(const tn__source_options *options, tn__splits *out)
{
    const char *const folder = options->dataset->root;
    const int is_there = tn__manifest_is_in(folder);
    if (is_there <= 0)
        return is_there == 0 ? TN_END : is_there;
    const int descriptor = tn__open(folder, O_RDONLY | O_DIRECTORY);
    if (descriptor < 0)
        return tn__fail_system(errno, "data set \"%s\"", folder);
    const int status = tn__manifest_splits(descriptor, folder, out);
    close(descriptor);
    return status;
}

const tn__source_kind tn__kind_pack = {
    .spec =
        {
            .name = "pack",
            .doc = "A pack that tench made of a data set. It has the splits of that data set.",
            .speed = "14 times Pillow",
            .shared = {tn__kind_params},
        },
    .needs_folder = true,
    .claims = claims,
    .splits = list_splits,
    .open = open_pack,
};
