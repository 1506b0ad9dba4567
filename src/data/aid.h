/* SPDX-License-Identifier: MIT */
/* The aids of a data set's files are notes. A worker reads an aid before it decodes the file, and
 * writes one after it has built it.
 *
 * An aid is a hint. If it cannot be read, belongs to another state of the file or does not fit, it
 * is dropped with a warning, and the file is decoded without it. */
#ifndef TENCH_DATA_AID_H
#define TENCH_DATA_AID_H

#include "codec/codec.h"
#include "data/notes/notes.h"

typedef struct tn__aids {
    tn__notes *notes; /* NULL: aids are neither used nor built */
    int32_t build;    /* of tn__access; 0: aids are not built */
    bool paranoid;    /* compares the hash of each file with its note's */
} tn__aids;

/* A file on its way through the decoder. */
typedef struct tn__aid_job {
    int64_t sample;
    const tn__buffer *file;
    const tn__codec *codec; /* as probed; so is `info` */
    const tn__info *info;
    tn__arena *arena;
} tn__aid_job;

/* What a worker finds out about the aid of one file. */
typedef struct tn__lookup {
    tn__access access; /* for decode */
    bool is_dropped;   /* there was an aid that could not be used */
    int32_t kept;      /* answer of the note that the file got, TN__AID_BUILT …; 0: none */
} tn__lookup;

/* Opens the notes that hold aids, in the mode TN_INDEX_USE, _AUTO or _PARANOID. `build` counts in
 * mode AUTO only. `path`: an index that the user named, or NULL. Failures as of tn__notes_open. */
int tn__aids_open(const tn__source *source, int32_t mode, int32_t build, const char *path,
                  tn__aids *out);
/* Reads the note of a file's aid, as tn__notes_read does, and checks its answer (TN_EDECODE). */
int tn__aid_note(const tn__notes *notes, int64_t sample, tn__arena *arena, tn__note *out);
/* Before decoding: looks for the file's aid, and says whether to build one. */
void tn__aid_find(const tn__aids *aids, const tn__aid_job *job, tn__lookup *out);
/* After decoding: drops an aid that did not fit, and keeps one that was built. Returns the failure
 * if it cannot be kept; the first such failure is also a warning. */
int tn__aid_learn(const tn__aids *aids, const tn__aid_job *job, tn__lookup *lookup);
/* Bytes that these two take from the arena at most. */
size_t tn__aid_scratch(const tn__codec *codec, const tn__info *info);

#endif
