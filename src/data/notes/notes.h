/* SPDX-License-Identifier: MIT */
/* The notes of a data set: read and added while samples are read, by any number of threads.
 *
 * A word for each sample and kind says where its note lies. Notes are read with pread when they are
 * needed, so they take eight bytes a sample in memory, however long they are. Reading takes no lock
 * and allocates nothing but arena memory. A note is a hint: its owner must check its body, and drop
 * a note that it cannot use. Keys and fingerprints narrow the search for a note; the name in it
 * decides which sample it is about. */
#ifndef TENCH_DATA_NOTES_NOTES_H
#define TENCH_DATA_NOTES_NOTES_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/text.h"
#include "data/finding.h"
#include "data/notes/file.h"
#include "data/notes/journal.h"
#include "data/notes/note.h"
#include "data/source.h"

enum { TN__NOTES_FILES = 16, TN__NOTES_OWN = TN__NOTES_FILES - 1 };
enum { TN__NOTES_WARNINGS = 1000 }; /* kept in full; further ones are counted only */
enum { TN__NOTES_WAIT_MS = 3000 };  /* longest wait for a merge by another process */

typedef struct tn__notes {
    const tn__source *source;
    bool writes; /* tn__notes_add is allowed */
    /* By kind, then by sample; NULL: this kind is not used. */
    _Atomic uint64_t *words[TN__NOTE_KINDS];
    atomic_int descriptors[TN__NOTES_FILES]; /* of the words' files. The last is our own journal's;
                                                any worker may be the first to note it */
    int n_files;
    tn__store stores[TN__STORES]; /* opened here, so that the host may change its folder later */
    tn__journal journal;
    atomic_bool is_stored; /* the index file has all that the journal has */
    atomic_bool is_closed; /* nothing can be added any more */
    atomic_llong n_dropped;
    tn__findings warnings;
} tn__notes;

typedef struct tn__notes_options {
    uint32_t kinds;   /* bit k: kind k is used */
    bool writes;      /* adds notes, and first merges journals that were left behind */
    const char *path; /* an index that the user named; it may have any owner. NULL: none */
} tn__notes_options;

/* Opens all notes on the source's samples. *out is NULL where there is nothing to read or write.
 * TN_ENOMEM; TN_EIO and TN_EDECODE for the named index. Other files that cannot be used are
 * warnings. */
int tn__notes_open(const tn__source *source, const tn__notes_options *options, tn__notes **out);
/* Merges the notes that were added into the index file, and with them journals that were left
 * behind; nothing can be added from then on. Waits up to wait_ms while another process merges; then
 * journals keep the notes, with a warning. TN_EIO, TN_ENOMEM: journals keep them as well. */
int tn__notes_save(tn__notes *notes, int32_t wait_ms);
/* Saves, and frees. Waits for no other process, and reports no failure: notes that cannot be merged
 * now stay in their journal. The next data set uses that journal, and the next writer merges it. */
void tn__notes_close(tn__notes *notes);
/* Paths of the files that hold the notes, separated by ", ", and their size in all. TN_ENOMEM. */
int tn__notes_where(tn__notes *notes, tn__text *path, int64_t *n_bytes);
/* Samples that have a note of this kind. */
int64_t tn__notes_count(const tn__notes *notes, int32_t kind);

/* Reads the note of a kind on a sample's file into the arena; its bytes are followed by
 * TN__NOTE_READ_PADDING zero bytes. TN_END: there is none. TN_EDECODE, TN_EIO: it cannot be read.
 */
int tn__notes_read(const tn__notes *notes, int32_t kind, int64_t sample, tn__arena *arena,
                   tn__note *out);
/* Forgets a note, with this thread's last failure as the reason. */
void tn__notes_drop(tn__notes *notes, int32_t kind, int64_t sample);

/* True if notes may be added now. */
bool tn__notes_can_add(const tn__notes *notes, int64_t sample);
/* Takes memory for a note on a sample's file; returns where its body goes, with room for
 * `n_body`. NULL: TN_ENOMEM. */
uint8_t *tn__notes_begin(const tn__notes *notes, int64_t sample, size_t n_body, tn__arena *arena);
/* Adds the note whose body begins at `body`, from tn__notes_begin; note->n_body is its length. A
 * journal has it at once. The first failure to write is a warning, and nothing is added from then
 * on. TN_EIO, TN_ECLOSED, TN_ENOMEM. */
int tn__notes_add(tn__notes *notes, int64_t sample, tn__note note, uint8_t *body);
/* Bytes of the arena that a note takes at most, beside its body. */
size_t tn__notes_scratch(void);

#endif
