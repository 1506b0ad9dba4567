/* SPDX-License-Identifier: MIT */
/* For tests of codecs: bytes in allocations that end after the zeros which codecs may read, so that
 * ASan reports every read beyond. */
#ifndef TENCH_TESTS_EXACT_H
#define TENCH_TESTS_EXACT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

static inline tn__bytes copy_of(const void *bytes, size_t size)
{
    uint8_t *const copy = calloc(1, size + TN__READ_PADDING);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, size);
    return (tn__bytes){copy, size};
}

static inline void drop(tn__bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

static inline tn__bytes copy_of_file(const char *folder, const char *name)
{
    enum { MOST = 1 << 20 };
    static uint8_t bytes[MOST];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    const size_t size = fread(bytes, 1, MOST, file);
    fclose(file);
    ck_assert_uint_lt(size, MOST);
    return copy_of(bytes, size);
}

#endif
