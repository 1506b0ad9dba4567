/* SPDX-License-Identifier: MIT */
/* Measures a listing of many samples: how long it takes to make and to open, and how much memory it
 * needs. tests/bench/README.md explains it.
 *
 * usage: long_listing FOLDER [SAMPLES]
 *
 * FOLDER gets the kept listing. The samples are made up: names as in ImageNet, spread over 1000
 * files in their natural order or at random, or the keys of WebDataset shards. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "data/listing/cache.h"

enum { FILES = 1000, CLASSES = 1000, THREADS = 2, DEFAULT_SAMPLES = 10000000 };
static const char *const kinds[] = {"in order", "shards", "at random"};
enum { IN_ORDER, SHARDS, AT_RANDOM, KINDS };

static void fail(const char *what)
{
    fprintf(stderr, "long_listing: %s: %s\n", what, tn__error_last()->message);
    exit(EXIT_FAILURE);
}

/* A permutation of 0 … n - 1, if n is not a multiple of the factor. */
static int64_t scatter(int64_t i, int64_t n)
{
    return (int64_t)((uint64_t)i * 982451653u % (uint64_t)n);
}

static void add_sample(int kind, int64_t number, int64_t n, tn__draft *draft)
{
    char name[80];
    const int64_t of_class = (n + CLASSES - 1) / CLASSES, class_number = number / of_class;
    const int64_t length = 60000 + number * 7919 % 100000;
    tn__found found = {.name = name, .length = length, .label = number % CLASSES};
    found.offset = draft->n > 0 ? draft->samples[draft->n - 1].offset +
                                      draft->samples[draft->n - 1].length + 1024
                                : 512;
    if (kind == SHARDS) {
        snprintf(name, sizeof name, "%09lld.jpg", (long long)number);
    } else {
        snprintf(name, sizeof name, "n%08lld/n%08lld_%lld.JPEG", (long long)class_number * 9973,
                 (long long)class_number * 9973, (long long)(number % of_class) * 11);
        found.class_name = name;
        found.n_class_name = 9;
    }
    found.n_name = strlen(name);
    if (tn__draft_add(draft, &found) != TN_OK)
        fail("a sample");
}

static tn__draft *make_drafts(int kind, int64_t n)
{
    tn__draft *const drafts = calloc(FILES, sizeof *drafts);
    if (!drafts)
        fail("no memory");
    for (int64_t i = 0; i < n; i++) {
        const int64_t file = i * FILES / n;
        drafts[file].file = (uint32_t)file;
        add_sample(kind, kind == AT_RANDOM ? scatter(i, n) : i, n, &drafts[file]);
    }
    return drafts;
}

static tn__listing_wanted wanted_of(int kind, tn__listed_file files[FILES], char paths[FILES][16])
{
    for (int i = 0; i < FILES; i++) {
        snprintf(paths[i], sizeof paths[i], "%04d.tar", i);
        files[i] = (tn__listed_file){paths[i], INT64_MAX, (int64_t)1000000000, (uint64_t)i};
    }
    return (tn__listing_wanted){.key = kinds[kind],
                                .files = files,
                                .n_files = FILES,
                                .in_natural_order = kind != SHARDS,
                                .n_threads = THREADS};
}

static long resident_kib(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss;
}

/* CPU time of the process. */
static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Makes the listing in a process of its own, and keeps it. */
static void make(const char *folder, int kind, int64_t n)
{
    static tn__listed_file files[FILES];
    static char paths[FILES][16];
    const tn__listing_cache cache = {.root = folder, .reports = true};
    tn__listing listing;
    tn__listing_wanted wanted = wanted_of(kind, files, paths);
    wanted.drafts = make_drafts(kind, n);
    wanted.n_drafts = FILES;
    const double start = tn__now(), worked = cpu_seconds();
    if (tn__listing_make(&wanted, &listing) != TN_OK)
        fail("making it");
    const double seconds = tn__now() - start, work = cpu_seconds() - worked;
    tn__listing_save(&cache, &listing);
    const size_t names = (size_t)(listing.bytes + tn__listing_bytes(&listing) -
                                  listing.sections[TN__LISTING_NAME_BLOCKS]);
    printf("| %s | %lld | %.2f | %.2f | %.2f | %.2f |", kinds[kind], (long long)n, seconds, work,
           (double)(tn__listing_bytes(&listing) - names) / (double)n, (double)names / (double)n);
    tn__listing_free(&listing);
}

/* Opens it in another one. */
static void open_again(const char *folder, int kind, int64_t n)
{
    static tn__listed_file files[FILES];
    static char paths[FILES][16];
    const tn__listing_cache cache = {.root = folder, .reports = true};
    const tn__listing_wanted wanted = wanted_of(kind, files, paths);
    tn__listing listing;
    const double start = tn__now();
    const bool is_there = tn__listing_load(&cache, &wanted, &listing);
    const double seconds = tn__now() - start;
    if (!is_there || listing.n_samples != n)
        fail("opening it");
    printf(" %.3f | %.1f |\n", seconds, (double)resident_kib() / 1024);
    tn__listing_free(&listing);
}

static void in_child(void (*work)(const char *, int, int64_t), const char *folder, int kind,
                     int64_t n)
{
    int status = 0;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        work(folder, kind, n);
        fflush(stdout);
        _exit(EXIT_SUCCESS);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        exit(EXIT_FAILURE);
}

/* Makes the folder if it does not exist; returns its whole path. */
static const char *make_folder(const char *path)
{
    const char *const whole =
        mkdir(path, 0777) == 0 || errno == EEXIST ? realpath(path, NULL) : NULL;
    if (!whole) {
        fprintf(stderr, "long_listing: %s: %s\n", path, strerror(errno));
        exit(EXIT_FAILURE);
    }
    return whole;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3 || argv[1][0] == '-') {
        fprintf(stderr,
                "usage: long_listing FOLDER [SAMPLES]\n"
                "Make and open lists of samples, by default %d, and keep them in FOLDER.\n",
                DEFAULT_SAMPLES);
        return 2;
    }
    const int64_t n = argc > 2 ? strtoll(argv[2], NULL, 10) : DEFAULT_SAMPLES;
    if (n < TN__LISTING_LEAST || n % 982451653u == 0) {
        fprintf(stderr, "long_listing: at least %d samples\n", TN__LISTING_LEAST);
        return 2;
    }
    const char *const folder = make_folder(argv[1]);
    setenv("XDG_CACHE_HOME", folder, 1);
    printf("| samples | number | making, s | CPU, s | bytes a sample | bytes a name | opening, s | "
           "MiB |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (int kind = 0; kind < KINDS; kind++) {
        in_child(make, folder, kind, n);
        in_child(open_again, folder, kind, n);
    }
    return EXIT_SUCCESS;
}
