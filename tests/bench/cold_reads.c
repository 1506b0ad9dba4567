/* SPDX-License-Identifier: MIT */
/* Measures reading of files that are not in memory: a loader, beside plain pread with any number of
 * threads. Prints a table of MB/s and of CPU time for each file. tests/bench/README.md explains it.
 *
 * usage: cold_reads FOLDER [MIB [ROUNDS]]
 *
 * FOLDER is for the data sets that it makes: `files`, a class folder of files of 112 KiB, and
 * `files.tar`, the same in one file. Each file is a tiny JPEG in a lot of padding, so that a loader
 * does little else than read. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "data/dataset.h"
#include "data/order.h"
#include "make_jpeg.h"
#include "tench.h"

enum { FILE_BYTES = 112 << 10, SEGMENT = 65000, CLASSES = 10, BATCH = 64, SEED = 7 };
enum { DEFAULT_MIB = 1500, DEFAULT_ROUNDS = 3, MOST_ROUNDS = 64, PATH_BYTES = 5000 };

static void fail(const char *what)
{
    fprintf(stderr, "cold_reads: %s: %s\n", what, errno ? strerror(errno) : tn_error());
    exit(1);
}

/* The data sets. */

static void write_file(const char *path, const uint8_t *bytes)
{
    FILE *const file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, FILE_BYTES, file) != FILE_BYTES || fclose(file) != 0)
        fail(path);
}

/* A JPEG of 8 × 8 pixels with padding (APP15) after its first marker. */
static void make_file(uint8_t out[FILE_BYTES])
{
    const jpeg_recipe recipe = {YCC(8, 8, 11, 11, 11)};
    const jpeg_file file = make_jpeg(&recipe);
    size_t at = 2, left = FILE_BYTES - file.size;
    memset(out, 0x55, FILE_BYTES);
    memcpy(out, file.bytes, at);
    while (left > 0) {
        const size_t n = left < SEGMENT ? left : SEGMENT;
        out[at] = 0xFF;
        out[at + 1] = 0xEF;
        out[at + 2] = (uint8_t)((n - 2) >> 8);
        out[at + 3] = (uint8_t)(n - 2);
        at += n;
        left -= n;
    }
    memcpy(out + at, file.bytes + 2, file.size - 2);
    free(file.bytes);
}

static void make_folder(int n)
{
    static uint8_t bytes[FILE_BYTES];
    char path[64];
    make_file(bytes);
    if (mkdir("files", 0777) != 0 && errno != EEXIST)
        fail("files");
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "files/%d", i % CLASSES);
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            fail(path);
        snprintf(path, sizeof path, "files/%d/%06d.jpg", i % CLASSES, i);
        write_file(path, bytes);
    }
}

