/* SPDX-License-Identifier: MIT */
/* Orders: which of n things is at a position. An order is a function, not a list. It takes
 * constant memory and answers for any position at once.
 *
 * "feistel-1" is a keyed bijection on [0, n). It is frozen, and this is its whole definition:
 *
 * - b is the least number of bits, at least 2, with n <= 2^b. Split a value x < 2^b into
 *   low = x mod 2^l with l = ceil(b/2), and high = floor(x / 2^l), which has h = b - l bits.
 * - Keys: with k = Philox key of (seed, epoch, domain ORDER), block i (0…3) is Philox4x32-10 of the
 *   counter {i, 0, 0, 0} under k; its words w0…w3 give key[2i] = w1·2^32 + w0 and
 *   key[2i + 1] = w3·2^32 + w2.
 * - Eight rounds r = 0…7: for even r, high ^= F(low, key[r]) >> (64 - h); for odd r,
 *   low ^= F(high, key[r]) >> (64 - l).
 * - F(v, k), modulo 2^64: z = (v ^ k)·0x9E3779B97F4A7C15; z = (z ^ z >> 32)·0xD6E8FEB86659FD93;
 *   z = (z ^ z >> 32)·0xD6E8FEB86659FD93; F = z ^ z >> 32.
 * - Apply all rounds again while the result is not below n (fewer than 4 times on average).
 *
 * "weighted-1" gives each of n samples as often as its weight says. It is frozen too:
 *
 * - The weights are f32. L is the least number with n <= 2^L, and e the least with all weights
 *   below 2^e. Sample i has the length q_i = floor(weight · 2^(62 - L - e)), but at least 1 if its
 *   weight is not 0. C_i is the sum of the lengths before it, and W that of all.
 * - Of an epoch with M positions: r = floor(u·W / 2^64), where u = w1·2^32 + w0 of the block
 *   {4, 0, 0, 0} under the same k.
 * - Position p gets t = feistel-1 of p on [0, M), and the sample i with
 *   C_i <= floor((t·W + r) / M) < C_i + q_i.
 *
 * So sample i comes M·q_i / W times in an epoch, rounded down or up. */
#ifndef TENCH_DATA_ORDER_H
#define TENCH_DATA_ORDER_H

#include <stdint.h>

#include "data/comb.h"
#include "spec/spec.h"

enum { TN__SEQUENTIAL = 1, TN__FEISTEL_1 = 2, TN__WEIGHTED_1 = 3 };
enum { TN__ORDER_ROUNDS = 8, TN__ORDER_MAX_BITS = 48 };

typedef struct tn__order {
    int32_t kind; /* TN__SEQUENTIAL … */
    int32_t high_bits, low_bits;
    int64_t n; /* positions; at most 2^48 */
    uint64_t key[TN__ORDER_ROUNDS];
    const tn__comb *comb; /* of TN__WEIGHTED_1 */
    uint64_t shift;       /* r of its definition */
} tn__order;

/* Entries of the registry, in the order of their kinds; NULL after the last one. */
const tn__spec *tn__order_spec(int32_t index);
/* The kind with this name; NULL means TN__SEQUENTIAL, the default. 0: TN_EINVAL. */
int32_t tn__order_kind(const char *name);
/* The name of a kind. Static. */
const char *tn__order_name(int32_t kind);
/* `comb` has the weights for TN__WEIGHTED_1, and must live as long as the order. */
void tn__order_make(tn__order *order, int32_t kind, const tn__comb *comb, int64_t n, int64_t seed,
                    int64_t epoch);
/* The thing at `position`, which is in [0, n); of TN__WEIGHTED_1 the sample. */
int64_t tn__order_at(const tn__order *order, int64_t position);

#endif
