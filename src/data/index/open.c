/* SPDX-License-Identifier: MIT */
/* Opening and closing the index of a data set. See index.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "data/index/index.h"
#include "data/index/merge.h"
#include "tench.h"

/* Samples by the keys of their names, made for the first file that is not in their order. */
typedef struct named {
    uint64_t key;
    int64_t sample;
} named;

typedef struct opening {
    tn__index *index;
    int64_t n;
    named *by_key;
} opening;

static int compare_keys(const void *a, const void *b)
{
    const uint64_t x = ((const named *)a)->key, y = ((const named *)b)->key;
    return (x > y) - (x < y);
}

static int sort_names(opening *job)
{
    if (job->by_key)
        return TN_OK;
    const tn__source *const source = job->index->source;
    job->by_key = malloc((size_t)(job->n + 1) * sizeof *job->by_key);
    if (!job->by_key)
        return tn__fail_memory("an index", (size_t)job->n * sizeof *job->by_key);
    for (int64_t sample = 0; sample < job->n; sample++)
        job->by_key[sample] = (named){tn__record_key(source->ops->name(source, sample)), sample};
    qsort(job->by_key, (size_t)job->n, sizeof *job->by_key, compare_keys);
    return TN_OK;
}

/* The sample of a store's record, -1: not one of this data set. */
static int64_t sample_of(const opening *job, const tn__store *store, size_t record, bool in_order)
{
    if (in_order)
        return (int64_t)record < job->n ? (int64_t)record : -1;
    const named wanted = {.key = store->keys[record]};
    const named *const found =
        bsearch(&wanted, job->by_key, (size_t)job->n, sizeof *job->by_key, compare_keys);
    return found ? found->sample : -1;
}

/* Takes the store's records and its descriptor over. */
static int add_store(opening *job, tn__store *store)
{
    tn__index *const index = job->index;
    const tn__source *const source = index->source;
    const bool in_order =
        !store->is_journal && store->fingerprint == source->ops->fingerprint(source);
    if (!in_order && sort_names(job) != TN_OK)
        return TN_ENOMEM;
    const int file = index->n_files++;
    index->descriptors[file] = store->descriptor;
    store->descriptor = -1;
    for (size_t record = 0; record < store->n; record++) {
        const uint64_t word = store->words[record];
        const int64_t sample = sample_of(job, store, record, in_order);
        if (word != 0 && sample >= 0)
            atomic_store_explicit(&index->words[sample],
                                  tn__word(file, tn__word_offset(word), tn__word_length(word)),
                                  memory_order_relaxed);
    }
    return TN_OK;
}

/* A file that is there and cannot be used is a warning. */
static int add_file(opening *job, const tn__shelf *shelf, const char *name)
{
    tn__index *const index = job->index;
    tn__store store;
    if (index->n_files == TN__INDEX_OWN || faccessat(shelf->folder, name, F_OK, 0) != 0)
        return TN_OK;
    int status = tn__store_open(shelf, name, &store);
    if (status == TN_OK) {
        status = add_store(job, &store);
        index->has_journals |= store.is_journal;
        tn__store_close(&store);
        return status;
    }
    if (status == TN_ENOMEM)
        return status;
    tn__error_place("index", "", -1, -1);
    return tn__findings_add_failure(&index->warnings, -1, 0);
}

/* A shelf's store, then its journals, which are newer. */
static int add_shelf(opening *job, int which)
{
    tn__shelf shelf;
    int status =
        tn__shelf_open(job->index->source->ops->root(job->index->source), which, false, &shelf);
    if (status == TN_OK && shelf.folder >= 0)
        status = add_file(job, &shelf, TN__INDEX_NAME);
    DIR *const folder = status == TN_OK && shelf.folder >= 0 ? tn__shelf_list(&shelf) : NULL;
    for (const struct dirent *entry = folder ? readdir(folder) : NULL; entry && status == TN_OK;
         entry = readdir(folder))
        if (tn__shelf_is_journal(entry->d_name))
            status = add_file(job, &shelf, entry->d_name);
    if (folder)
        closedir(folder);
    tn__shelf_close(&shelf);
    return status == TN_ENOMEM ? status : TN_OK; /* a shelf that cannot be used has nothing */
}

