/* SPDX-License-Identifier: MIT */
/* Reading and writing manifests. See manifest.h. */
#include "data/pack/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/folder.h"
#include "base/open.h"
#include "base/text.h"
#include "base/write.h"
#include "data/classmap.h"
#include "data/pack/inputs.h"
#include "data/pack/names.h"
#include "jpeg/pack.h"
#include "tench.h"

const uint8_t tn__manifest_magic[TN__PACK_MAGIC] = {0x8a, 'T', 'N', 'P', 'A', 'C', 'K', 1};
#define PART TN__PACK_MANIFEST ".part"

static uint64_t hash(const void *bytes, size_t n_bytes)
{
    return tn__pack_kernels_get()->hash(bytes, n_bytes);
}

bool tn__manifest_is_in(const char *folder)
{
    tn__text path = {0};
    struct stat facts;
    tn__text_add(&path, folder);
    tn__text_add(&path, "/" TN__PACK_MANIFEST);
    const bool found = !path.failed && tn__stat(path.chars, &facts);
    tn__text_free(&path);
    return found;
}

static int fail_read(const char *path, const char *what)
{
    return tn__fail(TN_EDECODE, "%s/" TN__PACK_MANIFEST ": %s", path, what);
}

/* A name is a path below the pack's folder, or what is unpacked would land elsewhere. */
static bool is_safe_name(const char *name)
{
    for (;;) {
        const size_t n = strcspn(name, "/");
        if (n == 0 || (n == 1 && name[0] == '.') || (n == 2 && name[0] == '.' && name[1] == '.'))
            return false;
        if (name[n] == '\0')
            return true;
        name += n + 1;
    }
}

/* `n` texts, each with its NUL, that fill n_bytes. */
static bool find_texts(const uint8_t *bytes, uint64_t n_bytes, int64_t n, const char **out)
{
    const uint8_t *at = bytes, *const end = bytes + n_bytes;
    for (int64_t i = 0; i < n; i++) {
        const uint8_t *const nul = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
        if (!nul)
            return false;
        out[i] = (const char *)at;
        at = nul + 1;
    }
    return at == end;
}

static bool read_entries(tn__manifest *manifest)
{
    const uint8_t *at = manifest->bytes + TN__MANIFEST_ENTRIES;
    for (int64_t i = 0; i < manifest->n_samples; i++, at += TN__MANIFEST_ENTRY) {
        tn__pack_entry *const entry = &manifest->entries[i];
        const uint32_t last = tn__get_32(at + 28);
        *entry = (tn__pack_entry){.offset = tn__get_64(at),
                                  .length = tn__get_64(at + 8),
                                  .checksum = tn__get_64(at + 16),
                                  .shard = tn__get_32(at + 24),
                                  .kind = last >> TN__MANIFEST_LABEL_BITS};
        manifest->labels[i] = last & ((1u << TN__MANIFEST_LABEL_BITS) - 1);
        if (entry->shard >= manifest->n_shards || entry->offset > INT64_MAX ||
            entry->length > INT64_MAX - entry->offset ||
            manifest->labels[i] >= (uint32_t)manifest->n_classes ||
            (entry->kind != TN__PACK_COEFFICIENTS && entry->kind != TN__PACK_FILE))
            return false;
    }
    return true;
}

static int take_memory(tn__manifest *manifest)
{
    const size_t n = (size_t)manifest->n_samples, classes = (size_t)manifest->n_classes;
    manifest->entries = calloc(n, sizeof *manifest->entries);
    manifest->labels = calloc(n, sizeof *manifest->labels);
    manifest->names = calloc(n, sizeof *manifest->names);
    manifest->class_names = calloc(classes, sizeof *manifest->class_names);
    if (manifest->entries && manifest->labels && manifest->names && manifest->class_names)
        return TN_OK;
    return tn__fail_memory("a manifest", n * sizeof *manifest->entries);
}

