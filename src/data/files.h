/* SPDX-License-Identifier: MIT */
/* A cache of the descriptors of a source's files: the shards of a pack, or tars. It opens them on
 * demand, and keeps a limited number open.
 *
 * All sources of the process share the limit, a part of the files that the process may have open. A
 * descriptor that is open already costs a thread two atomic additions, and the check. At the limit
 * the cache closes descriptors that no thread has used lately. */
#ifndef TENCH_DATA_FILES_H
#define TENCH_DATA_FILES_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"
#include "data/source.h"

/* Writes the path of a file, below the folder. */
typedef void tn__files_name(const void *context, uint32_t file, char out[TN__NAME_BYTES]);

/* Looks at a file that was opened or read just now. A failure is that of the opening or reading. */
typedef int tn__files_check(const void *context, uint32_t file, int descriptor);

typedef struct tn__files tn__files;

struct tn__files {
    int folder; /* descriptor of the folder that the paths begin in; borrowed */
    uint32_t n;
    tn__files_name *name;
    tn__files_check *check; /* NULL: any file is right */
    const void *context;    /* for both; borrowed */
    /* For each file: the number of its users in the lower half; above them its descriptor plus one,
     * or 0 while it is closed; and the highest bit, set if it was used lately. */
    _Atomic uint64_t *slots;
    tn__files *next; /* all sources of the process */
};

/* Fills in `slots` for files that have all else. TN_ENOMEM. */
int tn__files_make(tn__files *files);
/* No descriptor may be in use. */
void tn__files_free(tn__files *files);
/* Takes the file's descriptor, until tn__files_give; a negative status: TN_EIO, which names the
 * file. */
int tn__files_take(tn__files *files, uint32_t file);
void tn__files_give(tn__files *files, uint32_t file);
/* Reads from an open file; `context` is the caller's. */
typedef int tn__files_visit(void *context, int descriptor);
/* Calls `visit` with the file's descriptor. Calls it again with a new one if the server replaced
 * the file (ESTALE). Returns the status of `visit`; TN_EIO names the file. */
int tn__files_use(tn__files *files, uint32_t file, tn__files_visit *visit, void *context);
/* Reads a stretch of a file as tn__read_extent does. TN_EIO names the file. */
int tn__files_read(tn__files *files, uint32_t file, tn__extent extent, tn__buffer *buffer,
                   int64_t *length);
/* Asks the system to bring a stretch of a file into memory, as tn__want_extent does. */
void tn__files_want(tn__files *files, uint32_t file, int64_t offset, int64_t length);
/* Number of files that the process has open. */
int tn__files_count(void);

#endif
