/* SPDX-License-Identifier: MIT */
/* Reads runs and packed bits. See hybrid.h. */
#include "data/parquet/hybrid.h"

#include <stddef.h>

#include "base/varint.h"

tn__hybrid tn__hybrid_open(const uint8_t *bytes, const uint8_t *end, uint32_t width)
{
    return (tn__hybrid){.at = bytes, .end = end, .width = width};
}

tn__hybrid tn__hybrid_packed(const uint8_t *bytes, const uint8_t *end, uint32_t width)
{
    return (tn__hybrid){
        .at = bytes, .end = end, .width = width, .left = UINT64_MAX, .is_packed = true};
}

/* Packed numbers come in groups of eight, and may run past the last number. */
static bool begin_run(tn__hybrid *h)
{
    uint64_t head;
    if (h->is_packed && h->bit > 0) {
        h->at++;
        h->bit = 0;
    }
    if (!tn__varint_try(&h->at, h->end, &head) || head > UINT32_MAX)
        return false;
    h->is_packed = head & 1;
    h->left = h->is_packed ? (head >> 1) * 8 : head >> 1;
    if (h->is_packed)
        return true;
    const uint32_t n_bytes = (h->width + 7) / 8;
    if ((size_t)(h->end - h->at) < n_bytes)
        return false;
    h->value = 0;
    for (uint32_t k = 0; k < n_bytes; k++)
        h->value |= (uint32_t)*h->at++ << 8 * k;
    return true;
}

static bool unpack(tn__hybrid *h, uint32_t *out)
{
    uint64_t bits = 0;
    const uint32_t n_bytes = (h->bit + h->width + 7) / 8;
    if ((size_t)(h->end - h->at) < n_bytes)
        return false;
    for (uint32_t k = 0; k < n_bytes; k++)
        bits |= (uint64_t)h->at[k] << 8 * k;
    *out = (uint32_t)(bits >> h->bit & ((UINT64_C(1) << h->width) - 1));
    h->bit += h->width;
    h->at += h->bit / 8;
    h->bit %= 8;
    return true;
}

bool tn__hybrid_next(tn__hybrid *hybrid, uint32_t *out)
{
    *out = 0;
    while (hybrid->left == 0)
        if (!begin_run(hybrid))
            return false;
    hybrid->left--;
    if (hybrid->is_packed)
        return unpack(hybrid, out);
    *out = hybrid->value;
    return true;
}
