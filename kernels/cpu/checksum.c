/* SPDX-License-Identifier: MIT */
/* Computes checksums at the level in use, and in plain C. See checksum.h. */
#include "cpu/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "cpu/level.h"

uint64_t tn__checksum(const void *bytes, size_t n_bytes)
{
    static tn__checksum_fn *const levels[] = TN__BY_LEVEL(tn__checksum);
    return levels[tn__cpu_level()](bytes, n_bytes);
}

uint64_t tn__checksum_scalar(const void *bytes, size_t n_bytes)
{
    return XXH3_64bits(bytes, n_bytes);
}
