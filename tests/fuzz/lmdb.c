/* SPDX-License-Identifier: MIT */
/* Fuzz target: walks over LMDB files, and reads Caffe Datums.
 *
 * An input is an LMDB file. For any contents, the walk ends, and all values lie in the file. */
#include <stdio.h>
#include <stdlib.h>

#include "data/lmdb/datum.h"
#include "data/lmdb/reader.h"
#include "memory.h"
#include "target.h"
#include "tench.h"

static void check_stretch(int64_t offset, int64_t length, int64_t begin, int64_t end)
{
    if (offset < begin || length < 0 || offset > end || length > end - offset)
        abort();
}

static void read_datum(int file, const tn__lmdb_entry *entry)
{
    tn__datum datum;
    const int64_t end = entry->offset + entry->length;
    if (tn__datum_read(file, entry->offset, entry->length, &datum) == TN_OK && datum.length > 0)
        check_stretch(datum.offset, datum.length, entry->offset, end);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const int memory = memory_file(bytes, size);
    tn__lmdb lmdb;
    tn__lmdb_entry entry;
    int status = tn__lmdb_open(memory, (int64_t)size, &lmdb);
    while (status == TN_OK && (status = tn__lmdb_next(&lmdb, &entry)) == TN_OK) {
        check_stretch(entry.offset, entry.length, 0, (int64_t)size);
        read_datum(memory, &entry);
    }
    tn__lmdb_close(&lmdb);
    return 0;
}
