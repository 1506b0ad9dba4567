/* SPDX-License-Identifier: MIT */
/* For tests of striped images: makes the record of a file, and compares all that can be asked of
 * it. */
#ifndef TENCH_TESTS_STRIPES_CASE_H
#define TENCH_TESTS_STRIPES_CASE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/rng.h"
#include "codec/codec.h"
#include "codec/stripes/make.h"
#include "codec/stripes/record.h"
#include "codec/stripes/stripes.h"
#include "cpu/level.h"
#include "draw_region.h"
#include "exact.h"
#include "tench.h"

enum { MAX_PIXELS = 1 << 24, REGIONS = 8, MIN_BLOCK = 1 << 20 };

static const int32_t modes[] = {TN_RGB, TN_GREY, TN_RGBA, TN_KEEP, TN_INDICES};
enum { N_MODES = sizeof modes / sizeof modes[0] };

static tn__arena arena;

static inline void set_up(void)
{
    tn__arena_init(&arena, 1 << 24, 0);
}

static inline void tear_down(void)
{
    tn__arena_free(&arena);
}

/* Returns the file's record, or no bytes if the file is declined. */
static inline tn__bytes record_of(tn__bytes file, int32_t layout)
{
    tn__blob out = {0};
    tn__arena_reset(&arena);
    const int status = tn__stripes_make(file, layout, &arena, &out);
    ck_assert_msg(status == TN_OK || status == TN__NOT_MINE, "%s", tn_error());
    const tn__bytes record = status == TN_OK ? copy_of(out.bytes, out.size) : (tn__bytes){0};
    tn__blob_free(&out);
    return record;
}

static inline int decode(tn__bytes bytes, tn_px_rect need, int32_t mode, tn__arena *memory,
                         tn_px_image *out)
{
    tn__info info;
    int32_t damage;
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, MAX_PIXELS, &info);
    if (!codec)
        return tn__error_last()->code;
    if (need.w == 0)
        need = (tn_px_rect){0, 0, info.w, info.h};
    const tn__want want = {need, mode};
    return tn__codec_decode(codec, bytes, NULL, &info, &want, memory, out, &damage);
}

static inline bool are_same(const tn_px_image *a, const tn_px_image *b)
{
    bool same = a->w == b->w && a->h == b->h && a->channels == b->channels && a->bits == b->bits &&
                a->x0 == b->x0 && a->y0 == b->y0;
    for (int32_t c = 0; same && c < a->channels; c++)
        for (int32_t y = 0; same && y < a->h; y++)
            same = memcmp(a->plane[c] + y * a->stride, b->plane[c] + y * b->stride,
                          (size_t)a->w * (size_t)(a->bits / 8)) == 0;
    return same;
}

static inline void check_regions(tn__bytes file, tn__bytes record, const tn__info *info,
                                 int32_t mode, const char *name)
{
    tn__draws draws;
    tn__draws_begin(&draws, tn__key_make(3, 0, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    for (int turn = 0; turn < REGIONS; turn++) {
        tn_px_image expected = {0}, got = {0};
        const tn_px_rect need = turn == 0 ? (tn_px_rect){0, 0, info->w, info->h}
                                          : draw_region(&draws, info->w, info->h);
        tn__arena_reset(&arena);
        ck_assert_int_eq(decode(file, need, mode, &arena, &expected), TN_OK);
        ck_assert_msg(decode(record, need, mode, &arena, &got) == TN_OK, "%s: %s", name,
                      tn_error());
        ck_assert_msg(are_same(&got, &expected), "%s: mode %d, level %s, region %d,%d %dx%d", name,
                      mode, tn__cpu_level_name(), need.x, need.y, need.w, need.h);
    }
}

/* The arena has just the memory that `scratch` allows, but no less than its smallest block. */
static inline void check_scratch(tn__bytes record, int32_t mode, const char *name)
{
    tn__info info;
    tn_px_image out;
    tn__arena tight;
    ck_assert_ptr_eq(tn__codec_probe(record, NULL, MAX_PIXELS, &info), &tn__codec_stripes);
    const tn__want want = {{0, 0, info.w, info.h}, mode};
    const size_t gaps = 1024; /* of an arena under AddressSanitizer */
    const size_t bound =
        (tn__codec_stripes.scratch(&info, &want) + gaps) / TN_PX_ALIGN * TN_PX_ALIGN;
    const size_t most = bound > MIN_BLOCK ? bound : MIN_BLOCK;
    tn__arena_init(&tight, most, most);
    ck_assert_msg(decode(record, want.need, mode, &tight, &out) == TN_OK, "%s: %s", name,
                  tn_error());
    tn__arena_free(&tight);
}

static inline void check_info(tn__bytes file, tn__bytes record, tn__info *info, const char *name)
{
    tn__info other;
    ck_assert_ptr_nonnull(tn__codec_probe(file, NULL, MAX_PIXELS, info));
    ck_assert_ptr_nonnull(tn__codec_probe(record, NULL, MAX_PIXELS, &other));
    ck_assert_msg(
        other.w == info->w && other.h == info->h && other.channels == info->channels &&
            other.bits == info->bits && other.file_channels == info->file_channels &&
            other.file_bits == info->file_bits && other.has_palette == info->has_palette &&
            other.progressive == info->progressive && other.orientation == info->orientation &&
            strcmp(other.format, info->format) == 0,
        "%s: other facts", name);
}

static inline void check_record(tn__bytes file, tn__bytes record, const char *name)
{
    tn__info info;
    check_info(file, record, &info, name);
    for (int32_t level = 0; level < TN__CPU_LEVELS; level++) {
        tn__cpu_lower(level);
        for (int m = 0; m < N_MODES; m++) {
            if (tn__info_check_mode(&info, modes[m]) != TN_OK)
                continue;
            check_regions(file, record, &info, modes[m], name);
            check_scratch(record, modes[m], name);
        }
    }
    tn__cpu_lower(TN__CPU_LEVELS);
}

/* The kind of the file's record; 0: the file was declined. */
static inline int32_t check_file(tn__bytes file, int32_t layout, const char *name)
{
    const tn__bytes record = record_of(file, layout);
    const int32_t kind = record.data ? record.data[TN__STRIPES_KIND] : 0;
    if (kind != 0)
        check_record(file, record, name);
    drop(record);
    return kind;
}

#endif
