/* SPDX-License-Identifier: MIT */
/* Public calls on hashes: they check their arguments, then call the engine. */
#include "base/hash.h"

tn_hash *tn_hash_create(void)
{
    return tn__hash_create();
}

void tn_hash_destroy(tn_hash *hash)
{
    tn__hash_destroy(hash);
}

void tn_hash_bytes(tn_hash *hash, const void *bytes, int64_t n_bytes)
{
    if (hash && bytes && n_bytes > 0)
        tn__hash_add(hash, bytes, (size_t)n_bytes);
}

void tn_hash_text(const tn_hash *hash, char *out)
{
    if (hash && out)
        tn__hash_text(hash, out);
}
