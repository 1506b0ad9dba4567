/* SPDX-License-Identifier: MIT */
/* Writes manifests. See write_manifest.h. */
#include "jobs/pack/write_manifest.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/folder.h"
#include "base/open.h"
#include "base/write.h"
#include "cpu/checksum.h"
#include "data/pack/manifest.h"
#include "jobs/pack/inputs.h"

#define PART TN__PACK_MANIFEST ".part"

/* The split of a sample; NULL: the data set has no splits. */
static const tn__packed_split *split_of(const tn__packed_set *set, int64_t sample)
{
    int32_t split = set->n_splits - 1;
    while (split > 0 && set->splits[split].first > sample)
        split--;
    return split >= 0 ? &set->splits[split] : NULL;
}

static int add_entries(const tn__packed_set *set, tn__blob *out)
{
    const tn__source *const source = set->source;
    const float *const weights = source->weights;
    int status = TN_OK;
    const int64_t n = source->n_samples;
    for (int64_t i = 0; i < n && status == TN_OK; i++) {
        const tn__pack_entry *const entry = &set->entries[i];
        const tn__packed_split *const split = split_of(set, i);
        uint8_t raw[TN__MANIFEST_ENTRY] = {0};
        tn__put_64(raw + TN__ENTRY_OFFSET, entry->offset);
        tn__put_64(raw + TN__ENTRY_LENGTH, entry->length);
        tn__put_64(raw + TN__ENTRY_CHECKSUM, entry->checksum);
        tn__put_32(raw + TN__ENTRY_SHARD, entry->shard);
        tn__put_32(raw + TN__ENTRY_LABEL,
                   entry->kind << TN__MANIFEST_LABEL_BITS | (uint32_t)tn__source_class(source, i));
        tn__put_64(raw + TN__ENTRY_FILE_BYTES, entry->file_bytes);
        if (split)
            tn__put_32(raw + TN__ENTRY_SPLIT_LABEL,
                       (uint32_t)tn__source_class(split->source, i - split->first));
        if (weights)
            memcpy(raw + TN__ENTRY_WEIGHT, &weights[i], sizeof weights[i]);
        status = tn__blob_add(out, raw, sizeof raw);
    }
    return status;
}

static int add_classes(const tn__source *source, tn__blob *out, uint64_t *n_bytes)
{
    int status = TN_OK;
    const size_t before = out->size;
    for (int64_t i = 0; i < source->n_classes && status == TN_OK; i++) {
        const char *const name = source->class_names[i];
        status = tn__blob_add(out, name, strlen(name) + 1);
    }
    *n_bytes = out->size - before;
    return status;
}

static int add_names(const tn__source *source, tn__blob *out, uint64_t *n_bytes)
{
    int status = TN_OK;
    const size_t before = out->size;
    for (int64_t i = 0; i < source->n_samples && status == TN_OK; i++) {
        const char *const name = tn__source_name(source, i);
        status = tn__blob_add(out, name, strlen(name) + 1);
    }
    *n_bytes = out->size - before;
    return status;
}

/* Adds the table of splits, and after it the names of their classes. */
static int add_splits(const tn__packed_set *set, tn__blob *out, uint64_t *n_bytes)
{
    const size_t table = out->size;
    int status = tn__blob_add(out, NULL, (size_t)set->n_splits * TN__MANIFEST_SPLIT);
    for (int32_t i = 0; i < set->n_splits && status == TN_OK; i++) {
        const tn__packed_split *const split = &set->splits[i];
        const tn__source *const source = split->source;
        uint64_t class_bytes = 0;
        status = add_classes(source, out, &class_bytes);
        if (status != TN_OK)
            break;
        uint8_t *const raw = out->bytes + table + (size_t)i * TN__MANIFEST_SPLIT;
        snprintf((char *)raw + TN__SPLIT_NAME, TN__SPLIT_NAME_BYTES, "%s", split->name);
        tn__put_64(raw + TN__SPLIT_FINGERPRINT, source->fingerprint);
        tn__put_64(raw + TN__SPLIT_FIRST, (uint64_t)split->first);
        tn__put_64(raw + TN__SPLIT_SAMPLES, (uint64_t)source->n_samples);
        tn__put_64(raw + TN__SPLIT_CLASS_BYTES, class_bytes);
        tn__put_32(raw + TN__SPLIT_CLASSES, (uint32_t)source->n_classes);
    }
    *n_bytes = out->size - table;
    return status;
}

