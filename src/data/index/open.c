/* SPDX-License-Identifier: MIT */
/* Opening and closing the index of a data set. See index.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "data/index/index.h"
#include "data/index/merge.h"
#include "tench.h"

/* Samples by the keys of their names, and by their names where they share a key; made for the first
 * file that is not in the samples' order. */
typedef struct named {
    uint64_t key;
    int64_t sample;
} named;

typedef struct opening {
    tn__index *index;
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
        job->by_key[sample] = (named){tn__record_key(name_of(source, sample)), sample};
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
    char name[TN__RECORD_NAME + 1];
    if (!tn__store_name(descriptor, word, name))
        return -1;
    const int64_t own = find_place(job, key, name);
    return has_key(job, own, key) &&
                   strcmp(name_of(job->index->source, job->by_key[own].sample), name) == 0
               ? job->by_key[own].sample
               : -1;
}

/* A store whose records are taken over. */
typedef struct taking {
    const opening *job;
    int descriptor, file;
    bool in_order;
} taking;

static int take_record(void *context, const tn__store_entry *entry)
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

/* Takes the store's records and its descriptor over. */
static int add_store(opening *job, tn__store *store)
{
    tn__index *const index = job->index;
    const tn__source *const source = index->source;
    taking from = {.job = job,
                   .descriptor = store->descriptor,
                   .file = index->n_files,
                   .in_order = !store->is_journal &&
                               store->fingerprint == source->ops->fingerprint(source)};
    int status = from.in_order ? TN_OK : sort_names(job);
    if (status == TN_OK)
        status = tn__store_each(store, take_record, &from);
    if (status != TN_OK)
        return status;
    index->descriptors[index->n_files++] = store->descriptor;
    store->descriptor = -1;
    return TN_OK;
}

static int warn(tn__index *index)
{
    tn__error_place("index", "", -1, -1);
    return tn__findings_add_failure(&index->warnings, -1, 0);
}

/* True if it is the index that a person named, which is open already. */
static bool is_chosen(const opening *job, const tn__shelf *shelf, const char *name)
{
    struct stat facts;
    return job->chosen.st_ino != 0 && tn__stat_at(shelf->folder, name, &facts, 0) &&
           facts.st_ino == job->chosen.st_ino && facts.st_dev == job->chosen.st_dev;
}

/* A file that is there and cannot be used is a warning. *n counts the files that were opened. */
static int open_file(const opening *job, const tn__shelf *shelf, const char *name,
                     tn__store *stores, int *n)
{
    if (is_chosen(job, shelf, name))
        return TN_OK;
    const int status = tn__store_open(shelf, name, &stores[*n]);
    if (status == TN_OK)
        ++*n;
    if (status == TN_OK || status == TN_ENOMEM)
        return status;
    return tn__error_last()->system_error == ENOENT ? TN_OK : warn(job->index);
}

/* Opens journals, as many as `room`. */
static int open_journals(const opening *job, const tn__shelf *shelf, tn__store *stores, int room,
                         int *n)
{
    DIR *const folder = tn__shelf_list(shelf);
    int status = TN_OK, n_more = 0;
    const struct dirent *entry = NULL;
    while (folder && status == TN_OK && (entry = tn__next_entry(folder))) {
        if (!tn__shelf_is_journal(entry->d_name))
            continue;
        if (*n < room)
            status = open_file(job, shelf, entry->d_name, stores, n);
        else
            n_more++;
    }
    if (status == TN_OK && !entry && errno) {
        tn__fail_system(errno, "%s: cannot read this folder", shelf->path);
        status = warn(job->index);
    }
    if (folder)
        closedir(folder);
    if (status != TN_OK || n_more == 0)
        return status;
    tn__fail(TN_ELIMIT, "%s has %d journals more than are read at once: tench index merges them",
             shelf->path, n_more);
    return warn(job->index);
}

/* A shelf's store, then its journals, which are newer. Journals are opened first, so that one which
 * another process is just putting into the store is found there. */
static int add_shelf(opening *job, const tn__shelf *shelf)
{
    tn__store journals[TN__INDEX_FILES], store;
    int n_journals = 0, n_stores = 0;
    if (shelf->folder < 0)
        return TN_OK;
    const int room = TN__INDEX_OWN - job->index->n_files - 1;
    int status = open_journals(job, shelf, journals, room, &n_journals);
    if (status == TN_OK)
        status = open_file(job, shelf, TN__INDEX_NAME, &store, &n_stores);
    if (status == TN_OK && n_stores == 1)
        status = add_store(job, &store);
    for (int j = 0; j < n_journals && status == TN_OK; j++)
        status = add_store(job, &journals[j]);
    for (int j = 0; j < n_journals; j++)
        tn__store_close(&journals[j]);
    if (n_stores == 1)
        tn__store_close(&store);
    return status;
}

static int add_named(opening *job, const char *path)
{
    tn__store store;
    int status = tn__store_open_named(path, &store);
    if (status == TN_OK && !tn__stat_open(store.descriptor, &job->chosen))
        status = tn__fail_system(errno, "%s", path);
    if (status == TN_OK)
        status = add_store(job, &store);
    tn__store_close(&store);
    return status;
}

