/* SPDX-License-Identifier: MIT */
/* Decompresses Snappy. See snappy.h. */
#include "data/parquet/snappy.h"

#include <string.h>

#include "base/bytes.h"
#include "base/varint.h"

/* One element: literal bytes, or a copy of earlier output. */
typedef struct element {
    uint64_t length;
    uint64_t distance; /* 0: literal bytes follow */
} element;

bool tn__snappy_length(const uint8_t **in, const uint8_t *end, uint64_t *out)
{
    return tn__varint_try(in, end, out) && *out <= UINT32_MAX;
}

static bool literal_length(const uint8_t **in, const uint8_t *end, uint8_t tag, element *out)
{
    const uint32_t n_bytes = tag >> 2 < 60 ? 0 : (tag >> 2) - 59u;
    if ((size_t)(end - *in) < n_bytes)
        return false;
    out->length = n_bytes > 0 ? 0 : tag >> 2;
    for (uint32_t k = 0; k < n_bytes; k++)
        out->length |= (uint64_t) * (*in)++ << 8 * k;
    out->length++;
    out->distance = 0;
    return true;
}

static bool next_element(const uint8_t **in, const uint8_t *end, element *out)
{
    static const uint8_t n_more[4] = {0, 1, 2, 4};
    if (*in == end)
        return false;
    const uint8_t tag = *(*in)++;
    if ((tag & 3) == 0)
        return literal_length(in, end, tag, out) && out->length <= (uint64_t)(end - *in);
    if ((size_t)(end - *in) < n_more[tag & 3])
        return false;
    const uint8_t *const more = *in;
    *in += n_more[tag & 3];
    out->length = (tag & 3) == 1 ? 4u + (tag >> 2 & 7) : 1u + (tag >> 2);
    out->distance = (tag & 3) == 1   ? (uint32_t)(tag >> 5) << 8 | more[0]
                    : (tag & 3) == 2 ? tn__get_16(more)
                                     : tn__get_32(more);
    return out->distance > 0;
}

static void copy(uint8_t *to, size_t distance, size_t n)
{
    if (distance >= n)
        memcpy(to, to - distance, n);
    else
        for (; n > 0; n--, to++)
            *to = *(to - distance);
}

bool tn__snappy_decode(const uint8_t *in, const uint8_t *end, uint8_t *out, size_t n_out)
{
    const uint8_t *const begin = out;
    element next;
    while (n_out > 0) {
        if (!next_element(&in, end, &next))
            return false;
        const size_t n = next.length < n_out ? (size_t)next.length : n_out;
        if (next.distance > (uint64_t)(out - begin))
            return false;
        if (next.distance == 0) {
            memcpy(out, in, n);
            in += next.length;
        } else
            copy(out, (size_t)next.distance, n);
        out += n;
        n_out -= n;
    }
    return true;
}

bool tn__snappy_find(const uint8_t *in, const uint8_t *end, size_t n_out, tn__snappy_map *out)
{
    const uint8_t *const begin = in;
    uint32_t *begins = out->begins;
    element next;
    out->n_literals = 0;
    for (uint64_t at = 0; at < n_out;) {
        const uint64_t in_block = at % TN__SNAPPY_BLOCK;
        if (in_block == 0)
            *begins++ = (uint32_t)(in - begin);
        if (!next_element(&in, end, &next) || next.length > TN__SNAPPY_BLOCK - in_block ||
            next.distance > in_block || next.length > n_out - at)
            return false;
        if (next.distance == 0 && next.length >= TN__LONG_LITERAL)
            out->literals[out->n_literals++] =
                (tn__literal){(uint32_t)at, (uint32_t)next.length, (uint32_t)(in - begin)};
        if (next.distance == 0)
            in += next.length;
        at += next.length;
    }
    *begins = (uint32_t)(in - begin);
    return true;
}

bool tn__snappy_join(uint8_t *bytes, size_t n_stored, size_t left, size_t n)
{
    if (left >= n || left > n_stored)
        return n <= n_stored;
    const uint8_t *in = bytes + left, *const end = bytes + n_stored;
    size_t have = left;
    element next;
    while (have < n) {
        if (in == end || (*in & 3) != 0)
            return false;
        const uint8_t tag = *in++;
        if (!literal_length(&in, end, tag, &next))
            return false;
        const size_t n_there = (size_t)(end - in), n_wanted = n - have;
        const size_t n_next = next.length < n_wanted ? (size_t)next.length : n_wanted;
        if (n_next > n_there)
            return false;
        memmove(bytes + have, in, n_next);
        in += n_next;
        have += n_next;
    }
    return true;
}
