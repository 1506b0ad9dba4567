/* SPDX-License-Identifier: MIT */
/* Checksums of packed data: XXH3 with 64 bits. All levels compute the same number; each is as fast
 * as its instructions allow. */
#ifndef TENCH_CPU_CHECKSUM_H
#define TENCH_CPU_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t tn__checksum_fn(const void *bytes, size_t n_bytes);

/* Calls the function of the level in use. */
tn__checksum_fn tn__checksum;
tn__checksum_fn tn__checksum_scalar, tn__checksum_avx2, tn__checksum_avx512;

#endif
