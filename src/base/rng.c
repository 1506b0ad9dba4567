/* SPDX-License-Identifier: MIT */
/* Makes numbers from Philox4x32-10. See rng.h. */
#include "base/rng.h"

#include <string.h>

#include "px/philox.h"

enum { WORDS = 4 };

void tn__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    const tn_px_words block =
        tn_px_philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
    memcpy(out, block.word, sizeof block.word);
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
