/* SPDX-License-Identifier: MIT */
/* For tests: decodes a JPEG with the table of codecs, at every level, and with libjpeg alone. It
 * compares facts, status, error message, number of damages, and every byte of the pixels. */
#ifndef TENCH_TESTS_JPEG_COMPARE_H
#define TENCH_TESTS_JPEG_COMPARE_H

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "codec/codec.h"
#include "codec/jpeg/frame.h"
#include "codec/jpeg/libjpeg.h"
#include "cpu/level.h"
#include "tench.h"

enum { JPEG_MAX_PIXELS = 1 << 28, JPEG_MESSAGE_BYTES = TN__MESSAGE_BYTES };

/* The result of decoding a file. The image is in the arena. */
typedef struct jpeg_answer {
    int status;
    int32_t damage;
    tn_px_image image;
    char message[JPEG_MESSAGE_BYTES];
} jpeg_answer;

/* How two results differ, in words; empty if they are equal. */
typedef struct jpeg_difference {
    char text[2 * JPEG_MESSAGE_BYTES + 200];
} jpeg_difference;

static inline const char *jpeg_message(int status)
{
    return status == TN_OK || status == TN__NOT_MINE ? "" : tn__error_last()->message;
}

/* Fills the arena, so that old contents cannot pass for pixels. */
static inline void jpeg_soil(tn__arena *arena, size_t n_bytes, int value)
{
    tn__arena_reset(arena);
    uint8_t *const memory = tn__arena_take(arena, n_bytes);
    if (memory)
        memset(memory, value, n_bytes);
    tn__arena_reset(arena);
}

static inline void jpeg_keep_message(jpeg_answer *answer)
{
    snprintf(answer->message, sizeof answer->message, "%s", jpeg_message(answer->status));
}

/* Decodes with this codec alone; the codec may answer TN__NOT_MINE. */
static inline jpeg_answer jpeg_decode_alone(const tn__codec *codec, tn__bytes bytes,
                                            const tn__want *want, tn__arena *arena)
{
    jpeg_answer answer = {0};
    tn__info info;
    answer.status = codec->probe(bytes, &info);
    if (answer.status == TN_OK)
        answer.status =
            codec->decode(bytes, NULL, &info, want, arena, &answer.image, &answer.damage);
    jpeg_keep_message(&answer);
    return answer;
}

/* Decodes with the table of codecs, as loaders do. */
static inline jpeg_answer jpeg_decode(tn__bytes bytes, const tn__want *want, tn__arena *arena)
{
    jpeg_answer answer = {0};
    tn__info info;
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, JPEG_MAX_PIXELS, &info);
    if (codec) {
        jpeg_soil(arena, codec->scratch(&info, want), 0x55 + tn__cpu_level());
        answer.status =
            tn__codec_decode(codec, bytes, NULL, &info, want, arena, &answer.image, &answer.damage);
    } else
        answer.status = tn__error_last()->code;
    jpeg_keep_message(&answer);
    return answer;
}

/* Damaged files can have coefficients far outside the normal range. For such files libjpeg-turbo's
 * SIMD code for x86-64, its SIMD code for other processors and its C code give different pixels;
 * the codecs here give those of x86-64. On other processors a test of such a file reports this and
 * does not compare pixels. */
static bool jpeg_pixels_are_free;

static inline void jpeg_expect_wild_coefficients(void)
{
#if !defined(__x86_64__)
    jpeg_pixels_are_free = true;
#endif
}

static inline bool jpeg_same_pixels(const tn_px_image *a, const tn_px_image *b,
                                    jpeg_difference *difference)
{
    if (a->x0 != b->x0 || a->y0 != b->y0 || a->w != b->w || a->h != b->h ||
        a->channels != b->channels) {
        snprintf(difference->text, sizeof difference->text, "windows or channels differ");
        return false;
    }
    for (int32_t c = 0; c < a->channels && !jpeg_pixels_are_free; c++)
        for (int32_t y = 0; y < a->h; y++) {
            const uint8_t *const row_a = a->plane[c] + y * a->stride;
            const uint8_t *const row_b = b->plane[c] + y * b->stride;
            int32_t x = 0;
            while (x < a->w && row_a[x] == row_b[x])
                x++;
            if (x == a->w)
                continue;
            snprintf(difference->text, sizeof difference->text,
                     "plane %d, row %d, column %d: %d, libjpeg has %d", c, a->y0 + y, a->x0 + x,
                     row_a[x], row_b[x]);
            return false;
        }
    return true;
}

