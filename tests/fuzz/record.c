/* SPDX-License-Identifier: MIT */
/* Packs the file of an input, and spoils the record. See record.h. */
#include "record.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cpu/checksum.h"
#include "cpu/level.h"
#include "tench.h"

enum { PATCH_BYTES = 4 };
/* All records begin alike: the checksum is over all from SIZE to the first part. */
enum { CHECKSUM = 8, SIZE = 16, ENTRY_BYTES = 8 };

size_t target_tail(const uint8_t *bytes, size_t size)
{
    return input_tail_of_patches(bytes, size, PATCH_BYTES);
}

tn__bytes record_copy(const tn__blob *blob)
{
    uint8_t *const copy = calloc(1, blob->size + TN__READ_PADDING);
    if (copy && blob->size > 0)
        memcpy(copy, blob->bytes, blob->size);
    return (tn__bytes){copy, copy ? blob->size : 0};
}

void record_drop(tn__bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

tn__bytes record_make(const tn__codec *codec, tn__bytes file, int32_t layout)
{
    static tn__arena arena;
    tn__blob out = {0};
    if (!arena.keep)
        tn__arena_init(&arena, 1 << 22, 0);
    tn__arena_reset(&arena);
    const int status = codec->pack(file, layout, &arena, &out);
    const tn__bytes record = status == TN_OK ? record_copy(&out) : (tn__bytes){0};
    tn__blob_free(&out);
    return record;
}

/* Repairs the checksums of a record, as far as it has them. */
static void mend(record_table table, uint8_t *record, size_t size)
{
    const uint64_t parts_at = table.at + table.n * ENTRY_BYTES;
    uint32_t before = 0;
    if (parts_at > size)
        return;
    for (uint64_t k = 0; k < table.n; k++) {
        uint8_t *const entry = record + table.at + k * ENTRY_BYTES;
        const uint32_t end = tn__get_32(entry);
        if (end < before || end > size - parts_at)
            break;
        tn__put_32(entry + 4, (uint32_t)tn__checksum(record + parts_at + before, end - before));
        before = end;
    }
    tn__put_64(record + CHECKSUM, tn__checksum(record + SIZE, (size_t)parts_at - SIZE));
}

static void spoil(const uint8_t *patches, int32_t n, uint8_t *record, size_t size)
{
    for (int32_t p = 0; p < n; p++) {
        const uint8_t *const patch = patches + (ptrdiff_t)p * PATCH_BYTES;
        const size_t place = (size_t)patch[0] << 16 | (size_t)patch[1] << 8 | patch[2];
        record[place % size] ^= patch[3];
    }
}

int record_run(const record_target *target, const uint8_t *bytes, size_t size)
{
    const size_t tail = target_tail(bytes, size);
    input opened = input_open(bytes, size);
    if (!opened.file.data || tail >= size) {
        input_close(&opened);
        return 0;
    }
    const uint8_t how = bytes[size - INPUT_TAIL - 1];
    const int32_t layout = how & 1 ? TN_PACK_SMALL : TN_PACK_FAST;
    tn__info info;
    tn__cpu_lower(input_level(&opened));
    const bool fits = tn__codec_probe(opened.file, NULL, RECORD_MAX_PIXELS, &info) != NULL;
    const tn__bytes record =
        fits ? record_make(target->codec, opened.file, layout) : (tn__bytes){0};
    if (record.size > 0) {
        uint8_t *const spoiled = (uint8_t *)(uintptr_t)record.data;
        target->check(&opened, record, layout);
        spoil(bytes + size - tail, how >> 4, spoiled, record.size);
        mend(target->find_table(spoiled), spoiled, record.size);
        target->check_spoiled(&opened, record, layout);
    }
    record_drop(record);
    input_close(&opened);
    return 0;
}
