/* SPDX-License-Identifier: MIT */
/* Tells AddressSanitizer which parts of a block must not be accessed. Without that sanitizer these
 * functions do nothing. */
#ifndef TENCH_BASE_POISON_H
#define TENCH_BASE_POISON_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define TN__ASAN 1
#elif defined(__has_feature)
#define TN__ASAN __has_feature(address_sanitizer)
#else
#define TN__ASAN 0
#endif
#if TN__ASAN
#include <sanitizer/asan_interface.h>
#endif

enum { TN__HAS_ASAN = TN__ASAN };

static inline void tn__poison(const void *bytes, size_t n_bytes)
{
#if TN__ASAN
    ASAN_POISON_MEMORY_REGION(bytes, n_bytes);
#endif
    (void)bytes;
    (void)n_bytes;
}

static inline void tn__unpoison(const void *bytes, size_t n_bytes)
{
#if TN__ASAN
    ASAN_UNPOISON_MEMORY_REGION(bytes, n_bytes);
#endif
    (void)bytes;
    (void)n_bytes;
}

/* Always false without the sanitizer. */
static inline bool tn__is_poisoned(const void *byte)
{
#if TN__ASAN
    return __asan_address_is_poisoned(byte) != 0;
#else
    (void)byte;
    return false;
#endif
}

#endif