/* Later files count before earlier ones: the named index first, then the cache, then the folder. */
static int open_all(tn__index *index, const tn__index_options *options)
{
    opening job = {.index = index, .n = index->source->ops->count(index->source)};
    index->words = calloc((size_t)job.n + 1, sizeof *index->words);
    if (!index->words)
        return tn__fail_memory("an index", (size_t)job.n * sizeof *index->words);
    int status = options->path ? add_named(&job, options->path) : TN_OK;
    for (int which = TN__SHELVES - 1; which >= 0 && status == TN_OK; which--)
        status = add_shelf(&job, &index->shelves[which]);
    free(job.by_key);
    return status;
}

/* Makes one store of the journals that processes left behind, on either shelf; where that cannot be
 * done now, they stay. */
static int merge_left(tn__index *index)
{
    for (int which = 0; which < TN__SHELVES; which++)
        if (tn__shelf_has_journals(&index->shelves[which]) &&
            tn__index_merge(&index->shelves[which], index->source, NULL, 0, &index->warnings) ==
                TN_ENOMEM)
            return TN_ENOMEM;
    return TN_OK;
}

static int open_shelves(tn__index *index)
{
    int status = TN_OK;
    for (int which = 0; which < TN__SHELVES && status == TN_OK; which++)
        status =
            tn__shelf_open(index->source->ops->root(index->source), which, &index->shelves[which]);
    return status;
}

static void dispose(tn__index *index)
{
    for (int file = 0; file < index->n_files; file++)
        close(index->descriptors[file]);
    tn__journal_close(&index->journal);
    for (int which = 0; which < TN__SHELVES; which++)
        tn__shelf_close(&index->shelves[which]);
    tn__findings_free(&index->warnings);
    free(index->words);
    free(index);
}

int tn__index_open(const tn__source *source, const tn__index_options *options, tn__index **out)
{
    *out = NULL;
    tn__index *const index = calloc(1, sizeof *index);
    if (!index)
        return tn__fail_memory("an index", sizeof *index);
    index->source = source;
    index->columns = options->mode == TN_INDEX_AUTO ? options->columns : 0;
    index->paranoid = options->mode == TN_INDEX_PARANOID;
    for (int which = 0; which < TN__SHELVES; which++)
        index->shelves[which].folder = -1;
    tn__findings_init(&index->warnings, TN__INDEX_WARNINGS);
    tn__journal_init(&index->journal);
    int status = open_shelves(index);
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

/* True if this process has something to put into a store. Workers may be building meanwhile. */
static bool has_news(tn__index *index)
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
static int merge_rest(tn__index *index, int32_t wait_ms)
{
    int status = TN_OK;
    for (int which = 0; which < TN__SHELVES && status == TN_OK; which++) {
        const tn__shelf *const shelf = &index->shelves[which];
        if (!tn__shelf_has_journals(shelf) ||
            tn__index_merge(shelf, index->source, NULL, wait_ms, &index->warnings) == TN_OK ||
            is_forbidden())
            continue;
        tn__error_prefix("%s has journals, which are used and stay until the next tench index",
                         shelf->path);
        status = tn__error_last()->code == TN_ENOMEM ? TN_ENOMEM : warn(index);
    }
    return status;
}

int tn__index_store(tn__index *index, int32_t wait_ms)
{
    atomic_store_explicit(&index->is_closed, true, memory_order_relaxed);
    if (!has_news(index))
        return wait_ms > 0 ? merge_rest(index, wait_ms) : TN_OK;
    const tn__journal *const journal = &index->journal; /* its place and name do not change */
    const int status =
        tn__index_merge(journal->shelf, index->source, journal->name, wait_ms, &index->warnings);
    if (status == TN_OK)
        atomic_store_explicit(&index->is_stored, true, memory_order_relaxed);
    if (status != TN_ETIMEOUT)
        return status;
    tn__error_prefix(
        "what was indexed stays in %s/%s, where it is used, until the next tench index",
        journal->shelf->path, journal->name);
    return warn(index);
}

void tn__index_close(tn__index *index)
{
    tn__error before;
    tn__error_take(&before);
    if (has_news(index))
        (void)tn__index_store(index, 0);
    (void)tn__error_raise(&before);
    dispose(index);
}

void tn__index_info(tn__index *index, tn_index_info *out)
{
    const int64_t n = index->source->ops->count(index->source);
    for (int64_t sample = 0; sample < n; sample++)
        out->known += atomic_load_explicit(&index->words[sample], memory_order_relaxed) != 0;
    out->dropped = atomic_load_explicit(&index->n_dropped, memory_order_relaxed);
    pthread_mutex_lock(&index->warnings.lock);
    out->warnings = (int64_t)index->warnings.n;
    pthread_mutex_unlock(&index->warnings.lock);
}

static void look_at(const tn__shelf *shelf, const char *name, tn__text *path, int64_t *n_bytes)
{
    struct stat facts;
    if (shelf->folder < 0 || !tn__stat_at(shelf->folder, name, &facts, 0))
        return;
    *n_bytes += facts.st_size;
    if (path->length > 0)
        tn__text_add(path, ", ");
    tn__text_printf(path, "%s/%s", shelf->path, name);
}

int tn__index_where(tn__index *index, tn__text *path, int64_t *n_bytes)
{
    *n_bytes = 0;
    tn__text_clear(path);
    for (int which = 0; which < TN__SHELVES; which++)
        if (index->shelves[which].folder >= 0 &&
            tn__shelf_check(&index->shelves[which], TN__INDEX_NAME) == TN_OK)
            look_at(&index->shelves[which], TN__INDEX_NAME, path, n_bytes);
    if (has_news(index))
        look_at(index->journal.shelf, index->journal.name, path, n_bytes);
    return path->failed ? tn__fail_memory("a path", path->capacity) : TN_OK;
}
