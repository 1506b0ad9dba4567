/* SPDX-License-Identifier: MIT */
/* Fuzz target: what is stored of random access indexes. Whatever the bytes are, reading them is
 * memory safe, and what is taken keeps the promises of its header.
 *
 * The first byte says what the others are: a compact form behind the eight bytes of a file's facts,
 * a store's table and records, or a journal's records. Sums are made right, so that what lies
 * behind them is reached. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "codec/jpeg/compact.h"
#include "data/index/store.h"
#include "target.h"
#include "tench.h"

enum { FACTS = 8, MAX_BYTES = 1 << 16, MAX_PLACES = 64 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_entries(const tn__jpeg_index *index, const tn__compact_facts *facts)
{
    int64_t before = -1;
    for (int32_t e = 0; e <= index->rows * index->columns; e++) {
        const tn__jpeg_entry *const entry = &index->entry[e];
        const int64_t position = 8 * (int64_t)entry->byte + entry->bit;
        require(entry->bit <= 7 && position > before && position <= 8 * facts->file_bytes);
        before = position;
    }
}

/* The form lies at the end of its memory, for sanitizers. */
static void read_form(const uint8_t *form, size_t n_bytes, const tn__compact_facts *facts)
{
    uint8_t *const bytes = calloc(1, n_bytes + TN__COMPACT_READ_BEHIND);
    require(bytes != NULL);
    if (n_bytes > 0)
        memcpy(bytes, form, n_bytes);
    tn__arena arena;
    tn__arena_init(&arena, 0, 0);
    tn__jpeg_index index;
    if (tn__compact_read(bytes, n_bytes, facts, &arena, &index) == TN_OK)
        check_entries(&index, facts);
    tn__arena_free(&arena);
    free(bytes);
}

static void try_form(const uint8_t *bytes, size_t size)
{
    if (size < FACTS)
        return;
    const uint32_t sides = tn__get32(bytes + 4);
    const tn__compact_facts facts = {.file_bytes = tn__get32(bytes),
                                     .w = (int32_t)(sides & 0xffff) + 1,
                                     .h = (int32_t)(sides >> 16) + 1};
    read_form(bytes + FACTS, size - FACTS, &facts);
}

/* A folder of this process's own. */
static const tn__shelf *shelf(void)
{
    static tn__shelf made = {.folder = -1};
    static char path[] = "/tmp/tench-fuzz-XXXXXX";
    if (made.folder < 0)
        require(mkdtemp(path) != NULL &&
                tn__shelf_open(path, TN__SHELF_BESIDE, false, &made) == TN_OK);
    return &made;
}

static void write_file(const char *name, const uint8_t *bytes, size_t size)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", shelf()->path, name);
    FILE *const file = fopen(path, "wb");
    require(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

/* Opens the file, and reads each record that it names. */
static void read_file(const char *name, size_t size)
{
    tn__store store;
    if (tn__store_open(shelf(), name, &store) == TN_OK) {
        for (size_t i = 0; i < store.n; i++) {
            const uint64_t word = store.words[i];
            const size_t length = tn__word_length(word);
            if (word == 0)
                continue;
            require(tn__word_offset(word) + (int64_t)length <= (int64_t)size);
            uint8_t *const bytes = malloc(length);
            tn__record record;
            require(bytes && tn__read_at(store.descriptor, bytes, length, tn__word_offset(word)));
            tn__put64(bytes, tn__hash_of(bytes + 8, length - 8));
            if (tn__record_read(bytes, length, &record)) {
                const tn__compact_facts facts = {record.file_bytes, 64, 64};
                read_form(record.form, record.n_form, &facts);
            }
            free(bytes);
        }
        tn__store_close(&store);
    }
    unlinkat(shelf()->folder, name, 0);
}

/* The first byte is the number of places; a head with right sums is put in front of the others. */
static void try_store(const uint8_t *bytes, size_t size)
{
    static uint8_t file[TN__STORE_HEAD + MAX_BYTES];
    if (size < 1 || size > MAX_BYTES)
        return;
    const size_t n = bytes[0] % MAX_PLACES, n_table = 8 * n, length = TN__STORE_HEAD + size - 1;
    uint64_t sums[2] = {0};
    memcpy(file + TN__STORE_HEAD, bytes + 1, size - 1);
    if (2 * n_table <= size - 1) {
        sums[0] = tn__hash_of(file + TN__STORE_HEAD, n_table);
        sums[1] = tn__hash_of(file + TN__STORE_HEAD + n_table, n_table);
    }
    tn__store_head(file, n, 0, (int64_t)length, tn__hash_of(sums, sizeof sums));
    write_file(TN__INDEX_NAME, file, length);
    read_file(TN__INDEX_NAME, length);
}

static void try_journal(const uint8_t *bytes, size_t size)
{
    static const char name[] = ".tench-index-fuzzed.journal";
    static uint8_t file[TN__STORE_HEAD + MAX_BYTES];
    if (size > MAX_BYTES)
        return;
    tn__journal_head(file);
    memcpy(file + TN__STORE_HEAD, bytes, size);
    write_file(name, file, TN__STORE_HEAD + size);
    read_file(name, TN__STORE_HEAD + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1)
        return 0;
    switch (bytes[0] % 4) {
    case 0: try_store(bytes + 1, size - 1); break;
    case 1: try_journal(bytes + 1, size - 1); break;
    default: try_form(bytes + 1, size - 1); break;
    }
    return 0;
}
