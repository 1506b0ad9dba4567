/* SPDX-License-Identifier: MIT */
/* For tests that compare small files with Pillow's results: reads what tests/golden/record.py
 * writes, and decodes each file in all modes, whole and in regions. */
#ifndef TENCH_TESTS_GOLDEN_FILES_H
#define TENCH_TESTS_GOLDEN_FILES_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "codec/codec.h"
#include "draw_region.h"
#include "exact.h"
#include "make/orient.h"
#include "tench.h"

enum { GOLDEN_BYTES = 1 << 20, GOLDEN_PIXELS = 1 << 20, GOLDEN_REGIONS = 12, GOLDEN_MODES = 3 };

static const int32_t golden_modes[GOLDEN_MODES] = {TN_RGB, TN_GREY, TN_RGBA};

/* Folders of the modules that are built. */
static const char *const golden_modules[] = {
#ifdef HAS_WEBP
    GOLDEN_FOLDER "/webp",
#endif
#ifdef HAS_AVIF
    GOLDEN_FOLDER "/avif",
#endif
#ifdef HAS_TIFF
    GOLDEN_FOLDER "/tiff",
#endif
#ifdef HAS_JP2
    GOLDEN_FOLDER "/jp2",
#endif
#ifdef HAS_VIPS
    GOLDEN_FOLDER "/jxl",
#endif
#ifdef HAS_HEIF
    GOLDEN_FOLDER "/heif",
#endif
    ""}; /* the end: a build without modules has no more */
enum { N_GOLDEN_MODULES = sizeof golden_modules / sizeof golden_modules[0] - 1 };

/* A line of golden.txt. */
typedef struct golden_file {
    char name[64], verdict[16];
    size_t n_bytes;
    int w, h, orientation;
    unsigned long long hashes[GOLDEN_MODES];
} golden_file;

/* Reads a file into `bytes`, which has GOLDEN_BYTES, and zeros after it. */
static inline tn__bytes read_golden(const char *folder, const char *name, uint8_t *bytes)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    const size_t size = fread(bytes, 1, GOLDEN_BYTES, file);
    fclose(file);
    ck_assert_uint_lt(size + TN__READ_PADDING, GOLDEN_BYTES);
    memset(bytes + size, 0, TN__READ_PADDING);
    return (tn__bytes){bytes, size};
}

/* 64-bit FNV-1a over interleaved pixels, as in the script. */
static inline uint64_t hash_pixels(const tn_px_image *image)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (int32_t y = 0; y < image->h; y++)
        for (int32_t x = 0; x < image->w; x++)
            for (int32_t c = 0; c < image->channels; c++)
                hash = (hash ^ image->plane[c][y * image->stride + x]) * 0x100000001b3u;
    return hash;
}

/* Decodes a region into memory of the size that the codec announces. TN_OK, or the verdict. */
static inline int decode_golden(tn__bytes bytes, const tn__info *info, const tn__codec *codec,
                                tn_px_rect need, int32_t mode, tn__arena *arena, tn_px_image *out)
{
    const tn__want want = {need, mode};
    int32_t damage = 0;
    const size_t announced = codec->scratch(info, &want), least = 1 << 20; /* of an arena */
    const size_t most = announced > least ? announced : least;
    const size_t limit = (most + TN_PX_ALIGN - 1) / TN_PX_ALIGN * TN_PX_ALIGN;
    tn__arena_free(arena);
    tn__arena_init(arena, limit, limit);
    return tn__codec_decode(codec, bytes, NULL, info, &want, arena, out, &damage);
}

