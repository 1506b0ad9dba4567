/* SPDX-License-Identifier: MIT */
/* Byte arrays that grow, for writing file formats. */
#ifndef TENCH_BASE_BLOB_H
#define TENCH_BASE_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

typedef struct tn__blob {
    uint8_t *bytes;
    size_t size, capacity;
} tn__blob;

void tn__blob_free(tn__blob *blob);
/* Reserves space for n_bytes more; `bytes` may move. TN_ENOMEM. */
int tn__blob_reserve(tn__blob *blob, size_t n_bytes);
/* Adds bytes, or zeros if `bytes` is NULL. TN_ENOMEM. */
int tn__blob_add(tn__blob *blob, const void *bytes, size_t n_bytes);

#endif
