/* SPDX-License-Identifier: MIT */
/* Writing a store. See out.h. */
#include "data/index/out.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/write.h"
#include "data/index/store.h"

enum { BUFFER = 4 * (TN__RECORD_MAX + 1), WORD_BYTES = 8 };

typedef struct out_file {
    int descriptor;
    int64_t end; /* of what was written or waits in the buffer */
    uint8_t *buffer;
    size_t n_buffer;
    uint64_t *words, *keys; /* as they go into the file */
    size_t n;
} out_file;

static bool write_at(int descriptor, const void *from, size_t n_bytes, int64_t offset)
{
    const uint8_t *const bytes = from;
    for (size_t done = 0; done < n_bytes;) {
        const ssize_t n =
            pwrite(descriptor, bytes + done, n_bytes - done, (off_t)(offset + (int64_t)done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool flush(out_file *out)
{
    const size_t n = out->n_buffer;
    out->n_buffer = 0;
    return write_at(out->descriptor, out->buffer, n, out->end - (int64_t)n);
}

/* Adds the record to file and table; one that is damaged is left out of both. */
static bool put_record(out_file *out, const tn__out_item *item)
{
    const size_t length = tn__word_length(item->word);
    tn__record record;
    if (BUFFER - out->n_buffer < length && !flush(out))
        return false;
    uint8_t *const bytes = out->buffer + out->n_buffer;
    if (!tn__read_at(item->descriptor, bytes, length, tn__word_offset(item->word)) ||
        !tn__record_read(bytes, length, &record) || record.key != item->key)
        return true;
    out->keys[out->n] = htole64(item->key);
    out->words[out->n] = htole64(tn__word(0, out->end, length));
    out->n_buffer += length;
    out->end += (int64_t)length;
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const uint64_t x = ((const tn__out_item *)a)->key, y = ((const tn__out_item *)b)->key;
    return (x > y) - (x < y);
}

static bool put_samples(out_file *out, const tn__source *source, tn__out_item *items,
                        size_t n_items)
{
    const int64_t n = source->ops->count(source);
    bool is_written = true;
    for (int64_t sample = 0; sample < n && is_written; sample++, out->n++) {
        const tn__out_item wanted = {.key = tn__record_key(source->ops->name(source, sample))};
        tn__out_item *const item =
            n_items ? bsearch(&wanted, items, n_items, sizeof *items, compare_keys) : NULL;
        if (!item || item->word == 0)
            continue;
        is_written = put_record(out, item);
        item->word = 0; /* done */
    }
    return is_written;
}

static bool put_others(out_file *out, const tn__out_item *items, size_t n_items)
{
    bool is_written = true;
    for (size_t i = 0; i < n_items && is_written; i++)
        if (items[i].word != 0) {
            is_written = put_record(out, &items[i]);
            out->n += out->words[out->n] != 0;
        }
    return is_written;
}

/* `capacity`: places in the table. */
static bool put_table(out_file *out, size_t capacity, uint64_t fingerprint)
{
    const size_t n_bytes = capacity * WORD_BYTES;
    const uint64_t sums[] = {tn__hash_of(out->words, n_bytes), tn__hash_of(out->keys, n_bytes)};
    uint8_t head[TN__STORE_HEAD];
    tn__store_head(head, capacity, fingerprint, out->end, tn__hash_of(sums, sizeof sums));
    return write_at(out->descriptor, out->words, n_bytes, TN__STORE_HEAD) &&
           write_at(out->descriptor, out->keys, n_bytes, TN__STORE_HEAD + (int64_t)n_bytes) &&
           write_at(out->descriptor, head, sizeof head, 0);
}

/* Places in the table: one a sample, and one for each record that is of none. */
static size_t count_places(const tn__source *source, const tn__out_item *items, size_t n_items)
{
    const int64_t n = source->ops->count(source);
    size_t others = n_items;
    for (int64_t sample = 0; sample < n && n_items > 0; sample++) {
        const tn__out_item wanted = {.key = tn__record_key(source->ops->name(source, sample))};
        others -= bsearch(&wanted, items, n_items, sizeof *items, compare_keys) != NULL;
    }
    return (size_t)n + others;
}

static int allocate(out_file *out, size_t capacity)
{
    out->buffer = malloc(BUFFER);
    out->words = calloc(capacity + 1, sizeof *out->words);
    out->keys = calloc(capacity + 1, sizeof *out->keys);
    if (out->buffer && out->words && out->keys)
        return TN_OK;
    return tn__fail_memory("an index", BUFFER + 2 * capacity * sizeof *out->words);
}

int tn__out_write(int descriptor, const tn__source *source, tn__out_item *items, size_t n_items)
{
    const size_t capacity = count_places(source, items, n_items);
    out_file out = {.descriptor = descriptor,
                    .end = TN__STORE_HEAD + 2 * WORD_BYTES * (int64_t)capacity};
    int status = allocate(&out, capacity);
    if (status == TN_OK &&
        (!put_samples(&out, source, items, n_items) || !put_others(&out, items, n_items) ||
         !flush(&out) || !put_table(&out, capacity, source->ops->fingerprint(source))))
        status = tn__fail_system(errno, "the index cannot be written");
    free(out.buffer);
    free(out.words);
    free(out.keys);
    return status;
}
