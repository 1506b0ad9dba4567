/* SPDX-License-Identifier: MIT */
/* Hashes: XXH3, 128 bits to compare output between runs and machines, 64 bits for fingerprints. */
#ifndef TENCH_BASE_HASH_H
#define TENCH_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "tench.h"

/* A hash that nothing was added to; NULL with TN_ENOMEM recorded. */
tn_hash *tn__hash_create(void);
void tn__hash_destroy(tn_hash *hash);
void tn__hash_add(tn_hash *hash, const void *bytes, size_t n_bytes);
/* 32 hexadecimal digits, high half first (as xxhsum -H2 prints them), and a NUL. */
void tn__hash_text(const tn_hash *hash, char out[33]);
/* XXH3's 64 bits over the same bytes. */
uint64_t tn__hash_64(const tn_hash *hash);
/* XXH3's 64 bits over bytes that lie together. */
uint64_t tn__hash_of(const void *bytes, size_t n_bytes);
/* Its 128 bits, low half first. */
void tn__hash_pair(const void *bytes, size_t n_bytes, uint64_t out[2]);

/* XXH3's 128 bits of some bytes, in their canonical order: as tn__hash_text writes them. */
void tn__hash_128(const void *bytes, size_t n_bytes, uint8_t out[16]);

#endif
