/* SPDX-License-Identifier: MIT */
/* Computes one Philox4x32-10 block: four words that are a pure function of a counter and a key.
 *
 * Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). */
#ifndef TENCH_PX_PHILOX_H
#define TENCH_PX_PHILOX_H

#include "px/fn.h"

enum { TN_PX_PHILOX_ROUNDS = 10 };

typedef struct tn_px_words {
    uint32_t word[4];
} tn_px_words;

TN_PX tn_px_words tn_px_philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0,
                               uint32_t k1)
{
    for (int round = 0; round < TN_PX_PHILOX_ROUNDS; round++) {
        const uint64_t product_0 = (uint64_t)0xD2511F53u * c0;
        const uint64_t product_1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(product_1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product_1;
        c2 = (uint32_t)(product_0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product_0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    const tn_px_words out = {{c0, c1, c2, c3}};
    return out;
}

#endif
