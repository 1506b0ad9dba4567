/* SPDX-License-Identifier: MIT */
/* Fuzz target: reads TFRecord files and their Examples.
 *
 * An input is a file; the target mends the sums of its records, which no accident does, and reads
 * all records. Features that are found lie inside their record. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/tfrecord/example.h"
#include "data/tfrecord/record.h"
#include "flate/checksums.h"
#include "memory.h"
#include "target.h"
#include "tench.h"

enum { LENGTH_BYTES = 8, SUM_BYTES = 4 };

static void mend_sum(const uint8_t *bytes, size_t n_bytes, uint8_t *sum)
{
    const uint32_t crc = tn__crc32c(0, bytes, n_bytes);
    tn__put_32(sum, (crc >> 15 | crc << 17) + 0xa282ead8u);
}

static void mend(uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (size - at >= TN__RECORD_HEAD + SUM_BYTES) {
        const size_t room = size - at - TN__RECORD_HEAD - SUM_BYTES;
        const uint64_t length = tn__get_64(bytes + at);
        mend_sum(bytes + at, LENGTH_BYTES, bytes + at + LENGTH_BYTES);
        if (length > room)
            return;
        uint8_t *const data = bytes + at + TN__RECORD_HEAD;
        mend_sum(data, (size_t)length, data + length);
        at += TN__RECORD_HEAD + (size_t)length + SUM_BYTES;
    }
}

static void check_features(const tn__records *records)
{
    static const char *const keys[] = {"image", "label", "image/encoded", ""};
    /* An exact copy, so that a sanitizer reports reads beyond it. */
    uint8_t *const copy = malloc(records->length + 1);
    if (!copy)
        return;
    memcpy(copy, records->data, records->length);
    const tn__stretch example = {copy, records->length};
    char shown[64];
    tn__example_keys(example, shown, sizeof shown);
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        tn__feature found;
        if (tn__example_find(example, keys[k], &found) != TN_OK || !found.bytes.bytes)
            continue;
        if (found.bytes.bytes < copy || found.bytes.bytes + found.bytes.n > copy + records->length)
            abort();
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t *const mended = malloc(size + 1);
    if (!mended)
        return 0;
    memcpy(mended, bytes, size);
    mend(mended, size);
    tn__records records = {.descriptor = memory_file(mended, size), .size = (int64_t)size};
    while (tn__records_next(&records) == TN_OK)
        check_features(&records);
    tn__records_free(&records);
    free(mended);
    return 0;
}
