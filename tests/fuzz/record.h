/* SPDX-License-Identifier: MIT */
/* What the fuzz targets of packed records share: an input packs its file, and spoils the record.
 *
 * The bytes before the tail (input.h) spoil the record, four bytes for each change. The byte before
 * the tail gives the number of changes and the layout. */
#ifndef TENCH_TESTS_FUZZ_RECORD_H
#define TENCH_TESTS_FUZZ_RECORD_H

#include "input.h"

enum { RECORD_MAX_PIXELS = 1 << 16 };

/* A record's table of parts: the end of each part, and its checksum, in 8 bytes. */
typedef struct record_table {
    uint64_t at, n; /* place, and entries */
} record_table;

typedef struct record_target {
    const tn__codec *codec; /* packs files, and reads records */
    /* Compares the input's file with the record that it becomes. */
    void (*check)(const input *opened, tn__bytes record, int32_t layout);
    record_table (*find_table)(const uint8_t *record);
    /* Checks a record that was spoiled, and whose checksums are right again. */
    void (*check_spoiled)(const input *opened, tn__bytes record, int32_t layout);
} record_target;

/* Runs an input. Returns 0, as libFuzzer wants it. */
int record_run(const record_target *target, const uint8_t *bytes, size_t size);
/* The record of a file, or no bytes if the codec declines it. */
tn__bytes record_make(const tn__codec *codec, tn__bytes file, int32_t layout);
/* Copies bytes to an exact allocation, with the bytes that may be read after them. */
tn__bytes record_copy(const tn__blob *blob);
void record_drop(tn__bytes bytes);

#endif
