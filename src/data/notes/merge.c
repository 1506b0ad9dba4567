/* SPDX-License-Identifier: MIT */
/* Merges journals into the index file. See merge.h.
 *
 * At most MAX_INPUTS files are open at once: if there are more journals, they are first copied into
 * one. */
#include "data/notes/merge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/folder.h"
#include "base/open.h"
#include "base/read.h"
#include "base/write.h"
#include "data/notes/file.h"
#include "data/notes/journal.h"
#include "data/notes/lock.h"
#include "data/notes/write.h"

enum {
    MAX_JOURNALS = 8,
    MAX_INPUTS = MAX_JOURNALS + 2,
    COPY_BYTES = 1 << 20,
    NAME_BYTES = 1 << 16,
    FIRST_ITEMS = 1024
};

/* A journal in the store. */
typedef struct left {
    char name[sizeof TN__JOURNAL_FORM];
    bool is_merged; /* the new index file has its notes, or it has none that can be used */
} left;

typedef struct merge {
    const tn__store *store;
    const tn__source *source;
    const char *own;
    tn__findings *warnings;
    left *journals;
    size_t n_journals, capacity;
    tn__note_file inputs[MAX_INPUTS]; /* the index file first, if it exists; our own journal last */
    int n_inputs;
    int gathered; /* descriptor of the journal that got copies of all others; -1: none */
    char gathered_name[sizeof TN__JOURNAL_FORM];
    tn__note_item *items;
    size_t n_items, item_capacity;
    tn__arena names; /* of items whose key belongs to several owners */
} merge;

/* Opens a file that goes into the new index file, as the next of the inputs. TN_END: it cannot be
 * used.
 */
static int add_input(merge *job, const char *name)
{
    if (job->n_inputs == MAX_INPUTS)
        return tn__fail(TN_ELIMIT, "an index of more than %d files", MAX_INPUTS);
    const int status = tn__note_file_open(job->store, name, &job->inputs[job->n_inputs]);
    if (status == TN_OK)
        job->n_inputs++;
    return status == TN_OK || status == TN_ENOMEM ? status : TN_END;
}

/* Locks a journal that no process writes; -1: a process does. A writer locks its journal before it
 * writes the head, so a journal with a head and without a lock has lost its writer for good. */
