/* SPDX-License-Identifier: MIT */
/* Sources: where samples come from. One file per source, one vtable.
 *
 * A source answers without I/O and from any thread: count, names, labels, parts. Only read touches
 * a file. It uses pread, never a mapping: a file that shrinks while it is read must not kill the
 * host. */
#ifndef TENCH_DATA_SOURCE_H
#define TENCH_DATA_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tench.h"

enum { TN__ROLE_IMAGE = 0, TN__ROLE_MASK = 1, TN__ROLE_BOXES = 2, TN__ROLE_EXTRA = 3 };
enum { TN__MAX_PARTS = 4 };
enum { TN__HEAD_BYTES = 1 << 16 }; /* most headers of images end within them */

/* A stretch of a file that belongs to a sample. */
typedef struct tn__part {
    int32_t role;
    int32_t file; /* the source's number of the file */
    int64_t sample;
    int64_t offset; /* 0 for a loose file */
    int64_t length; /* -1: to the end of the file, whatever its length is */
} tn__part;

/* A worker's reusable read buffer: `size` bytes of file, then 64 zero bytes. */
typedef struct tn__buffer {
    uint8_t *bytes;
    size_t size, capacity;
    int64_t stamp;      /* of the file's last change (base/stamp.h); 0: it has no time */
    uint64_t inode;     /* of the file; 0: not known */
    int64_t file_bytes; /* length of the file, also where a pack has it in another form */
    bool in_turn;       /* its thread holds the data set's turn for large files */
} tn__buffer;

typedef struct tn__source tn__source;

typedef struct tn__source_ops {
    int64_t (*count)(const tn__source *source);
    int32_t (*classes)(const tn__source *source);
    const char *(*root)(const tn__source *source);
    const char *(*class_name)(const tn__source *source, int64_t label);
    const char *(*name)(const tn__source *source, int64_t sample);
    int64_t (*label)(const tn__source *source, int64_t sample);
    /* Fills parts, returns how many. */
    int32_t (*parts)(const tn__source *source, int64_t sample, tn__part parts[TN__MAX_PARTS]);
    /* Reads a part; *length is its length. Of one that is longer than `room` it reads only the
     * head, TN__HEAD_BYTES. Refuses more than max_bytes (TN_ELIMIT) before it allocates. The
     * caller adds the sample's name to a failure. */
    int (*read)(const tn__source *source, const tn__part *part, int64_t max_bytes, size_t room,
                tn__buffer *buffer, int64_t *length);
    /* Reads the first `n_bytes` of a part, or all of a shorter one; *length is the part's length.
     * Refuses as read does. */
    int (*head)(const tn__source *source, const tn__part *part, int64_t max_bytes, size_t n_bytes,
                tn__buffer *buffer, int64_t *length);
    /* Hint: these parts are wanted next. NULL: it would do nothing. */
    void (*want)(const tn__source *source, const tn__part *parts, int32_t n_parts);
    uint64_t (*fingerprint)(const tn__source *source);
    /* Fills in what was left out. NULL: nothing was. */
    void (*facts)(const tn__source *source, tn_dataset_facts *out);
    void (*destroy)(tn__source *source);
} tn__source_ops;

struct tn__source {
    const tn__source_ops *ops;
};

/* Makes room for `size` bytes and the zero tail, and writes the tail. TN_ENOMEM. */
int tn__buffer_reserve(tn__buffer *buffer, size_t size);
void tn__buffer_free(tn__buffer *buffer);

/* A stretch of an open file, and how much of it is wanted. */
typedef struct tn__extent {
    int64_t offset, length; /* length -1: to the end */
    int64_t max_bytes;      /* a longer stretch is refused */
    size_t room;            /* one that is no longer is read whole, */
    size_t n_bytes;         /* of a longer one the first n_bytes */
} tn__extent;
/* Reads it by pread; *length is the stretch's length. Only regular files (TN_EIO). */
int tn__read_extent(int descriptor, tn__extent extent, tn__buffer *buffer, int64_t *length);

#endif
