/* SPDX-License-Identifier: MIT */
/* Fuzz target: walks over LMDB files, and reads Caffe Datums.
 *
 * An input is an LMDB file. For any contents, the walk ends, and all values lie in the file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/write.h"
#include "data/lmdb/datum.h"
#include "data/lmdb/reader.h"
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
    static int memory = -1;
    tn__lmdb lmdb;
    tn__lmdb_entry entry;
    if (memory < 0)
        memory = memfd_create("input", MFD_CLOEXEC);
    if (ftruncate(memory, 0) != 0 || lseek(memory, 0, SEEK_SET) != 0 ||
        !tn__write_all(memory, bytes, size))
        abort();
    int status = tn__lmdb_open(memory, (int64_t)size, &lmdb);
    while (status == TN_OK && (status = tn__lmdb_next(&lmdb, &entry)) == TN_OK) {
        check_stretch(entry.offset, entry.length, 0, (int64_t)size);
        read_datum(memory, &entry);
    }
    tn__lmdb_close(&lmdb);
    return 0;
}
