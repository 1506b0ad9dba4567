/* SPDX-License-Identifier: MIT */
/* The fast loop of inflate. Each level's file includes this text and compiles it with its own
 * instructions. See inflate.h.
 *
 * `bits` holds the next bits of the stream from the lowest. A refill places the next eight bytes
 * above them by a bitwise or, and advances by the whole bytes that fit, without a branch. Then at
 * least 56 bits are valid. The bits above the valid ones are already right, so that the next refill
 * may write them again. */
#ifndef TENCH_FLATE_INFLATE_TMPL_H
#define TENCH_FLATE_INFLATE_TMPL_H

#include <string.h>

#include "flate/inflate.h"

#define INLINE              __attribute__((always_inline)) static inline
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Bytes that a turn of the loop may read, and that it may write without a match. */
enum { IN_ROOM = 32, OUT_ROOM = 32 };
enum { LITERAL_MASK = (1 << TN__FLATE_LITERAL_BITS) - 1 };
enum { DISTANCE_MASK = (1 << TN__FLATE_DISTANCE_BITS) - 1 };
/* All 64 bits are right after a refill. The loop takes three entries without a match, and looks the
 * next one up; or two, then a length with its extra bits, and looks the distance up. */
enum { LENGTH_BITS = TN__FLATE_LONGEST + 5 };
_Static_assert(4 * TN__FLATE_LITERAL_BITS <= 64 &&
                   2 * TN__FLATE_LITERAL_BITS + LENGTH_BITS + TN__FLATE_DISTANCE_BITS <= 64,
               "a refill is enough for them");

INLINE uint64_t load_64(const uint8_t *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

INLINE void store_64(uint8_t *to, uint64_t value)
{
    memcpy(to, &value, sizeof value);
}

/* Repeats the last `distance` bytes: one to seven of them. */
static void repeat(uint8_t *to, uint32_t length, uint32_t distance)
{
    static const uint64_t copies[8] = {0,
                                       0x0101010101010101,
                                       0x0001000100010001,
                                       0x0001000001000001,
                                       0x0000000100000001,
                                       0x0000010000000001,
                                       0x0001000000000001,
                                       0x0100000000000001};
    static const uint8_t whole[8] = {0, 8, 8, 6, 8, 5, 6, 7}; /* bytes in whole repetitions */
    const uint64_t once = load_64(to - distance) & ((UINT64_C(1) << 8 * distance) - 1);
    const uint64_t word = once * copies[distance];
    for (uint32_t at = 0; at < length; at += whole[distance])
        store_64(to + at, word);
}

/* Copies a match, and up to 15 bytes after it. */
INLINE void copy_match(uint8_t *to, uint32_t length, uint32_t distance)
{
    const uint8_t *const from = to - distance;
    if (UNLIKELY(distance < 8)) {
        repeat(to, length, distance);
        return;
    }
    store_64(to, load_64(from));
    store_64(to + 8, load_64(from + 8));
    for (uint32_t at = 16; UNLIKELY(at < length); at += 16) {
        store_64(to + at, load_64(from + at));
        store_64(to + at + 8, load_64(from + at + 8));
    }
}

INLINE bool has_room(const tn__inflate_io *io)
{
    return io->in_end - io->in >= IN_ROOM && io->out_end - io->out >= OUT_ROOM;
}

/* The count of valid bits is in the low 6 bits of n_bits, so that a whole entry can be subtracted.
 */
#define REFILL()    (bits |= load_64(in) << (n_bits & 63), in += (~n_bits & 63) >> 3, n_bits |= 56)
#define DROP(entry) (bits >>= (entry)&63, n_bits -= (entry))
#define LOOK_UP()   (tables->literal[bits & LITERAL_MASK])
/* Writes two bytes, and keeps as many of them as the entry has literals. */
#define PUT_LITERALS()                                                                             \
    do {                                                                                           \
        const uint16_t both = (uint16_t)(entry >> 16);                                             \
        memcpy(out, &both, sizeof both);                                                           \
        out += tn__flate_n_literals(entry);                                                        \
    } while (0)

/* The same as tn__flate_extra. */
INLINE uint32_t extra_bits(uint32_t entry, uint64_t bits)
{
    return (uint32_t)(LOWEST_BITS(bits, entry) >> tn__flate_code_bits(entry));
}

/* Needs room at the beginning. Every turn begins with an entry that is looked up and not yet used.
 */
INLINE void decode_symbols(tn__inflate *s, tn__inflate_io *io)
{
    const tn__flate_tables *const tables = &s->tables;
    const uint8_t *in = io->in;
    const uint8_t *const in_stop = io->in_end - IN_ROOM;
    uint8_t *const out_stop = io->out_end - OUT_ROOM;
    uint8_t *out = io->out;
    uint64_t bits = s->bits;
    uint32_t n_bits = s->n_bits;
    REFILL();
    uint32_t entry = LOOK_UP();
    do {
        REFILL();
        if (!tn__flate_has_match(entry)) {
            PUT_LITERALS();
            DROP(entry);
            entry = LOOK_UP();
            if (!tn__flate_has_match(entry)) {
                PUT_LITERALS();
                DROP(entry);
                entry = LOOK_UP();
                if (!tn__flate_has_match(entry)) {
                    PUT_LITERALS();
                    DROP(entry);
                    entry = LOOK_UP();
                    continue;
                }
            }
        }
        if (UNLIKELY(tn__flate_is_rare(entry))) {
            if (tn__flate_kind(entry) != TN__FLATE_LONG)
                break;
            entry = tn__flate_literal(tables, bits);
            if (tn__flate_is_rare(entry))
                break;
            if (!tn__flate_has_match(entry)) {
                PUT_LITERALS();
                DROP(entry);
                entry = LOOK_UP();
                continue;
            }
        }
        const uint32_t length = (entry >> 24) + TN__FLATE_SHORTEST + extra_bits(entry, bits);
        PUT_LITERALS();
        DROP(entry);
        uint32_t far = tables->distance[bits & DISTANCE_MASK];
        REFILL();
        if (UNLIKELY(tn__flate_is_rare(far)))
            far = tn__flate_distance(tables, bits);
        const uint32_t distance = (far >> 16) + extra_bits(far, bits);
        DROP(far);
        entry = LOOK_UP();
        if (UNLIKELY((size_t)distance - 1 >= (size_t)(out - io->window) ||
                     length > out_stop - out)) {
            s->length = length;
            s->distance = distance;
            break;
        }
        copy_match(out, length, distance);
        out += length;
    } while (in < in_stop && out < out_stop);
    n_bits &= 63;
    s->bits = bits & ((UINT64_C(1) << n_bits) - 1);
    s->n_bits = n_bits;
    io->in = in;
    io->out = out;
}

#endif