static bool has_pixels(const tn__packed_set *set)
{
    const int64_t n = set->source->n_samples;
    for (int64_t i = 0; i < n; i++)
        if (set->entries[i].kind >= TN__PACK_PIXELS)
            return true;
    return false;
}

static uint8_t version_of(const tn__packed_set *set)
{
    return set->source->weights ? TN__MANIFEST_WEIGHTS
           : has_pixels(set)    ? TN__MANIFEST_PIXELS
                                : TN__MANIFEST_PLAIN;
}

static int make(const tn__packed_set *set, tn__blob *out)
{
    const tn__source *const source = set->source;
    uint64_t class_bytes = 0, name_bytes = 0, split_bytes = 0;
    int status = tn__blob_add(out, NULL, TN__MANIFEST_HEAD);
    if (status == TN_OK)
        status = add_entries(set, out);
    if (status == TN_OK)
        status = add_classes(source, out, &class_bytes);
    if (status == TN_OK)
        status = add_names(source, out, &name_bytes);
    if (status == TN_OK)
        status = add_splits(set, out, &split_bytes);
    if (status != TN_OK)
        return status;
    uint8_t *const at = out->bytes;
    memcpy(at, tn__manifest_magic, TN__PACK_MAGIC);
    at[TN__PACK_VERSION_AT] = version_of(set);
    tn__put_64(at + TN__MANIFEST_SIZE, out->size);
    tn__put_64(at + TN__MANIFEST_FINGERPRINT, source->fingerprint);
    tn__put_64(at + TN__MANIFEST_SAMPLES, (uint64_t)source->n_samples);
    tn__put_32(at + TN__MANIFEST_SHARDS, set->n_shards);
    tn__put_32(at + TN__MANIFEST_CLASSES, (uint32_t)source->n_classes);
    tn__put_64(at + TN__MANIFEST_CLASS_BYTES, class_bytes);
    tn__put_64(at + TN__MANIFEST_NAME_BYTES, name_bytes);
    tn__put_32(at + TN__MANIFEST_SPLITS, (uint32_t)set->n_splits);
    tn__put_64(at + TN__MANIFEST_SPLIT_BYTES, split_bytes);
    tn__put_64(at + TN__MANIFEST_CHECKSUM,
               tn__checksum(at + TN__MANIFEST_SIZE, out->size - TN__MANIFEST_SIZE));
    return TN_OK;
}

/* Removes the journal before it gives the manifest its name: a complete pack has no journal. */
static int store(int folder, const char *path, const tn__blob *manifest)
{
    (void)unlinkat(folder, PART, 0); /* never write through a file or link that exists */
    const int file = tn__open_at(folder, PART, O_WRONLY | O_CREAT | O_EXCL);
    bool good = file >= 0 && tn__write_all(file, manifest->bytes, manifest->size);
    good = good && tn__file_sync(file);
    if (file >= 0)
        good = (close(file) == 0 || errno == EINTR) && good;
    good = good && (unlinkat(folder, TN__PACK_JOURNAL, 0) == 0 || errno == ENOENT);
    good = good && renameat(folder, PART, folder, TN__PACK_MANIFEST) == 0;
    return good ? TN_OK : tn__fail_write(path, TN__PACK_MANIFEST);
}

int tn__manifest_write(int folder, const char *path, const tn__packed_set *set, bool *synced)
{
    tn__blob manifest = {0};
    int status = make(set, &manifest);
    if (status == TN_OK)
        status = store(folder, path, &manifest);
    tn__blob_free(&manifest);
    *synced = status != TN_OK || tn__folder_sync(folder);
    return status;
}
