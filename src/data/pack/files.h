/* SPDX-License-Identifier: MIT */
/* A cache of the descriptors of shards. It opens them on demand, and keeps a limited number open.
 *
 * All packs of the process share the limit, a part of the files that the process may have open. A
 * descriptor that is open already costs a thread two atomic additions. At the limit the cache
 * closes descriptors that no thread has used lately. */
#ifndef TENCH_DATA_PACK_FILES_H
#define TENCH_DATA_PACK_FILES_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct tn__shard_files tn__shard_files;

struct tn__shard_files {
    int folder; /* descriptor of the pack's folder; borrowed */
    uint32_t n;
    /* For each shard: the number of its users in the lower half; above them its descriptor plus
     * one, or 0 while it is closed; and the highest bit, set if it was used lately. */
    _Atomic uint64_t *slots;
    tn__shard_files *next; /* all packs of the process */
};

/* TN_ENOMEM. */
int tn__shard_files_make(tn__shard_files *files, int folder, uint32_t n);
/* No descriptor may be in use. */
void tn__shard_files_free(tn__shard_files *files);
/* Takes the shard's descriptor, until tn__shard_files_give; a negative status: TN_EIO, which names
 * the shard. */
int tn__shard_files_take(tn__shard_files *files, uint32_t shard);
void tn__shard_files_give(tn__shard_files *files, uint32_t shard);
/* Opens a descriptor outside of the cache; the caller closes it. Failures as above. */
int tn__shard_files_open(const tn__shard_files *files, uint32_t shard);
/* Number of shards that the process has open. */
int tn__shard_files_count(void);

#endif
