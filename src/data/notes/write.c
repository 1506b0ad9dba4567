/* SPDX-License-Identifier: MIT */
/* Writing an index file. See write.h. */
#include "data/notes/write.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/write.h"
#include "data/notes/file.h"

enum { BUFFER = 4 * (TN__NOTE_MAX + 1), WORD_BYTES = 8 };
static const size_t NO_ITEM = SIZE_MAX;

typedef struct out_file {
    int descriptor;
    int64_t end; /* of what was written or waits in the buffer */
    uint8_t *buffer;
    size_t n_buffer;
    uint64_t *words, *keys; /* as they go into the file */
    size_t n, capacity;     /* places that are filled, and that there are */
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

/* Writes the record, which gets the next place of the table. One that is damaged leaves its place
 * empty. */
static bool put_record(out_file *out, const tn__note_item *item)
{
    const size_t length = tn__word_length(item->word), place = out->n++;
    tn__note record;
    tn__note_peek head;
    if (BUFFER - out->n_buffer < length && !flush(out))
        return false;
    uint8_t *const bytes = out->buffer + out->n_buffer;
    if (!tn__read_at(item->descriptor, bytes, length, tn__word_offset(item->word)) ||
        !tn__note_read(bytes, length, &record) || !tn__note_look(bytes, &head) ||
        head.key != item->key)
        return true;
    out->keys[place] = htole64(item->key);
    out->words[place] = htole64(tn__word(0, out->end, length));
    out->n_buffer += length;
    out->end += (int64_t)length;
    return true;
}

typedef struct wanted {
    uint64_t key;
    const char *name;
} wanted;

/* By key, and by name where a key is of several files. */
static int compare_with_item(const void *a, const void *b)
{
    const wanted *const own = a;
    const tn__note_item *const item = b;
    if (own->key != item->key)
        return own->key < item->key ? -1 : 1;
    return item->name ? strcmp(own->name, item->name) : 0;
}

static bool is_record_of(const tn__note_item *item, const char *name)
{
    char found[TN__NOTE_NAME + 1];
    return tn__note_name(item->descriptor, item->word, found) && strcmp(found, name) == 0;
}

/* Says of each sample which item is its own, NO_ITEM: none, and of each item whose it is, 1 for the
 * first sample, 0: none's. A key alone is no proof that the record is the sample's: where another
 * sample has the key too, the record's name decides; where it is of a file that is no sample, the
 * reader sees that. */
static size_t take_items(const tn__source *source, const tn__note_item *items, size_t n_items,
                         size_t *item_of, int64_t *owner)
{
    const int64_t n = source->ops->count(source);
    size_t n_taken = 0;
    for (int64_t sample = 0; sample < n; sample++) {
        const char *const name = source->ops->name(source, sample);
        const wanted own = {tn__note_key(name), name};
        const tn__note_item *const item =
            n_items ? bsearch(&own, items, n_items, sizeof *items, compare_with_item) : NULL;
        item_of[sample] = NO_ITEM;
        if (!item)
            continue;
        int64_t *const known = &owner[item - items];
        if (*known != 0 && !is_record_of(item, name))
            continue;
        n_taken += *known == 0;
        if (*known != 0)
            item_of[*known - 1] = NO_ITEM;
        item_of[sample] = (size_t)(item - items);
        *known = sample + 1;
    }
    return n_taken;
}

/* A place for each sample, then one for each item that is no sample's. The places were counted
 * before: that they suffice is checked here as well. */
static bool put_items(out_file *out, int64_t n_samples, const tn__note_item *items, size_t n_items,
                      const size_t *item_of, const int64_t *owner)
{
    bool is_written = true;
    for (int64_t sample = 0; sample < n_samples && is_written && out->n < out->capacity; sample++)
        if (item_of[sample] == NO_ITEM)
            out->n++;
        else
            is_written = put_record(out, &items[item_of[sample]]);
    for (size_t i = 0; i < n_items && is_written && out->n < out->capacity; i++)
        if (owner[i] == 0)
            is_written = put_record(out, &items[i]);
    return is_written;
}

static bool put_table(out_file *out, uint64_t fingerprint)
{
    const size_t n_bytes = out->capacity * WORD_BYTES;
    const uint64_t sums[] = {tn__hash_of(out->words, n_bytes), tn__hash_of(out->keys, n_bytes)};
    uint8_t head[TN__NOTE_FILE_HEAD];
    tn__note_file_head(head, out->capacity, fingerprint, out->end, tn__hash_of(sums, sizeof sums));
    return write_at(out->descriptor, out->words, n_bytes, TN__NOTE_FILE_HEAD) &&
           write_at(out->descriptor, out->keys, n_bytes, TN__NOTE_FILE_HEAD + (int64_t)n_bytes) &&
           write_at(out->descriptor, head, sizeof head, 0);
}

static int begin(out_file *out, size_t capacity)
{
    out->capacity = capacity;
    out->end = TN__NOTE_FILE_HEAD + 2 * WORD_BYTES * (int64_t)capacity;
    out->buffer = malloc(BUFFER);
    out->words = calloc(capacity + 1, sizeof *out->words);
    out->keys = calloc(capacity + 1, sizeof *out->keys);
    if (out->buffer && out->words && out->keys)
        return TN_OK;
    return tn__fail_memory("an index", BUFFER + 2 * capacity * sizeof *out->words);
}

int tn__note_file_write(int descriptor, const tn__source *source, const tn__note_item *items,
                        size_t n_items)
{
    const int64_t n_samples = source->ops->count(source);
    size_t *const item_of = calloc((size_t)n_samples + 1, sizeof *item_of);
    int64_t *const owner = calloc(n_items + 1, sizeof *owner);
    out_file out = {.descriptor = descriptor};
    int status = TN_ENOMEM;
    if (!item_of || !owner)
        tn__fail_memory("an index", (size_t)n_samples * sizeof *item_of + n_items * sizeof *owner);
    else
        status = begin(&out, (size_t)n_samples + n_items -
                                 take_items(source, items, n_items, item_of, owner));
    if (status == TN_OK && (!put_items(&out, n_samples, items, n_items, item_of, owner) ||
                            !flush(&out) || !put_table(&out, source->ops->fingerprint(source))))
        status = tn__fail_system(errno, "the index cannot be written");
    free(item_of);
    free(owner);
    free(out.buffer);
    free(out.words);
    free(out.keys);
    return status;
}
