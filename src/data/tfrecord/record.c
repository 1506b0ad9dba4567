/* SPDX-License-Identifier: MIT */
/* Reads TFRecord files. See record.h.
 *
 * A record is its length in 8 bytes, a sum of these, the data, and a sum of the data. A sum is a
 * CRC-32C, turned by 15 bits and increased, so that the sum of data with sums in it differs from
 * those. */
#include "data/tfrecord/record.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/read.h"
#include "flate/checksums.h"

enum { LENGTH_BYTES = 8, SUM_BYTES = 4 };

static bool has_sum(const uint8_t *bytes, size_t n_bytes, const uint8_t *sum)
{
    const uint32_t crc = tn__crc32c(0, bytes, n_bytes);
    return tn__get_32(sum) == (crc >> 15 | crc << 17) + 0xa282ead8u;
}

bool tn__records_sniff(const uint8_t *bytes, size_t n_bytes)
{
    return n_bytes >= TN__RECORD_HEAD && has_sum(bytes, LENGTH_BYTES, bytes + LENGTH_BYTES);
}

/* Says why the head of a record cannot be right. */
static int fail_head(const tn__records *records, const uint8_t *head)
{
    const bool is_gzip = head[0] == 0x1f && head[1] == 0x8b,
               is_zlib = (head[0] & 15) == 8 && (head[0] << 8 | head[1]) % 31 == 0;
    if (records->n == 0 && (is_gzip || is_zlib))
        return tn__fail(
            TN_EDECODE,
            "is compressed (%s), which leaves no way to read one sample alone: write it "
            "without compression",
            is_gzip ? "GZIP" : "ZLIB");
    if (records->n == 0)
        return tn__fail(TN_EDECODE, "is not a TFRecord file, or its first record is damaged");
    return tn__fail(TN_EDECODE,
                    "is damaged: the length of record %lld, at byte %lld, has a wrong checksum",
                    (long long)records->n, (long long)records->at);
}

static int fail_short(const tn__records *records)
{
    if (records->at == 0 && records->size < TN__RECORD_HEAD)
        return tn__fail(TN_EDECODE, "is not a TFRecord file: it has only %lld bytes",
                        (long long)records->size);
    return tn__fail(TN_EDECODE, "is cut off in record %lld, at byte %lld", (long long)records->n,
                    (long long)records->at);
}

static int reserve(tn__records *records, size_t n_bytes)
{
    if (n_bytes <= records->capacity)
        return TN_OK;
    free(records->data);
    records->capacity = 0;
    records->data = malloc(n_bytes);
    if (!records->data)
        return tn__fail_memory("a record", n_bytes);
    records->capacity = n_bytes;
    return TN_OK;
}

/* Reads the length of the record at `at`. */
static int read_head(const tn__records *records, uint64_t *length)
{
    uint8_t head[TN__RECORD_HEAD];
    const int64_t left = records->size - records->at;
    if (left < TN__RECORD_HEAD)
        return fail_short(records);
    const int status = tn__read_or_fail(records->descriptor, head, sizeof head, records->at);
    if (status != TN_OK)
        return status;
    if (!tn__records_sniff(head, sizeof head))
        return fail_head(records, head);
    *length = tn__get_64(head);
    if (*length > (uint64_t)left || (uint64_t)left - *length < TN__RECORD_HEAD + SUM_BYTES)
        return fail_short(records);
    if (*length > TN__RECORD_MOST)
        return tn__fail(TN_ELIMIT, "record %lld has %llu bytes; the limit is %d",
                        (long long)records->n, (unsigned long long)*length, TN__RECORD_MOST);
    return TN_OK;
}

int tn__records_next(tn__records *records)
{
    if (records->at >= records->size)
        return TN_END;
    uint64_t length = 0;
    int status = read_head(records, &length);
    const size_t n_bytes = (size_t)length + SUM_BYTES;
    if (status == TN_OK)
        status = reserve(records, n_bytes);
    if (status == TN_OK)
        status = tn__read_or_fail(records->descriptor, records->data, n_bytes,
                                  records->at + TN__RECORD_HEAD);
    if (status != TN_OK)
        return status;
    if (!has_sum(records->data, (size_t)length, records->data + length))
        return tn__fail(TN_EDECODE, "is damaged: record %lld, at byte %lld, has a wrong checksum",
                        (long long)records->n, (long long)records->at);
    records->length = (size_t)length;
    records->offset = records->at + TN__RECORD_HEAD;
    records->at = records->offset + (int64_t)n_bytes;
    records->n++;
    return TN_OK;
}

void tn__records_free(tn__records *records)
{
    free(records->data);
    *records = (tn__records){0};
}
