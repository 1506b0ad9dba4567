/* SPDX-License-Identifier: MIT */
/* Fuzz target: the table of codecs against libjpeg.
 *
 * Whatever the bytes, the codecs together give the verdict, the header's facts and the pixels that
 * libjpeg's entry gives alone, for a region as for the whole image; and nothing is read or written
 * that is not theirs, which the sanitizers see.
 *
 * In one case verdicts may differ. A file is judged by the bytes that its region needs, and of
 * these libjpeg needs some more: the rest of a row of MCUs, and the row below, for the sake of one
 * line of samples. So a region above the last row may be had from a file that libjpeg finds cut
 * off; its pixels are then those of a libjpeg that does not mind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "codec/codec.h"
#include "cpu/level.h"
#include "input.h"
#include "lenient.h"
#include "target.h"

/* Small, so that there are many runs a second: a header can claim any size. */
enum { MAX_PIXELS = 1 << 17, KEPT = 1 << 22 };

/* An answer of a codec. */
typedef struct answer {
    tn__arena arena;
    int code;
    char message[512];
    int32_t damage;
    tn_px_image image;
} answer;

static answer chain, reference, whole;

static _Noreturn void differ(const char *what, const answer *got, const answer *expected)
{
    fprintf(stderr, "fuzz: %s: level %s, got %d (%s, %d warnings), expected %d (%s, %d warnings)\n",
            what, tn__cpu_level_name(), got->code, got->message, got->damage, expected->code,
            expected->message, expected->damage);
    abort();
}

static void begin(answer *made)
{
    if (!made->arena.keep)
        tn__arena_init(&made->arena, KEPT, 0);
    tn__arena_reset(&made->arena);
    made->message[0] = '\0';
    made->damage = 0;
}

static void note_error(answer *made, int code)
{
    made->code = code;
    if (code < 0)
        snprintf(made->message, sizeof made->message, "%s", tn__error_last()->message);
}

static bool same_facts(const tn__info *a, const tn__info *b)
{
    return a->w == b->w && a->h == b->h && a->channels == b->channels && a->bits == b->bits &&
           a->orientation == b->orientation && a->progressive == b->progressive &&
           a->coefficient_bytes == b->coefficient_bytes && strcmp(a->format, b->format) == 0;
}

/* Reads the header by both ways; NULL: both refuse it. */
static const tn__codec *probe(tn__bytes bytes, tn__info *info)
{
    tn__info expected;
    begin(&chain);
    begin(&reference);
    const tn__codec *const codec = tn__codec_probe(bytes, INT64_MAX, info);
    note_error(&chain, codec ? TN_OK : tn__error_last()->code);
    if (!tn__codec_libjpeg.sniff(bytes)) {
        if (codec)
            differ("a file that libjpeg does not know", &chain, &reference);
        return NULL;
    }
    note_error(&reference, tn__codec_libjpeg.probe(bytes, &expected));
    if (chain.code != reference.code || strcmp(chain.message, reference.message) != 0)
        differ("verdict on the header", &chain, &reference);
    if (codec && !same_facts(info, &expected))
        differ("facts from the header", &chain, &reference);
    return codec;
}

static void decode_reference(tn__bytes bytes, const tn__info *info, const tn__want *want,
                             answer *made)
{
    begin(made);
    note_error(made, tn__codec_libjpeg.decode(bytes, NULL, info, want, &made->arena, &made->image,
                                              &made->damage));
}

static bool same_rows(const answer *got, const answer *expected, tn_px_rect part)
{
    const tn_px_image *const a = &got->image, *const b = &expected->image;
    for (int32_t c = 0; c < a->channels; c++)
        for (int32_t y = part.y; y < part.y + part.h; y++)
            if (memcmp(a->plane[c] + (y - a->y0) * a->stride + part.x - a->x0,
                       b->plane[c] + (y - b->y0) * b->stride + part.x - b->x0, (size_t)part.w) != 0)
                return false;
    return true;
}

static bool same_shape(const tn_px_image *a, const tn_px_image *b)
{
    return a->w == b->w && a->h == b->h && a->x0 == b->x0 && a->y0 == b->y0 &&
           a->channels == b->channels && a->bits == b->bits;
}

/* The region was decoded, and libjpeg refused to. */
static void compare_with_lenient(tn__bytes bytes, const tn__info *info, const tn__want *want)
{
    if (want->need.y + want->need.h == info->h || reference.code != TN_EDECODE)
        differ("verdict", &chain, &reference);
    begin(&whole);
    whole.code = lenient_decode(bytes, want->mode, &whole.arena, &whole.image);
    if (whole.code == TN_OK && !same_rows(&chain, &whole, want->need))
        differ("pixels before the damage", &chain, &whole);
}

/* What was not there for the region may have been needed for the rest, so verdicts can differ. */
static void compare_with_whole(tn__bytes bytes, const tn__info *info, const tn__want *want)
{
    const tn__want all = {.need = {0, 0, info->w, info->h}, .mode = want->mode};
    decode_reference(bytes, info, &all, &whole);
    if (whole.code == TN_OK && reference.code != TN_OK)
        differ("a region of a whole image", &reference, &whole);
    if (whole.code == TN_OK && !same_rows(&reference, &whole, want->need))
        differ("pixels of a region and of the whole image", &reference, &whole);
}

static void compare(const input *opened)
{
    tn__info info;
    const tn__codec *const codec = probe(opened->file, &info);
    if (!codec || (int64_t)info.w * info.h > MAX_PIXELS)
        return;
    const tn__want want = {.need = input_region(opened, info.w, info.h),
                           .mode = input_mode(opened)};
    begin(&chain);
    note_error(&chain, tn__codec_decode(codec, opened->file, NULL, &info, &want, &chain.arena,
                                        &chain.image, &chain.damage));
    decode_reference(opened->file, &info, &want, &reference);
    if (chain.code == TN_OK && reference.code != TN_OK) {
        compare_with_lenient(opened->file, &info, &want);
        return;
    }
    if (chain.code != reference.code || strcmp(chain.message, reference.message) != 0)
        differ("verdict", &chain, &reference);
    if (chain.code != TN_OK)
        return;
    if (!same_shape(&chain.image, &reference.image))
        differ("shape", &chain, &reference);
    if (!same_rows(&chain, &reference, want.need))
        differ("pixels", &chain, &reference);
    compare_with_whole(opened->file, &info, &want);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input opened = input_open(bytes, size);
    if (opened.file.data) {
        tn__cpu_lower(input_level(&opened));
        compare(&opened);
        input_close(&opened);
    }
    return 0;
}
