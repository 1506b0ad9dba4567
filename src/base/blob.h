/* SPDX-License-Identifier: MIT */
/* Bytes that grow, and numbers in them: little-endian, at any place. For file formats. */
#ifndef TENCH_BASE_BLOB_H
#define TENCH_BASE_BLOB_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct tn__blob {
    uint8_t *bytes;
    size_t size, capacity;
} tn__blob;

void tn__blob_free(tn__blob *blob);
/* Makes room for n_bytes more; `bytes` may move. TN_ENOMEM. */
int tn__blob_reserve(tn__blob *blob, size_t n_bytes);
/* Adds bytes; zeros where `bytes` is NULL. TN_ENOMEM. */
int tn__blob_add(tn__blob *blob, const void *bytes, size_t n_bytes);

static inline uint32_t tn__get_32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t tn__get_64(const uint8_t *at)
{
    return (uint64_t)tn__get_32(at) | (uint64_t)tn__get_32(at + 4) << 32;
}

static inline void tn__put_32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static inline void tn__put_64(uint8_t *at, uint64_t value)
{
    tn__put_32(at, (uint32_t)value);
    tn__put_32(at + 4, (uint32_t)(value >> 32));
}

#endif
