/* SPDX-License-Identifier: MIT */
/* What all sources share: names, labels and fingerprints, the read buffer, and reading a stretch of
 * an open file. See source.h. */
#include "data/source.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/open.h"
#include "base/stamp.h"
#include "codec/codec.h"

enum { BUFFER_STEP = 1 << 16 };
/* One piece of advice. The kernel takes no more of it than the device takes in one request, and
 * drops the rest in silence; few devices take less than this. */
enum { ADVICE_BYTES = 1 << 17 };

const char *tn__source_name(const tn__source *source, int64_t sample)
{
    static _Thread_local char name[TN__NAME_BYTES];
    source->ops->name(source, sample, name);
    return name;
}

int tn__source_begin(tn__source *source, const tn__source_ops *ops, const char *root,
                     const char *folder)
{
    *source = (tn__source){.ops = ops,
                           .root = strdup(root),
                           .folder = folder ? strdup(folder) : NULL,
                           .label_shape = {TN_LABEL_INT, 1}};
    return source->root && (source->folder || !folder) ? TN_OK
                                                       : tn__fail_memory("a path", strlen(root));
}

void tn__source_end(tn__source *source)
{
    free(source->folder);
    free(source->root);
}

/* Removes each slash that follows another one; returns the length. */
static size_t remove_empty_parts(char *path)
{
    size_t n = 0;
    for (const char *at = path; *at; at++)
        if (n == 0 || at[0] != '/' || path[n - 1] != '/')
            path[n++] = *at;
    path[n] = '\0';
    return n;
}

const char *tn__source_place(const tn__source *source, int64_t sample)
{
    static _Thread_local char place[TN__PLACE_BYTES];
    const tn__part part = source->ops->part(source, sample);
    source->ops->file_name(source, part.file, place);
    const size_t n = remove_empty_parts(place);
    if (n > 0 && part.length >= 0)
        snprintf(place + n, sizeof place - n, part.inner ? "//%lld.%u" : "//%lld",
                 (long long)part.offset, (unsigned)part.inner);
    return place;
}

int64_t tn__source_class(const tn__source *source, int64_t sample)
{
    tn__label label;
    source->ops->label(source, sample, &label);
    if (label.kind == TN_LABEL_INTS)
        return label.n > 0 ? label.ints[0] : -1;
    return label.kind == TN_LABEL_INT ? label.value : -1;
}

const char *tn__label_kind_name(int32_t kind)
{
    switch (kind) {
    case TN_LABEL_INT: return "an integer";
    case TN_LABEL_INTS: return "a list of integers";
    case TN_LABEL_FLOATS: return "a list of numbers";
    default: return "a text";
    }
}

const tn__hint *tn__source_hint(const tn__source *source, int64_t sample)
{
    return source->ops->hint ? source->ops->hint(source, sample) : NULL;
}

static void hash_label(tn_hash *hash, const tn__label *label)
{
    switch (label->kind) {
    case TN_LABEL_INTS:
        tn__hash_add(hash, &label->n, sizeof label->n);
        tn__hash_add(hash, label->ints, (size_t)label->n * sizeof *label->ints);
        break;
    case TN_LABEL_FLOATS:
        tn__hash_add(hash, &label->n, sizeof label->n);
        tn__hash_add(hash, label->floats, (size_t)label->n * sizeof *label->floats);
        break;
    case TN_LABEL_TEXT: tn__hash_add(hash, label->text, (size_t)label->n + 1); break;
    default: tn__hash_add(hash, &label->value, sizeof label->value);
    }
}

tn_hash *tn__fingerprint_begin(int64_t n)
{
    tn_hash *const hash = tn__hash_create();
    if (hash)
        tn__hash_add(hash, &n, sizeof n);
    return hash;
}

void tn__fingerprint_add(tn_hash *hash, const char *name, size_t n_name, const tn__label *label)
{
    tn__hash_add(hash, name, n_name + 1); /* with the NUL */
    hash_label(hash, label);
}

uint64_t tn__fingerprint_end(tn_hash *hash)
{
    const uint64_t fingerprint = tn__hash_64(hash);
    tn__hash_destroy(hash);
    return fingerprint;
}

int tn__source_add_fingerprint(tn__source *source)
{
    tn_hash *const hash = tn__fingerprint_begin(source->n_samples);
    if (!hash)
        return TN_ENOMEM;
    for (int64_t sample = 0; sample < source->n_samples; sample++) {
        char name[TN__NAME_BYTES];
        tn__label label;
        const size_t length = source->ops->name(source, sample, name);
        source->ops->label(source, sample, &label);
        tn__fingerprint_add(hash, name, length, &label);
    }
    source->fingerprint = tn__fingerprint_end(hash);
    return TN_OK;
}

