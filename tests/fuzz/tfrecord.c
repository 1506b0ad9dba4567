/* SPDX-License-Identifier: MIT */
/* Fuzz target: reads TFRecord files and their Examples.
 *
 * An input is a file; the target mends the sums of its records, which no accident does, and reads
 * all records. Features that are found lie inside their record. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/labels.h"
#include "data/tfrecord/example.h"
#include "data/tfrecord/label.h"
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

/* All values of a feature are found again. */
static void check_numbers(const tn__feature *found)
{
    tn__blob numbers = {0};
    const size_t width = found->kind == TN__FEATURE_INTS     ? sizeof(int64_t)
                         : found->kind == TN__FEATURE_FLOATS ? sizeof(float)
                                                             : 0;
    if (tn__example_numbers(found, &numbers) == TN_OK && numbers.size != (size_t)found->n * width)
        abort();
    tn__blob_free(&numbers);
}

/* A label of each kind has its values inside what the reader keeps. */
static void check_label(const tn__feature *found)
{
    static tn__tfrecord_label kept;
    for (int32_t as = TN__LABELS_AUTO; as <= TN__LABELS_TEXT; as++) {
        tn__found sample = {0};
        const tn__tfrecord_labels how = {.as = as, .first_label = 1};
        if (tn__tfrecord_read_label(&how, found, &kept, &sample) != TN_OK || !sample.typed)
            continue;
        const tn__label *const label = sample.typed;
        for (int64_t i = 0; label->kind == TN_LABEL_INTS && i < label->n; i++)
            if (label->ints[i] < 0)
                abort();
        if (label->kind == TN_LABEL_TEXT && strlen(label->text) != (size_t)label->n)
            abort();
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
        if (tn__example_find(example, keys[k], &found) != TN_OK)
            continue;
        check_numbers(&found);
        check_label(&found);
        if (!found.bytes.bytes)
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