/* Sizes that are in the file, and whether they are all of it. */
static bool check_sizes(tn__manifest *manifest, uint64_t size, uint64_t *classes, uint64_t *names)
{
    const uint8_t *const bytes = manifest->bytes;
    const uint64_t n = tn__get_64(bytes + TN__MANIFEST_SAMPLES);
    const uint32_t n_classes = tn__get_32(bytes + TN__MANIFEST_CLASSES);
    const uint64_t room = size - TN__MANIFEST_ENTRIES;
    *classes = tn__get_64(bytes + TN__MANIFEST_CLASS_BYTES);
    *names = tn__get_64(bytes + TN__MANIFEST_NAME_BYTES);
    manifest->n_samples = (int64_t)n;
    manifest->n_classes = (int32_t)n_classes;
    manifest->n_shards = tn__get_32(bytes + TN__MANIFEST_SHARDS);
    manifest->fingerprint = tn__get_64(bytes + TN__MANIFEST_FINGERPRINT);
    return tn__get_64(bytes + TN__MANIFEST_SIZE) == size && n > 0 &&
           n <= room / TN__MANIFEST_ENTRY && n_classes > 0 && n_classes <= TN__MAX_CLASSES &&
           manifest->n_shards > 0 && manifest->n_shards <= n && *classes <= room &&
           *names <= room && n * TN__MANIFEST_ENTRY + *classes + *names == room;
}

/* Each name is one file, and none is also the folder of another: else not all could be unpacked. */
static int check_names(const tn__manifest *manifest, const char *path)
{
    tn__name_clash clash;
    const int status = tn__names_check(manifest->names, manifest->n_samples, &clash);
    if (status != TN_OK || clash.kind == TN__NAMES_UNIQUE)
        return status;
    return tn__fail(TN_EDECODE,
                    clash.kind == TN__NAMES_TWICE
                        ? "%s/" TN__PACK_MANIFEST ": is damaged: it has \"%s\" twice"
                        : "%s/" TN__PACK_MANIFEST
                          ": is damaged: it has \"%s\" as a file and as a folder",
                    path, manifest->names[clash.sample]);
}

static int parse(tn__manifest *manifest, uint64_t size, const char *path)
{
    const uint8_t *const bytes = manifest->bytes;
    uint64_t class_bytes, name_bytes;
    if (size < TN__MANIFEST_ENTRIES || memcmp(bytes, tn__manifest_magic, TN__PACK_VERSION_AT) != 0)
        return fail_read(path, "is not a pack's manifest");
    if (bytes[TN__PACK_VERSION_AT] != tn__manifest_magic[TN__PACK_VERSION_AT])
        return tn__fail(TN_EDECODE,
                        "%s/" TN__PACK_MANIFEST ": of version %d; this build reads version %d",
                        path, bytes[TN__PACK_VERSION_AT], tn__manifest_magic[TN__PACK_VERSION_AT]);
    if (hash(bytes + TN__MANIFEST_SIZE, (size_t)size - TN__MANIFEST_SIZE) !=
        tn__get_64(bytes + TN__MANIFEST_CHECKSUM))
        return fail_read(path, "is damaged: its checksum differs");
    if (!check_sizes(manifest, size, &class_bytes, &name_bytes))
        return fail_read(path, "is damaged: its parts do not fill it");
    const int status = take_memory(manifest);
    if (status != TN_OK)
        return status;
    const uint8_t *const classes =
        bytes + TN__MANIFEST_ENTRIES + (size_t)manifest->n_samples * TN__MANIFEST_ENTRY;
    if (!read_entries(manifest) ||
        !find_texts(classes, class_bytes, manifest->n_classes, manifest->class_names) ||
        !find_texts(classes + class_bytes, name_bytes, manifest->n_samples, manifest->names))
        return fail_read(path, "is damaged: an entry or a name is not valid");
    for (int64_t i = 0; i < manifest->n_samples; i++)
        if (!is_safe_name(manifest->names[i]))
            return fail_read(path, "has a name that leads out of its folder");
    return check_names(manifest, path);
}

int tn__manifest_read(int folder, const char *path, tn__manifest *manifest)
{
    *manifest = (tn__manifest){0};
    tn__buffer buffer = {0};
    int64_t length;
    const int file = tn__open_at(folder, TN__PACK_MANIFEST, O_RDONLY | O_NONBLOCK);
    if (file < 0)
        return tn__fail_system(errno, "%s/" TN__PACK_MANIFEST, path);
    const tn__extent all = {.length = -1, .max_bytes = INT64_MAX / 2, .room = SIZE_MAX};
    int status = tn__read_extent(file, all, &buffer, &length);
    close(file);
    manifest->bytes = buffer.bytes;
    manifest->n_bytes = buffer.size;
    if (status != TN_OK)
        return tn__error_prefix("%s/" TN__PACK_MANIFEST, path);
    status = parse(manifest, (uint64_t)length, path);
    return status;
}

