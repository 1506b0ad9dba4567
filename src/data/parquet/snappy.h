/* SPDX-License-Identifier: MIT */
/* Decompresses Snappy's raw format. Google's library compresses blocks of 64 KiB that do not refer
 * to each other, so that the blocks that hold some bytes can be read alone. */
#ifndef TENCH_DATA_PARQUET_SNAPPY_H
#define TENCH_DATA_PARQUET_SNAPPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TN__SNAPPY_BLOCK = 1 << 16 };

/* Reads the length at the beginning, and moves past it. False: it is damaged. */
bool tn__snappy_length(const uint8_t **in, const uint8_t *end, uint64_t *out);
/* Decompresses what follows the length, until `out` is full. False: the data is damaged, or ends
 * before. */
bool tn__snappy_decode(const uint8_t *in, const uint8_t *end, uint8_t *out, size_t n_out);
/* A stretch of the output that the data has as it is. */
typedef struct tn__literal {
    uint32_t begin, n; /* in the output */
    uint32_t at;       /* of its bytes in the data */
} tn__literal;

/* Shorter literals are not listed, so that there are few. */
enum { TN__LONG_LITERAL = 1 << 12 };

/* Where the parts of the data are. */
typedef struct tn__snappy_map {
    uint32_t *begins; /* of the blocks in the data, and where the last one ends: (n_out + 65535) /
                         65536 + 1 */
    tn__literal *literals; /* room for n_out / TN__LONG_LITERAL */
    size_t n_literals;
} tn__snappy_map;

/* Fills in the map. False: the blocks depend on each other, or the data is damaged. */
bool tn__snappy_find(const uint8_t *in, const uint8_t *end, size_t n_out, tn__snappy_map *out);
/* Joins literals in place: `left` bytes of the first one, then tags and further literals, until
 * there are n bytes; the last one may be cut off after them. False: the data is damaged. */
bool tn__snappy_join(uint8_t *bytes, size_t n_stored, size_t left, size_t n);

#endif
