/* SPDX-License-Identifier: MIT */
/* Compares the table of codecs with libjpeg for whole folders: compare_files FOLDER… It tests each
 * file as a whole and in parts, as RGB and as L, at each instruction set. It ends at the first
 * difference; the last line then names the file. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "cpu/level.h"
#include "tench.h"

enum { MAX_PIXELS = 1 << 22, DESCRIPTORS = 16 };

static long n_files, n_decoded, n_refused, n_large;

size_t target_tail(const uint8_t *bytes, size_t size)
{
    (void)bytes;
    return size < INPUT_TAIL ? size : INPUT_TAIL;
}

/* Reads the file and adds a tail. An empty file is an input too. */
static uint8_t *read_file(const char *path, size_t size)
{
    uint8_t *const bytes = malloc(size + INPUT_TAIL);
    FILE *const file = fopen(path, "rb");
    if (!bytes || !file || fread(bytes, 1, size, file) != size) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    return bytes;
}

static void count(int status)
{
    n_decoded += status == TN_OK;
    n_large += status == TN_ELIMIT;
    n_refused += status != TN_OK && status != TN_ELIMIT;
}

static int compare_file(const char *path, const struct stat *facts, int kind, struct FTW *walk)
{
    static const uint8_t tails[][INPUT_TAIL] = {
        {0, 0, 0, 0, 0}, {0, 90, 160, 0, 128}, {0, 3, 250, 100, 180}, {0x80, 120, 255, 200, 255}};
    (void)walk;
    if (kind != FTW_F)
        return 0;
    printf("%s\n", path);
    fflush(stdout);
    const size_t size = (size_t)facts->st_size;
    uint8_t *const bytes = read_file(path, size);
    n_files++;
    for (size_t t = 0; t < sizeof tails / sizeof tails[0]; t++)
        for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
            memcpy(bytes + size, tails[t], INPUT_TAIL);
            bytes[size] = (uint8_t)(tails[t][0] + level);
            input opened = input_open(bytes, size + INPUT_TAIL);
            count(compare_decoders(&opened, MAX_PIXELS, t > 0 || level > 0));
            input_close(&opened);
        }
    free(bytes);
    return 0;
}

int main(int argc, char **argv)
{
    for (int a = 1; a < argc; a++)
        if (nftw(argv[a], compare_file, DESCRIPTORS, FTW_PHYS) != 0)
            return EXIT_FAILURE;
    printf("%ld files the same, 12 times each: %ld decoded, %ld refused, %ld too large\n", n_files,
           n_decoded, n_refused, n_large);
    return n_files > 0 && n_decoded > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
