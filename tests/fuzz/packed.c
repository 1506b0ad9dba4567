/* SPDX-License-Identifier: MIT */
/* Fuzz target: packs JPEGs, and spoils records (record.h).
 *
 * A packed file is restored bit for bit, and its record has the same pixels. A spoiled record with
 * repaired checksums is memory safe, and every level gives the same verdict and pixels. The file
 * restored from it is an input like any other. */
#include <string.h>

#include "answer.h"
#include "base/bytes.h"
#include "codec/jpeg/packed.h"
#include "cpu/level.h"
#include "record.h"
#include "target.h"
#include "tench.h"

_Static_assert(TN__PACKED_CHECKSUM == 8 && TN__PACKED_SIZE == 16 && TN__PACKED_ROW_ENTRY == 8,
               "record.c knows these");

static answer plain, packed, scalar;

static void check_restored(tn__bytes file, tn__bytes record)
{
    tn__blob out = {0};
    answer_begin(&packed);
    answer_note(&packed, tn__packed_restore(record, &out));
    if (packed.status != TN_OK || !out.bytes || !file.data || out.size != file.size ||
        memcmp(out.bytes, file.data, file.size) != 0)
        answer_differ("restored file", &packed, &packed);
    tn__blob_free(&out);
}

/* Checks that a file and its record have the same pixels. */
static void check_packed(const input *opened, tn__bytes file, tn__bytes record)
{
    tn__info info;
    const tn__codec *const codec =
        record.data ? tn__codec_probe(file, NULL, RECORD_MAX_PIXELS, &info) : NULL;
    if (!codec)
        return;
    const tn__want want = {.need = input_region(opened, info.w, info.h),
                           .mode = input_mode(opened)};
    check_restored(file, record);
    answer_decode(codec, file, NULL, &info, &want, &plain);
    answer_decode(&tn__codec_packed, record, NULL, &info, &want, &packed);
    if (!answer_same_verdict(&plain, &packed) || plain.status != TN_OK ||
        !answer_same_pixels(&packed, &plain, want.need))
        answer_differ("packed file", &packed, &plain);
}

static void check(const input *opened, tn__bytes record, int32_t layout)
{
    (void)layout;
    check_packed(opened, opened->file, record);
}

static record_table find_table(const uint8_t *record)
{
    return (record_table){.at = TN__PACKED_ORDERS +
                                (uint64_t)record[TN__PACKED_COMPONENTS] * TN__PACKED_ORDER_SIZE +
                                tn__get_32(record + TN__PACKED_HEADER_SIZE) +
                                tn__get_32(record + TN__PACKED_TRAILER_SIZE),
                          .n = tn__get_32(record + TN__PACKED_ROWS)};
}

/* Packs the file that is restored from a spoiled record. Its hash differs, but it may be complete.
 */
static void pack_restored(const input *opened, tn__bytes record, int32_t layout)
{
    tn__blob out = {0};
    (void)tn__packed_restore(record, &out);
    const tn__bytes file = record_copy(&out);
    const tn__bytes again = record_make(&tn__codec_packed, file, layout);
    check_packed(opened, file, again);
    record_drop(again);
    record_drop(file);
    tn__blob_free(&out);
}

/* Checks a spoiled record at this level against plain C, and then the file that is restored from
 * it. */
static void check_spoiled(const input *opened, tn__bytes record, int32_t layout)
{
    tn__info info;
    if (tn__codec_probe(record, NULL, RECORD_MAX_PIXELS, &info)) {
        const tn__want want = {.need = input_region(opened, info.w, info.h),
                               .mode = input_mode(opened)};
        answer_decode(&tn__codec_packed, record, NULL, &info, &want, &packed);
        tn__cpu_lower(TN__CPU_SCALAR);
        answer_decode(&tn__codec_packed, record, NULL, &info, &want, &scalar);
        tn__cpu_lower(input_level(opened));
        if (!answer_same_verdict(&packed, &scalar) ||
            (packed.status == TN_OK && !answer_same_pixels(&packed, &scalar, want.need)))
            answer_differ("spoiled record", &packed, &scalar);
    }
    pack_restored(opened, record, layout);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const record_target target = {.codec = &tn__codec_packed,
                                         .check = check,
                                         .find_table = find_table,
                                         .check_spoiled = check_spoiled};
    return record_run(&target, bytes, size);
}
