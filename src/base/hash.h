/* SPDX-License-Identifier: MIT */
/* XXH3 hashes: 128 bits to compare output between runs and machines, 64 bits for fingerprints. */
#ifndef TENCH_BASE_HASH_H
#define TENCH_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "tench.h"

/* Creates an empty hash. NULL: TN_ENOMEM is recorded. */
tn_hash *tn__hash_create(void);
void tn__hash_destroy(tn_hash *hash);
void tn__hash_add(tn_hash *hash, const void *bytes, size_t n_bytes);
/* Writes 32 hexadecimal digits and a NUL, the high half first, as xxhsum -H2 prints them. */
void tn__hash_text(const tn_hash *hash, char out[33]);
/* Returns XXH3's 64 bits of the same bytes. */
uint64_t tn__hash_64(const tn_hash *hash);
/* Returns XXH3's 64 bits of one array. */
uint64_t tn__hash_of(const void *bytes, size_t n_bytes);
/* Computes XXH3's 128 bits of one array, the low half first. */
void tn__hash_pair(const void *bytes, size_t n_bytes, uint64_t out[2]);

/* Computes XXH3's 128 bits of one array in canonical byte order, like tn__hash_text. */
void tn__hash_128(const void *bytes, size_t n_bytes, uint8_t out[16]);

#endif
