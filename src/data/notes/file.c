/* SPDX-License-Identifier: MIT */
/* Reads files of notes. See file.h. */
#include "data/notes/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/open.h"
#include "base/path.h"
#include "base/read.h"
#include "base/text.h"

/* The last character of a mark is the version. Notes of version 1 had no names. */
enum { MARK_BYTES = 8, VERSION_AT = MARK_BYTES - 1 };
static const char index_mark[MARK_BYTES] = "tnindex2", journal_mark[MARK_BYTES] = "tnjourn2";

/* Offsets of the head's fields; an index file's head is followed by n words, then n keys. */
enum { AT_N = 8, AT_PRINT = 16, AT_BYTES = 24, AT_TABLE_SUM = 32, AT_SUM = 56 };
enum { MAX_NOTES = 1 << 28, WORD_BYTES = 8 };

void tn__note_file_head(uint8_t out[TN__NOTE_FILE_HEAD], size_t n, uint64_t fingerprint,
                        int64_t n_bytes, uint64_t table_sum)
{
    memset(out, 0, TN__NOTE_FILE_HEAD);
    memcpy(out, index_mark, sizeof index_mark);
    tn__put_64(out + AT_N, n);
    tn__put_64(out + AT_PRINT, fingerprint);
    tn__put_64(out + AT_BYTES, (uint64_t)n_bytes);
    tn__put_64(out + AT_TABLE_SUM, table_sum);
    tn__put_64(out + AT_SUM, tn__hash_of(out, AT_SUM));
}

void tn__journal_head(uint8_t out[TN__NOTE_FILE_HEAD])
{
    memset(out, 0, TN__NOTE_FILE_HEAD);
    memcpy(out, journal_mark, sizeof journal_mark);
    tn__put_64(out + AT_SUM, tn__hash_of(out, AT_SUM));
}

/* Records why a read failed. */
static int fail_read(const char *path)
{
    if (errno)
        return tn__fail_system(errno, "%s", path);
    return tn__fail(TN_EDECODE, "%s is cut off", path);
}

static int read_head(tn__note_file *file, const char *path, uint8_t head[TN__NOTE_FILE_HEAD])
{
    if (!tn__read_at(file->descriptor, head, TN__NOTE_FILE_HEAD, 0))
        return fail_read(path);
    const char *const mark = file->is_journal ? journal_mark : index_mark;
    if (memcmp(head, mark, VERSION_AT) != 0 || head[VERSION_AT] > mark[VERSION_AT])
        return tn__fail(TN_EDECODE, "%s is not an index that this version knows", path);
    if (tn__get_64(head + AT_SUM) != tn__hash_of(head, AT_SUM))
        return tn__fail(TN_EDECODE, "%s is damaged", path);
    file->is_old = head[VERSION_AT] < mark[VERSION_AT];
    if (file->is_old)
        return tn__fail(TN_EDECODE, "%s has an older format: tench index makes a new one", path);
    return TN_OK;
}

/* True if a word from a file points at a place for notes: it may be damaged or forged. */
static bool is_inside(const tn__note_file *file, uint64_t word)
{
    const int64_t first = TN__NOTE_FILE_HEAD + 2 * WORD_BYTES * (int64_t)file->n;
    return word == 0 || (tn__word_file(word) == 0 && tn__word_length(word) >= TN__NOTE_HEAD &&
                         tn__word_offset(word) >= first &&
                         tn__word_offset(word) + (int64_t)tn__word_length(word) <= file->n_bytes);
}

/* Places of the table that are read at once. */
enum { BLOCK = 1024 };
typedef struct block {
    size_t n;
    uint64_t words[BLOCK], keys[BLOCK];
} block;

