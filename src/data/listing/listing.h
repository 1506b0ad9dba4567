/* SPDX-License-Identifier: MIT */
/* A listing: which samples lie in the files of a source, for example in tars. It is one block of
 * memory in the form that format.md describes, and never changes. All functions may be called from
 * any thread.
 *
 * A sample takes 7 to 10 bytes, and those in which its name differs from the one before. */
#ifndef TENCH_DATA_LISTING_LISTING_H
#define TENCH_DATA_LISTING_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"
#include "data/source.h"
#include "tench.h"

/* Samples are coded in blocks: a lookup decodes the samples before it in its block. */
enum { TN__LISTING_BLOCK = 64 };

/* The parts of the block of memory, in their order. */
enum {
    TN__LISTING_KEY,
    TN__LISTING_FILES,
    TN__LISTING_PATHS,
    TN__LISTING_CLASSES,
    TN__LISTING_LABELS,
    TN__LISTING_VALUES,
    TN__LISTING_WEIGHTS,
    TN__LISTING_PLACE_BLOCKS,
    TN__LISTING_PLACES,
    TN__LISTING_NAME_BLOCKS,
    TN__LISTING_NAMES,
    TN__LISTING_SECTIONS
};

/* What files have that is not a sample. */
enum {
    TN__OTHER_FILES,
    TN__OTHER_MEMBERS,
    TN__OTHER_KEYS,
    TN__NO_IMAGE,
    TN__NEGATIVE_LABELS,
    TN__LEFT_OUT
};

/* The head of the block. */
#define TN__LISTING_MAGIC "tnlist 4"
enum {
    TN__LISTING_SIZE = 8,
    TN__LISTING_SUM = 16,
    TN__LISTING_FINGERPRINT = 24,
    TN__LISTING_SAMPLES = 32,
    TN__LISTING_N_FILES = 40,
    TN__LISTING_N_CLASSES = 44,
    TN__LISTING_LABEL_BYTES = 48,
    TN__LISTING_LABEL_KIND = 52,
    TN__LISTING_LEFT_OUT = 56,
    TN__LISTING_UNMAPPED = 2, /* counts before those of the enum above */
    TN__LISTING_COUNTS = TN__LISTING_UNMAPPED + TN__LEFT_OUT,
    TN__LISTING_OFFSETS = TN__LISTING_LEFT_OUT + 8 * TN__LISTING_COUNTS, /* of the sections */
    TN__LISTING_HEAD = TN__LISTING_OFFSETS + 8 * TN__LISTING_SECTIONS,
    TN__LISTING_FILE = 32 /* bytes of an entry of TN__LISTING_FILES */
};

/* A file with samples, and its facts when it was listed. */
typedef struct tn__listed_file {
    const char *path; /* below the source's folder */
    int64_t bytes;
    int64_t stamp; /* of its last change (base/stamp.h) */
    uint64_t inode;
} tn__listed_file;

/* How a sample's bytes are stored: as they are, or coded in a way that the kind of source knows. */
typedef struct tn__coding {
    bool is_coded;
    uint32_t number; /* what the kind needs to decode them; 0 if they are not coded */
    int64_t content; /* length of the contents; 0 if they are not coded */
} tn__coding;

/* Where a sample lies. */
typedef struct tn__listed_place {
    uint32_t file;
    int64_t offset, length; /* of its bytes as they are stored */
    tn__coding coding;
} tn__listed_place;

typedef struct tn__listing {
    uint8_t *bytes;
    const uint8_t *sections[TN__LISTING_SECTIONS];
    int64_t n_samples;
    uint32_t n_files;
    int32_t n_classes;
    tn__label_shape shape; /* of the labels */
    uint32_t label_bytes;  /* of each entry of TN__LISTING_LABELS */
    const float *weights;  /* of the samples; NULL: they have none */
    const char **class_names;
    uint64_t fingerprint;
    tn_dataset_facts left_out;
} tn__listing;

/* Opens a listing in memory. Takes over the bytes, also on failure, and checks each of them: no
 * lookup can fail later. TN_EDECODE, TN_ENOMEM. */
int tn__listing_open(uint8_t *bytes, size_t n_bytes, int32_t n_threads, tn__listing *out);
void tn__listing_free(tn__listing *listing);
/* The fact that is number `place` of the counts in the head. */
int64_t *tn__listing_count(tn_dataset_facts *facts, int place);
size_t tn__listing_bytes(const tn__listing *listing);
/* The text that says how the samples were chosen. */
const char *tn__listing_key(const tn__listing *listing);
/* Describes a file. */
tn__listed_file tn__listed_file_of(const char *path, const struct stat *facts);
/* True if the facts are equal; the paths do not count. */
bool tn__listed_file_is_equal(const tn__listed_file *a, const tn__listed_file *b);
tn__listed_file tn__listing_file(const tn__listing *listing, uint32_t file);
tn__listed_place tn__listing_place(const tn__listing *listing, int64_t sample);
/* The label of a listing whose labels are integers; -1: the sample has none. */
int64_t tn__listing_label(const tn__listing *listing, int64_t sample);
/* The label of any kind. */
void tn__listing_label_of(const tn__listing *listing, int64_t sample, tn__label *out);
/* Writes the name and a NUL; returns the name's length. */
size_t tn__listing_name(const tn__listing *listing, int64_t sample, char out[TN__NAME_BYTES]);

/* Reads names one after the other, which is faster than looking each of them up. */
typedef struct tn__name_reader {
    const uint8_t *at;
    size_t n_name;
    char name[TN__NAME_BYTES];
} tn__name_reader;
/* Begins at a sample whose number is a multiple of TN__LISTING_BLOCK. */
void tn__names_from(const tn__listing *listing, int64_t sample, tn__name_reader *out);
/* Reads the next name. The caller counts: names end with the listing. */
void tn__names_next(tn__name_reader *names);

#endif