static void make_tar(void)
{
    const pid_t child = fork();
    int status = 0;
    if (child == 0) {
        execlp("tar", "tar", "cf", "files.tar", "-C", "files", ".", (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        fail("tar");
}

/* What is measured. */

typedef struct subject {
    const char *path;
    tn_dataset *dataset;
    int64_t n;
    bool is_container; /* `path` is a file with all samples */
    int file;          /* its descriptor */
    tn__order order;
} subject;

static const char *const kinds[] = {"folder", "tar"};

static subject open_subject(const char *path)
{
    struct stat facts;
    const tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = path, .index = TN_INDEX_OFF};
    subject it = {.path = path, .dataset = tn_dataset_create(&options), .file = -1};
    errno = 0;
    if (!it.dataset || stat(path, &facts) != 0)
        fail(path);
    it.n = tn_dataset_count(it.dataset);
    it.is_container = S_ISREG(facts.st_mode);
    if (it.is_container)
        it.file = open(path, O_RDONLY);
    tn__order_make(&it.order, TN__FEISTEL_1, NULL, it.n, SEED, 0);
    return it;
}

static int open_sample(const subject *it, int64_t sample)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", it->path, tn__source_name(it->dataset->source, sample));
    const int file = open(path, O_RDONLY);
    if (file < 0)
        fail(path);
    return file;
}

static void drop(int file)
{
    errno = posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    if (errno)
        fail("posix_fadvise");
}

static void evict(const subject *it)
{
    if (it->is_container) {
        drop(it->file);
        return;
    }
    for (int64_t s = 0; s < it->n; s++) {
        const int file = open_sample(it, s);
        drop(file);
        close(file);
    }
}

/* Plain pread. */

typedef struct reading {
    const subject *it;
    atomic_llong next;
} reading;

static void read_sample(const subject *it, int64_t sample, uint8_t *bytes)
{
    const tn__source *const source = it->dataset->source;
    const tn__part part = source->ops->part(source, sample);
    const int file = it->is_container ? it->file : open_sample(it, sample);
    if (pread(file, bytes, FILE_BYTES, part.offset) != FILE_BYTES)
        fail("pread");
    if (!it->is_container)
        close(file);
}

static void *read_plainly(void *argument)
{
    reading *const all = argument;
    uint8_t *const bytes = malloc(FILE_BYTES);
    int64_t position;
    while (bytes && (position = atomic_fetch_add(&all->next, 1)) < all->it->n)
        read_sample(all->it, tn__order_at(&all->it->order, position), bytes);
    free(bytes);
    return NULL;
}

static void run_plain(const subject *it, int n_threads)
{
    pthread_t threads[64];
    reading all = {.it = it};
    for (int t = 0; t < n_threads; t++)
        if (pthread_create(&threads[t], NULL, read_plainly, &all) != 0)
            fail("pthread_create");
    for (int t = 0; t < n_threads; t++)
        pthread_join(threads[t], NULL);
}

/* One thread that asks the system for the samples ahead, and reads them. No way to read through the
 * page cache takes less CPU time here. */

static void ask_for(const subject *it, int64_t position)
{
    if (position >= it->n)
        return;
    const tn__source *const source = it->dataset->source;
    const int64_t sample = tn__order_at(&it->order, position);
    const int file = it->is_container ? it->file : open_sample(it, sample);
    (void)posix_fadvise(file, source->ops->part(source, sample).offset, FILE_BYTES,
                        POSIX_FADV_WILLNEED);
    if (!it->is_container)
        close(file);
}

static void run_asking(const subject *it, int distance)
{
    static uint8_t bytes[FILE_BYTES];
    for (int64_t position = 0; position < distance; position++)
        ask_for(it, position);
    for (int64_t position = 0; position < it->n; position++) {
        ask_for(it, position + distance);
        read_sample(it, tn__order_at(&it->order, position), bytes);
    }
}

/* A loader. */

static void run_loader(const subject *it, int n_threads)
{
    tn_transform *const transform = tn_transform_create("center_crop_or_pad size=8");
    const tn_loader_options options = {.size = (int32_t)sizeof options,
                                       .batch_size = BATCH,
                                       .seed = SEED,
                                       .order = "feistel-1",
                                       .threads = n_threads};
    tn_loader *const loader = transform ? tn_loader_create(it->dataset, transform, &options) : NULL;
    tn_batch batch = {.size = (int32_t)sizeof batch};
    errno = 0;
    if (!loader || tn_loader_start(loader, 0) != TN_OK)
        fail("tn_loader_start");
    int status;
    while ((status = tn_loader_next(loader, &batch, -1)) == TN_OK)
        continue;
    if (status != TN_END)
        fail("tn_loader_next");
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
}

/* The table. */

typedef struct way {
    const char *name;
    void (*run)(const subject *it, int number);
    int number; /* of threads, or of samples that are asked for ahead */
    bool warm;
} way;

enum {
    WARM_PREAD,
    WARM_LOADER,
    PREAD_1,
    PREAD_2,
    PREAD_8,
    PREAD_32,
    ASKING,
    LOADER_1,
    LOADER_2,
    WAYS
};

static const way ways[WAYS] = {
    [WARM_PREAD] = {"pread, 1 thread, in memory", run_plain, 1, true},
    [WARM_LOADER] = {"loader, 1 thread, in memory", run_loader, 1, true},
    [PREAD_1] = {"pread, 1 thread", run_plain, 1, false},
    [PREAD_2] = {"pread, 2 threads", run_plain, 2, false},
    [PREAD_8] = {"pread, 8 threads", run_plain, 8, false},
    [PREAD_32] = {"pread, 32 threads", run_plain, 32, false},
    [ASKING] = {"pread, 1 thread, asking 32 files ahead", run_asking, 32, false},
    [LOADER_1] = {"loader, 1 thread", run_loader, 1, false},
    [LOADER_2] = {"loader, 2 threads", run_loader, 2, false},
};

typedef struct figure {
    double mb_s, cpu_us;
    double of_best;    /* part of the round's best rate of plain pread */
    double reading_us; /* cpu_us without what the loader takes to make the sample */
} figure;

static double cpu_now(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static figure measure(const subject *it, const way *how)
{
    if (how->warm)
        how->run(it, how->number);
    else
        evict(it);
    const double begun = tn__now(), cpu_begun = cpu_now();
    how->run(it, how->number);
    const double seconds = tn__now() - begun, cpu = cpu_now() - cpu_begun;
    return (figure){.mb_s = 1e-6 * FILE_BYTES * (double)it->n / seconds,
                    .cpu_us = 1e6 * cpu / (double)it->n};
}

/* Of a file in memory, the CPU time of a loader beyond that of pread is the making of the sample.
 */
static void measure_round(const subject *it, figure *figures)
{
    double best = 0;
    for (int w = 0; w < WAYS; w++) {
        figures[w] = measure(it, &ways[w]);
        if (w >= PREAD_1 && w <= PREAD_32 && figures[w].mb_s > best)
            best = figures[w].mb_s;
    }
    const double making_us = figures[WARM_LOADER].cpu_us - figures[WARM_PREAD].cpu_us;
    for (int w = 0; w < WAYS; w++) {
        figures[w].of_best = figures[w].mb_s / best;
        figures[w].reading_us = figures[w].cpu_us - (ways[w].run == run_loader ? making_us : 0);
    }
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Prints the median over the rounds; `offset` chooses the number in a figure. */
static void print_median(figure figures[MOST_ROUNDS][WAYS], int n_rounds, int w, size_t offset,
                         const char *format)
{
    double numbers[MOST_ROUNDS];
    for (int r = 0; r < n_rounds; r++)
        memcpy(&numbers[r], (const char *)&figures[r][w] + offset, sizeof numbers[r]);
    qsort(numbers, (size_t)n_rounds, sizeof *numbers, compare);
    printf(format, numbers[n_rounds / 2]);
}

static void report(const char *kind, const char *path, int n_rounds)
{
    static figure figures[MOST_ROUNDS][WAYS];
    subject it = open_subject(path);
    for (int r = 0; r < n_rounds; r++)
        measure_round(&it, figures[r]);
    printf("| %s | MB/s | of the best pread | CPU µs a file | of which reading |\n"
           "| --- | --- | --- | --- | --- |\n",
           kind);
    for (int w = 0; w < WAYS; w++) {
        printf("| %s |", ways[w].name);
        print_median(figures, n_rounds, w, offsetof(figure, mb_s), " %.0f |");
        print_median(figures, n_rounds, w, offsetof(figure, of_best), " %.2f |");
        print_median(figures, n_rounds, w, offsetof(figure, cpu_us), " %.1f |");
        print_median(figures, n_rounds, w, offsetof(figure, reading_us), " %.1f |\n");
    }
    printf("\n");
    if (it.file >= 0)
        close(it.file);
    tn_dataset_destroy(it.dataset);
}

int main(int n_arguments, char **arguments)
{
    const int mib = n_arguments > 2 ? atoi(arguments[2]) : DEFAULT_MIB;
    const int n_rounds = n_arguments > 3 ? atoi(arguments[3]) : DEFAULT_ROUNDS;
    const int n = (int)(((int64_t)mib << 20) / FILE_BYTES);
    if (n_arguments < 2 || arguments[1][0] == '-' || n < CLASSES || n_rounds < 1 ||
        n_rounds > MOST_ROUNDS) {
        fprintf(stderr,
                "usage: cold_reads FOLDER [MIB [ROUNDS]]\n"
                "Read files of %d KiB that are not in memory, in FOLDER and not on a tmpfs; by "
                "default %d MiB, %d rounds.\n",
                FILE_BYTES >> 10, DEFAULT_MIB, DEFAULT_ROUNDS);
        return 2;
    }
    if ((mkdir(arguments[1], 0777) != 0 && errno != EEXIST) || chdir(arguments[1]) != 0)
        fail(arguments[1]);
    make_folder(n);
    make_tar();
    sync(); /* only clean files can be evicted */
    report(kinds[0], "files", n_rounds);
    report(kinds[1], "files.tar", n_rounds);
    return 0;
}
