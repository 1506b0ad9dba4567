/* SPDX-License-Identifier: MIT */
/* MD5, as RFC 1321 defines it. See md5.h. */
#include "base/md5.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum { BLOCK = 64, STEPS = 64, LENGTH_AT = 56 };

/* The integer part of 2^32 |sin(i + 1)|. */
static const uint32_t sines[STEPS] = {
    0xd76aa478u, 0xe8c7b756u, 0x242070dbu, 0xc1bdceeeu, 0xf57c0fafu, 0x4787c62au, 0xa8304613u,
    0xfd469501u, 0x698098d8u, 0x8b44f7afu, 0xffff5bb1u, 0x895cd7beu, 0x6b901122u, 0xfd987193u,
    0xa679438eu, 0x49b40821u, 0xf61e2562u, 0xc040b340u, 0x265e5a51u, 0xe9b6c7aau, 0xd62f105du,
    0x02441453u, 0xd8a1e681u, 0xe7d3fbc8u, 0x21e1cde6u, 0xc33707d6u, 0xf4d50d87u, 0x455a14edu,
    0xa9e3e905u, 0xfcefa3f8u, 0x676f02d9u, 0x8d2a4c8au, 0xfffa3942u, 0x8771f681u, 0x6d9d6122u,
    0xfde5380cu, 0xa4beea44u, 0x4bdecfa9u, 0xf6bb4b60u, 0xbebfbc70u, 0x289b7ec6u, 0xeaa127fau,
    0xd4ef3085u, 0x04881d05u, 0xd9d4d039u, 0xe6db99e5u, 0x1fa27cf8u, 0xc4ac5665u, 0xf4292244u,
    0x432aff97u, 0xab9423a7u, 0xfc93a039u, 0x655b59c3u, 0x8f0ccc92u, 0xffeff47du, 0x85845dd1u,
    0x6fa87e4fu, 0xfe2ce6e0u, 0xa3014314u, 0x4e0811a1u, 0xf7537e82u, 0xbd3af235u, 0x2ad7d2bbu,
    0xeb86d391u,
};

/* How far each step of a round rotates. */
static const uint8_t turns[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

/* The function of a round, and which word of the block step i of it takes. */
static uint32_t mix(uint32_t i, const uint32_t state[4], uint32_t *word)
{
    const uint32_t b = state[1], c = state[2], d = state[3];
    switch (i / 16) {
    case 0: *word = i; return (b & c) | (~b & d);
    case 1: *word = (5 * i + 1) % 16; return (d & b) | (~d & c);
    case 2: *word = (3 * i + 5) % 16; return b ^ c ^ d;
    default: *word = 7 * i % 16; return c ^ (b | ~d);
    }
}

static void add_block(const uint8_t block[BLOCK], uint32_t sum[4])
{
    uint32_t state[4];
    memcpy(state, sum, sizeof state);
    for (uint32_t i = 0; i < STEPS; i++) {
        uint32_t word;
        const uint32_t mixed = mix(i, state, &word);
        const uint32_t value = state[0] + mixed + sines[i] + tn__get_32(block + 4 * word);
        const unsigned turn = turns[i / 16][i % 4];
        const uint32_t next = state[1] + (value << turn | value >> (32 - turn));
        state[0] = state[3];
        state[3] = state[2];
        state[2] = state[1];
        state[1] = next;
    }
    for (int i = 0; i < 4; i++)
        sum[i] += state[i];
}

void tn__md5_text(const void *bytes, size_t n_bytes, char out[TN__MD5_TEXT])
{
    uint32_t sum[4] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u};
    const uint8_t *const at = bytes;
    const size_t rest = n_bytes % BLOCK, n_whole = n_bytes - rest;
    for (size_t done = 0; done < n_whole; done += BLOCK)
        add_block(at + done, sum);
    uint8_t last[2 * BLOCK] = {0};
    if (rest > 0)
        memcpy(last, at + n_whole, rest);
    last[rest] = 0x80;
    const size_t n_last = rest < LENGTH_AT ? BLOCK : 2 * BLOCK;
    tn__put_64(last + n_last - 8, (uint64_t)n_bytes * 8);
    for (size_t done = 0; done < n_last; done += BLOCK)
        add_block(last + done, sum);
    for (int i = 0; i < 16; i++)
        snprintf(out + (ptrdiff_t)2 * i, 3, "%02x", (unsigned)(sum[i / 4] >> 8 * (i % 4) & 255));
}