static int open_all(tn__index *index)
{
    opening job = {.index = index, .n = index->source->ops->count(index->source)};
    index->words = calloc((size_t)job.n + 1, sizeof *index->words);
    if (!index->words)
        return tn__fail_memory("an index", (size_t)job.n * sizeof *index->words);
    int status = TN_OK;
    for (int which = TN__SHELVES - 1; which >= 0 && status == TN_OK; which--)
        status = add_shelf(&job, which);
    free(job.by_key);
    return status;
}

static void dispose(tn__index *index)
{
    for (int file = 0; file < index->n_files; file++)
        close(index->descriptors[file]);
    tn__journal_close(&index->journal);
    tn__findings_free(&index->warnings);
    free(index->words);
    free(index);
}

int tn__index_open(const tn__source *source, int32_t mode, int32_t columns, tn__index **out)
{
    *out = NULL;
    tn__index *const index = calloc(1, sizeof *index);
    if (!index)
        return tn__fail_memory("an index", sizeof *index);
    index->source = source;
    index->columns = mode == TN_INDEX_AUTO ? columns : 0;
    index->paranoid = mode == TN_INDEX_PARANOID;
    tn__findings_init(&index->warnings, TN__INDEX_WARNINGS);
    tn__journal_init(&index->journal);
    const int status = open_all(index);
    if (status == TN_OK && (index->n_files > 0 || index->columns > 0 || index->warnings.n > 0))
        *out = index;
    else
        dispose(index);
    return status;
}

/* True if this process has something to put into a store. */
static bool has_news(const tn__index *index)
{
    return index->journal.descriptor >= 0 && index->journal.pid == getpid();
}

/* Journals that processes left behind, on either shelf; where that cannot be, they stay. */
static int merge_others(const tn__index *index)
{
    int status = TN_OK;
    for (int which = 0; which < TN__SHELVES && status != TN_ENOMEM; which++) {
        tn__shelf shelf;
        const char *const root = index->source->ops->root(index->source);
        if (tn__shelf_open(root, which, false, &shelf) == TN_OK && shelf.folder >= 0)
            status = tn__index_merge(&shelf, index->source, NULL);
        tn__shelf_close(&shelf);
    }
    return status == TN_ENOMEM ? status : TN_OK;
}

int tn__index_store(tn__index *index)
{
    if (!has_news(index))
        return index->has_journals ? merge_others(index) : TN_OK;
    const int status = tn__index_merge(&index->journal.shelf, index->source, index->journal.name);
    index->is_stored = status == TN_OK;
    return status;
}

void tn__index_close(tn__index *index)
{
    tn__error before;
    tn__error_take(&before);
    if (has_news(index) && !index->is_stored)
        (void)tn__index_store(index);
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

/* Adds the shelf's store. */
static void look_at(const tn__shelf *shelf, tn__text *path, int64_t *n_bytes)
{
    struct stat facts;
    if (shelf->folder < 0 || !tn__stat_at(shelf->folder, TN__INDEX_NAME, &facts, 0))
        return;
    *n_bytes += facts.st_size;
    if (path->length > 0)
        tn__text_add(path, ", ");
    tn__text_printf(path, "%s/%s", shelf->path, TN__INDEX_NAME);
}

int tn__index_where(const tn__source *source, tn__text *path, int64_t *n_bytes)
{
    *n_bytes = 0;
    tn__text_clear(path);
    for (int which = 0; which < TN__SHELVES; which++) {
        tn__shelf shelf;
        if (tn__shelf_open(source->ops->root(source), which, false, &shelf) == TN_OK)
            look_at(&shelf, path, n_bytes);
        tn__shelf_close(&shelf);
    }
    return path->failed ? tn__fail_memory("a path", path->capacity) : TN_OK;
}
