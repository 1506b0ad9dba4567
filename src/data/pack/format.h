/* SPDX-License-Identifier: MIT */
/* The files of a pack: shards with records, and a manifest with the place of each
 * sample's record. PACK.md describes their bytes. */
#ifndef TENCH_DATA_PACK_FORMAT_H
#define TENCH_DATA_PACK_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define TN__PACK_MANIFEST "tench.pack"
#define TN__PACK_SHARD    "shard-%05u.coef"

enum { TN__PACK_SHARD_NAME = 32 }; /* bytes for a shard's name */
enum { TN__PACK_MAGIC = 8, TN__PACK_VERSION_AT = 7 };
/* Versions of the manifest: the first one with weights of samples, the first one with records of
 * pixels, and the one of packs with neither. A pack has the lowest that tells all. */
enum { TN__MANIFEST_WEIGHTS = 4, TN__MANIFEST_PIXELS = 3, TN__MANIFEST_PLAIN = 2 };
/* Kinds of records. A record of pixels is a striped image; with TN__PACK_PIXELS_AND_FILE the file
 * follows it, and counts as part of the record. */
enum {
    TN__PACK_COEFFICIENTS = 1,
    TN__PACK_FILE = 2,
    TN__PACK_PIXELS = 3,
    TN__PACK_PIXELS_AND_FILE = 4
};
/* The length of the file in a record, its hash, and the head that holds both. Readers need the
 * length because version 1 of the manifest lacks it. */
enum { TN__RECORD_FILE_BYTES = 24, TN__RECORD_FILE_HASH = 32, TN__RECORD_HEAD = 64 };

/* The manifest's fixed fields. Version 1 ends after the first eight. */
enum {
    TN__MANIFEST_CHECKSUM = 8, /* of all bytes from TN__MANIFEST_SIZE on */
    TN__MANIFEST_SIZE = 16,
    TN__MANIFEST_FINGERPRINT = 24,
    TN__MANIFEST_SAMPLES = 32,
    TN__MANIFEST_SHARDS = 40,
    TN__MANIFEST_CLASSES = 44,
    TN__MANIFEST_CLASS_BYTES = 48, /* of the classes' names */
    TN__MANIFEST_NAME_BYTES = 56,  /* of the samples' names */
    TN__MANIFEST_HEAD_1 = 64,
    TN__MANIFEST_SPLITS = 64,
    TN__MANIFEST_SPLIT_BYTES = 72, /* of the splits and their classes' names */
    TN__MANIFEST_HEAD = 96
};
/* The entry of a sample; the manifest has one for each. */
enum {
    TN__ENTRY_OFFSET = 0,
    TN__ENTRY_LENGTH = 8,
    TN__ENTRY_CHECKSUM = 16,
    TN__ENTRY_SHARD = 24,
    TN__ENTRY_LABEL = 28, /* with the record's kind in the upper bits */
    TN__MANIFEST_ENTRY_1 = 32,
    TN__ENTRY_FILE_BYTES = 32,
    TN__ENTRY_SPLIT_LABEL = 40,
    TN__ENTRY_WEIGHT = 44,
    TN__MANIFEST_ENTRY = 48
};
enum { TN__MANIFEST_LABEL_BITS = 24 };
/* A split. */
enum {
    TN__SPLIT_NAME = 0, /* followed by at least one zero */
    TN__SPLIT_NAME_BYTES = 16,
    TN__SPLIT_FINGERPRINT = 16,
    TN__SPLIT_FIRST = 24,
    TN__SPLIT_SAMPLES = 32,
    TN__SPLIT_CLASS_BYTES = 40,
    TN__SPLIT_CLASSES = 48,
    TN__MANIFEST_SPLIT = 56
};

/* A shard's head. */
enum {
    TN__SHARD_CHECKSUM = 8, /* of the rest of the head */
    TN__SHARD_JOB = 16,   /* equal in all packs that are made from the same data in the same way */
    TN__SHARD_FIRST = 24, /* position of its first record */
    TN__SHARD_NUMBER = 32,
    TN__SHARD_LAYOUT = 36,
    TN__SHARD_HEAD = 64
};
/* After the records of a shard: an entry for each, their names, and the end. */
enum {
    TN__SHARD_ENTRY =
        48,            /* sample, offset, length, checksum; kind, label, name's offset and length */
    TN__SHARD_END = 32 /* list's offset, records, the list's checksum; magic */
};

/* The place of a record. */
typedef struct tn__pack_entry {
    uint64_t offset, length;
    uint64_t checksum;   /* XXH3, 64 bits, of its bytes */
    uint64_t file_bytes; /* of the file that it was made from; 0 in version 1: see the record */
    uint32_t shard, kind;
} tn__pack_entry;

#endif
