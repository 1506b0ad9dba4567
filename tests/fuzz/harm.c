/* SPDX-License-Identifier: MIT */
/* Damages bytes. See harm.h. */
#include "harm.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { DESCRIPTORS = 16 };

static loaded *found;
static size_t n_found;

static void stop(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static int add_file(const char *path, const struct stat *facts, int kind, struct FTW *walk)
{
    (void)walk;
    if (kind != FTW_F)
        return 0;
    found = realloc(found, (n_found + 1) * sizeof *found);
    if (!found)
        stop(path);
    found[n_found++] = (loaded){.path = strdup(path), .size = (size_t)facts->st_size};
    return 0;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(((const loaded *)a)->path, ((const loaded *)b)->path);
}

static void load(loaded *self)
{
    FILE *const stream = fopen(self->path, "rb");
    self->bytes = malloc(self->size + 1);
    if (!stream || !self->bytes || fread(self->bytes, 1, self->size, stream) != self->size)
        stop(self->path);
    fclose(stream);
}

loaded *load_files(const char *folder, size_t step, size_t *n)
{
    found = NULL;
    n_found = 0;
    if (nftw(folder, add_file, DESCRIPTORS, FTW_PHYS) != 0)
        stop(folder);
    if (n_found > 0)
        qsort(found, n_found, sizeof *found, compare_paths);
    *n = 0;
    for (size_t i = 0; i < n_found; i++) {
        if (i % step != 0) {
            free(found[i].path);
            continue;
        }
        found[*n] = found[i];
        load(&found[(*n)++]);
    }
    return found;
}

void free_files(loaded *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(files[i].path);
        free(files[i].bytes);
    }
    free(files);
}

/* A number that depends on all of its arguments, below `below`. */
static uint32_t draw(size_t size, int k, uint32_t turn, uint32_t below)
{
    uint32_t state = (uint32_t)size * 2654435761u + (uint32_t)k * 2246822519u + turn;
    for (int i = 0; i < 4; i++)
        state = state * 1664525u + 1013904223u;
    state ^= state >> 15;
    state *= 2654435761u;
    return (uint32_t)(((uint64_t)state * below) >> 32);
}

uint8_t *harm(const uint8_t *bytes, size_t size, int k, size_t padding, size_t *n)
{
    *n = k >= 1 && k <= CUTS ? size * (size_t)(k - 1) / CUTS : size;
    uint8_t *const copy = calloc(1, *n + padding + (*n + padding == 0));
    if (!copy)
        stop("a damaged copy");
    memcpy(copy, bytes, *n);
    if (k > CUTS && *n > 0)
        copy[draw(size, k, 0, (uint32_t)*n)] ^= (uint8_t)(1 + draw(size, k, 1, 255));
    return copy;
}

/* The default action of the signal ends the program. */
void limit_time(int32_t seconds)
{
    const struct itimerval timer = {.it_value = {.tv_sec = seconds}};
    if (setitimer(ITIMER_PROF, &timer, NULL) != 0)
        stop("setitimer");
}
