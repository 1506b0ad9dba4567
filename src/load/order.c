/* SPDX-License-Identifier: MIT */
/* Orders by name. See order.h, which holds the definition. */
#include "load/order.h"

#include <string.h>

#include "base/error.h"
#include "base/rng.h"

static const char *const names[] = {[TN__SEQUENTIAL] = "sequential", [TN__FEISTEL_1] = "feistel-1"};

int32_t tn__order_kind(const char *name)
{
    if (!name || strcmp(name, names[TN__SEQUENTIAL]) == 0)
        return TN__SEQUENTIAL;
    if (strcmp(name, names[TN__FEISTEL_1]) == 0)
        return TN__FEISTEL_1;
    tn__fail(TN_EINVAL, "order \"%s\" is unknown; known: sequential, feistel-1", name);
    return 0;
}

const char *tn__order_name(int32_t kind)
{
    return names[kind];
}

static void make_keys(tn__order *order, int64_t seed, int64_t epoch)
{
    const tn__key key = tn__key_make(seed, epoch, TN__DOMAIN_ORDER);
    for (uint32_t block = 0; block < TN__ORDER_ROUNDS / 2; block++) {
        uint32_t word[4];
        tn__philox((const uint32_t[4]){block, 0, 0, 0}, key.word, word);
        order->key[2 * block] = (uint64_t)word[1] << 32 | word[0];
        order->key[2 * block + 1] = (uint64_t)word[3] << 32 | word[2];
    }
}

void tn__order_make(tn__order *order, int32_t kind, int64_t n, int64_t seed, int64_t epoch)
{
    int32_t bits = 2;
    while (bits < TN__ORDER_MAX_BITS && (int64_t)1 << bits < n)
        bits++;
    *order = (tn__order){
        .kind = kind, .n = n, .low_bits = (bits + 1) / 2, .high_bits = bits - (bits + 1) / 2};
    if (kind == TN__FEISTEL_1)
        make_keys(order, seed, epoch);
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
    return (int64_t)value;
}
