/* SPDX-License-Identifier: MIT */
/* Writes an index file. See write.h. */
#include "data/notes/write.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/read.h"
#include "data/notes/file.h"

enum { BUFFER = 4 * (TN__NOTE_MAX + 1), WORD_BYTES = 8 };
static const size_t NO_ITEM = SIZE_MAX;

typedef struct out_file {
    int descriptor;
    int64_t end; /* of the bytes that were written or are in the buffer */
    uint8_t *buffer;
    size_t n_buffer;
    uint64_t *words, *keys; /* the table, little-endian */
    size_t n, capacity;     /* places that are filled; all places */
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

/* Writes a note, and its word into the next place of the table. A damaged note leaves its place
 * empty. */
static bool put_note(out_file *out, const tn__note_item *item)
{
    const size_t length = tn__word_length(item->word), place = out->n++;
    tn__note note;
    tn__note_peek head;
    if (BUFFER - out->n_buffer < length && !flush(out))
        return false;
    uint8_t *const bytes = out->buffer + out->n_buffer;
    if (!tn__read_at(item->descriptor, bytes, length, tn__word_offset(item->word)) ||
        !tn__note_read(bytes, length, &note) || !tn__note_look(bytes, &head) ||
        head.key != item->key)
        return true;
    out->keys[place] = htole64(item->key);
    out->words[place] = htole64(tn__word_make(0, out->end, length));
    out->n_buffer += length;
    out->end += (int64_t)length;
    return true;
}

typedef struct wanted {
    uint64_t key;
    const char *name;
} wanted;

/* By key, and by name if several files share the key. */
static int compare_with_item(const void *a, const void *b)
{
    const wanted *const own = a;
    const tn__note_item *const item = b;
    if (own->key != item->key)
        return own->key < item->key ? -1 : 1;
    const int order = item->name ? strcmp(own->name, item->name) : 0;
    return order != 0 ? order : (item->kind == TN__NOTE_AID) - 1;
}

static bool is_aid_of(const tn__note_item *item, const char *name)
{
    tn__note_owner owner;
    return tn__note_owner_at(item->descriptor, item->word, &owner) && owner.kind == TN__NOTE_AID &&
           strcmp(owner.name, name) == 0;
}

/* Which item is the aid of each sample. */
typedef struct matching {
    size_t *item_of; /* of a sample; NO_ITEM: it has none */
    int64_t *owner;  /* of an item: the first sample that has it plus 1, or 0 */
    size_t n_owned;  /* items that have an owner */
} matching;

/* Gives a sample the item, which has its key. A key alone does not prove that the note is the
 * sample's: if another sample has the key too, the name in the note decides; if the note belongs to
 * no sample, the reader finds that out. Samples that lie at one place share the item. */
static void match_item(const tn__source *source, const tn__note_item *items, size_t number,
                       int64_t sample, matching *out)
{
    const int64_t before = out->owner[number] - 1;
    bool is_shared = false;
    if (before >= 0) {
        char place[TN__PLACE_BYTES];
        snprintf(place, sizeof place, "%s", tn__source_place(source, sample));
        is_shared = strcmp(tn__source_place(source, before), place) == 0;
        if (!is_shared && !is_aid_of(&items[number], place))
            return;
        if (!is_shared)
            out->item_of[before] = NO_ITEM;
    }
    out->n_owned += before < 0;
    out->item_of[sample] = number;
    if (!is_shared)
        out->owner[number] = sample + 1;
}

/* Finds the aid of each sample. */
static void match_items(const tn__source *source, const tn__note_item *items, size_t n_items,
                        matching *out)
{
    const int64_t n = source->n_samples;
    for (int64_t sample = 0; sample < n; sample++) {
        const char *const place = tn__source_place(source, sample);
        const wanted own = {tn__note_key(place, TN__NOTE_AID), place};
        const tn__note_item *const item =
            n_items ? bsearch(&own, items, n_items, sizeof *items, compare_with_item) : NULL;
        out->item_of[sample] = NO_ITEM;
        if (item)
            match_item(source, items, (size_t)(item - items), sample, out);
    }
}

/* Repeats the word of an earlier sample. */
static void repeat_note(out_file *out, int64_t sample)
{
    out->keys[out->n] = out->keys[sample];
    out->words[out->n] = out->words[sample];
    out->n++;
}

/* Writes the aid of a sample, or an empty place. */
static bool put_aid(out_file *out, int64_t sample, const tn__note_item *items,
                    const matching *matches)
{
    const size_t item = matches->item_of[sample];
    if (item != NO_ITEM && matches->owner[item] == sample + 1)
        return put_note(out, &items[item]);
    if (item != NO_ITEM)
        repeat_note(out, matches->owner[item] - 1);
    else
        out->n++;
    return true;
}

/* Writes the aid of each sample, then all other items. The capacity was counted before; it is
 * checked here too. */
static bool put_items(out_file *out, int64_t n_samples, const tn__note_item *items, size_t n_items,
                      const matching *matches)
{
    bool is_written = true;
    for (int64_t sample = 0; sample < n_samples && is_written && out->n < out->capacity; sample++)
        is_written = put_aid(out, sample, items, matches);
    for (size_t i = 0; i < n_items && is_written && out->n < out->capacity; i++)
        if (matches->owner[i] == 0)
            is_written = put_note(out, &items[i]);
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
    const int64_t n_samples = source->n_samples;
    matching matches = {.item_of = calloc((size_t)n_samples + 1, sizeof *matches.item_of),
                        .owner = calloc(n_items + 1, sizeof *matches.owner)};
    out_file out = {.descriptor = descriptor};
    int status = TN_ENOMEM;
    if (!matches.item_of || !matches.owner) {
        tn__fail_memory("an index", (size_t)n_samples * sizeof *matches.item_of +
                                        n_items * sizeof *matches.owner);
    } else {
        match_items(source, items, n_items, &matches);
        status = begin(&out, (size_t)n_samples + n_items - matches.n_owned);
    }
    if (status == TN_OK && (!put_items(&out, n_samples, items, n_items, &matches) || !flush(&out) ||
                            !put_table(&out, source->fingerprint)))
        status = tn__fail_system(errno, "the index cannot be written");
    free(matches.item_of);
    free(matches.owner);
    free(out.buffer);
    free(out.words);
    free(out.keys);
    return status;
}