void tn__manifest_free(tn__manifest *manifest)
{
    free(manifest->entries);
    free(manifest->labels);
    free(manifest->class_names);
    free(manifest->names);
    free(manifest->bytes);
    *manifest = (tn__manifest){0};
}

static int add_entries(const tn__source *source, const tn__pack_entry *entries, tn__blob *out)
{
    int status = TN_OK;
    const int64_t n = source->ops->count(source);
    for (int64_t i = 0; i < n && status == TN_OK; i++) {
        uint8_t raw[TN__MANIFEST_ENTRY];
        tn__put_64(raw, entries[i].offset);
        tn__put_64(raw + 8, entries[i].length);
        tn__put_64(raw + 16, entries[i].checksum);
        tn__put_32(raw + 24, entries[i].shard);
        tn__put_32(raw + 28, entries[i].kind << TN__MANIFEST_LABEL_BITS |
                                 (uint32_t)source->ops->label(source, i));
        status = tn__blob_add(out, raw, sizeof raw);
    }
    return status;
}

static int add_names(const tn__source *source, tn__blob *out, uint64_t *class_bytes)
{
    int status = TN_OK;
    const size_t before = out->size;
    for (int64_t i = 0; i < source->ops->classes(source) && status == TN_OK; i++) {
        const char *const name = source->ops->class_name(source, i);
        status = tn__blob_add(out, name, strlen(name) + 1);
    }
    *class_bytes = out->size - before;
    for (int64_t i = 0; i < source->ops->count(source) && status == TN_OK; i++) {
        const char *const name = source->ops->name(source, i);
        status = tn__blob_add(out, name, strlen(name) + 1);
    }
    return status;
}

static int make(const tn__source *source, const tn__pack_entry *entries, uint32_t n_shards,
                tn__blob *out)
{
    uint64_t class_bytes = 0;
    int status = tn__blob_add(out, NULL, TN__MANIFEST_ENTRIES);
    if (status == TN_OK)
        status = add_entries(source, entries, out);
    const size_t names_at = out->size;
    if (status == TN_OK)
        status = add_names(source, out, &class_bytes);
    if (status != TN_OK)
        return status;
    uint8_t *const at = out->bytes;
    memcpy(at, tn__manifest_magic, TN__PACK_MAGIC);
    tn__put_64(at + TN__MANIFEST_SIZE, out->size);
    tn__put_64(at + TN__MANIFEST_FINGERPRINT, source->ops->fingerprint(source));
    tn__put_64(at + TN__MANIFEST_SAMPLES, (uint64_t)source->ops->count(source));
    tn__put_32(at + TN__MANIFEST_SHARDS, n_shards);
    tn__put_32(at + TN__MANIFEST_CLASSES, (uint32_t)source->ops->classes(source));
    tn__put_64(at + TN__MANIFEST_CLASS_BYTES, class_bytes);
    tn__put_64(at + TN__MANIFEST_NAME_BYTES, out->size - names_at - class_bytes);
    tn__put_64(at + TN__MANIFEST_CHECKSUM,
               hash(at + TN__MANIFEST_SIZE, out->size - TN__MANIFEST_SIZE));
    return TN_OK;
}

/* The journal is gone before the manifest is there: a whole pack has none. */
static int store(int folder, const char *path, const tn__blob *manifest)
{
    (void)unlinkat(folder, PART, 0); /* what is there is not written through */
    const int file = tn__open_at(folder, PART, O_WRONLY | O_CREAT | O_EXCL);
    bool good = file >= 0 && tn__write_all(file, manifest->bytes, manifest->size);
    good = good && tn__file_sync(file);
    if (file >= 0)
        good = (close(file) == 0 || errno == EINTR) && good;
    good = good && (unlinkat(folder, TN__PACK_JOURNAL, 0) == 0 || errno == ENOENT);
    good = good && renameat(folder, PART, folder, TN__PACK_MANIFEST) == 0;
    return good ? TN_OK : tn__fail_write(path, TN__PACK_MANIFEST);
}

int tn__manifest_write(int folder, const char *path, const tn__source *source,
                       const tn__pack_entry *entries, uint32_t n_shards, bool *synced)
{
    tn__blob manifest = {0};
    int status = make(source, entries, n_shards, &manifest);
    if (status == TN_OK)
        status = store(folder, path, &manifest);
    tn__blob_free(&manifest);
    *synced = status != TN_OK || tn__folder_sync(folder);
    return status;
}
