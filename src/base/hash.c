/* SPDX-License-Identifier: MIT */
/* Computes XXH3 with xxhash.h, which is compiled in: the library needs nothing at run time. See
 * hash.h.
 *
 * One state serves both widths, because XXH3 reads its input alike for 64 and for 128 bits. */
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/error.h"

struct tn_hash {
    XXH3_state_t state; /* needs 64-byte alignment */
};

tn_hash *tn__hash_create(void)
{
    tn_hash *const hash = aligned_alloc(_Alignof(tn_hash), sizeof *hash);
    if (!hash) {
        tn__fail_memory("a hash", sizeof *hash);
        return NULL;
    }
    XXH3_INITSTATE(&hash->state);
    XXH3_128bits_reset(&hash->state);
    return hash;
}

void tn__hash_destroy(tn_hash *hash)
{
    free(hash);
}

void tn__hash_add(tn_hash *hash, const void *bytes, size_t n_bytes)
{
    XXH3_128bits_update(&hash->state, bytes, n_bytes);
}

void tn__hash_text(const tn_hash *hash, char out[33])
{
    const XXH128_hash_t digest = XXH3_128bits_digest(&hash->state);
    snprintf(out, 33, "%016llx%016llx", (unsigned long long)digest.high64,
             (unsigned long long)digest.low64);
}

uint64_t tn__hash_64(const tn_hash *hash)
{
    return XXH3_64bits_digest(&hash->state);
}

uint64_t tn__hash_of(const void *bytes, size_t n_bytes)
{
    return XXH3_64bits(bytes, n_bytes);
}

void tn__hash_pair(const void *bytes, size_t n_bytes, uint64_t out[2])
{
    const XXH128_hash_t digest = XXH3_128bits(bytes, n_bytes);
    out[0] = digest.low64;
    out[1] = digest.high64;
}

void tn__hash_128(const void *bytes, size_t n_bytes, uint8_t out[16])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, n_bytes));
    memcpy(out, canonical.digest, sizeof canonical.digest);
}