static int take_lock(const tn__store *store, const char *name)
{
    const int file = tn__open_at(store->folder, name, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
    if (file < 0 || tn__folder_lock(file) == TN__LOCK_GOT)
        return file;
    close(file);
    return -1;
}

/* Removes a journal whose writer ended before it had written the whole head: it holds no notes. A
 * writer that has not locked its file yet then finds that the file has no name (journal.c). */
static bool remove_headless(const merge *job, const char *name, int locked)
{
    struct stat facts;
    uint8_t head[TN__NOTE_FILE_HEAD], found[TN__NOTE_FILE_HEAD];
    if (!tn__stat_open(locked, &facts) || facts.st_size >= TN__NOTE_FILE_HEAD)
        return false;
    const size_t n_bytes = (size_t)facts.st_size;
    tn__journal_head(head);
    return tn__read_at(locked, found, n_bytes, 0) && memcmp(found, head, n_bytes) == 0 &&
           unlinkat(job->store->folder, name, 0) == 0;
}

/* Opens a journal that was left behind. TN_END: it has no notes that can be used. */
static int open_left(const merge *job, left *journal, tn__note_file *out)
{
    *out = (tn__note_file){.descriptor = -1};
    const int lock = take_lock(job->store, journal->name);
    if (lock < 0)
        return TN_END;
    const int status = remove_headless(job, journal->name, lock)
                           ? TN_END
                           : tn__note_file_open(job->store, journal->name, out);
    close(lock);
    journal->is_merged = status == TN_OK || out->is_old;
    return status == TN_OK || status == TN_ENOMEM ? status : TN_END;
}

static int list_journals(merge *job)
{
    DIR *const folder = tn__store_list(job->store);
    if (!folder)
        return tn__fail_system(errno, "%s", job->store->path);
    int status = TN_OK;
    const struct dirent *entry;
    while (status == TN_OK && (entry = tn__next_entry(folder))) {
        if (!tn__store_is_journal(entry->d_name) ||
            (job->own && strcmp(job->own, entry->d_name) == 0))
            continue;
        if (job->n_journals == job->capacity) {
            const size_t capacity = 2 * job->capacity + MAX_JOURNALS;
            left *const more = realloc(job->journals, capacity * sizeof *more);
            if (!more) {
                status = tn__fail_memory("a list of journals", capacity * sizeof *more);
                break;
            }
            job->journals = more;
            job->capacity = capacity;
        }
        left *const journal = &job->journals[job->n_journals++];
        *journal = (left){.is_merged = false};
        memcpy(journal->name, entry->d_name, sizeof journal->name);
    }
    if (status == TN_OK && errno)
        status = tn__fail_system(errno, "%s", job->store->path);
    closedir(folder);
    return status;
}

/* Appends a journal's notes to the gathered one. */
static int copy_notes(const merge *job, const tn__note_file *from, uint8_t *buffer)
{
    for (int64_t at = TN__NOTE_FILE_HEAD; at < from->n_bytes;) {
        const int64_t rest = from->n_bytes - at;
        const size_t n = rest < COPY_BYTES ? (size_t)rest : COPY_BYTES;
        if (!tn__read_at(from->descriptor, buffer, n, at) ||
            !tn__write_all(job->gathered, buffer, n))
            return tn__fail_system(errno, "%s/%s", job->store->path, job->gathered_name);
        at += (int64_t)n;
    }
    return TN_OK;
}

/* Copies all journals that were left behind into one, which becomes an input. The originals stay
 * until the index file has its name. */
static int gather(merge *job)
{
    uint8_t *const buffer = malloc(COPY_BYTES);
    if (!buffer)
        return tn__fail_memory("an index", COPY_BYTES);
    int status = TN_OK;
    job->gathered = tn__journal_make(job->store, job->gathered_name);
    if (job->gathered < 0)
        status = job->gathered;
    for (size_t j = 0; j < job->n_journals && status == TN_OK; j++) {
        tn__note_file from;
        status = open_left(job, &job->journals[j], &from);
        if (status == TN_OK)
            status = copy_notes(job, &from, buffer);
        else if (status == TN_END)
            status = TN_OK;
        tn__note_file_close(&from);
    }
    free(buffer);
    return status == TN_OK ? add_input(job, job->gathered_name) : status;
}

static int add_journals(merge *job)
{
    if (job->n_journals > MAX_JOURNALS)
        return gather(job);
    for (size_t j = 0; j < job->n_journals; j++) {
        tn__note_file opened;
        const int status = open_left(job, &job->journals[j], &opened);
        if (status == TN_ENOMEM)
            return status;
        if (status == TN_OK)
            job->inputs[job->n_inputs++] = opened;
    }
    return TN_OK;
}

/* *has_news: an input has notes that the index file may lack. */
static int add_inputs(merge *job, bool *has_news)
{
    int status = list_journals(job);
    if (status == TN_OK)
        status = add_input(job, TN__INDEX_NAME);
    if (status == TN_OK || status == TN_END)
        status = add_journals(job);
    if (status == TN_OK && job->own)
        status = add_input(job, job->own);
    *has_news = status == TN_OK && job->own;
    for (size_t j = 0; j < job->n_journals; j++)
        *has_news |= job->journals[j].is_merged;
    return status == TN_END ? TN_OK : status;
}

static int compare_by_key(const void *a, const void *b)
{
    const tn__note_item *const x = a, *const y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static int compare_by_owner(const void *a, const void *b)
{
    const tn__note_item *const x = a, *const y = b;
    const int order = strcmp(x->name, y->name);
    if (order != 0 || x->kind != y->kind)
        return order != 0 ? order : (x->kind > y->kind) - (x->kind < y->kind);
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* An input whose notes become items. */
typedef struct collecting {
    merge *job;
    int descriptor;
} collecting;

static int add_item(void *context, const tn__note_entry *entry)
{
    const collecting *const from = context;
    merge *const job = from->job;
    if (job->n_items == job->item_capacity) {
        const size_t capacity = 2 * job->item_capacity + FIRST_ITEMS;
        tn__note_item *const more = realloc(job->items, capacity * sizeof *more);
        if (!more)
            return tn__fail_memory("an index", capacity * sizeof *more);
        job->items = more;
        job->item_capacity = capacity;
    }
    job->items[job->n_items] = (tn__note_item){.key = entry->key,
                                               .word = entry->word,
                                               .rank = job->n_items,
                                               .descriptor = from->descriptor};
    job->n_items++;
    return TN_OK;
}

/* Makes items of all notes of all inputs. */
static int collect(merge *job)
{
    int status = TN_OK;
    for (int f = 0; f < job->n_inputs && status == TN_OK; f++) {
        collecting from = {job, job->inputs[f].descriptor};
        status = tn__note_file_each(&job->inputs[f], add_item, &from);
    }
    return status;
}

static bool is_same(const tn__note_owner *a, const tn__note_owner *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0;
}

/* Moves the items whose owners can be read to the front, and returns their number. *is_one: they
 * all have one owner. */
static size_t close_up(tn__note_item *items, size_t n, bool *is_one)
{
    tn__note_owner first, owner;
    size_t n_good = 0;
    *is_one = true;
    for (size_t i = 0; i < n; i++) {
        if (!tn__note_owner_at(items[i].descriptor, items[i].word, n_good ? &owner : &first))
            continue;
        *is_one &= n_good == 0 || is_same(&first, &owner);
        items[n_good++] = items[i];
    }
    return n_good;
}

static int name_item(merge *job, tn__note_item *item)
{
    tn__note_owner owner;
    if (!tn__note_owner_at(item->descriptor, item->word, &owner))
        owner = (tn__note_owner){0}; /* close_up could read it; put_note checks the note again */
    const size_t n_bytes = strlen(owner.name) + 1;
    item->kind = owner.kind;
    item->name = tn__arena_take(&job->names, n_bytes);
    if (!item->name)
        return TN_ENOMEM;
    memcpy(item->name, owner.name, n_bytes);
    return TN_OK;
}

/* Keeps the last item of each owner, among items with one key, and moves them to the front; *n
 * becomes their number. Only items whose key has several owners get names. TN_ENOMEM. */
static int keep_last(merge *job, tn__note_item *items, size_t *n)
{
    bool is_one;
    const size_t n_good = close_up(items, *n, &is_one);
    *n = is_one && n_good > 0 ? 1 : 0;
    if (is_one) {
        items[0] = items[n_good > 0 ? n_good - 1 : 0];
        return TN_OK;
    }
    for (size_t i = 0; i < n_good; i++)
        if (name_item(job, &items[i]) != TN_OK)
            return TN_ENOMEM;
    qsort(items, n_good, sizeof *items, compare_by_owner);
    for (size_t i = 0; i < n_good; i++)
        if (i + 1 == n_good || strcmp(items[i].name, items[i + 1].name) != 0 ||
            items[i].kind != items[i + 1].kind)
            items[(*n)++] = items[i];
    return TN_OK;
}

/* Sorts the items, and keeps the last one of each owner. */
static int sort_items(merge *job)
{
    tn__note_item *const items = job->items;
    const size_t n = job->n_items;
    if (n > 0)
        qsort(items, n, sizeof *items, compare_by_key);
    job->n_items = 0;
    for (size_t begin = 0, end; begin < n; begin = end) {
        end = begin + 1;
        while (end < n && items[end].key == items[begin].key)
            end++;
        size_t n_kept = end - begin;
        if (n_kept > 1 && keep_last(job, items + begin, &n_kept) != TN_OK)
            return TN_ENOMEM;
        memmove(items + job->n_items, items + begin, n_kept * sizeof *items);
        job->n_items += n_kept;
    }
    return TN_OK;
}

/* Flushes the folder: until then a power cut can undo the rename. That costs no more than time, so
 * a failure is a warning only. */
static int sync_folder(const merge *job)
{
    if (tn__folder_sync(job->store->folder))
        return TN_OK;
    tn__fail_system(errno,
                    "%s/" TN__INDEX_NAME " is complete, but the folder cannot be flushed to the "
                    "disk, so a power cut can lose it",
                    job->store->path);
    tn__error_place("index", "", -1, -1);
    return tn__findings_add_failure(job->warnings, -1, 0);
}

static int put_in_place(const merge *job, int part)
{
    const int folder = job->store->folder;
    if (!tn__file_sync(part) || renameat(folder, TN__INDEX_PART, folder, TN__INDEX_NAME) != 0)
        return tn__fail_system(errno, "%s/" TN__INDEX_NAME, job->store->path);
    const int status = sync_folder(job);
    for (size_t j = 0; j < job->n_journals; j++)
        if (job->journals[j].is_merged)
            unlinkat(folder, job->journals[j].name, 0);
    if (job->own)
        unlinkat(folder, job->own, 0);
    return status;
}

/* Makes the file that becomes the index file; replaces one that was left behind. */
static int open_part(const tn__store *store)
{
    unlinkat(store->folder, TN__INDEX_PART, 0);
    const int part =
        tn__open_at(store->folder, TN__INDEX_PART, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
    return part >= 0 ? part : tn__fail_system(errno, "%s/" TN__INDEX_PART, store->path);
}

static int write_store(merge *job)
{
    const int part = open_part(job->store);
    if (part < 0)
        return part;
    int status = tn__note_file_write(part, job->source, job->items, job->n_items);
    if (status == TN_EIO)
        tn__error_prefix("%s", job->store->path);
    if (status == TN_OK)
        status = put_in_place(job, part);
    close(part);
    if (status != TN_OK)
        unlinkat(job->store->folder, TN__INDEX_PART, 0);
    return status;
}

/* Called with the store's lock held: no other process replaces the index file meanwhile. */
static int merge_locked(merge *job)
{
    bool has_news;
    int status = tn__store_check(job->store, TN__INDEX_NAME);
    if (status == TN_OK)
        status = add_inputs(job, &has_news);
    if (status != TN_OK || !has_news)
        return status;
    status = collect(job);
    if (status == TN_OK)
        status = sort_items(job);
    return status == TN_OK ? write_store(job) : status;
}

static void dispose(merge *job)
{
    if (job->gathered >= 0) {
        unlinkat(job->store->folder, job->gathered_name, 0);
        close(job->gathered);
    }
    for (int f = 0; f < job->n_inputs; f++)
        tn__note_file_close(&job->inputs[f]);
    tn__arena_free(&job->names);
    free(job->items);
    free(job->journals);
}

int tn__notes_merge(const tn__store *store, const tn__source *source, const char *own,
                    int32_t wait_ms, tn__findings *warnings)
{
    merge job = {
        .store = store, .source = source, .own = own, .warnings = warnings, .gathered = -1};
    int lock;
    int status = tn__store_lock(store, wait_ms, &lock);
    if (status != TN_OK)
        return status;
    sigset_t before;
    tn__arena_init(&job.names, NAME_BYTES, 0);
    tn__write_shield(&before);
    status = merge_locked(&job);
    tn__write_unshield(&before);
    dispose(&job);
    tn__store_unlock(store, lock);
    return status;
}
