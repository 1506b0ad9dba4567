/* SPDX-License-Identifier: MIT */
/* Fuzz target: the PNG decoder against itself. Every level gives the same verdict and the same
 * pixels as plain C, and a region those of the whole image.
 *
 * The target repairs the checksums of the chunks before the image data, because almost no change
 * would get past them otherwise. It can also take the image data as rows that are not compressed,
 * and make a stream of them. Two bits of the first byte after the file say so. */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "codec/png/png.h"
#include "cpu/level.h"
#include "flate/checksums.h"
#include "input.h"
#include "target.h"
#include "tench.h"

enum { MAX_PIXELS = 1 << 17 };
enum { KEEP_SUMS = 0x40, ROWS_AS_DATA = 0x20, SIGNATURE_BYTES = 8, CHUNK_BYTES = 12 };
enum { STORED_MOST = 0xffff, STORED_HEAD = 5, ZLIB_BYTES = 6 };

size_t target_tail(const uint8_t *bytes, size_t size)
{
    (void)bytes;
    return size < INPUT_TAIL ? size : INPUT_TAIL;
}

static uint32_t get_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put_32(uint8_t *out, uint32_t value)
{
    for (int k = 0; k < 4; k++)
        out[k] = (uint8_t)(value >> (24 - 8 * k));
}

/* Finds the first chunk of image data, and repairs the checksums of all chunks before it. Returns
 * its place, or the size of the file. */
static size_t repair(uint8_t *file, size_t size, bool sums)
{
    size_t at = SIGNATURE_BYTES;
    while (at <= size && size - at >= CHUNK_BYTES) {
        const uint32_t length = get_32(file + at);
        if (memcmp(file + at + 4, "IDAT", 4) == 0)
            return at;
        if (length > size - at - CHUNK_BYTES)
            break;
        if (sums)
            put_32(file + at + 8 + length, tn__crc32(0, file + at + 4, 4 + (size_t)length));
        at += CHUNK_BYTES + (size_t)length;
    }
    return size;
}

/* Makes a zlib stream of stored blocks. Returns its length. */
static size_t store(const uint8_t *rows, size_t n, uint8_t *out)
{
    uint8_t *at = out;
    *at++ = 0x78;
    *at++ = 0x01;
    for (size_t done = 0; done <= n; done += STORED_MOST) {
        const size_t left = n - done, block = left < STORED_MOST ? left : STORED_MOST;
        *at++ = left <= STORED_MOST;
        *at++ = (uint8_t)block;
        *at++ = (uint8_t)(block >> 8);
        *at++ = (uint8_t)~block;
        *at++ = (uint8_t)(~block >> 8);
        memcpy(at, rows + done, block);
        at += block;
    }
    put_32(at, tn__adler32(TN__ADLER32_START, rows, n));
    return (size_t)(at + 4 - out);
}

/* Replaces the image data at `at` by a stream of all bytes from there on. */
static tn__bytes store_rows(tn__bytes file, size_t at)
{
    const size_t begin = at + 8, n = file.size > begin ? file.size - begin : 0;
    const size_t most = n + (n / STORED_MOST + 1) * STORED_HEAD + ZLIB_BYTES;
    uint8_t *const copy = calloc(1, begin + most + TN__READ_PADDING);
    if (!copy || n == 0) {
        free(copy);
        return (tn__bytes){NULL, 0};
    }
    memcpy(copy, file.data, begin);
    const size_t length = store(file.data + begin, n, copy + begin);
    put_32(copy + at, (uint32_t)length);
    return (tn__bytes){copy, begin + length};
}

static void compare(const input *opened, tn__bytes file)
{
    static answer plain, fast, part;
    static const int32_t modes[] = {TN_RGB, TN_GREY, TN_RGBA, TN_KEEP, TN_INDICES};
    tn__info info;
    if (!tn__codec_probe(file, NULL, MAX_PIXELS, &info))
        return;
    tn__want want = {{0, 0, info.w, info.h}, modes[(opened->tail[0] & 0x1f) / TN__CPU_LEVELS % 5]};
    tn__cpu_lower(TN__CPU_SCALAR);
    answer_decode(&tn__codec_png, file, NULL, &info, &want, &plain);
    tn__cpu_lower((opened->tail[0] & 0x1f) % TN__CPU_LEVELS);
    answer_decode(&tn__codec_png, file, NULL, &info, &want, &fast);
    if (!answer_same_verdict(&fast, &plain) || fast.damage != plain.damage)
        answer_differ("verdict", &fast, &plain);
    if (fast.status == TN_OK && !answer_same_pixels(&fast, &plain, want.need))
        answer_differ("pixels", &fast, &plain);
    want.need = input_region(opened, info.w, info.h);
    answer_decode(&tn__codec_png, file, NULL, &info, &want, &part);
    if (plain.status != TN_OK)
        return;
    if (part.status != TN_OK)
        answer_differ("verdict of a region", &part, &plain);
    if (!answer_same_pixels(&part, &plain, want.need))
        answer_differ("pixels of a region", &part, &plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input opened = input_open(bytes, size);
    if (!opened.file.data)
        return 0;
    uint8_t *const file = (uint8_t *)(uintptr_t)opened.file.data;
    const size_t at = repair(file, opened.file.size, !(opened.tail[0] & KEEP_SUMS));
    const bool rows = opened.tail[0] & ROWS_AS_DATA && at < opened.file.size;
    const tn__bytes made = rows ? store_rows(opened.file, at) : (tn__bytes){NULL, 0};
    compare(&opened, made.data ? made : opened.file);
    free((void *)(uintptr_t)made.data);
    input_close(&opened);
    return 0;
}