static inline bool jpeg_same_answer(const jpeg_answer *a, const jpeg_answer *b,
                                    jpeg_difference *difference)
{
    difference->text[0] = '\0';
    if (a->status == b->status && a->damage == b->damage && strcmp(a->message, b->message) == 0)
        return a->status != TN_OK || jpeg_same_pixels(&a->image, &b->image, difference);
    snprintf(difference->text, sizeof difference->text,
             "%s, %d damages '%s'; libjpeg has %s, %d damages '%s'", tn_status_name(a->status),
             a->damage, a->message, tn_status_name(b->status), b->damage, b->message);
    return false;
}

/* Compares a region of a damaged file. libjpeg reads a little further than it needs to, so the
 * codecs may find less damage than it does, but never more. */
static inline bool jpeg_no_worse(const jpeg_answer *a, const jpeg_answer *b,
                                 jpeg_difference *difference)
{
    difference->text[0] = '\0';
    if (a->status == TN_OK && a->damage == 0 && (b->status != TN_OK || b->damage > 0))
        return b->status != TN_OK || jpeg_same_pixels(&a->image, &b->image, difference);
    return jpeg_same_answer(a, b, difference);
}

typedef bool jpeg_comparison(const jpeg_answer *a, const jpeg_answer *b,
                             jpeg_difference *difference);

static inline void jpeg_say_where(const tn__want *want, jpeg_difference *difference)
{
    const size_t n = strlen(difference->text);
    snprintf(difference->text + n, sizeof difference->text - n, " (%s, region %d,%d %dx%d, %s)",
             tn__cpu_level_name(), want->need.x, want->need.y, want->need.w, want->need.h,
             want->mode == TN_GREY ? "L" : "RGB");
}

/* Compares every level's result with libjpeg's; `both` has an arena for each. */
static inline bool jpeg_check(tn__bytes bytes, const tn__want *want, jpeg_comparison *compare,
                              tn__arena both[2], jpeg_difference *difference)
{
    bool same = true;
    tn__arena_reset(&both[0]);
    const jpeg_answer expected = jpeg_decode_alone(&tn__codec_libjpeg, bytes, want, &both[0]);
    for (int32_t level = tn__cpu_lower(TN__CPU_LEVELS); same && level >= 0; level--) {
        tn__cpu_lower(level);
        const jpeg_answer answer = jpeg_decode(bytes, want, &both[1]);
        same = compare(&answer, &expected, difference);
    }
    if (!same)
        jpeg_say_where(want, difference);
    tn__cpu_lower(TN__CPU_LEVELS);
    return same;
}

/* True if every level gives the same result as libjpeg. */
static inline bool jpeg_check_want(tn__bytes bytes, const tn__want *want, tn__arena both[2],
                                   jpeg_difference *difference)
{
    return jpeg_check(bytes, want, jpeg_same_answer, both, difference);
}

/* True if no level finds more damage than libjpeg: for regions of damaged files. */
static inline bool jpeg_check_damaged(tn__bytes bytes, const tn__want *want, tn__arena both[2],
                                      jpeg_difference *difference)
{
    return jpeg_check(bytes, want, jpeg_no_worse, both, difference);
}

/* True if both read the same facts from the header. False if neither can use it. */
static inline bool jpeg_check_info(tn__bytes bytes, tn__info *info, jpeg_difference *difference)
{
    tn__info theirs;
    memset(info, 0, sizeof *info);
    const int status = tn__codec_libjpeg.probe(bytes, &theirs);
    char message[JPEG_MESSAGE_BYTES];
    snprintf(message, sizeof message, "%s", jpeg_message(status));
    const bool known = tn__codec_probe(bytes, NULL, INT64_MAX, info) != NULL;
    difference->text[0] = '\0';
    if (known != (status == TN_OK) || (!known && strcmp(message, tn__error_last()->message) != 0))
        snprintf(difference->text, sizeof difference->text, "probe: '%s', libjpeg has '%s'",
                 known ? "" : tn__error_last()->message, message);
    else if (known &&
             (info->w != theirs.w || info->h != theirs.h || info->channels != theirs.channels ||
              info->bits != theirs.bits || info->orientation != theirs.orientation ||
              info->progressive != theirs.progressive ||
              info->own[TN__JPEG_COEFFICIENT_BYTES] != theirs.own[TN__JPEG_COEFFICIENT_BYTES] ||
              strcmp(info->format, theirs.format) != 0))
        snprintf(difference->text, sizeof difference->text, "probe: other facts than libjpeg's");
    return known && difference->text[0] == '\0';
}

#endif