int tn__buffer_reserve(tn__buffer *buffer, size_t size)
{
    if (size > SIZE_MAX - TN__READ_PADDING - BUFFER_STEP)
        return tn__fail_memory("a file", size);
    const size_t needed = size + TN__READ_PADDING;
    if (needed > buffer->capacity) {
        const size_t capacity = (needed + BUFFER_STEP - 1) / BUFFER_STEP * BUFFER_STEP;
        uint8_t *const bytes = malloc(capacity);
        if (!bytes)
            return tn__fail_memory("a file", capacity);
        free(buffer->bytes); /* not realloc: the old bytes need no copy */
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    buffer->size = size;
    buffer->state = (tn__file_state){0};
    memset(buffer->bytes + size, 0, TN__READ_PADDING);
    return TN_OK;
}

void tn__buffer_free(tn__buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (tn__buffer){.in_turn = buffer->in_turn};
}

static int check_kind(const struct stat *facts)
{
    if (S_ISREG(facts->st_mode))
        return TN_OK;
    const char *const kind = S_ISDIR(facts->st_mode)    ? "a folder"
                             : S_ISFIFO(facts->st_mode) ? "a pipe"
                             : S_ISSOCK(facts->st_mode) ? "a socket"
                                                        : "a device";
    return tn__fail(TN_EIO, "is %s, not a file", kind);
}

/* Makes room for what is wanted of a stretch of this length: buffer->size bytes. */
static int reserve(tn__extent extent, int64_t length, tn__buffer *buffer)
{
    if (length > extent.max_bytes)
        return tn__fail(TN_ELIMIT, "%lld bytes; the limit is %lld", (long long)length,
                        (long long)extent.max_bytes);
    const uint64_t whole = (uint64_t)length;
    const bool is_wanted = whole <= extent.room || whole <= extent.n_bytes;
    const int status = tn__buffer_reserve(buffer, is_wanted ? (size_t)whole : extent.n_bytes);
    buffer->file_bytes = length;
    return status;
}

int tn__copy_extent(const uint8_t *bytes, tn__extent extent, tn__buffer *buffer, int64_t *length)
{
    *length = extent.length;
    const int status = reserve(extent, *length, buffer);
    if (status == TN_OK && buffer->size > 0)
        memcpy(buffer->bytes, bytes, buffer->size);
    return status;
}

int tn__read_extent(int descriptor, tn__extent extent, tn__buffer *buffer, int64_t *length)
{
    struct stat facts;
    if (!tn__stat_open(descriptor, &facts))
        return tn__fail_errno(errno);
    if (check_kind(&facts) != TN_OK)
        return TN_EIO;
    if (extent.offset > facts.st_size ||
        (extent.length >= 0 && extent.length > facts.st_size - extent.offset))
        return tn__fail(TN_EIO, "has %lld bytes, too few for the part at byte %lld",
                        (long long)facts.st_size, (long long)extent.offset);
    *length = extent.length >= 0 ? extent.length : facts.st_size - extent.offset;
    const int status = reserve(extent, *length, buffer);
    if (status != TN_OK)
        return status;
    buffer->state = (tn__file_state){facts.st_size, tn__stamp(&facts.st_mtim), facts.st_ino};
    const size_t wanted = buffer->size;
    size_t have = 0;
    tn__tries tries = {0};
    while (have < wanted) {
        const ssize_t n = pread(descriptor, buffer->bytes + have, wanted - have,
                                (off_t)(extent.offset + (int64_t)have));
        if (n < 0 && errno == EINTR && tn__try_again(&tries, errno))
            continue;
        if (n < 0)
            return tn__fail_errno(errno);
        if (n == 0)
            return tn__fail(TN_EIO, "shrank to %zu bytes while it was read",
                            (size_t)extent.offset + have);
        have += (size_t)n;
    }
    return TN_OK;
}

void tn__want_extent(int descriptor, int64_t offset, int64_t length)
{
    struct stat facts;
    if (length < 0) {
        if (!tn__stat_open(descriptor, &facts) || !S_ISREG(facts.st_mode))
            return;
        length = facts.st_size - offset;
    }
    const int64_t end = offset + (length < TN__WANTED_BYTES ? length : TN__WANTED_BYTES);
    for (int64_t at = offset; at < end; at += ADVICE_BYTES)
        (void)posix_fadvise(descriptor, at, end - at < ADVICE_BYTES ? end - at : ADVICE_BYTES,
                            POSIX_FADV_WILLNEED);
}

/* Without O_NONBLOCK, opening a pipe would wait for its writer. */
static int open_file(int folder, const char *path)
{
    return tn__open_at(folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

int tn__read_file(int folder, const char *path, tn__extent extent, tn__buffer *buffer,
                  int64_t *length)
{
    tn__tries tries = {0};
    int status;
    do { /* if the file's handle has gone stale, the path may lead to a new file */
        const int descriptor = open_file(folder, path);
        if (descriptor < 0)
            return tn__fail_errno(errno);
        status = tn__read_extent(descriptor, extent, buffer, length);
        close(descriptor);
    } while (status == TN_EIO && tn__error_last()->system_error == ESTALE &&
             tn__try_again(&tries, ESTALE));
    return status;
}

void tn__want_file(int folder, const char *path, int64_t offset, int64_t length)
{
    const int descriptor = open_file(folder, path);
    if (descriptor < 0)
        return;
    tn__want_extent(descriptor, offset, length);
    close(descriptor);
}
