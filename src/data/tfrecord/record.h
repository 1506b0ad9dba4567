/* SPDX-License-Identifier: MIT */
/* Reads the records of a TFRecord file, one after the other, and checks their sums. */
#ifndef TENCH_DATA_TFRECORD_RECORD_H
#define TENCH_DATA_TFRECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TN__RECORD_HEAD = 12 };      /* a record's length, and the sum of that */
enum { TN__RECORD_MOST = 1 << 30 }; /* a longer record is refused */

typedef struct tn__records {
    int descriptor;
    int64_t size; /* of the file */
    int64_t at;   /* the next record */
    int64_t n;    /* records that were read */
    uint8_t *data;
    size_t length, capacity; /* of the last record's data */
    int64_t offset;          /* of that data in the file */
} tn__records;

/* True if the bytes begin like a TFRecord file that is not compressed. */
bool tn__records_sniff(const uint8_t *bytes, size_t n_bytes);
/* Reads the next record into `data`. TN_END: there are no more. TN_EDECODE: the file is damaged,
 * cut off or compressed; TN_ELIMIT, TN_EIO, TN_ENOMEM. Messages name the record. */
int tn__records_next(tn__records *records);
void tn__records_free(tn__records *records);

#endif
