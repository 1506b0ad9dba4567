/* SPDX-License-Identifier: MIT */
/* Decodes damaged files: damage_files STEP FOLDER… It takes every STEP-th file of the folders as it
 * is, cut off at 32 places, and with one of its bytes changed, 64 times. Whatever the codecs
 * answer, they must not crash, hang or leak: build it with a sanitizer. It ends at a decode of more
 * than 10 seconds of CPU time; the last line then names the file. */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "base/error.h"
#include "codec/codec.h"
#include "tench.h"

enum { CUTS = 32, CHANGES = 64, SECONDS = 10, DESCRIPTORS = 16 };
enum { MAX_PIXELS = 1 << 25, KEPT = 1 << 24 };
static const size_t memory_limit = (size_t)1 << 30;

static tn__arena arena;
static long step = 1, n_seen, n_files, n_decoded, n_refused;
static uint32_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state * below) >> 32);
}

/* The default action of the signal ends the program. */
static void limit_time(int32_t seconds)
{
    const struct itimerval timer = {.it_value = {.tv_sec = seconds}};
    if (setitimer(ITIMER_PROF, &timer, NULL) != 0) {
        perror("setitimer");
        exit(EXIT_FAILURE);
    }
}

static int try_codecs(tn__bytes bytes)
{
    tn__info info;
    tn_px_image image;
    int32_t damage;
    tn__arena_reset(&arena);
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, MAX_PIXELS, &info);
    if (!codec)
        return tn__error_last()->code;
    const tn__want want = {{0, 0, info.w, info.h}, TN_RGB};
    return tn__codec_decode(codec, bytes, NULL, &info, &want, &arena, &image, &damage);
}

/* Decodes the first `size` bytes in an exact allocation, byte `at` of them changed by `by`. */
static void decode(const uint8_t *bytes, size_t size, size_t at, uint8_t by)
{
    uint8_t *const copy = calloc(1, size + TN__READ_PADDING);
    if (!copy) {
        perror("damage_files");
        exit(EXIT_FAILURE);
    }
    memcpy(copy, bytes, size);
    copy[at] ^= by;
    limit_time(SECONDS);
    const int status = try_codecs((tn__bytes){copy, size});
    limit_time(0);
    n_decoded += status == TN_OK;
    n_refused += status != TN_OK;
    free(copy);
}

static void damage(const uint8_t *bytes, size_t size)
{
    decode(bytes, size, 0, 0);
    for (size_t k = 0; k < CUTS && size > 0; k++)
        decode(bytes, size * k / CUTS, 0, 0);
    for (int k = 0; k < CHANGES && size > 0; k++)
        decode(bytes, size, draw((uint32_t)size), (uint8_t)(1 + draw(255)));
}

static int damage_file(const char *path, const struct stat *facts, int kind, struct FTW *walk)
{
    (void)walk;
    if (kind != FTW_F || n_seen++ % step != 0)
        return 0;
    printf("%s\n", path);
    fflush(stdout);
    const size_t size = (size_t)facts->st_size;
    uint8_t *const bytes = malloc(size + 1);
    FILE *const file = fopen(path, "rb");
    if (!bytes || !file || fread(bytes, 1, size, file) != size) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    state = (uint32_t)size;
    damage(bytes, size);
    free(bytes);
    n_files++;
    return 0;
}

int main(int argc, char **argv)
{
    step = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    if (step < 1) {
        fprintf(stderr, "usage: damage_files STEP FOLDER…\n");
        return EXIT_FAILURE;
    }
    tn__arena_init(&arena, KEPT, memory_limit);
    for (int a = 2; a < argc; a++)
        if (nftw(argv[a], damage_file, DESCRIPTORS, FTW_PHYS) != 0)
            return EXIT_FAILURE;
    tn__arena_free(&arena);
    printf("%ld files, each as it is and damaged %d times: %ld decoded, %ld refused\n", n_files,
           CUTS + CHANGES, n_decoded, n_refused);
    return n_files > 0 && n_decoded > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
