/* SPDX-License-Identifier: MIT */
/* A data set: a source, and the rules by which its files become images. It does not change after
 * its creation. References are counted. */
#ifndef TENCH_DATA_DATASET_H
#define TENCH_DATA_DATASET_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "codec/codec.h"
#include "data/aid.h"
#include "data/source.h"
#include "data/split_names.h"
#include "tench.h"

struct tn_dataset {
    atomic_int references;
    tn__source *source;
    char *split; /* the chosen folder below the root; "": the root itself */
    /* As given; NULL: none. */
    char *extensions, *class_map, *source_text;
    tn__aids aids;      /* of its index */
    int32_t index_mode; /* TN_INDEX_USE … */
    char *index_path;   /* of an index that the user named; NULL: none */
    int32_t mode;       /* TN_RGB … */
    bool orient;
    const int32_t *stop; /* of tn__is_stopped */
    int64_t max_pixels, max_file_bytes;
    /* A thread holds it for its turn with a file longer than TN__FILE_ROOM. It may take other locks
     * meanwhile, but holds none when it takes this one. */
    pthread_mutex_t *large;
};

/* Bytes of its buffer that a thread keeps from file to file; the longest file that fits into them.
 */
enum { TN__KEPT_FILE_BYTES = 16 << 20, TN__FILE_ROOM = TN__KEPT_FILE_BYTES - TN__READ_PADDING };

/* Options that tn__options_check has checked and completed. */
tn_dataset *tn__dataset_create(const tn_dataset_options *given);
/* The splits at the options' root. TN_EIO, TN_ELIMIT, TN_ENOMEM. */
int tn__dataset_splits(const tn_dataset_options *given, tn__splits *out);
/* The splits of a data set that was opened whole. Failures as above. */
int tn__dataset_find_splits(const tn_dataset *whole, tn__splits *out);
/* Opens one of them alone, with the options of the whole but without an index. NULL: failure. */
tn_dataset *tn__dataset_open_split(const tn_dataset *whole, const char *split);
/* Opens all samples again, split by split; their names begin with those of the splits. NULL:
 * failure. */
tn_dataset *tn__dataset_join_splits(const tn_dataset *whole);
/* Channels of its images; 0 if each file decides (TN_KEEP). */
int32_t tn__dataset_channels(const tn_dataset *dataset);
tn_dataset *tn__dataset_keep(tn_dataset *dataset);
void tn__dataset_release(tn_dataset *dataset);
/* Reads a sample's file into `buffer`. Failures have stage "read" and the sample's name. */
int tn__dataset_read(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer);
/* The same for one of many threads. Threads with a file longer than TN__FILE_ROOM take turns, so
 * that only one such file is in memory. A turn ends with tn__dataset_end_turn, which must follow
 * each call, even one that failed. */
int tn__dataset_read_in_turn(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer);
void tn__dataset_end_turn(const tn_dataset *dataset, tn__buffer *buffer);
/* Reads a file, but only the head of one that is longer than `room`. *file_bytes: its length. */
int tn__dataset_begin(const tn_dataset *dataset, int64_t sample, size_t room, tn__buffer *buffer,
                      int64_t *file_bytes);
/* Reads the first `n_bytes` of a sample's file, or all of a shorter one, and its stamp; *length is
 * the length of the whole. With n_bytes 0 it reads the stamp alone. */
int tn__dataset_head(const tn_dataset *dataset, int64_t sample, size_t n_bytes, tn__buffer *buffer,
                     int64_t *length);

#endif
