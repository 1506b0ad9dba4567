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
/* Writes where each block begins in the data, and where the last one ends: (n_out + 65535) / 65536
 * + 1 numbers. False: the blocks depend on each other, or the data is damaged. */
bool tn__snappy_blocks(const uint8_t *in, const uint8_t *end, size_t n_out, uint32_t *begins);

#endif
