/* SPDX-License-Identifier: MIT */
/* Fuzz target: packs lossless files as striped images, and spoils records (record.h).
 *
 * A record, and the PNG made of it, have the pixels of the file. A spoiled record with repaired
 * checksums is memory safe, every level gives the same verdict and pixels, and a region those of
 * the whole image. */
#include "codec/stripes/stripes.h"
#include "answer.h"
#include "base/bytes.h"
#include "codec/stripes/record.h"
#include "codec/stripes/restore.h"
#include "cpu/level.h"
#include "record.h"
#include "target.h"
#include "tench.h"

_Static_assert(TN__STRIPES_CHECKSUM == 8 && TN__STRIPES_SIZE == 16 && TN__STRIPES_ENTRY == 8,
               "record.c knows these");

static answer plain, packed, whole;

/* Checks that a file and what was made of it have the same pixels. */
static void check_same(const input *opened, tn__bytes file, tn__bytes made, const char *what)
{
    tn__info info, other;
    const tn__codec *const codec = tn__codec_probe(file, NULL, RECORD_MAX_PIXELS, &info);
    const tn__codec *const its = tn__codec_probe(made, NULL, RECORD_MAX_PIXELS, &other);
    if (!codec)
        return;
    answer_begin(&packed);
    if (!its)
        answer_differ(what, &packed, &packed);
    const tn__want want = {.need = input_region(opened, info.w, info.h),
                           .mode = input_mode(opened)};
    answer_decode(codec, file, NULL, &info, &want, &plain);
    answer_decode(its, made, NULL, &other, &want, &packed);
    if (plain.status != packed.status ||
        (plain.status == TN_OK && !answer_same_pixels(&packed, &plain, want.need)))
        answer_differ(what, &packed, &plain);
}

/* Makes a PNG of a record. That of a spoiled one may have other pixels: its head may lie about the
 * file. */
static void check_restored(const input *opened, tn__bytes record, bool spoiled)
{
    tn__blob out = {0};
    if (tn__stripes_restore(record, &out) == TN_OK) {
        const tn__bytes png = record_copy(&out);
        if (!spoiled)
            check_same(opened, record, png, "PNG of a record");
        record_drop(png);
    }
    tn__blob_free(&out);
}

static void check(const input *opened, tn__bytes record, int32_t layout)
{
    (void)layout;
    check_same(opened, opened->file, record, "record of a file");
    check_restored(opened, record, false);
}

static record_table find_table(const uint8_t *record)
{
    const uint64_t n_rows = tn__get_32(record + TN__STRIPES_STRIPE_ROWS);
    const uint64_t h = tn__get_32(record + TN__STRIPES_H);
    const uint64_t n_colours = tn__get_16(record + TN__STRIPES_COLOURS);
    return (record_table){.at = TN__STRIPES_HEAD + n_colours * TN__STRIPES_COLOUR,
                          .n = n_rows > 0 ? (h + n_rows - 1) / n_rows : 0};
}

/* Checks a spoiled record at this level against plain C. */
static void check_spoiled(const input *opened, tn__bytes record, int32_t layout)
{
    (void)layout;
    tn__info info;
    if (!tn__codec_probe(record, NULL, RECORD_MAX_PIXELS, &info))
        return;
    const tn__want want = {.need = input_region(opened, info.w, info.h),
                           .mode = input_mode(opened)};
    const tn__want all = {.need = {0, 0, info.w, info.h}, .mode = want.mode};
    answer_decode(&tn__codec_stripes, record, NULL, &info, &want, &packed);
    tn__cpu_lower(TN__CPU_SCALAR);
    answer_decode(&tn__codec_stripes, record, NULL, &info, &want, &plain);
    answer_decode(&tn__codec_stripes, record, NULL, &info, &all, &whole);
    tn__cpu_lower(input_level(opened));
    if (!answer_same_verdict(&packed, &plain) ||
        (packed.status == TN_OK && !answer_same_pixels(&packed, &plain, want.need)) ||
        (whole.status == TN_OK &&
         (packed.status != TN_OK || !answer_same_pixels(&packed, &whole, want.need))))
        answer_differ("spoiled record", &packed, &plain);
    check_restored(opened, record, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const record_target target = {.codec = &tn__codec_stripes,
                                         .check = check,
                                         .find_table = find_table,
                                         .check_spoiled = check_spoiled};
    return record_run(&target, bytes, size);
}
