/* SPDX-License-Identifier: MIT */
/* Philox4x32-10 and the numbers made from it. See rng.h. */
#include "base/rng.h"

enum { ROUNDS = 10, WORDS = 4 };

/* Constants of the paper. */
static const uint32_t MULTIPLIER_0 = 0xD2511F53u;
static const uint32_t MULTIPLIER_1 = 0xCD9E8D57u;
static const uint32_t WEYL_0 = 0x9E3779B9u;
static const uint32_t WEYL_1 = 0xBB67AE85u;

void tn__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t product_0 = (uint64_t)MULTIPLIER_0 * c0;
        const uint64_t product_1 = (uint64_t)MULTIPLIER_1 * c2;
        c0 = (uint32_t)(product_1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product_1;
        c2 = (uint32_t)(product_0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product_0;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

tn__key tn__key_make(int64_t seed, int64_t epoch, uint32_t domain)
{
    const uint64_t e = (uint64_t)epoch, s = (uint64_t)seed;
    const uint32_t counter[4] = {(uint32_t)e, (uint32_t)(e >> 32), domain, 0};
    const uint32_t key[2] = {(uint32_t)s, (uint32_t)(s >> 32)};
    uint32_t out[4];
    tn__philox(counter, key, out);
    return (tn__key){{out[0], out[1]}};
}

void tn__draws_begin(tn__draws *draws, tn__key key, int64_t position, uint32_t view, uint32_t node,
                     uint32_t sub)
{
    const uint64_t p = (uint64_t)position;
    *draws = (tn__draws){
        .key = key,
        .counter = {(uint32_t)p, (uint32_t)(p >> 32 & 0xFFFF) | view << 16, node, sub << 16},
        .used = WORDS,
    };
}

static uint64_t next_64(tn__draws *draws)
{
    if (draws->used == WORDS) {
        tn__philox(draws->counter, draws->key.word, draws->block);
        draws->counter[3]++;
        draws->used = 0;
    }
    const uint64_t low = draws->block[draws->used], high = draws->block[draws->used + 1];
    draws->used += 2;
    return high << 32 | low;
}

double tn__draw_unit(tn__draws *draws)
{
    return (double)(next_64(draws) >> 11) * 0x1p-53;
}

double tn__draw_range(tn__draws *draws, double low, double high)
{
    return low + (high - low) * tn__draw_unit(draws);
}

int64_t tn__draw_integer(tn__draws *draws, int64_t low, int64_t high)
{
    const uint64_t n = (uint64_t)(high - low) + 1;
    __extension__ typedef unsigned __int128 wide;
    return low + (int64_t)(uint64_t)((wide)next_64(draws) * n >> 64);
}

int tn__draw_chance(tn__draws *draws, double p)
{
    return tn__draw_unit(draws) < p;
}
