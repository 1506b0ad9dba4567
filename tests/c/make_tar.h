/* SPDX-License-Identifier: MIT */
/* Makes tars in memory, also wrong ones. */
#ifndef TENCH_TESTS_MAKE_TAR_H
#define TENCH_TESTS_MAKE_TAR_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/blob.h"
#include "tench.h"

/* Computes the sum of the header at `at` again. */
static inline void tar_mend(tn__blob *tar, size_t at)
{
    uint8_t *const head = tar->bytes + at;
    unsigned sum = 0;
    memset(head + 148, ' ', 8);
    for (int i = 0; i < 512; i++)
        sum += head[i];
    char text[16];
    snprintf(text, sizeof text, "%06o", sum);
    memcpy(head + 148, text, 7);
}

static inline void tar_pad(tn__blob *tar)
{
    ck_assert_int_eq(tn__blob_add(tar, NULL, (512 - tar->size % 512) % 512), TN_OK);
}

/* Adds a ustar header; returns its place. */
static inline size_t tar_head(tn__blob *tar, const char *name, char type, uint64_t n_bytes)
{
    const size_t at = tar->size;
    char size[32];
    ck_assert_int_eq(tn__blob_add(tar, NULL, 512), TN_OK);
    uint8_t *const head = tar->bytes + at;
    memcpy(head, name, strlen(name) < 100 ? strlen(name) : 100);
    memcpy(head + 100, "0000644", 8);
    snprintf(size, sizeof size, "%011llo", (unsigned long long)n_bytes);
    memcpy(head + 124, size, 12);
    head[156] = (uint8_t)type;
    memcpy(head + 257, "ustar\00000", 8);
    tar_mend(tar, at);
    return at;
}

/* Adds a member with its data. */
static inline size_t tar_add(tn__blob *tar, const char *name, char type, const void *bytes,
                             size_t n_bytes)
{
    const size_t at = tar_head(tar, name, type, n_bytes);
    ck_assert_int_eq(tn__blob_add(tar, bytes, n_bytes), TN_OK);
    tar_pad(tar);
    return at;
}

static inline size_t tar_add_text(tn__blob *tar, const char *name, char type, const char *text)
{
    return tar_add(tar, name, type, text, strlen(text));
}

/* Adds an extended header with one record. */
static inline void tar_add_pax(tn__blob *tar, const char *key, const char *value)
{
    char record[1024];
    const size_t rest = strlen(key) + strlen(value) + 3;
    size_t n = rest + 1;
    while (n != rest + (size_t)snprintf(record, sizeof record, "%zu", n))
        n++;
    snprintf(record, sizeof record, "%zu %s=%s\n", n, key, value);
    tar_add_text(tar, "pax", 'x', record);
}

static inline void tar_end(tn__blob *tar)
{
    ck_assert_int_eq(tn__blob_add(tar, NULL, 1024), TN_OK);
}

#endif
