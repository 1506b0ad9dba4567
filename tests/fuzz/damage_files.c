/* SPDX-License-Identifier: MIT */
/* Decodes damaged files: damage_files STEP FOLDER. It takes every STEP-th file of the folder as it
 * is, in every mode, and in the damaged variants of harm.h, in one mode after another, whole and in
 * part. Whatever the codecs answer, they must not crash, hang or leak: build it with a sanitizer.
 * It ends at a decode of more than 10 seconds of CPU time; the last line then names the file. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "codec/codec.h"
#include "harm.h"
#include "tench.h"

enum { SECONDS = 10, MODES = TN_INDICES };
enum { MAX_PIXELS = 1 << 25, KEPT = 1 << 24 };
static const size_t memory_limit = (size_t)1 << 30;

static tn__arena arena;
static long n_decoded, n_refused;

static int try_codecs(tn__bytes bytes, int32_t mode, bool is_part)
{
    tn__info info;
    tn_px_image image;
    int32_t damage;
    tn__arena_reset(&arena);
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, MAX_PIXELS, &info);
    if (!codec)
        return tn__error_last()->code;
    tn__want want = {{0, 0, info.w, info.h}, mode};
    if (is_part)
        want = (tn__want){{info.w / 3, info.h / 3, (info.w + 1) / 2, (info.h + 1) / 2}, mode};
    return tn__codec_decode(codec, bytes, NULL, &info, &want, &arena, &image, &damage);
}

static void decode(tn__bytes bytes, int32_t mode, bool is_part)
{
    limit_time(SECONDS);
    const int status = try_codecs(bytes, mode, is_part);
    limit_time(0);
    n_decoded += status == TN_OK;
    n_refused += status != TN_OK;
}

static void decode_variant(const loaded *of, int k)
{
    size_t n;
    uint8_t *const copy = harm(of->bytes, of->size, k, TN__READ_PADDING, &n);
    const tn__bytes bytes = {copy, n};
    if (k > 0)
        decode(bytes, 1 + k % MODES, k / MODES % 2 == 1);
    for (int32_t mode = 1; k == 0 && mode <= MODES; mode++) {
        decode(bytes, mode, false);
        decode(bytes, mode, true);
    }
    free(copy);
}

int main(int argc, char **argv)
{
    const long step = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    size_t n_files;
    if (step < 1) {
        fprintf(stderr, "usage: damage_files STEP FOLDER\n");
        return EXIT_FAILURE;
    }
    loaded *const files = load_files(argv[2], (size_t)step, &n_files);
    tn__arena_init(&arena, KEPT, memory_limit);
    for (size_t f = 0; f < n_files; f++) {
        printf("%s\n", files[f].path);
        fflush(stdout);
        for (int k = 0; k < VARIANTS; k++)
            decode_variant(&files[f], k);
    }
    tn__arena_free(&arena);
    free_files(files, n_files);
    printf("%zu files, each as it is and damaged %d times: %ld decoded, %ld refused\n", n_files,
           VARIANTS - 1, n_decoded, n_refused);
    return n_files > 0 && n_decoded > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
