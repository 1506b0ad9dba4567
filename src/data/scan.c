/* SPDX-License-Identifier: MIT */
/* Finds the files of a folder and all folders below it. See scan.h.
 *
 * A stack holds the folders that are still unread. Each thread takes one, reads it without the
 * lock, and pushes the folders that it finds. The calling thread waits and shows progress. */
#include "data/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/progress.h"
#include "base/text.h"
#include "base/thread.h"
#include "data/natural.h"
#include "data/seen.h"

typedef struct scan_job {
    const tn__scan_options *options;
    atomic_llong n_files; /* found so far, for progress */
    atomic_bool ended;    /* threads stop, also in the middle of a folder */
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t work;  /* the stack grew, or the scan is over */
    pthread_cond_t over;
    tn__directory *todo, *done;
    size_t n_directories, n_busy; /* n_busy: threads that are reading and may push */
    tn__seen seen;
    int64_t n_repeated;
    tn__error error; /* the first failure; code 0: none */
} scan_job;

static void free_chain(tn__directory *directory)
{
    while (directory) {
        tn__directory *const next = directory->next;
        free(directory->names);
        free(directory->order);
        free(directory);
        directory = next;
    }
}

void tn__scan_free(tn__scan_result *scanned)
{
    for (size_t i = 0; i < scanned->n_directories; i++) {
        free(scanned->directories[i]->names);
        free(scanned->directories[i]->order);
        free(scanned->directories[i]);
    }
    free(scanned->directories);
    *scanned = (tn__scan_result){0};
}

static tn__directory *make_directory(tn__directory *parent, const char *name)
{
    const size_t above = parent && parent->path[0] ? strlen(parent->path) + 1 : 0;
    const size_t length = strlen(name);
    tn__directory *const directory = malloc(sizeof *directory + above + length + 1);
    if (!directory) {
        tn__fail_memory("a folder's record", sizeof *directory + above + length + 1);
        return NULL;
    }
    *directory = (tn__directory){.parent = parent, .depth = parent ? parent->depth + 1 : 0};
    if (above) {
        memcpy(directory->path, parent->path, above - 1);
        directory->path[above - 1] = '/';
    }
    memcpy(directory->path + above, name, length + 1);
    return directory;
}

static int fail_directory(const scan_job *scan, const tn__directory *directory, int error)
{
    return tn__fail_system(error, "cannot read the folder \"%s%s%s\"", scan->options->name,
                           directory->path[0] ? "/" : "", directory->path);
}

/* True if the folder is one of its own parents: a link leads back. */
static bool is_loop(const tn__directory *directory)
{
    for (const tn__directory *above = directory->parent; above; above = above->parent)
        if (above->inode == directory->inode && above->device == directory->device)
            return true;
    return false;
}

int tn__scan_is_folder(int parent, const struct dirent *entry)
{
    if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    struct stat status;
    if (tn__stat_at(parent, entry->d_name, &status, 0))
        return S_ISDIR(status.st_mode);
    return tn__errno_is_systemic(errno) ? tn__fail_system(errno, "%s", entry->d_name) : false;
}

static int compare_by_name(const void *a, const void *b, void *names)
{
    const char *const text = names;
    return tn__natural_compare(text + *(const uint32_t *)a, text + *(const uint32_t *)b);
}

/* Keeps the names of a folder's files, sorted. */
static int keep_names(tn__directory *directory, tn__text *names, uint32_t n_files)
{
    if (n_files == 0)
        return TN_OK;
    directory->order = malloc(n_files * sizeof *directory->order);
    if (names->failed || !directory->order)
        return tn__fail_memory("file names", names->length);
    directory->names = names->chars;
    directory->n_bytes = names->length;
    *names = (tn__text){0};
    uint32_t at = 0, n = 0;
    for (; n < n_files && at < directory->n_bytes; n++) {
        directory->order[n] = at;
        at += (uint32_t)strlen(directory->names + at) + 1;
    }
    if (n < n_files || at != directory->n_bytes)
        return tn__fail(TN_ELIMIT, "\"%s\": the number of its names differs from the count",
                        directory->path);
    qsort_r(directory->order, n_files, sizeof *directory->order, compare_by_name, directory->names);
    directory->n_files = n_files;
    return TN_OK;
}

/* Adds one entry to the files or to the folders. */
static int take_entry(scan_job *scan, tn__directory *directory, int parent,
                      const struct dirent *entry, tn__text *names, uint32_t *n_files,
                      tn__directory **found)
{
    const char *const name = entry->d_name;
    const int is_folder = tn__scan_is_folder(parent, entry);
    if (is_folder < 0)
        return fail_directory(scan, directory, tn__error_last()->system_error);
    if (is_folder) {
        if (directory->depth == TN__MAX_DEPTH)
            return tn__fail(TN_ELIMIT, "\"%s/%.200s…\": folders are nested deeper than %d",
                            scan->options->name, directory->path, TN__MAX_DEPTH);
        tn__directory *const below = make_directory(directory, name);
        if (!below)
            return TN_ENOMEM;
        below->next = *found;
        *found = below;
        return TN_OK;
    }
    if (!tn__extensions_match(scan->options->extensions, name)) {
        directory->n_others += name[0] != '.';
        return TN_OK;
    }
    tn__text_add_bytes(names, name, strlen(name) + 1);
    if (names->length > UINT32_MAX - 4096)
        return tn__fail(TN_ELIMIT, "\"%s/%s\": its file names take more than 4 GiB",
                        scan->options->name, directory->path);
    ++*n_files;
    return TN_OK;
}

