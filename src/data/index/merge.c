/* SPDX-License-Identifier: MIT */
/* Makes one store of a store and journals. See merge.h. */
#include "data/index/merge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/write.h"
#include "data/index/out.h"
#include "data/index/store.h"

enum { MAX_INPUTS = 16 }; /* journals beyond these wait for the next time */

/* A file that goes into the new store. */
typedef struct input {
    tn__store store;
    int lock; /* descriptor that holds a journal's lock; -1: the store, or our own journal */
    char name[sizeof TN__JOURNAL_FORM];
} input;

typedef struct merge {
    const tn__shelf *shelf;
    const tn__source *source;
    input inputs[MAX_INPUTS]; /* the store first, if there is one; our own journal last */
    int n_inputs, n_journals;
    tn__out_item *items;
    size_t n_items;
} merge;

/* True if nobody writes the journal any more; its lock is then ours. */
static bool take_over(const tn__shelf *shelf, input *in)
{
    in->lock = tn__open_at(shelf->folder, in->name, O_RDWR | O_NONBLOCK);
    if (in->lock >= 0 && flock(in->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (in->lock >= 0)
        close(in->lock);
    return false;
}

static void release(input *in)
{
    tn__store_close(&in->store);
    if (in->lock >= 0)
        close(in->lock);
}

/* TN_ENOMEM; what cannot be used is left out. */
static int add_input(merge *job, const char *name, const char *own)
{
    input *const in = &job->inputs[job->n_inputs];
    *in = (input){.lock = -1, .store = {.descriptor = -1}};
    strncpy(in->name, name, sizeof in->name - 1);
    const bool is_journal = tn__shelf_is_journal(name);
    if (is_journal && (!own || strcmp(own, name) != 0) && !take_over(job->shelf, in))
        return TN_OK;
    const int status = tn__store_open(job->shelf, name, &in->store);
    if (status == TN_OK) {
        job->n_inputs++;
        job->n_journals += is_journal;
        return TN_OK;
    }
    release(in);
    return status == TN_ENOMEM ? status : TN_OK;
}

static int add_inputs(merge *job, const char *own)
{
    int status = add_input(job, TN__INDEX_NAME, own);
    DIR *const folder = tn__shelf_list(job->shelf);
    if (!folder)
        return tn__fail_system(errno, "%s", job->shelf->path);
    for (const struct dirent *entry = readdir(folder);
         entry && status == TN_OK && job->n_inputs < MAX_INPUTS - 1; entry = readdir(folder))
        if (tn__shelf_is_journal(entry->d_name) && (!own || strcmp(own, entry->d_name) != 0))
            status = add_input(job, entry->d_name, own);
    closedir(folder);
    return status == TN_OK && own ? add_input(job, own, own) : status;
}

static int compare_items(const void *a, const void *b)
{
    const tn__out_item *const x = a, *const y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* All records, by key; of those with one key the last that was found. */
static int collect(merge *job)
{
    size_t n = 0;
    for (int f = 0; f < job->n_inputs; f++)
        n += job->inputs[f].store.n;
    job->items = malloc((n + 1) * sizeof *job->items);
    if (!job->items)
        return tn__fail_memory("an index", n * sizeof *job->items);
    n = 0;
    for (int f = 0; f < job->n_inputs; f++) {
        const tn__store *const store = &job->inputs[f].store;
        for (size_t i = 0; i < store->n; i++) {
            if (store->words[i] == 0)
                continue;
            job->items[n] = (tn__out_item){.key = store->keys[i],
                                           .descriptor = store->descriptor,
                                           .word = store->words[i],
                                           .rank = n};
            n++;
        }
    }
    qsort(job->items, n, sizeof *job->items, compare_items);
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || job->items[i].key != job->items[i + 1].key)
            job->items[job->n_items++] = job->items[i];
    return TN_OK;
}

/* True if the path still leads to the open file: whoever had its lock may have put it in its place
 * meanwhile, and then it is the store. */
static bool is_still_part(const tn__shelf *shelf, int part)
{
    struct stat ours, named;
    return tn__stat_open(part, &ours) && tn__stat_at(shelf->folder, TN__INDEX_PART, &named, 0) &&
           named.st_ino == ours.st_ino && named.st_dev == ours.st_dev;
}

/* Opens the file that becomes the store, and locks it against other processes. It is emptied only
 * once it is known to be nobody's. */
static int open_part(const tn__shelf *shelf)
{
    for (;;) {
        const int part = tn__open_at(shelf->folder, TN__INDEX_PART, O_RDWR | O_CREAT | O_NOFOLLOW);
        const bool is_locked = part >= 0 && flock(part, LOCK_EX) == 0;
        const bool is_ours = is_locked && is_still_part(shelf, part);
        if (is_ours && ftruncate(part, 0) == 0)
            return part;
        if (!is_locked || is_ours) {
            tn__fail_system(errno, "%s/%s", shelf->path, TN__INDEX_PART);
            if (part >= 0)
                close(part);
            return -1;
        }
        close(part);
    }
}

static int put_in_place(const merge *job, int part)
{
    const int folder = job->shelf->folder;
    if (fsync(part) != 0 || renameat(folder, TN__INDEX_PART, folder, TN__INDEX_NAME) != 0 ||
        fsync(folder) != 0)
        return tn__fail_system(errno, "%s/%s", job->shelf->path, TN__INDEX_NAME);
    for (int f = 0; f < job->n_inputs; f++)
        if (job->inputs[f].store.is_journal)
            unlinkat(folder, job->inputs[f].name, 0);
    return TN_OK;
}

/* With the part file locked, so that nobody replaces the store meanwhile. */
static int merge_into(merge *job, int part, const char *own)
{
    int status = add_inputs(job, own);
    if (status == TN_OK && job->n_journals > 0) {
        status = collect(job);
        if (status == TN_OK)
            status = tn__out_write(part, job->source, job->items, job->n_items);
        if (status == TN_OK)
            status = put_in_place(job, part);
    }
    if (status != TN_OK || job->n_journals == 0)
        unlinkat(job->shelf->folder, TN__INDEX_PART, 0);
    return status;
}

int tn__index_merge(const tn__shelf *shelf, const tn__source *source, const char *own)
{
    merge *const job = calloc(1, sizeof *job);
    if (!job)
        return tn__fail_memory("an index", sizeof *job);
    job->shelf = shelf;
    job->source = source;
    sigset_t before;
    tn__write_shield(&before);
    const int part = open_part(shelf);
    const int status = part >= 0 ? merge_into(job, part, own) : TN_EIO;
    if (part >= 0)
        close(part);
    tn__write_unshield(&before);
    for (int f = 0; f < job->n_inputs; f++)
        release(&job->inputs[f]);
    free(job->items);
    free(job);
    return status;
}