static bool read_block(const tn__note_file *file, size_t first, block *out)
{
    out->n = file->n - first < BLOCK ? file->n - first : BLOCK;
    const int64_t words = TN__NOTE_FILE_HEAD + (int64_t)first * WORD_BYTES;
    const int64_t keys = words + (int64_t)file->n * WORD_BYTES;
    return tn__read_at(file->descriptor, out->words, out->n * WORD_BYTES, words) &&
           tn__read_at(file->descriptor, out->keys, out->n * WORD_BYTES, keys);
}

/* Reads the table once, and checks its sum and that its words point into the file. */
static int check_blocks(const tn__note_file *file, const char *path, uint64_t sum, tn_hash *words,
                        tn_hash *keys)
{
    block table;
    bool is_good = true;
    for (size_t first = 0; first < file->n && is_good; first += table.n) {
        if (!read_block(file, first, &table))
            return fail_read(path);
        tn__hash_add(words, table.words, table.n * WORD_BYTES);
        tn__hash_add(keys, table.keys, table.n * WORD_BYTES);
        for (size_t i = 0; i < table.n; i++)
            is_good &= is_inside(file, le64toh(table.words[i]));
    }
    const uint64_t sums[] = {tn__hash_64(words), tn__hash_64(keys)};
    is_good = is_good && tn__hash_of(sums, sizeof sums) == sum;
    return is_good ? TN_OK : tn__fail(TN_EDECODE, "%s is damaged", path);
}

static int check_table(const tn__note_file *file, const char *path, uint64_t sum)
{
    tn_hash *const words = tn__hash_create(), *const keys = tn__hash_create();
    const int status =
        words && keys ? check_blocks(file, path, sum, words, keys) : tn__error_last()->code;
    tn__hash_destroy(words);
    tn__hash_destroy(keys);
    return status;
}

static int open_index(tn__note_file *file, const char *path, const uint8_t *head, int64_t n_bytes)
{
    const uint64_t n = tn__get_64(head + AT_N);
    file->n_bytes = (int64_t)tn__get_64(head + AT_BYTES);
    file->fingerprint = tn__get_64(head + AT_PRINT);
    if (file->n_bytes != n_bytes)
        return tn__fail(TN_EDECODE, "%s has %lld bytes, not %lld: it is cut off or damaged", path,
                        (long long)n_bytes, (long long)file->n_bytes);
    if (n > MAX_NOTES || TN__NOTE_FILE_HEAD + 2 * WORD_BYTES * (int64_t)n > n_bytes)
        return tn__fail(TN_EDECODE, "%s is damaged", path);
    file->n = (size_t)n;
    return check_table(file, path, tn__get_64(head + AT_TABLE_SUM));
}

/* Looks at the note of a journal at `at`; false: none is complete there before `end`. The note's
 * sum is checked when it is read. */
static bool look_at_note(const tn__note_file *file, int64_t at, int64_t end, tn__note_peek *out)
{
    uint8_t head[TN__NOTE_HEAD];
    return end - at >= TN__NOTE_HEAD && tn__read_at(file->descriptor, head, sizeof head, at) &&
           tn__note_look(head, out) && (int64_t)out->n_bytes <= end - at;
}

/* Walks from note to note, up to the first that is incomplete. */
static int open_journal(tn__note_file *file, int64_t n_bytes)
{
    tn__note_peek note;
    file->n_bytes = TN__NOTE_FILE_HEAD;
    while (file->n < MAX_NOTES && look_at_note(file, file->n_bytes, n_bytes, &note)) {
        file->n_bytes += (int64_t)note.n_bytes;
        file->n++;
    }
    return TN_OK;
}

typedef int visitor(void *context, const tn__note_entry *entry);

static int visit_journal(const tn__note_file *file, visitor *visit, void *context)
{
    tn__note_peek note;
    tn__note_entry entry = {.place = 0};
    int64_t at = TN__NOTE_FILE_HEAD;
    int status = TN_OK;
    while (status == TN_OK && entry.place < file->n &&
           look_at_note(file, at, file->n_bytes, &note)) {
        entry.key = note.key;
        entry.word = tn__word_make(0, at, note.n_bytes);
        status = visit(context, &entry);
        at += (int64_t)note.n_bytes;
        entry.place++;
    }
    return status;
}

