/* SPDX-License-Identifier: MIT */
/* Random numbers as a pure function of the place of their use: Philox4x32-10.
 *
 * Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). No state
 * connects two draws. A number depends on (seed, epoch, domain) through the key, and on (position,
 * view, op node, sub, draw) through the counter. This layout is frozen under the name "philox-1".
 */
#ifndef TENCH_BASE_RNG_H
#define TENCH_BASE_RNG_H

#include <stdint.h>

enum { TN__DOMAIN_ORDER = 1, TN__DOMAIN_SAMPLE = 2, TN__DOMAIN_BATCH = 3, TN__DOMAIN_FAULT = 4 };

typedef struct tn__key {
    uint32_t word[2];
} tn__key;

/* Computes one Philox4x32-10 block. */
void tn__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
/* Makes the key of one epoch and domain. */
tn__key tn__key_make(int64_t seed, int64_t epoch, uint32_t domain);

/* A sequence of draws at one place, which uses its counter's blocks in order. */
typedef struct tn__draws {
    tn__key key;
    uint32_t
        counter[4]; /* position low; position high 16 bits | view << 16; node; sub << 16 | block */
    uint32_t block[4];
    int32_t used; /* words of `block` used so far */
} tn__draws;

/* Begins the draws of a place. position < 2^48; view and sub < 2^16; node is (registry id << 16 |
 * occurrence in the recipe). */
void tn__draws_begin(tn__draws *draws, tn__key key, int64_t position, uint32_t view, uint32_t node,
                     uint32_t sub);
/* Uniform in [0, 1), with 53 bits. */
double tn__draw_unit(tn__draws *draws);
/* Uniform in [low, high). */
double tn__draw_range(tn__draws *draws, double low, double high);
/* Uniform integer in [low, high]; for ranges below 2^32 the bias is below 2^-32. */
int64_t tn__draw_integer(tn__draws *draws, int64_t low, int64_t high);
/* True with probability p. */
int tn__draw_chance(tn__draws *draws, double p);

#endif
