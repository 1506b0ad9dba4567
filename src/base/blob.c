/* SPDX-License-Identifier: MIT */
/* Grows arrays of bytes. See blob.h. */
#include "base/blob.h"

#include <stdlib.h>

#include "base/error.h"

enum { LEAST = 4096 };

void tn__blob_free(tn__blob *blob)
{
    free(blob->bytes);
    *blob = (tn__blob){0};
}

int tn__blob_reserve(tn__blob *blob, size_t n_bytes)
{
    if (n_bytes <= blob->capacity - blob->size)
        return TN_OK;
    if (n_bytes > SIZE_MAX / 2 - blob->size)
        return tn__fail_memory("a file in memory", n_bytes);
    size_t capacity = blob->capacity + blob->capacity / 2;
    if (capacity < blob->size + n_bytes)
        capacity = blob->size + n_bytes;
    if (capacity < LEAST)
        capacity = LEAST;
    uint8_t *const bytes = realloc(blob->bytes, capacity);
    if (!bytes)
        return tn__fail_memory("a file in memory", capacity);
    blob->bytes = bytes;
    blob->capacity = capacity;
    return TN_OK;
}

int tn__blob_add(tn__blob *blob, const void *bytes, size_t n_bytes)
{
    const int status = tn__blob_reserve(blob, n_bytes);
    if (status != TN_OK || n_bytes == 0)
        return status;
    if (bytes)
        memcpy(blob->bytes + blob->size, bytes, n_bytes);
    else
        memset(blob->bytes + blob->size, 0, n_bytes);
    blob->size += n_bytes;
    return TN_OK;
}
