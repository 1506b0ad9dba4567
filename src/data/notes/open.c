/* SPDX-License-Identifier: MIT */
/* Opening and closing the index of a data set. See notes.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "data/notes/merge.h"
#include "data/notes/notes.h"
#include "tench.h"

/* Samples by the keys of their names, and by their names where they share a key; made for the first
 * file that is not in the samples' order. */
typedef struct named {
    uint64_t key;
    int64_t sample;
} named;

typedef struct opening {
    tn__notes *index;
    int64_t n;
    named *by_key;
    struct stat chosen; /* the index that a person named; st_ino 0: none */
} opening;

static const char *name_of(const tn__source *source, int64_t sample)
{
    return source->ops->name(source, sample);
}

static int compare_named(const void *a, const void *b, void *context)
{
    const tn__source *const *const source = context;
    const named *const x = a, *const y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return strcmp(name_of(*source, x->sample), name_of(*source, y->sample));
}

static int sort_names(opening *job)
{
    if (job->by_key)
        return TN_OK;
    const tn__source *source = job->index->source;
    job->by_key = malloc((size_t)(job->n + 1) * sizeof *job->by_key);
    if (!job->by_key)
        return tn__fail_memory("an index", (size_t)job->n * sizeof *job->by_key);
    for (int64_t sample = 0; sample < job->n; sample++)
        job->by_key[sample] = (named){tn__note_key(name_of(source, sample)), sample};
    qsort_r(job->by_key, (size_t)job->n, sizeof *job->by_key, compare_named, &source);
    return TN_OK;
}