static int visit_table(const tn__note_file *file, visitor *visit, void *context)
{
    block table;
    int status = TN_OK;
    for (size_t first = 0; status == TN_OK && first < file->n && read_block(file, first, &table);
         first += table.n)
        for (size_t i = 0; i < table.n && status == TN_OK; i++) {
            const tn__note_entry entry = {first + i, le64toh(table.keys[i]),
                                          le64toh(table.words[i])};
            if (entry.word != 0 && is_inside(file, entry.word))
                status = visit(context, &entry);
        }
    return status;
}

int tn__note_file_each(const tn__note_file *file,
                       int (*visit)(void *context, const tn__note_entry *entry), void *context)
{
    return file->is_journal ? visit_journal(file, visit, context)
                            : visit_table(file, visit, context);
}

/* Checks the file that was just opened, or reports why it could not be. */
static int read_all(tn__note_file *file, const char *path, bool is_named)
{
    struct stat facts;
    uint8_t head[TN__NOTE_FILE_HEAD];
    if (file->descriptor < 0 || !tn__stat_open(file->descriptor, &facts))
        return tn__fail_system(errno, is_named ? "index_path \"%s\"" : "%s", path);
    if (!is_named && !tn__store_trusts(facts.st_uid))
        return tn__fail(TN_EIO,
                        "%s belongs to another user (uid %u): it is used only if index_path "
                        "names it",
                        path, (unsigned)facts.st_uid);
    if (!S_ISREG(facts.st_mode) || facts.st_size >> TN__WORD_OFFSET_BITS)
        return tn__fail(TN_EDECODE, "%s is not an index that this version knows", path);
    const int status = read_head(file, path, head);
    if (status != TN_OK)
        return status;
    return file->is_journal ? open_journal(file, facts.st_size)
                            : open_index(file, path, head, facts.st_size);
}

/* Closes the file on failure. */
static int finish(tn__note_file *file, int status)
{
    const bool is_old = file->is_old;
    if (status != TN_OK)
        tn__note_file_close(file);
    file->is_old = is_old;
    return status;
}

enum { OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY };

int tn__note_file_open(const tn__store *store, const char *name, tn__note_file *out)
{
    *out = (tn__note_file){.descriptor = -1, .is_journal = tn__store_is_journal(name)};
    tn__text path = {0};
    tn__text_printf(&path, "%s/%s", store->path, name);
    int status = path.failed ? tn__fail_memory("a path", strlen(name)) : TN_OK;
    if (status == TN_OK) {
        out->descriptor = tn__open_at(store->folder, name, OPEN_FLAGS);
        status = read_all(out, path.chars, false);
    }
    tn__text_free(&path);
    return finish(out, status);
}

int tn__note_file_open_named(const char *path, tn__note_file *out)
{
    *out = (tn__note_file){.descriptor = tn__open(path, OPEN_FLAGS),
                           .is_journal = tn__store_is_journal(tn__path_leaf(path))};
    return finish(out, read_all(out, path, true));
}

bool tn__note_owner_at(int descriptor, uint64_t word, tn__note_owner *out)
{
    uint8_t head[TN__NOTE_HEAD];
    tn__note_peek note;
    const int64_t offset = tn__word_offset(word);
    if (tn__word_length(word) < sizeof head ||
        !tn__read_at(descriptor, head, sizeof head, offset) || !tn__note_look(head, &note) ||
        note.n_bytes != tn__word_length(word) ||
        !tn__read_at(descriptor, out->name, note.n_name, offset + TN__NOTE_HEAD))
        return false;
    out->name[note.n_name] = '\0';
    out->kind = note.kind;
    return strlen(out->name) == note.n_name;
}

void tn__note_file_close(tn__note_file *file)
{
    if (file->descriptor >= 0)
        close(file->descriptor);
    *file = (tn__note_file){.descriptor = -1};
}
