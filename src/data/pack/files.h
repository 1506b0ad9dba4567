/* SPDX-License-Identifier: MIT */
/* Descriptors of shards: opened when they are needed, and kept open while there is room.
 *
 * All packs of the process share the room, a part of the files that the process may have open. A
 * thread that takes a descriptor which is open already pays two atomic additions. Where there is no
 * room, those that no thread has used lately are closed. */
#ifndef TENCH_DATA_PACK_FILES_H
#define TENCH_DATA_PACK_FILES_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct tn__shard_files tn__shard_files;

struct tn__shard_files {
    int folder; /* descriptor of the pack's folder; borrowed */
    uint32_t n;
    /* For each shard: its users in the lower half; above them its descriptor plus one, 0 while it
     * is closed; and the highest bit while it was used lately. */
    _Atomic uint64_t *slots;
    tn__shard_files *next; /* all packs of the process */
};

/* TN_ENOMEM. */
int tn__shard_files_make(tn__shard_files *files, int folder, uint32_t n);
/* No descriptor is in use. */
void tn__shard_files_free(tn__shard_files *files);
/* The shard's descriptor, until it is given back; below 0: TN_EIO, which names the shard. */
int tn__shard_files_take(tn__shard_files *files, uint32_t shard);
void tn__shard_files_give(tn__shard_files *files, uint32_t shard);
/* A descriptor of one's own, to be closed. Below 0: as above. */
int tn__shard_files_open(const tn__shard_files *files, uint32_t shard);
/* Shards that the process has open. */
int tn__shard_files_count(void);

#endif
