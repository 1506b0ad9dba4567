/* SPDX-License-Identifier: MIT */
/* Checksums of file formats at the level in use, and in plain C. See checksums.h. */
#include "flate/checksums.h"

#include "cpu/level.h"

enum { ADLER_BASE = 65521 };
/* So many bytes of 255 after sums of ADLER_BASE - 1 do not overflow 32 bits. */
enum { ADLER_RUN = 5552 };

static uint32_t adler32(uint32_t sum, const uint8_t *bytes, size_t n_bytes)
{
    uint32_t a = sum & 0xffff, b = sum >> 16;
    while (n_bytes > 0) {
        const size_t n = n_bytes < ADLER_RUN ? n_bytes : ADLER_RUN;
        for (size_t i = 0; i < n; i++) {
            a += bytes[i];
            b += a;
        }
        a %= ADLER_BASE;
        b %= ADLER_BASE;
        bytes += n;
        n_bytes -= n;
    }
    return b << 16 | a;
}

/* What four bits add to a CRC, for a polynomial whose highest power is the lowest bit. */
static const uint32_t crc32_table[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
static const uint32_t crc32c_table[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};

static uint32_t crc_of(const uint32_t *table, uint32_t sum, const uint8_t *bytes, size_t n_bytes)
{
    sum = ~sum;
    for (size_t i = 0; i < n_bytes; i++) {
        sum ^= bytes[i];
        sum = sum >> 4 ^ table[sum & 15];
        sum = sum >> 4 ^ table[sum & 15];
    }
    return ~sum;
}

static uint32_t crc32(uint32_t sum, const uint8_t *bytes, size_t n_bytes)
{
    return crc_of(crc32_table, sum, bytes, n_bytes);
}

static uint32_t crc32c(uint32_t sum, const uint8_t *bytes, size_t n_bytes)
{
    return crc_of(crc32c_table, sum, bytes, n_bytes);
}

const tn__flate_sums tn__flate_sums_scalar = {adler32, crc32, crc32c};

static const tn__flate_sums *sums(void)
{
    static const tn__flate_sums *const levels[] = TN__BY_LEVEL_TO_AVX2(tn__flate_sums);
    return levels[tn__cpu_level()];
}

uint32_t tn__adler32(uint32_t sum, const void *bytes, size_t n_bytes)
{
    return sums()->adler32(sum, bytes, n_bytes);
}

uint32_t tn__crc32(uint32_t sum, const void *bytes, size_t n_bytes)
{
    return sums()->crc32(sum, bytes, n_bytes);
}

uint32_t tn__crc32c(uint32_t sum, const void *bytes, size_t n_bytes)
{
    return sums()->crc32c(sum, bytes, n_bytes);
}