/* Place of the first sample, in the order of by_key, that is not before this key and name. */
static int64_t find_place(const opening *job, uint64_t key, const char *name)
{
    int64_t low = 0, high = job->n;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const named *const at = &job->by_key[middle];
        const bool is_before = at->key != key
                                   ? at->key < key
                                   : strcmp(name_of(job->index->source, at->sample), name) < 0;
        if (is_before)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_key(const opening *job, int64_t place, uint64_t key)
{
    return place < job->n && job->by_key[place].key == key;
}

/* The sample whose record this may be; -1: none of this data set. The name in the record is looked
 * at where the key leaves a choice, among samples or among records; else when the record is used.
 */
static int64_t find_sample(const opening *job, int descriptor, uint64_t key, uint64_t word)
{
    const int64_t place = find_place(job, key, "");
    if (!has_key(job, place, key))
        return -1;
    const int64_t first = job->by_key[place].sample;
    if (!has_key(job, place + 1, key) &&
        atomic_load_explicit(&job->index->words[first], memory_order_relaxed) == 0)
        return first;
    char name[TN__NOTE_NAME + 1];
    if (!tn__note_name(descriptor, word, name))
        return -1;
    const int64_t own = find_place(job, key, name);
    return has_key(job, own, key) &&
                   strcmp(name_of(job->index->source, job->by_key[own].sample), name) == 0
               ? job->by_key[own].sample
               : -1;
}

/* An index file whose records are taken over. */
typedef struct taking {
    const opening *job;
    int descriptor, file;
    bool in_order;
} taking;

static int take_record(void *context, const tn__note_entry *entry)
{
    const taking *const from = context;
    const opening *const job = from->job;
    int64_t sample = entry->place < (size_t)job->n ? (int64_t)entry->place : -1;
    if (!from->in_order)
        sample = find_sample(job, from->descriptor, entry->key, entry->word);
    if (sample >= 0)
        atomic_store_explicit(
            &job->index->words[sample],
            tn__word(from->file, tn__word_offset(entry->word), tn__word_length(entry->word)),
            memory_order_relaxed);
    return TN_OK;
}

/* Takes the index file's records and its descriptor over. */
static int add_file(opening *job, tn__note_file *file)
{
    tn__notes *const index = job->index;
    const tn__source *const source = index->source;
    taking from = {.job = job,
                   .descriptor = file->descriptor,
                   .file = index->n_files,
                   .in_order =
                       !file->is_journal && file->fingerprint == source->ops->fingerprint(source)};
    int status = from.in_order ? TN_OK : sort_names(job);
    if (status == TN_OK)
        status = tn__note_file_each(file, take_record, &from);
    if (status != TN_OK)
        return status;
    index->descriptors[index->n_files++] = file->descriptor;
    file->descriptor = -1;
    return TN_OK;
}

static int warn(tn__notes *index)
{
    tn__error_place("index", "", -1, -1);
    return tn__findings_add_failure(&index->warnings, -1, 0);
}

/* True if it is the index that a person named, which is open already. */
static bool is_chosen(const opening *job, const tn__store *store, const char *name)
{
    struct stat facts;
    return job->chosen.st_ino != 0 && tn__stat_at(store->folder, name, &facts, 0) &&
           facts.st_ino == job->chosen.st_ino && facts.st_dev == job->chosen.st_dev;
}

/* A file that is there and cannot be used is a warning. *n counts the files that were opened. */
static int open_file(const opening *job, const tn__store *store, const char *name,
                     tn__note_file *files, int *n)
{
    if (is_chosen(job, store, name))
        return TN_OK;
    const int status = tn__note_file_open(store, name, &files[*n]);
    if (status == TN_OK)
        ++*n;
    if (status == TN_OK || status == TN_ENOMEM)
        return status;
    return tn__error_last()->system_error == ENOENT ? TN_OK : warn(job->index);
}

/* Opens journals, as many as `room`. */
static int open_journals(const opening *job, const tn__store *store, tn__note_file *files, int room,
                         int *n)
{
    DIR *const folder = tn__store_list(store);
    int status = TN_OK, n_more = 0;
    const struct dirent *entry = NULL;
    while (folder && status == TN_OK && (entry = tn__next_entry(folder))) {
        if (!tn__store_is_journal(entry->d_name))
            continue;
        if (*n < room)
            status = open_file(job, store, entry->d_name, files, n);
        else
            n_more++;
    }
    if (status == TN_OK && !entry && errno) {
        tn__fail_system(errno, "%s: cannot read this folder", store->path);
        status = warn(job->index);
    }
    if (folder)
        closedir(folder);
    if (status != TN_OK || n_more == 0)
        return status;
    tn__fail(TN_ELIMIT, "%s has %d journals more than are read at once: tench index merges them",
             store->path, n_more);
    return warn(job->index);
}

/* A store's index file, then its journals, which are newer. Journals are opened first, so that one
 * which another process is just putting into the index file is found there. */
static int add_store_folder(opening *job, const tn__store *store)
{
    tn__note_file journals[TN__NOTES_FILES], file;
    int n_journals = 0, n_files = 0;
    if (store->folder < 0)
        return TN_OK;
    const int room = TN__NOTES_OWN - job->index->n_files - 1;
    int status = open_journals(job, store, journals, room, &n_journals);
    if (status == TN_OK)
        status = open_file(job, store, TN__INDEX_NAME, &file, &n_files);
    if (status == TN_OK && n_files == 1)
        status = add_file(job, &file);
    for (int j = 0; j < n_journals && status == TN_OK; j++)
        status = add_file(job, &journals[j]);
    for (int j = 0; j < n_journals; j++)
        tn__note_file_close(&journals[j]);
    if (n_files == 1)
        tn__note_file_close(&file);
    return status;
}

static int add_named(opening *job, const char *path)
{
    tn__note_file file;
    int status = tn__note_file_open_named(path, &file);
    if (status == TN_OK && !tn__stat_open(file.descriptor, &job->chosen))
        status = tn__fail_system(errno, "%s", path);
    if (status == TN_OK)
        status = add_file(job, &file);
    tn__note_file_close(&file);
    return status;
}

/* Later files count before earlier ones: the named index first, then the cache, then the folder. */
static int open_all(tn__notes *index, const tn__notes_options *options)
{
    opening job = {.index = index, .n = index->source->ops->count(index->source)};
    index->words = calloc((size_t)job.n + 1, sizeof *index->words);
    if (!index->words)
        return tn__fail_memory("an index", (size_t)job.n * sizeof *index->words);
    int status = options->path ? add_named(&job, options->path) : TN_OK;
    for (int which = TN__STORES - 1; which >= 0 && status == TN_OK; which--)
        status = add_store_folder(&job, &index->stores[which]);
    free(job.by_key);
    return status;
}

/* Makes one index file of the journals that processes left behind, on either store; where that
 * cannot be done now, they stay. */
static int merge_left(tn__notes *index)
{
    for (int which = 0; which < TN__STORES; which++)
        if (tn__store_has_journals(&index->stores[which]) &&
            tn__notes_merge(&index->stores[which], index->source, NULL, 0, &index->warnings) ==
                TN_ENOMEM)
            return TN_ENOMEM;
    return TN_OK;
}

static int open_stores(tn__notes *index)
{
    int status = TN_OK;
    for (int which = 0; which < TN__STORES && status == TN_OK; which++)
        status =
            tn__store_open(index->source->ops->root(index->source), which, &index->stores[which]);
    return status;
}

static void dispose(tn__notes *index)
{
    for (int file = 0; file < index->n_files; file++)
        close(index->descriptors[file]);
    tn__journal_close(&index->journal);
    for (int which = 0; which < TN__STORES; which++)
        tn__store_close(&index->stores[which]);
    tn__findings_free(&index->warnings);
    free(index->words);
    free(index);
}

int tn__notes_open(const tn__source *source, const tn__notes_options *options, tn__notes **out)
{
    *out = NULL;
    tn__notes *const index = calloc(1, sizeof *index);
    if (!index)
        return tn__fail_memory("an index", sizeof *index);
    index->source = source;
    index->columns = options->mode == TN_INDEX_AUTO ? options->columns : 0;
    index->paranoid = options->mode == TN_INDEX_PARANOID;
    for (int which = 0; which < TN__STORES; which++)
        index->stores[which].folder = -1;
    tn__findings_init(&index->warnings, TN__NOTES_WARNINGS);
    tn__journal_init(&index->journal);
    int status = open_stores(index);
    if (status == TN_OK && index->columns > 0)
        status = merge_left(index);
    if (status == TN_OK)
        status = open_all(index, options);
    if (status == TN_OK && (index->n_files > 0 || index->columns > 0 || index->warnings.n > 0))
        *out = index;
    else
        dispose(index);
    return status;
}

/* True if this process has something to put into an index file. Workers may be building meanwhile.
 */
static bool has_news(tn__notes *index)
{
    pthread_mutex_lock(&index->journal.lock);
    const bool has_journal = index->journal.descriptor >= 0 && index->journal.pid == getpid();
    pthread_mutex_unlock(&index->journal.lock);
    return has_journal && !atomic_load_explicit(&index->is_stored, memory_order_relaxed);
}

/* True if the last failure is that this user may not write there: journals stay for their owner. */
static bool is_forbidden(void)
{
    const int reason = tn__error_last()->system_error;
    return reason == EACCES || reason == EPERM || reason == EROFS;
}

/* What could not be merged when the index was opened: merges it now, or says that it stays. */
static int merge_rest(tn__notes *index, int32_t wait_ms)
{
    int status = TN_OK;
    for (int which = 0; which < TN__STORES && status == TN_OK; which++) {
        const tn__store *const store = &index->stores[which];
        if (!tn__store_has_journals(store) ||
            tn__notes_merge(store, index->source, NULL, wait_ms, &index->warnings) == TN_OK ||
            is_forbidden())
            continue;
        tn__error_prefix("%s has journals, which are used and stay until the next tench index",
                         store->path);
        status = tn__error_last()->code == TN_ENOMEM ? TN_ENOMEM : warn(index);
    }
    return status;
}

int tn__notes_save(tn__notes *index, int32_t wait_ms)
{
    atomic_store_explicit(&index->is_closed, true, memory_order_relaxed);
    if (!has_news(index))
        return wait_ms > 0 ? merge_rest(index, wait_ms) : TN_OK;
    const tn__journal *const journal = &index->journal; /* its place and name do not change */
    const int status =
        tn__notes_merge(journal->store, index->source, journal->name, wait_ms, &index->warnings);
    if (status == TN_OK)
        atomic_store_explicit(&index->is_stored, true, memory_order_relaxed);
    if (status != TN_ETIMEOUT)
        return status;
    tn__error_prefix(
        "what was indexed stays in %s/%s, where it is used, until the next tench index",
        journal->store->path, journal->name);
    return warn(index);
}

void tn__notes_close(tn__notes *index)
{
    tn__error before;
    tn__error_take(&before);
    if (has_news(index))
        (void)tn__notes_save(index, 0);
    (void)tn__error_raise(&before);
    dispose(index);
}

void tn__notes_info(tn__notes *index, tn_index_info *out)
{
    const int64_t n = index->source->ops->count(index->source);
    for (int64_t sample = 0; sample < n; sample++)
        out->known += atomic_load_explicit(&index->words[sample], memory_order_relaxed) != 0;
    out->dropped = atomic_load_explicit(&index->n_dropped, memory_order_relaxed);
    pthread_mutex_lock(&index->warnings.lock);
    out->warnings = (int64_t)index->warnings.n;
    pthread_mutex_unlock(&index->warnings.lock);
}

static void look_at(const tn__store *store, const char *name, tn__text *path, int64_t *n_bytes)
{
    struct stat facts;
    if (store->folder < 0 || !tn__stat_at(store->folder, name, &facts, 0))
        return;
    *n_bytes += facts.st_size;
    if (path->length > 0)
        tn__text_add(path, ", ");
    tn__text_printf(path, "%s/%s", store->path, name);
}

int tn__notes_where(tn__notes *index, tn__text *path, int64_t *n_bytes)
{
    *n_bytes = 0;
    tn__text_clear(path);
    for (int which = 0; which < TN__STORES; which++)
        if (index->stores[which].folder >= 0 &&
            tn__store_check(&index->stores[which], TN__INDEX_NAME) == TN_OK)
            look_at(&index->stores[which], TN__INDEX_NAME, path, n_bytes);
    if (has_news(index))
        look_at(index->journal.store, index->journal.name, path, n_bytes);
    return path->failed ? tn__fail_memory("a path", path->capacity) : TN_OK;
}
