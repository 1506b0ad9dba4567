/* SPDX-License-Identifier: MIT */
/* Compares the table of codecs with libjpeg.
 *
 * For any bytes, the codecs together must give the verdict, the header facts and the pixels that
 * libjpeg gives alone, for regions and for the whole image. The sanitizers check every access.
 *
 * Verdicts may differ in one case. A file is judged by the bytes that its region needs. libjpeg
 * needs some more of them: the rest of a row of MCUs, and the row below for one line of samples. So
 * a region above the last row may be decoded from a file that libjpeg finds truncated. Its pixels
 * must then be those of a libjpeg that tolerates this. */
#include "compare.h"

#include <string.h>

#include "answer.h"
#include "base/error.h"
#include "codec/jpeg/frame.h"
#include "codec/jpeg/libjpeg.h"
#include "cpu/level.h"
#include "lenient.h"
#include "tench.h"

static answer chain, reference, whole;
/* What `reference` and `whole` are of, of the last file; mode 0: of nothing. */
static tn__want reference_of;
static int32_t whole_of;

static bool same_facts(const tn__info *a, const tn__info *b)
{
    return a->w == b->w && a->h == b->h && a->channels == b->channels && a->bits == b->bits &&
           a->orientation == b->orientation && a->progressive == b->progressive &&
           a->own[TN__JPEG_COEFFICIENT_BYTES] == b->own[TN__JPEG_COEFFICIENT_BYTES] &&
           strcmp(a->format, b->format) == 0;
}

/* Reads the header both ways. NULL: both refuse it. */
static const tn__codec *probe(tn__bytes bytes, tn__info *info)
{
    static answer header;
    tn__info expected;
    answer_begin(&chain);
    answer_begin(&header);
    const tn__codec *const codec = tn__codec_probe(bytes, NULL, INT64_MAX, info);
    answer_note(&chain, codec ? TN_OK : tn__error_last()->code);
    if (!tn__codec_libjpeg.sniff(bytes)) {
        if (codec && strcmp(info->format, "jpeg") == 0)
            answer_differ("a file that libjpeg does not know", &chain, &header);
        return NULL;
    }
    answer_note(&header, tn__codec_libjpeg.probe(bytes, &expected));
    if (!answer_same_verdict(&chain, &header))
        answer_differ("verdict on the header", &chain, &header);
    if (codec && !same_facts(info, &expected))
        answer_differ("facts from the header", &chain, &header);
    return codec;
}

/* Compares a region that was decoded although libjpeg refused. */
static void compare_with_lenient(tn__bytes bytes, const tn__info *info, const tn__want *want)
{
    if (want->need.y + want->need.h == info->h || reference.status != TN_EDECODE)
        answer_differ("verdict", &chain, &reference);
    answer_begin(&whole);
    whole_of = 0;
    whole.status = lenient_decode(bytes, want->mode, &whole.arena, &whole.image);
    if (whole.status == TN_OK && !answer_same_pixels(&chain, &whole, want->need))
        answer_differ("pixels before the damage", &chain, &whole);
}

/* Missing bytes may matter only outside the region, so the whole image may be refused. */
static void compare_with_whole(tn__bytes bytes, const tn__info *info, const tn__want *want)
{
    const tn__want all = {.need = {0, 0, info->w, info->h}, .mode = want->mode};
    if (whole_of != want->mode)
        answer_decode(&tn__codec_libjpeg, bytes, NULL, info, &all, &whole);
    whole_of = want->mode;
    if (whole.status == TN_OK && !answer_same_pixels(&reference, &whole, want->need))
        answer_differ("pixels of a region and of the whole image", &reference, &whole);
}

static bool is_same_want(const tn__want *a, const tn__want *b)
{
    return a->mode == b->mode && a->need.x == b->need.x && a->need.y == b->need.y &&
           a->need.w == b->need.w && a->need.h == b->need.h;
}

/* Forgets what libjpeg made of the last file. */
static void begin_file(void)
{
    reference_of = (tn__want){.mode = 0};
    whole_of = 0;
}

int compare_decoders(const input *opened, int64_t max_pixels, bool is_same_file)
{
    tn__info info;
    const tn__bytes bytes = opened->file;
    if (!is_same_file)
        begin_file();
    tn__cpu_lower(input_level(opened));
    const tn__codec *const codec = probe(bytes, &info);
    if (!codec)
        return chain.status;
    if ((int64_t)info.w * info.h > max_pixels)
        return TN_ELIMIT;
    const tn__want want = {.need = input_region(opened, info.w, info.h),
                           .mode = input_mode(opened)};
    answer_decode(codec, bytes, NULL, &info, &want, &chain);
    if (!is_same_want(&want, &reference_of))
        answer_decode(&tn__codec_libjpeg, bytes, NULL, &info, &want, &reference);
    reference_of = want;
    if (chain.status == TN_OK && reference.status != TN_OK) {
        compare_with_lenient(bytes, &info, &want);
        return TN_OK;
    }
    if (!answer_same_verdict(&chain, &reference))
        answer_differ("verdict", &chain, &reference);
    if (chain.status == TN_OK && !answer_same_pixels(&chain, &reference, want.need))
        answer_differ("pixels", &chain, &reference);
    if (chain.status == TN_OK)
        compare_with_whole(bytes, &info, &want);
    return chain.status;
}
