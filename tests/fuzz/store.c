/* SPDX-License-Identifier: MIT */
/* Fuzz target: reads the files that store indexes.
 *
 * An input is such a file. Its last byte selects the kind of file, and whether the checksums are
 * repaired first, which no accident does. For any contents, what the reader accepts lies inside the
 * file, and records are complete and undamaged. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/read.h"
#include "data/notes/file.h"
#include "target.h"
#include "tench.h"

enum { IS_JOURNAL = 1, MENDED = 2 };
/* Offsets in a store's head and in a record; see format.md. */
enum { AT_N = 8, AT_BYTES = 24, AT_TABLE_SUM = 32, AT_SUM = 56, WORD_BYTES = 8 };
enum { AT_KEY = 16, AT_NAME = 60 };
static const char store_name[] = TN__INDEX_NAME;
static const char journal_name[] = TN__INDEX_NAME "-fuzzed.journal";

static tn__store store = {.folder = -1};

static void remove_folder(void)
{
    unlinkat(store.folder, store_name, 0);
    unlinkat(store.folder, journal_name, 0);
    rmdir(store.path);
    tn__store_close(&store);
}

static void make_folder(void)
{
    char path[] = "/dev/shm/tench-fuzz-XXXXXX";
    if (!mkdtemp(path) || tn__store_open(path, TN__STORE_BESIDE, &store) != TN_OK) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    atexit(remove_folder);
}

static void mend_record(uint8_t *bytes, size_t size, uint64_t word)
{
    const uint64_t at = (uint64_t)tn__word_offset(word), length = tn__word_length(word);
    if (length < TN__NOTE_HEAD || at < TN__NOTE_FILE_HEAD || at > size || length > size - at)
        return;
    const size_t n_name = tn__get_32(bytes + at + AT_NAME);
    if (n_name <= length - TN__NOTE_HEAD)
        tn__put_64(bytes + at + AT_KEY, tn__hash_of(bytes + at + TN__NOTE_HEAD, n_name));
    tn__put_64(bytes + at, tn__hash_of(bytes + at + WORD_BYTES, length - WORD_BYTES));
}

static void mend(uint8_t *bytes, size_t size)
{
    if (size < TN__NOTE_FILE_HEAD)
        return;
    const uint64_t n = tn__get_64(bytes + AT_N);
    const size_t room = (size - TN__NOTE_FILE_HEAD) / (2 * (size_t)WORD_BYTES);
    if (n <= room) {
        const size_t n_bytes = (size_t)n * WORD_BYTES;
        const uint8_t *const words = bytes + TN__NOTE_FILE_HEAD;
        for (size_t r = 0; r < n; r++)
            mend_record(bytes, size, tn__get_64(words + r * WORD_BYTES));
        const uint64_t sums[] = {tn__hash_of(words, n_bytes),
                                 tn__hash_of(words + n_bytes, n_bytes)};
        tn__put_64(bytes + AT_TABLE_SUM, tn__hash_of(sums, sizeof sums));
    }
    tn__put_64(bytes + AT_BYTES, size);
    tn__put_64(bytes + AT_SUM, tn__hash_of(bytes, AT_SUM));
}

static void write_file(const char *name, const uint8_t *bytes, size_t size)
{
    const int file = openat(store.folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size) {
        perror(name);
        exit(EXIT_FAILURE);
    }
    close(file);
}

/* An open file of notes, and its length. */
typedef struct opened {
    const tn__note_file *file;
    size_t size;
} opened;

/* Reads a note, as a worker would. */
static int read_note(void *context, const tn__note_entry *entry)
{
    const opened *const from = context;
    const uint64_t word = entry->word;
    const size_t length = tn__word_length(word);
    if (tn__word_offset(word) < TN__NOTE_FILE_HEAD || length < TN__NOTE_HEAD ||
        (uint64_t)tn__word_offset(word) + length > from->size || tn__word_file(word) != 0 ||
        entry->place >= from->file->n)
        abort();
    uint8_t *const bytes = malloc(length);
    tn__note note;
    if (!bytes || !tn__read_at(from->file->descriptor, bytes, length, tn__word_offset(word)))
        abort();
    tn__note_owner owner;
    const bool is_named = tn__note_owner_at(from->file->descriptor, word, &owner);
    if (tn__note_read(bytes, length, &note) &&
        (tn__note_body_at(note.name, note.n_name) + note.n_body != length ||
         (is_named && !tn__note_is_of(&note, owner.name, owner.kind))))
        abort();
    free(bytes);
    return TN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    if (store.folder < 0)
        make_folder();
    const uint8_t how = bytes[--size];
    const char *const name = how & IS_JOURNAL ? journal_name : store_name;
    uint8_t *const copy = malloc(size + 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    if (how & MENDED)
        mend(copy, size);
    write_file(name, copy, size);
    tn__note_file file;
    if (tn__note_file_open(&store, name, &file) == TN_OK) {
        opened from = {&file, size};
        if (tn__note_file_each(&file, read_note, &from) != TN_OK)
            abort();
        tn__note_file_close(&file);
    }
    free(copy);
    return 0;
}
