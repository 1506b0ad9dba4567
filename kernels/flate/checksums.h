/* SPDX-License-Identifier: MIT */
/* Checksums of file formats: Adler-32 (zlib), CRC-32 (gzip, zip, PNG) and CRC-32C (TFRecord). Each
 * function continues a sum: tn__crc32(tn__crc32(0, a, m), b, n) is the sum of a and b together.
 * All levels compute the same numbers. */
#ifndef TENCH_FLATE_CHECKSUMS_H
#define TENCH_FLATE_CHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

enum { TN__ADLER32_START = 1 }; /* the sum of no bytes; those of the others are 0 */

/* Call the functions of the level in use. */
uint32_t tn__adler32(uint32_t sum, const void *bytes, size_t n_bytes);
uint32_t tn__crc32(uint32_t sum, const void *bytes, size_t n_bytes);
uint32_t tn__crc32c(uint32_t sum, const void *bytes, size_t n_bytes);

typedef struct tn__flate_sums {
    uint32_t (*adler32)(uint32_t sum, const uint8_t *bytes, size_t n_bytes);
    uint32_t (*crc32)(uint32_t sum, const uint8_t *bytes, size_t n_bytes);
    uint32_t (*crc32c)(uint32_t sum, const uint8_t *bytes, size_t n_bytes);
} tn__flate_sums;

extern const tn__flate_sums tn__flate_sums_scalar, tn__flate_sums_avx2;

#endif
