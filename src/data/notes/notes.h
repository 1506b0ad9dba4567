/* SPDX-License-Identifier: MIT */
/* The random access index of a data set: what is known of its files, as it is used and built while
 * samples are read.
 *
 * A word for each sample says where its record lies; records are read with pread when they are
 * needed, so memory is eight bytes a sample whatever the index holds. Reading takes no lock and
 * allocates nothing. An index is a hint: one that cannot be read, is of another state of the file
 * or does not fit is dropped with a warning, and the file is decoded plainly. Keys and fingerprints
 * narrow the search for a record; the name in it decides whose it is. */
#ifndef TENCH_DATA_NOTES_NOTES_H
#define TENCH_DATA_NOTES_NOTES_H

#include <stdatomic.h>

#include "base/text.h"
#include "codec/codec.h"
#include "data/finding.h"
#include "data/notes/file.h"
#include "data/notes/journal.h"
#include "data/notes/note.h"
#include "data/source.h"
#include "tench.h"

enum { TN__NOTES_FILES = 16, TN__NOTES_OWN = TN__NOTES_FILES - 1 };
enum { TN__NOTES_WARNINGS = 1000 }; /* kept; more are counted */
enum {
    TN__NOTES_WAIT_MS = 3000
}; /* of tench index, for another process that makes the index file */

typedef struct tn__notes tn__notes;
struct tn__notes {
    const tn__source *source;
    int32_t columns; /* to build with; 0: nothing is built */
    bool paranoid;   /* the file's hash is compared at each read */
    _Atomic uint64_t *words;
    atomic_int descriptors[TN__NOTES_FILES]; /* of the words' files; the last is our own journal's,
                                                which each worker may be the first to note */
    int n_files;
    tn__store stores[TN__STORES]; /* opened with the index, wherever the host goes meanwhile */
    tn__journal journal;
    atomic_bool is_stored; /* what it holds is in the index file */
    atomic_bool is_closed; /* nothing can be stored any more */
    atomic_llong n_dropped;
    tn__findings warnings;
};

/* What a worker found out, and what became of it. */
typedef struct tn__lookup {
    tn__access access;    /* for the decoder */
    tn__jpeg_index index; /* what access.index points at */
    bool is_dropped;      /* there was an index that could not be used */
    int32_t kept;         /* kind of the record that the file got; 0: none */
} tn__lookup;

typedef struct tn__notes_options {
    int32_t mode;    /* TN_INDEX_USE, _AUTO or _PARANOID */
    int32_t columns; /* to build with, in mode AUTO */
    const char
        *path; /* of the index that the user named, of whatever owner; NULL: none was named */
} tn__notes_options;

/* Opens what there is; in mode AUTO after making one index file of journals that were left behind.
 * *out is NULL where there is nothing to use or build. TN_ENOMEM; TN_EIO and TN_EDECODE for the
 * named index. Other files that cannot be used are warnings. */
int tn__notes_open(const tn__source *source, const tn__notes_options *options, tn__notes **out);
/* Makes one index file of what was built, and with it of journals that were left behind; nothing is
 * built from then on. Waits up to wait_ms while another process does so; then journals keep it,
 * with a warning. TN_EIO, TN_ENOMEM: then journals keep it as well. */
int tn__notes_save(tn__notes *index, int32_t wait_ms);
/* Stores what was built, and frees. Waits for no other process, and tells no failure: what cannot
 * be stored now stays in its journal, which the next to open the index uses and to build it stores.
 */
void tn__notes_close(tn__notes *index);
/* Files that hold the index, by ", ", and how large they are together. TN_ENOMEM. */
int tn__notes_where(tn__notes *index, tn__text *path, int64_t *n_bytes);

/* Before a file is decoded: fills what its decoder is to know and to do. */
void tn__notes_find(tn__notes *index, int64_t sample, const tn__buffer *file, const tn__info *info,
                    tn__arena *arena, tn__lookup *out);
/* After it was decoded: drops what did not fit, keeps what was built. What could not be kept is the
 * status, and once for the index a warning. */
int tn__notes_learn(tn__notes *index, int64_t sample, const tn__buffer *file, const tn__info *info,
                    tn__arena *arena, tn__lookup *lookup);
/* Bytes that these two take from the arena at most. */
size_t tn__notes_scratch(const tn__info *info);

/* Reads a sample's record into the arena. TN_OK; TN_END: there is none, or only one of another file
 * whose name has the same key; TN_EDECODE, TN_EIO. */
int tn__notes_read(const tn__notes *index, int64_t sample, tn__arena *arena, tn__note *out);
void tn__notes_info(tn__notes *index, tn_index_info *out);
/* Forgets a sample's record, with this thread's failure as the reason. */
void tn__notes_drop(tn__notes *index, int64_t sample);
/* True if the file is in the state that the record tells: its size, and its time or, where that
 * differs or the file has none, its hash. */
bool tn__note_matches(const tn__note *record, const tn__buffer *file, bool paranoid);

#endif
