/* SPDX-License-Identifier: MIT */
/* Orders. See order.h for their definitions. */
#include "data/order.h"

#include <string.h>

#include "base/rng.h"

const tn__spec *tn__order_spec(int32_t index)
{
    static const tn__spec specs[] = {
        {
            .name = "sequential",
            .doc = "The order of the data set, in every epoch.",
        },
        {
            .name = "feistel-1",
            .doc = "A permutation of all samples, keyed by seed and epoch. It is a function of the "
                   "position, so it takes no memory, and resuming is a seek.",
            .source = "src/data/order.h",
        },
        {
            .name = "weighted-1",
            .doc = "Each sample as often as its weight says, rounded down or up, shuffled by seed "
                   "and epoch. A list has the weights (source list, weight=COLUMN), and so have "
                   "items.",
            .source = "src/data/order.h",
        },
    };
    return (size_t)index < sizeof specs / sizeof *specs ? &specs[index] : NULL;
}

int32_t tn__order_kind(const char *name)
{
    const int32_t index = name ? tn__spec_find(tn__order_spec, name, strlen(name)) : 0;
    if (index < 0)
        tn__spec_unknown(TN_EINVAL, tn__order_spec, "order", name);
    return index + 1;
}

const char *tn__order_name(int32_t kind)
{
    return tn__order_spec(kind - 1)->name;
}

__extension__ typedef unsigned __int128 wide;

/* Draws the two numbers of a block. */
static void draw_block(const tn__key *key, uint32_t block, uint64_t out[2])
{
    uint32_t word[4];
    tn__philox((const uint32_t[4]){block, 0, 0, 0}, key->word, word);
    out[0] = (uint64_t)word[1] << 32 | word[0];
    out[1] = (uint64_t)word[3] << 32 | word[2];
}

static void make_keys(tn__order *order, const tn__key *key)
{
    for (uint32_t block = 0; block < TN__ORDER_ROUNDS / 2; block++)
        draw_block(key, block, order->key + (size_t)2 * block);
}

void tn__order_make(tn__order *order, int32_t kind, const tn__comb *comb, int64_t n, int64_t seed,
                    int64_t epoch)
{
    const tn__key key = tn__key_make(seed, epoch, TN__DOMAIN_ORDER);
    int32_t bits = 2;
    while (bits < TN__ORDER_MAX_BITS && (int64_t)1 << bits < n)
        bits++;
    *order = (tn__order){.kind = kind,
                         .n = n,
                         .low_bits = (bits + 1) / 2,
                         .high_bits = bits - (bits + 1) / 2,
                         .comb = comb};
    if (kind != TN__SEQUENTIAL)
        make_keys(order, &key);
    if (kind == TN__WEIGHTED_1) {
        uint64_t drawn[2];
        draw_block(&key, TN__ORDER_ROUNDS / 2, drawn);
        order->shift = (uint64_t)((wide)drawn[0] * comb->length >> 64);
    }
}

static uint64_t mix(uint64_t value, uint64_t key)
{
    uint64_t z = (value ^ key) * 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 32) * 0xD6E8FEB86659FD93u;
    z = (z ^ z >> 32) * 0xD6E8FEB86659FD93u;
    return z ^ z >> 32;
}

static uint64_t permute(const tn__order *order, uint64_t value)
{
    uint64_t low = value & (((uint64_t)1 << order->low_bits) - 1);
    uint64_t high = value >> order->low_bits;
    for (int round = 0; round < TN__ORDER_ROUNDS; round += 2) {
        high ^= mix(low, order->key[round]) >> (64 - order->high_bits);
        low ^= mix(high, order->key[round + 1]) >> (64 - order->low_bits);
    }
    return high << order->low_bits | low;
}

int64_t tn__order_at(const tn__order *order, int64_t position)
{
    if (order->kind == TN__SEQUENTIAL)
        return position;
    uint64_t value = (uint64_t)position;
    do
        value = permute(order, value);
    while (value >= (uint64_t)order->n);
    if (order->kind != TN__WEIGHTED_1)
        return (int64_t)value;
    const wide place = (wide)value * order->comb->length + order->shift;
    return tn__comb_at(order->comb, (uint64_t)(place / (uint64_t)order->n));
}
