/* SPDX-License-Identifier: MIT */
/* The compact form in which a random access index is stored: "index-1", see compact.md. */
#ifndef TENCH_CODEC_JPEG_COMPACT_H
#define TENCH_CODEC_JPEG_COMPACT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "codec/jpeg/index.h"

enum { TN__COMPACT_READ_PADDING = 8 }; /* bytes that must be readable after a compact form */

/* The facts that a compact form is checked against. */
typedef struct tn__compact_facts {
    int64_t file_bytes;
    int32_t w, h;
} tn__compact_facts;

/* Returns the largest number of entries of an index with `columns` entries a row, for an image of
 * that height. */
size_t tn__compact_entries(int32_t h, int32_t columns);
/* Returns the largest size of the compact form of `n_entries`. */
size_t tn__compact_bound(size_t n_entries);
/* Writes the compact form and returns its length. 0: the index is not that of a baseline scan. */
size_t tn__compact_write(const tn__jpeg_index *index, uint8_t *out);
/* Reads a compact form into the arena and checks every field: rows, columns and step suit such an
 * image, and the places are inside the file and in order. TN_EDECODE says what is wrong; TN_ENOMEM.
 */
int tn__compact_read(const uint8_t *bytes, size_t n_bytes, const tn__compact_facts *facts,
                     tn__arena *arena, tn__jpeg_index *out);

#endif
