/* SPDX-License-Identifier: MIT */
/* Sources: where samples come from. Each kind has a file, an entry (kind.h) and a table of
 * operations; its struct begins with a tn__source. For implementers:
 *
 * - `open` fills in the fields of tn__source; they never change later.
 * - All operations may be called from any thread, at the same time.
 * - Only `read` and `want` do I/O. They use pread, never a mapping: a file that shrinks
 *   while it is read must not kill the host.
 * - Samples are in a fixed order. A name is the path inside the folder or container, so that equal
 *   samples have equal names in every source. A source refuses names that do not fit into
 *   TN__NAME_BYTES when it is opened.
 * - A source owns its `root` and `folder`, which tn__source_end frees. The class names, the
 *   weights, and the arrays and texts of labels belong to the kind's struct; `destroy` frees them.
 * - The caller adds the sample's name to a failure. */
#ifndef TENCH_DATA_SOURCE_H
#define TENCH_DATA_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "tench.h"

enum { TN__HEAD_BYTES = 1 << 16 };   /* most image headers end within them */
enum { TN__WANTED_BYTES = 4 << 20 }; /* of a longer part, the rest comes while it is read */

/* Bytes of a place as a text: the path of a file, and two numbers. */
enum { TN__PLACE_BYTES = TN__NAME_BYTES + 40 };

/* What a source is. */
enum { TN__PACKED = 1 /* samples are records of a pack */ };

/* The stretch of a file that holds a sample. */
typedef struct tn__part {
    int64_t sample;
    int64_t file;   /* its number in the source; a class folder's files have their samples' */
    int64_t offset; /* 0 for a file that holds one sample */
    int64_t length; /* -1: to the end of the file, whatever its length is */
    uint32_t inner; /* tells apart the samples that one compressed stretch holds */
} tn__part;

/* The state of a file when it was read. */
typedef struct tn__file_state {
    int64_t n_bytes;
    int64_t stamp;  /* of its last change (base/stamp.h); 0: it has no time */
    uint64_t inode; /* 0: not known */
} tn__file_state;

/* A worker's reusable read buffer: `size` bytes of the file, then TN__READ_PADDING zero bytes. */
typedef struct tn__buffer {
    uint8_t *bytes;
    size_t size, capacity;
    tn__file_state state; /* of the file that holds the sample */
    int64_t file_bytes;   /* length of the sample, even if a pack holds it in another form */
    bool in_turn;         /* its thread holds the data set's turn for large files */
} tn__buffer;

/* A stretch of an open file, and the part of it to read. */
typedef struct tn__extent {
    int64_t offset, length; /* length -1: to the end */
    int64_t max_bytes;      /* a longer stretch is refused */
    size_t room;            /* a stretch up to this length is read whole, */
    size_t n_bytes;         /* and of a longer one the first n_bytes */
} tn__extent;

typedef struct tn__label {
    int32_t kind;  /* TN_LABEL_INT, _INTS, _FLOATS, _TEXT */
    int64_t n;     /* numbers; bytes of a text, without the NUL that follows them */
    int64_t value; /* TN_LABEL_INT; -1: the sample has no class */
    /* The array or text of the other kinds; it belongs to the source. */
    const int64_t *ints;
    const float *floats;
    const char *text;
} tn__label;

/* What the labels of a source have in common. */
typedef struct tn__label_shape {
    int32_t kind; /* of all labels */
    int64_t most; /* numbers that a label has at most */
} tn__label_shape;

typedef struct tn__hint tn__hint; /* of codec/codec.h */

typedef struct tn__source tn__source;

