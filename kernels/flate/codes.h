/* SPDX-License-Identifier: MIT */
/* Huffman codes of deflate: tables for decoding.
 *
 * A table's index is the next bits of the stream, the first one lowest. Codes that are longer than
 * the index are found by comparing them with the limits of each length. */
#ifndef TENCH_FLATE_CODES_H
#define TENCH_FLATE_CODES_H

#include <stdbool.h>
#include <stdint.h>

enum { TN__FLATE_LITERALS = 288, TN__FLATE_DISTANCES = 32, TN__FLATE_ORDER = 19 };
enum { TN__FLATE_LONGEST = 15 }; /* bits of a code */
enum { TN__FLATE_LITERAL_BITS = 12, TN__FLATE_DISTANCE_BITS = 9, TN__FLATE_ORDER_BITS = 7 };

/* Kinds of entries. The lowest two bits count literals. */
enum {
    TN__FLATE_ONE = 1,          /* a literal, or the symbol of a code length */
    TN__FLATE_TWO = 2,          /* two literals */
    TN__FLATE_MATCH = 8,        /* the length of a match, or its distance */
    TN__FLATE_ONE_MATCH = 9,    /* a literal, then the length of a match */
    TN__FLATE_RARE = 4,         /* this bit marks the rest: */
    TN__FLATE_END = 8 + 4,      /* the end of the block */
    TN__FLATE_LONG = 8 + 4 + 1, /* the code is longer than the index */
    TN__FLATE_NONE = 8 + 4 + 2  /* no code begins with these bits */
};

/* An entry: bits 0…7: length of all codes and extra bits. Bits 8…11: that of the codes alone, but
 * of the first one for two literals. Bits 12…15: kind. Bits 16…23: the first literal. Bits 24…31:
 * the second one, or the shortest length of the match, less 3. In the table of distances, bits
 * 16…31 are the shortest distance. Extra bits are added to the shortest. */
static inline uint32_t tn__flate_bits(uint32_t entry)
{
    return entry & 0xff;
}

static inline uint32_t tn__flate_code_bits(uint32_t entry)
{
    return entry >> 8 & 15;
}

static inline uint32_t tn__flate_kind(uint32_t entry)
{
    return entry >> 12 & 15;
}

static inline uint32_t tn__flate_n_literals(uint32_t entry)
{
    return entry >> 12 & 3;
}

static inline bool tn__flate_has_match(uint32_t entry)
{
    return (entry & TN__FLATE_MATCH << 12) != 0;
}

static inline bool tn__flate_is_rare(uint32_t entry)
{
    return (entry & TN__FLATE_RARE << 12) != 0;
}

static inline uint8_t tn__flate_first(uint32_t entry)
{
    return (uint8_t)(entry >> 16);
}

/* Returns the extra bits of an entry; `bits` begins with its code. */
static inline uint32_t tn__flate_extra(uint32_t entry, uint64_t bits)
{
    const uint64_t all = bits & ((UINT64_C(1) << (entry & 63)) - 1);
    return (uint32_t)(all >> tn__flate_code_bits(entry));
}

enum { TN__FLATE_SHORTEST = 3 };

static inline uint32_t tn__flate_length(uint32_t entry, uint64_t bits)
{
    return (entry >> 24) + TN__FLATE_SHORTEST + tn__flate_extra(entry, bits);
}

static inline uint32_t tn__flate_far(uint32_t entry, uint64_t bits)
{
    return (entry >> 16) + tn__flate_extra(entry, bits);
}

/* All codes in their order: finds those that are too long for a table's index. */
typedef struct tn__flate_codes {
    uint16_t limit[TN__FLATE_LONGEST + 1]; /* by length: codes of 15 bits below it are as short */
    int16_t offset[TN__FLATE_LONGEST + 1]; /* by length: add it to a code to get its place */
    uint16_t symbol[TN__FLATE_LITERALS];   /* in the order of their codes */
} tn__flate_codes;

typedef struct tn__flate_tables {
    uint32_t literal[1 << TN__FLATE_LITERAL_BITS];
    uint32_t distance[1 << TN__FLATE_DISTANCE_BITS];
    uint32_t order[1 << TN__FLATE_ORDER_BITS];
    tn__flate_codes literals, distances;
} tn__flate_tables;

/* Make tables from the lengths of n codes; 0: a symbol has no code. Return false if the lengths
 * form no code. That is so if there are too many short codes, or too few in all: only a single code
 * of one bit may stand alone, and no code at all, which is not an error before it is used. */
bool tn__flate_make_literals(tn__flate_tables *tables, const uint8_t *lengths, uint32_t n);
bool tn__flate_make_distances(tn__flate_tables *tables, const uint8_t *lengths, uint32_t n);
/* The code of code lengths must be complete. */
bool tn__flate_make_order(tn__flate_tables *tables, const uint8_t *lengths);

/* Return the entry of the one code at the lowest bits of `bits`, whatever its length. */
uint32_t tn__flate_literal(const tn__flate_tables *tables, uint64_t bits);
uint32_t tn__flate_distance(const tn__flate_tables *tables, uint64_t bits);

#endif