static inline void check_golden_regions(const golden_file *golden, tn__bytes bytes,
                                        const tn__info *info, const tn__codec *codec, int32_t mode)
{
    tn__arena arenas[2];
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(1, 0, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    tn_px_image whole, part;
    for (int a = 0; a < 2; a++)
        tn__arena_init(&arenas[a], 0, 0);
    const tn_px_rect all = {0, 0, info->w, info->h};
    ck_assert_int_eq(decode_golden(bytes, info, codec, all, mode, &arenas[0], &whole), TN_OK);
    for (int turn = 0; turn < GOLDEN_REGIONS; turn++) {
        const tn_px_rect need = draw_region(&draws, info->w, info->h);
        const int status = decode_golden(bytes, info, codec, need, mode, &arenas[1], &part);
        ck_assert_msg(status == TN_OK, "%s: %s", golden->name, tn_error());
        ck_assert(part.x0 == need.x && part.y0 == need.y && part.w == need.w && part.h == need.h);
        for (int32_t c = 0; c < part.channels; c++)
            for (int32_t y = 0; y < part.h; y++)
                ck_assert_msg(memcmp(part.plane[c] + y * part.stride,
                                     whole.plane[c] + (need.y + y) * whole.stride + need.x,
                                     (size_t)need.w) == 0,
                              "%s: region %d,%d %dx%d differs in row %d of plane %d", golden->name,
                              need.x, need.y, need.w, need.h, y, c);
    }
    for (int a = 0; a < 2; a++)
        tn__arena_free(&arenas[a]);
}

static inline void check_golden_mode(const golden_file *golden, const uint8_t *data, int m)
{
    const tn__bytes bytes = copy_of(data, golden->n_bytes);
    tn__info info = {0};
    tn_px_image image = {0};
    tn__arena arena;
    tn__arena_init(&arena, 0, 0);
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, GOLDEN_PIXELS, &info);
    int status = codec ? TN_OK : tn__error_last()->code;
    if (codec)
        status = decode_golden(bytes, &info, codec, (tn_px_rect){0, 0, info.w, info.h},
                               golden_modes[m], &arena, &image);
    ck_assert_msg((status == TN_OK) == (strcmp(golden->verdict, "ok") == 0 && golden->hashes[m]),
                  "%s: %s, but status %d %s", golden->name, golden->verdict, status,
                  status ? tn_error() : "");
    ck_assert_msg(status == TN_OK || status == TN_EDECODE, "%s: %s", golden->name, tn_error());
    if (codec && status == TN_OK) {
        const int left = info.always_turned ? 1 : info.orientation;
        tn_px_image seen;
        arena.limit = 0;
        ck_assert_int_eq(
            tn__orient_image(tn__info_turn(&info, false), info.w, info.h, &image, &arena, &seen),
            TN_OK);
        ck_assert_msg(seen.w == golden->w && seen.h == golden->h && left == golden->orientation,
                      "%s: %dx%d, orientation %d", golden->name, seen.w, seen.h, left);
        ck_assert_msg(hash_pixels(&seen) == golden->hashes[m],
                      "%s: pixels differ from Pillow's in mode %d", golden->name, golden_modes[m]);
        check_golden_regions(golden, bytes, &info, codec, golden_modes[m]);
    }
    tn__arena_free(&arena);
    drop(bytes);
}

typedef void golden_visit(const golden_file *golden, const uint8_t *data);

/* Calls `visit` for each file of a folder; returns their number. */
static inline int each_golden(const char *folder, golden_visit *visit)
{
    static uint8_t text[GOLDEN_BYTES], files[GOLDEN_BYTES];
    int n_files = 0;
    char *rest = (char *)text;
    (void)read_golden(folder, "golden.txt", text);
    const tn__bytes all = read_golden(folder, "files.bin", files);
    size_t at = 0;
    for (const char *line = strtok_r(rest, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        golden_file golden;
        ck_assert_int_eq(sscanf(line, "%63s %zu %15s %d %d %d %llx %llx %llx", golden.name,
                                &golden.n_bytes, golden.verdict, &golden.w, &golden.h,
                                &golden.orientation, &golden.hashes[0], &golden.hashes[1],
                                &golden.hashes[2]),
                         9);
        ck_assert_uint_le(golden.n_bytes, all.size - at);
        visit(&golden, files + at);
        at += golden.n_bytes;
        n_files++;
    }
    return n_files;
}

static inline void check_golden_file(const golden_file *golden, const uint8_t *data)
{
    for (int m = 0; m < GOLDEN_MODES; m++)
        check_golden_mode(golden, data, m);
}

/* Compares all files of a folder with golden.txt; returns their number. */
static inline int check_golden_folder(const char *folder)
{
    return each_golden(folder, check_golden_file);
}

#endif
