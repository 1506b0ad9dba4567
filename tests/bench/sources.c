/* SPDX-License-Identifier: MIT */
/* Loads epochs of the same samples from several sources in turn, and prints the CPU time of each:
 *
 *     sources ROUNDS EPOCHS OPS KIND=PATH KIND=PATH…
 *
 * KIND is a kind of source, PATH what it opens, OPS the text of a transform. The first source is
 * the reference: it is measured before and after each other one. All of them must make the same
 * images; an epoch before the first round compares hashes, and brings the files into memory. One
 * thread makes the samples. Prints a line for each round and each further source: its argument, its
 * CPU time, and the mean of the two times of the reference. See sources.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "tench.h"

enum { BATCH = 64, SEED = 7, MOST = 32, KIND_BYTES = 64 };

typedef struct subject {
    const char *argument;
    tn_dataset *dataset;
    tn_loader *loader;
} subject;

_Noreturn static void stop(const char *what, const char *why)
{
    fprintf(stderr, "bench_sources: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static subject open_subject(const char *argument, tn_transform *transform)
{
    char kind[KIND_BYTES];
    const char *const path = strchr(argument, '=');
    if (!path || path - argument >= KIND_BYTES)
        stop(argument, "is not KIND=PATH");
    snprintf(kind, sizeof kind, "%.*s", (int)(path - argument), argument);
    const tn_dataset_options what = {
        .size = (int32_t)sizeof what, .root = path + 1, .source = kind, .index = TN_INDEX_OFF};
    const tn_loader_options how = {.size = (int32_t)sizeof how,
                                   .batch_size = BATCH,
                                   .seed = SEED,
                                   .order = "feistel-1",
                                   .threads = 1};
    subject it = {.argument = argument, .dataset = tn_dataset_create(&what)};
    it.loader = it.dataset ? tn_loader_create(it.dataset, transform, &how) : NULL;
    if (!it.loader)
        stop(argument, tn_error());
    return it;
}

static void close_subject(subject *it)
{
    tn_loader_destroy(it->loader);
    tn_dataset_destroy(it->dataset);
}

static void add_images(const subject *it, const tn_tensor *images, tn_hash *hash)
{
    int64_t n = 1;
    if (images->dtype != TN_U8)
        stop(it->argument, "the transform must end with convert dtype=u8");
    for (int32_t d = 0; d < images->ndim; d++)
        n *= images->shape[d];
    tn__hash_add(hash, images->data, (size_t)n);
}

/* Loads an epoch, and adds its images to the hash unless that is NULL. */
static void load(const subject *it, int64_t epoch, tn_hash *hash)
{
    tn_batch batch = {.size = (int32_t)sizeof batch};
    int status = tn_loader_start(it->loader, epoch);
    while (status == TN_OK && (status = tn_loader_next(it->loader, &batch, -1)) == TN_OK)
        if (hash)
            add_images(it, batch.tensors[0], hash);
    if (status != TN_END)
        stop(it->argument, tn_error());
}

static uint64_t hash_of(const subject *it)
{
    tn_hash *const hash = tn__hash_create();
    if (!hash)
        stop(it->argument, tn_error());
    load(it, 0, hash);
    const uint64_t value = tn__hash_64(hash);
    tn__hash_destroy(hash);
    return value;
}

static double cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Returns the CPU time of some epochs, which are other ones in each round. */
static double measure(const subject *it, int round, int n_epochs)
{
    const double begun = cpu_now();
    for (int e = 0; e < n_epochs; e++)
        load(it, (int64_t)round * n_epochs + e, NULL);
    return cpu_now() - begun;
}

static void measure_round(const subject *subjects, int n, int round, int n_epochs)
{
    double before = measure(&subjects[0], round, n_epochs);
    for (int s = 1; s < n; s++) {
        const double own = measure(&subjects[s], round, n_epochs);
        const double after = measure(&subjects[0], round, n_epochs);
        printf("%s %.6f %.6f\n", subjects[s].argument, own, (before + after) / 2);
        before = after;
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    subject subjects[MOST];
    const int n = argc - 4, n_rounds = argc > 1 ? atoi(argv[1]) : 0;
    const int n_epochs = argc > 2 ? atoi(argv[2]) : 0;
    if (n < 2 || n > MOST || n_rounds < 1 || n_epochs < 1) {
        fprintf(stderr, "usage: bench_sources ROUNDS EPOCHS OPS KIND=PATH KIND=PATH…\n");
        return 2;
    }
    tn_transform *const transform = tn_transform_create(argv[3]);
    if (!transform)
        stop(argv[3], tn_error());
    for (int s = 0; s < n; s++)
        subjects[s] = open_subject(argv[4 + s], transform);
    const uint64_t expected = hash_of(&subjects[0]);
    for (int s = 1; s < n; s++)
        if (hash_of(&subjects[s]) != expected)
            stop(subjects[s].argument, "makes other images than the first source");
    for (int round = 0; round < n_rounds; round++)
        measure_round(subjects, n, round, n_epochs);
    for (int s = 0; s < n; s++)
        close_subject(&subjects[s]);
    tn_transform_destroy(transform);
    return EXIT_SUCCESS;
}