static bool is_ended(const scan_job *scan)
{
    return atomic_load_explicit(&scan->ended, memory_order_relaxed);
}

static int read_entries(scan_job *scan, tn__directory *directory, DIR *stream,
                        tn__directory **found)
{
    tn__text names = {0};
    uint32_t n_files = 0;
    int status = TN_OK;
    while (status == TN_OK && !is_ended(scan)) {
        const struct dirent *const entry = tn__next_entry(stream);
        if (!entry) {
            if (errno != 0)
                status = fail_directory(scan, directory, errno);
            break;
        }
        const uint32_t before = n_files;
        status = take_entry(scan, directory, dirfd(stream), entry, &names, &n_files, found);
        if (n_files == before)
            continue;
        atomic_fetch_add_explicit(&scan->n_files, 1, memory_order_relaxed);
        if (scan->options->until_first)
            atomic_store_explicit(&scan->ended, true, memory_order_relaxed);
    }
    if (status == TN_OK)
        status = keep_names(directory, &names, n_files);
    tn__text_free(&names);
    return status;
}

static DIR *open_directory(scan_job *scan, tn__directory *directory)
{
    const char *const path = directory->path[0] ? directory->path : ".";
    const int descriptor =
        tn__open_at(scan->options->root, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (descriptor < 0) {
        fail_directory(scan, directory, errno);
        return NULL;
    }
    struct stat facts;
    DIR *const stream = tn__stat_open(descriptor, &facts) ? fdopendir(descriptor) : NULL;
    if (!stream) {
        fail_directory(scan, directory, errno);
        close(descriptor);
        return NULL;
    }
    directory->device = facts.st_dev;
    directory->inode = facts.st_ino;
    return stream;
}

static int read_directory(scan_job *scan, tn__directory *directory, tn__directory **found)
{
    DIR *const stream = open_directory(scan, directory);
    if (!stream)
        return tn__error_last()->code;
    directory->is_passed = is_loop(directory);
    const int status = directory->is_passed ? TN_OK : read_entries(scan, directory, stream, found);
    closedir(stream);
    return status;
}

/* Ends the scan at the first failure. With the lock held. */
static void fail(scan_job *scan)
{
    if (scan->error.code == TN_OK)
        tn__error_take(&scan->error);
    atomic_store_explicit(&scan->ended, true, memory_order_relaxed);
}

/* Reports the last link on the path, or the path itself if it has none (a mount). */
static int fail_repeated(const scan_job *scan, const tn__directory *directory)
{
    char link[PATH_MAX]; /* the system cannot open a longer path */
    struct stat facts;
    snprintf(link, sizeof link, "%s", directory->path);
    char *end = link;
    while (end && (!tn__stat_at(scan->options->root, link, &facts, AT_SYMLINK_NOFOLLOW) ||
                   !S_ISLNK(facts.st_mode))) {
        end = strrchr(link, '/');
        if (end)
            *end = '\0';
    }
    return tn__fail(TN_ELIMIT,
                    "\"%s/%s\": this link and others repeat files that are found elsewhere too, on "
                    "more than %d paths",
                    scan->options->name, end ? link : directory->path, TN_MAX_REPEATED_PATHS);
}

/* Counts the paths that a folder repeats: a folder is repeated if it was read before, or if it is
 * below a repeated one. With the lock held. */
static int count_repeated(scan_job *scan, tn__directory *directory, size_t n_found)
{
    if (directory->is_passed)
        return TN_OK;
    if (directory->parent && directory->parent->is_repeated) {
        directory->is_repeated = true;
    } else {
        const int is_new = tn__seen_add(&scan->seen, directory->device, directory->inode);
        if (is_new < 0)
            return is_new;
        directory->is_repeated = !is_new;
        scan->n_repeated += !is_new;
    }
    if (directory->is_repeated)
        scan->n_repeated += (int64_t)n_found + directory->n_files;
    return scan->n_repeated > TN_MAX_REPEATED_PATHS ? fail_repeated(scan, directory) : TN_OK;
}

/* Takes over the results of reading one folder. With the lock held. */
static void finish(scan_job *scan, tn__directory *directory, tn__directory *found, int status)
{
    size_t n_found = 0;
    directory->next = scan->done;
    scan->done = directory;
    for (; found; n_found++) {
        tn__directory *const next = found->next;
        found->next = scan->todo;
        scan->todo = found;
        found = next;
    }
    scan->n_directories += n_found;
    if (status == TN_OK)
        status = count_repeated(scan, directory, n_found);
    if (status == TN_OK && scan->n_directories > TN__MAX_DIRECTORIES)
        status = tn__fail(TN_ELIMIT, "\"%s\": more than %d folders", scan->options->name,
                          TN__MAX_DIRECTORIES);
    if (status != TN_OK)
        fail(scan);
    scan->n_busy--;
}

static void *work(void *argument)
{
    scan_job *const scan = argument;
    pthread_mutex_lock(&scan->lock);
    for (;;) {
        while (!scan->todo && scan->n_busy > 0 && !is_ended(scan))
            pthread_cond_wait(&scan->work, &scan->lock);
        if (!scan->todo || is_ended(scan))
            break;
        tn__directory *const directory = scan->todo;
        scan->todo = directory->next;
        scan->n_busy++;
        pthread_mutex_unlock(&scan->lock);
        tn__directory *found = NULL;
        const int status = read_directory(scan, directory, &found);
        pthread_mutex_lock(&scan->lock);
        finish(scan, directory, found, status);
        pthread_cond_broadcast(&scan->work);
    }
    pthread_cond_broadcast(&scan->work);
    pthread_cond_signal(&scan->over);
    pthread_mutex_unlock(&scan->lock);
    return NULL;
}

static bool is_over(const scan_job *scan)
{
    return scan->n_busy == 0 && (!scan->todo || is_ended(scan));
}

static void show(const scan_job *scan, tn__progress *progress)
{
    char repeated[64] = "";
    if (scan->n_repeated > 0)
        snprintf(repeated, sizeof repeated, ", %lld paths repeated by links",
                 (long long)scan->n_repeated);
    /* The name comes last, because the line is cut at the width of the terminal. */
    tn__progress_show(progress, "scanning: %lld images in %zu folders%s: %s",
                      atomic_load(&scan->n_files), scan->n_directories, repeated,
                      scan->options->name);
}

/* Ends the scan if the caller asks for that. With the lock held. */
static void look_at_stop(scan_job *scan)
{
    if (!tn__is_stopped(scan->options->stop) || is_ended(scan))
        return;
    tn__fail(TN_ESTOPPED, "stopped while \"%s\" was scanned: %lld images in %zu folders so far",
             scan->options->name, atomic_load(&scan->n_files), scan->n_directories);
    fail(scan);
    pthread_cond_broadcast(&scan->work);
}

static void wait_and_show(scan_job *scan)
{
    tn__progress progress;
    tn__progress_begin(&progress, scan->options->progress);
    pthread_mutex_lock(&scan->lock);
    while (!is_over(scan)) {
        const struct timespec moment = tn__progress_next();
        pthread_cond_timedwait(&scan->over, &scan->lock, &moment);
        look_at_stop(scan);
        show(scan, &progress);
    }
    pthread_mutex_unlock(&scan->lock);
    tn__progress_end(&progress);
}

static int compare_directories(const void *a, const void *b)
{
    const char *const path_a = (*(tn__directory *const *)a)->path;
    const char *const path_b = (*(tn__directory *const *)b)->path;
    return tn__natural_compare(path_a, path_b);
}

static int collect(scan_job *scan, tn__scan_result *out)
{
    out->directories = malloc((scan->n_directories + 1) * sizeof(tn__directory *));
    if (!out->directories)
        return tn__fail_memory("the list of folders", scan->n_directories * sizeof(void *));
    while (scan->done) {
        tn__directory *const directory = scan->done;
        if (out->n_directories == scan->n_directories)
            return tn__fail(TN_ELIMIT, "\"%s\": more folders than were counted",
                            scan->options->name);
        scan->done = directory->next;
        out->directories[out->n_directories++] = directory;
        out->n_files += directory->n_files;
        out->n_others += directory->n_others;
    }
    qsort(out->directories, out->n_directories, sizeof(tn__directory *), compare_directories);
    return TN_OK;
}

static int run(scan_job *scan, tn__scan_result *out)
{
    scan->todo = make_directory(NULL, "");
    if (!scan->todo)
        return TN_ENOMEM;
    scan->n_directories = 1;
    look_at_stop(scan);
    tn__threads threads;
    const int status = is_ended(scan) ? scan->error.code
                                      : tn__threads_start(&threads, "tench/scan",
                                                          scan->options->n_threads, work, scan);
    if (status == TN_OK) {
        wait_and_show(scan);
        tn__threads_join(&threads);
    }
    if (status != TN_OK)
        return status;
    return scan->error.code ? tn__error_raise(&scan->error) : collect(scan, out);
}

int tn__scan(const tn__scan_options *options, tn__scan_result *out)
{
    *out = (tn__scan_result){0};
    scan_job scan = {.options = options,
                     .lock = PTHREAD_MUTEX_INITIALIZER,
                     .work = PTHREAD_COND_INITIALIZER,
                     .over = PTHREAD_COND_INITIALIZER};
    const int status = run(&scan, out);
    out->n_repeated = scan.n_repeated;
    free_chain(scan.todo);
    free_chain(scan.done);
    tn__seen_free(&scan.seen);
    pthread_cond_destroy(&scan.over);
    pthread_cond_destroy(&scan.work);
    pthread_mutex_destroy(&scan.lock);
    return status;
}
