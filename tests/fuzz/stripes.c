/* SPDX-License-Identifier: MIT */
/* Fuzz target: packs lossless files as striped images, and spoils records.
 *
 * A record, and the PNG made of it, have the pixels of the file. A spoiled record with repaired
 * checksums is memory safe, every level gives the same verdict and pixels, and a region those of
 * the whole image.
 *
 * The bytes before the tail (input.h) spoil the record, four bytes for each change. The byte before
 * the tail gives the number of changes and the layout. */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "codec/stripes/make.h"
#include "codec/stripes/record.h"
#include "codec/stripes/restore.h"
#include "codec/stripes/stripes.h"
#include "cpu/checksum.h"
#include "cpu/level.h"
#include "input.h"
#include "target.h"
#include "tench.h"

enum { MAX_PIXELS = 1 << 16, PATCH_BYTES = 4 };

static answer plain, packed, whole;
static tn__arena arena;

size_t target_tail(const uint8_t *bytes, size_t size)
{
    return input_tail_of_patches(bytes, size, PATCH_BYTES);
}

/* Copies bytes to an exact allocation, with the bytes that may be read after them. */
static tn__bytes copy_of(const tn__blob *blob)
{
    uint8_t *const copy = calloc(1, blob->size + TN__READ_PADDING);
    if (copy && blob->size > 0)
        memcpy(copy, blob->bytes, blob->size);
    return (tn__bytes){copy, copy ? blob->size : 0};
}

static void drop(tn__bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

/* Returns the file's record, or no bytes if the file is declined. */
static tn__bytes pack(tn__bytes file, int32_t layout)
{
    tn__blob out = {0};
    if (!arena.keep)
        tn__arena_init(&arena, 1 << 22, 0);
    tn__arena_reset(&arena);
    const int status = tn__stripes_make(file, layout, &arena, &out);
    const tn__bytes record = status == TN_OK ? copy_of(&out) : (tn__bytes){0};
    tn__blob_free(&out);
    return record;
}

/* Checks that a file and what was made of it have the same pixels. */
static void check_same(const input *opened, tn__bytes file, tn__bytes made, const char *what)
{
    tn__info info, other;
    const tn__codec *const codec = tn__codec_probe(file, NULL, MAX_PIXELS, &info);
    const tn__codec *const its = tn__codec_probe(made, NULL, MAX_PIXELS, &other);
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
        const tn__bytes png = copy_of(&out);
        if (!spoiled)
            check_same(opened, record, png, "PNG of a record");
        drop(png);
    }
    tn__blob_free(&out);
}

/* Repairs the checksums of a record, as far as it has them. */
static void mend(uint8_t *record, size_t size)
{
    const uint64_t n_rows = tn__get_32(record + TN__STRIPES_STRIPE_ROWS);
    const uint64_t h = tn__get_32(record + TN__STRIPES_H);
    const uint64_t n = n_rows > 0 ? (h + n_rows - 1) / n_rows : 0;
    const uint64_t table_at =
        TN__STRIPES_HEAD + (uint64_t)tn__get_16(record + TN__STRIPES_COLOURS) * TN__STRIPES_COLOUR;
    const uint64_t stripes_at = table_at + n * TN__STRIPES_ENTRY;
    uint32_t before = 0;
    if (stripes_at > size)
        return;
    for (uint64_t k = 0; k < n; k++) {
        uint8_t *const entry = record + table_at + k * TN__STRIPES_ENTRY;
        const uint32_t end = tn__get_32(entry);
        if (end < before || end > size - stripes_at)
            break;
        tn__put_32(entry + 4, (uint32_t)tn__checksum(record + stripes_at + before, end - before));
        before = end;
    }
    tn__put_64(record + TN__STRIPES_CHECKSUM,
               tn__checksum(record + TN__STRIPES_SIZE, (size_t)stripes_at - TN__STRIPES_SIZE));
}

/* Checks a spoiled record at this level against plain C. */
static void check_spoiled(const input *opened, tn__bytes record)
{
    tn__info info;
    if (!tn__codec_probe(record, NULL, MAX_PIXELS, &info))
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
    const size_t tail = target_tail(bytes, size);
    input opened = input_open(bytes, size);
    if (!opened.file.data || tail >= size) {
        input_close(&opened);
        return 0;
    }
    const uint8_t how = bytes[size - INPUT_TAIL - 1];
    tn__info info;
    tn__cpu_lower(input_level(&opened));
    const bool fits = tn__codec_probe(opened.file, NULL, MAX_PIXELS, &info) != NULL;
    const tn__bytes record =
        fits ? pack(opened.file, how & 1 ? TN_PACK_SMALL : TN_PACK_FAST) : (tn__bytes){0};
    if (record.data && record.size > 0) {
        uint8_t *const spoiled = (uint8_t *)(uintptr_t)record.data;
        check_same(&opened, opened.file, record, "record of a file");
        check_restored(&opened, record, false);
        for (int32_t p = 0; p < how >> 4; p++) {
            const uint8_t *const patch = bytes + size - tail + (ptrdiff_t)p * PATCH_BYTES;
            const size_t place = (size_t)patch[0] << 16 | (size_t)patch[1] << 8 | patch[2];
            spoiled[place % record.size] ^= patch[3];
        }
        mend(spoiled, record.size);
        check_spoiled(&opened, record);
    }
    drop(record);
    input_close(&opened);
    return 0;
}
