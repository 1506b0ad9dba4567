/* SPDX-License-Identifier: MIT */
/* The fast loop of inflate. Each level's file includes this text and compiles it with its own
 * instructions. See inflate.h. */
#ifndef TENCH_FLATE_INFLATE_TMPL_H
#define TENCH_FLATE_INFLATE_TMPL_H

#include <string.h>

#include "flate/inflate.h"

enum { IN_ROOM = 16, OUT_ROOM = 64 }; /* bytes that a turn of the loop may read and write */

static inline uint64_t load_64(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline void copy_16(uint8_t *to, const uint8_t *from)
{
    uint8_t bytes[16];
    memcpy(bytes, from, sizeof bytes);
    memcpy(to, bytes, sizeof bytes);
}

/* Copies a match, and up to 15 bytes after it. */
static inline void copy_match(uint8_t *to, uint32_t length, uint32_t distance)
{
    const uint8_t *from = to - distance;
    uint8_t *const end = to + length;
    if (distance >= 16)
        for (; to < end; to += 16, from += 16)
            copy_16(to, from);
    else
        while (to < end)
            *to++ = *from++;
}

static inline void decode_symbols(tn__inflate *s, tn__inflate_io *io)
{
    const uint8_t *in = io->in;
    uint8_t *out = io->out;
    uint64_t bits = s->bits;
    uint32_t n_bits = s->n_bits;
    const tn__flate_tables *const tables = &s->tables;
    while (io->in_end - in >= IN_ROOM && io->out_end - out >= OUT_ROOM) {
        bits |= load_64(in) << n_bits;
        in += (63 - n_bits) >> 3;
        n_bits |= 56;
        uint32_t entry = tables->literal[bits & ((1 << TN__FLATE_LITERAL_BITS) - 1)];
        if (tn__flate_kind(entry) == TN__FLATE_ONE) {
            bits >>= tn__flate_bits(entry);
            n_bits -= tn__flate_bits(entry);
            *out++ = (uint8_t)tn__flate_base(entry);
            entry = tables->literal[bits & ((1 << TN__FLATE_LITERAL_BITS) - 1)];
        }
        if (tn__flate_kind(entry) == TN__FLATE_ONE)
            continue;
        const uint32_t length_bits = tn__flate_bits(entry);
        const uint64_t rest = bits >> length_bits;
        const uint32_t far = tables->distance[rest & ((1 << TN__FLATE_DISTANCE_BITS) - 1)];
        if (tn__flate_kind(entry) != TN__FLATE_LENGTH || tn__flate_kind(far) != TN__FLATE_LENGTH)
            break;
        const uint32_t length = tn__flate_value(entry, bits), distance = tn__flate_value(far, rest);
        if (distance > out - io->window || io->out_end - out < (ptrdiff_t)length + 16)
            break;
        bits = rest >> tn__flate_bits(far);
        n_bits -= length_bits + tn__flate_bits(far);
        copy_match(out, length, distance);
        out += length;
    }
    s->bits = bits & ((UINT64_C(1) << n_bits) - 1);
    s->n_bits = n_bits;
    io->in = in;
    io->out = out;
}

#endif
