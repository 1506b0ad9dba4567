/* SPDX-License-Identifier: MIT */
/* Fuzz target: packs JPEGs, and spoils records.
 *
 * A packed file is restored bit for bit, and its record has the same pixels. A spoiled record with
 * repaired checksums is memory safe, and every level gives the same verdict and pixels. The file
 * restored from it is an input like any other.
 *
 * The bytes before the tail (input.h) spoil the record, four bytes for each change. The byte before
 * the tail gives the number of changes and the layout. */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "codec/jpeg/packed.h"
#include "cpu/checksum.h"
#include "cpu/level.h"
#include "input.h"
#include "target.h"
#include "tench.h"

enum { MAX_PIXELS = 1 << 16, PATCH_BYTES = 4 };

static answer plain, packed, scalar;
static tn__arena arena;

size_t target_tail(const uint8_t *bytes, size_t size)
{
    return input_tail_of_patches(bytes, size, PATCH_BYTES);
}

/* Copies bytes to an exact allocation, with the bytes that may be read after them. */
static tn__bytes copy_of(const uint8_t *bytes, size_t size)
{
    uint8_t *const copy = calloc(1, size + TN__READ_PADDING);
    if (copy && size > 0)
        memcpy(copy, bytes, size);
    return (tn__bytes){copy, copy ? size : 0};
}

static void drop(tn__bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

/* Returns the file's record, or no bytes if the file cannot be packed. */
static tn__bytes pack(tn__bytes file, int32_t layout)
{
    tn__blob out = {0};
    if (!arena.keep)
        tn__arena_init(&arena, 1 << 22, 0);
    tn__arena_reset(&arena);
    const int status = tn__packed_make(file, layout, &arena, &out);
    const tn__bytes record = status == TN_OK ? copy_of(out.bytes, out.size) : (tn__bytes){0};
    tn__blob_free(&out);
    return record;
}

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
static void check_packed(const input *opened, tn__bytes file, int32_t layout)
{
    tn__info info;
    const tn__bytes record = pack(file, layout);
    const tn__codec *const codec =
        record.data ? tn__codec_probe(file, NULL, MAX_PIXELS, &info) : NULL;
    if (codec) {
        const tn__want want = {.need = input_region(opened, info.w, info.h),
                               .mode = input_mode(opened)};
        check_restored(file, record);
        answer_decode(codec, file, NULL, &info, &want, &plain);
        answer_decode(&tn__codec_packed, record, NULL, &info, &want, &packed);
        if (!answer_same_verdict(&plain, &packed) || plain.status != TN_OK ||
            !answer_same_pixels(&packed, &plain, want.need))
            answer_differ("packed file", &packed, &plain);
    }
    drop(record);
}

/* Repairs the checksums of a record, as far as it has them. */
static void mend(uint8_t *record, size_t size)
{
    const uint64_t table_at =
        TN__PACKED_ORDERS + (uint64_t)record[TN__PACKED_COMPONENTS] * TN__PACKED_ORDER_SIZE +
        tn__get_32(record + TN__PACKED_HEADER_SIZE) + tn__get_32(record + TN__PACKED_TRAILER_SIZE);
    const uint64_t rows = tn__get_32(record + TN__PACKED_ROWS);
    const uint64_t rows_at = table_at + rows * TN__PACKED_ROW_ENTRY;
    uint32_t before = 0;
    if (rows_at > size)
        return;
    for (uint64_t row = 0; row < rows; row++) {
        uint8_t *const entry = record + table_at + row * TN__PACKED_ROW_ENTRY;
        const uint32_t end = tn__get_32(entry);
        if (end < before || end > size - rows_at)
            break;
        tn__put_32(entry + 4, (uint32_t)tn__checksum(record + rows_at + before, end - before));
        before = end;
    }
    tn__put_64(record + TN__PACKED_CHECKSUM,
               tn__checksum(record + TN__PACKED_SIZE, (size_t)rows_at - TN__PACKED_SIZE));
}

/* Checks a spoiled record at this level against plain C, and then the file that is restored from
 * it. */
static void check_spoiled(const input *opened, tn__bytes record, int32_t layout)
{
    tn__info info;
    tn__blob out = {0};
    if (tn__codec_probe(record, NULL, MAX_PIXELS, &info)) {
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
    (void)tn__packed_restore(record, &out); /* the hash differs, but the file may be complete */
    const tn__bytes file = copy_of(out.bytes, out.size);
    check_packed(opened, file, layout);
    drop(file);
    tn__blob_free(&out);
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
    const int32_t layout = how & 1 ? TN__PACK_SMALL : TN__PACK_FAST;
    tn__info info;
    tn__cpu_lower(input_level(&opened));
    const bool fits = tn__codec_probe(opened.file, NULL, MAX_PIXELS, &info) != NULL;
    const tn__bytes record = fits ? pack(opened.file, layout) : (tn__bytes){0};
    if (record.data && record.size > 0) {
        uint8_t *const spoiled = (uint8_t *)(uintptr_t)record.data;
        check_packed(&opened, opened.file, layout);
        for (int32_t p = 0; p < how >> 4; p++) {
            const uint8_t *const patch = bytes + size - tail + (ptrdiff_t)p * PATCH_BYTES;
            const size_t place = (size_t)patch[0] << 16 | (size_t)patch[1] << 8 | patch[2];
            spoiled[place % record.size] ^= patch[3];
        }
        mend(spoiled, record.size);
        check_spoiled(&opened, record, layout);
    }
    drop(record);
    input_close(&opened);
    return 0;
}