typedef struct tn__source_ops {
    uint32_t traits; /* TN__PACKED, or 0 */
    /* Writes the name and a NUL; returns the name's length. */
    size_t (*name)(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES]);
    void (*label)(const tn__source *source, int64_t sample, tn__label *out);
    /* What the codec must know of bytes without a header, until this thread's next call. No
     * function, or NULL: they have one. */
    const tn__hint *(*hint)(const tn__source *source, int64_t sample);
    tn__part (*part)(const tn__source *source, int64_t sample);
    /* Writes the path of a file, below source->folder or absolute, and a NUL; returns its length.
     * 0: the part lies in memory. NULL: source->folder is. */
    size_t (*file_name)(const tn__source *source, int64_t file, char out[TN__NAME_BYTES]);
    /* Reads a part, or its first bytes. `extent` has the offset and the length of the part;
     * *length is the length. TN_ELIMIT, before it allocates; TN_EIO. */
    int (*read)(const tn__source *source, const tn__part *part, tn__extent extent,
                tn__buffer *buffer, int64_t *length);
    /* Tells which parts will be read next, in this order, so that the system brings them into
     * memory. Does not wait for them and reports no failure: `read` finds it again. NULL: parts
     * need no waiting. */
    void (*want)(const tn__source *source, const tn__part *parts, int32_t n);
    void (*destroy)(tn__source *source);
} tn__source_ops;

struct tn__source {
    const tn__source_ops *ops;
    char *root; /* as the caller named it, without slashes at its end */
    /* In which the paths of files begin. Notes about the samples are kept for it (data/notes).
     * NULL: there are no notes about these samples. */
    char *folder;
    int64_t n_samples;
    int32_t n_classes;
    const char *const *class_names; /* by label */
    tn__label_shape label_shape;
    /* How often the order "weighted-1" takes each sample: finite and at least 0, and not 0 for all.
     * NULL: the samples have no weights. */
    const float *weights;
    uint64_t fingerprint;      /* see tn__source_add_fingerprint */
    tn_dataset_facts left_out; /* files that are not samples */
};

/* Begins a source whose labels are integers; copies the root and the folder, which may be NULL.
 * Call tn__source_end even if it fails. TN_ENOMEM. */
int tn__source_begin(tn__source *source, const tn__source_ops *ops, const char *root,
                     const char *folder);
/* Frees what the source itself owns. */
void tn__source_end(tn__source *source);

/* The name in memory of this thread, until its next call. */
const char *tn__source_name(const tn__source *source, int64_t sample);
/* Where the sample lies, as a text in memory of this thread, until its next call: the path of its
 * file without empty parts; for a part of a file, "//" and its offset follow. So no two places have
 * one text. "": in memory. */
const char *tn__source_place(const tn__source *source, int64_t sample);
/* The label's first integer; -1 if it has none. */
int64_t tn__source_class(const tn__source *source, int64_t sample);
/* The name of a kind of labels, for messages: "an integer". Static. */
const char *tn__label_kind_name(int32_t kind);
/* How to read the sample's bytes if they have no header; NULL: they have one. */
const tn__hint *tn__source_hint(const tn__source *source, int64_t sample);
/* A fingerprint is XXH3 over the number of samples, then the name and the label of each, in their
 * order. Begins one of n samples; NULL: TN_ENOMEM. */
tn_hash *tn__fingerprint_begin(int64_t n);
void tn__fingerprint_add(tn_hash *hash, const char *name, size_t n_name, const tn__label *label);
/* Ends it, and frees the hash. */
uint64_t tn__fingerprint_end(tn_hash *hash);
/* Computes the fingerprint of a source from its samples. TN_ENOMEM. */
int tn__source_add_fingerprint(tn__source *source);

/* Makes room for `size` bytes and the zero bytes after them, and writes these. TN_ENOMEM. */
int tn__buffer_reserve(tn__buffer *buffer, size_t size);
void tn__buffer_free(tn__buffer *buffer);

/* Copies from the stretch of memory that begins at `bytes`; extent.offset does not count. */
int tn__copy_extent(const uint8_t *bytes, tn__extent extent, tn__buffer *buffer, int64_t *length);
/* Reads it with pread; *length is the stretch's length. TN_EIO for all but regular files. */
int tn__read_extent(int descriptor, tn__extent extent, tn__buffer *buffer, int64_t *length);
/* Asks the system to bring a stretch of an open file into memory, but no more than its first
 * TN__WANTED_BYTES; length -1: to the end. Does not wait for it. */
void tn__want_extent(int descriptor, int64_t offset, int64_t length);
/* The same two for a file below an open folder, or at an absolute path. */
int tn__read_file(int folder, const char *path, tn__extent extent, tn__buffer *buffer,
                  int64_t *length);
void tn__want_file(int folder, const char *path, int64_t offset, int64_t length);

#endif
