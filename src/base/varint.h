/* SPDX-License-Identifier: MIT */
/* Numbers of 1 to 10 bytes, as listings, protobuf, Thrift, Parquet and Snappy write them: 7 bits in
 * each byte, the low ones first; the highest bit says that another byte follows. */
#ifndef TENCH_BASE_VARINT_H
#define TENCH_BASE_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TN__VARINT_BYTES = 10 };

/* Writes a number; returns its length. */
static inline size_t tn__varint_put(uint8_t out[TN__VARINT_BYTES], uint64_t value)
{
    size_t n = 0;
    for (; value > 127; value >>= 7)
        out[n++] = (uint8_t)(value | 128);
    out[n++] = (uint8_t)value;
    return n;
}

/* Reads a number that is known to be whole, and steps over it. */
static inline uint64_t tn__varint_get(const uint8_t **at)
{
    uint64_t value = *(*at)++;
    if (value < 128)
        return value;
    value &= 127;
    for (unsigned shift = 7;; shift += 7) {
        const uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return value;
    }
}

/* Reads a number that may be damaged. Returns false if the number has no last byte before `end`, or
 * none among its first 10 bytes. Bits above the 64th are lost. */
static inline bool tn__varint_try(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
        const uint8_t byte = *(*at)++;
        *value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

/* Maps …, -2, -1, 0, 1, 2, … to 3, 1, 0, 2, 4, …, so that small numbers of both signs are short. */
static inline uint64_t tn__zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static inline int64_t tn__unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

#endif
