/* SPDX-License-Identifier: MIT */
/* Makes the tables of Huffman codes. See codes.h. */
#include "flate/codes.h"

#include <string.h>

enum { END_OF_BLOCK = 256, FIRST_LENGTH = 257, LENGTHS = 29, DISTANCES = 30 };

/* RFC 1951, 3.2.5. */
static const uint16_t length_base[LENGTHS] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                              15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                              67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[LENGTHS] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                              2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t distance_base[DISTANCES] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const uint8_t distance_extra[DISTANCES] = {0, 0, 0,  0,  1,  1,  2,  2,  3,  3,
                                                  4, 4, 5,  5,  6,  6,  7,  7,  8,  8,
                                                  9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

static uint32_t entry_of(uint32_t kind, uint32_t base, uint32_t code_bits, uint32_t extra)
{
    return base << 16 | kind << 12 | code_bits << 8 | (code_bits + extra);
}

typedef uint32_t make_entry(uint32_t symbol, uint32_t code_bits);

static uint32_t literal_entry(uint32_t symbol, uint32_t code_bits)
{
    if (symbol < END_OF_BLOCK)
        return entry_of(TN__FLATE_ONE, symbol, code_bits, 0);
    if (symbol == END_OF_BLOCK)
        return entry_of(TN__FLATE_END, 0, code_bits, 0);
    const uint32_t length = symbol - FIRST_LENGTH;
    if (length >= LENGTHS)
        return entry_of(TN__FLATE_NONE, 0, code_bits, 0);
    return entry_of(TN__FLATE_LENGTH, length_base[length], code_bits, length_extra[length]);
}

static uint32_t distance_entry(uint32_t symbol, uint32_t code_bits)
{
    if (symbol >= DISTANCES)
        return entry_of(TN__FLATE_NONE, 0, code_bits, 0);
    return entry_of(TN__FLATE_LENGTH, distance_base[symbol], code_bits, distance_extra[symbol]);
}

static uint32_t order_entry(uint32_t symbol, uint32_t code_bits)
{
    return entry_of(TN__FLATE_ONE, symbol, code_bits, 0);
}

/* Symbols in the order of their codes, and how many of them have each length. */
typedef struct sorted {
    uint16_t symbol[TN__FLATE_LITERALS];
    uint32_t count[TN__FLATE_LONGEST + 1];
    uint32_t longest; /* 0: no symbol has a code */
    uint32_t unused;  /* codes of 15 bits that begin with no code */
} sorted;

/* Returns false if there are more codes than bits can tell apart. */
static bool sort(const uint8_t *lengths, uint32_t n, sorted *out)
{
    uint32_t place[TN__FLATE_LONGEST + 2] = {0};
    memset(out->count, 0, sizeof out->count);
    for (uint32_t s = 0; s < n; s++)
        out->count[lengths[s]]++;
    int32_t unused = 1 << TN__FLATE_LONGEST;
    out->longest = 0;
    for (uint32_t length = 1; length <= TN__FLATE_LONGEST; length++) {
        place[length + 1] = place[length] + out->count[length];
        unused -= (int32_t)(out->count[length] << (TN__FLATE_LONGEST - length));
        if (out->count[length])
            out->longest = length;
    }
    out->unused = (uint32_t)unused;
    for (uint32_t s = 0; s < n && unused >= 0; s++)
        if (lengths[s])
            out->symbol[place[lengths[s]]++] = (uint16_t)s;
    return unused >= 0;
}

/* Returns the next code of the same length. Its first bit is the lowest, so the carry goes down. */
static uint32_t next_code(uint32_t code, uint32_t length)
{
    const uint32_t zeros = code ^ ((1u << length) - 1);
    if (zeros == 0)
        return 0; /* this was the last one */
    const uint32_t top = 1u << (31 - __builtin_clz(zeros));
    return (code & (top - 1)) | top;
}

/* Fills a table. It doubles with each bit of length: both halves begin with the same codes. */
static void fill(uint32_t *table, uint32_t index_bits, const sorted *from, make_entry *make)
{
    const uint16_t *symbol = from->symbol;
    const uint32_t rest = from->longest > index_bits ? TN__FLATE_LONG : TN__FLATE_NONE;
    uint32_t code = 0;
    table[0] = entry_of(rest, 0, 1, 0);
    for (uint32_t length = 1; length <= index_bits; length++) {
        memcpy(table + (1u << (length - 1)), table, sizeof *table << (length - 1));
        for (uint32_t n = from->count[length]; n > 0; n--) {
            table[code] = make(*symbol++, length);
            code = next_code(code, length);
        }
    }
}

static void make_long_codes(const sorted *from, tn__flate_long_codes *out)
{
    uint32_t code = 0, n = 0;
    for (uint32_t length = 1; length <= TN__FLATE_LONGEST; length++) {
        out->offset[length] = (int16_t)((int32_t)n - (int32_t)code);
        code += from->count[length];
        n += from->count[length];
        out->limit[length] = (uint16_t)(code << (TN__FLATE_LONGEST - length));
        code <<= 1;
    }
    memcpy(out->symbol, from->symbol, n * sizeof *out->symbol);
}

/* Makes one table; `may_be_part` says whether a lone code of one bit is allowed. */
static bool make(uint32_t *table, uint32_t index_bits, const uint8_t *lengths, uint32_t n,
                 make_entry *entry, sorted *out)
{
    if (!sort(lengths, n, out) || (out->unused > 0 && out->longest > 1))
        return false;
    fill(table, index_bits, out, entry);
    return true;
}

bool tn__flate_make_literals(tn__flate_tables *tables, const uint8_t *lengths, uint32_t n)
{
    sorted codes;
    if (!make(tables->literal, TN__FLATE_LITERAL_BITS, lengths, n, literal_entry, &codes))
        return false;
    if (codes.longest > TN__FLATE_LITERAL_BITS)
        make_long_codes(&codes, &tables->literals);
    return true;
}

bool tn__flate_make_distances(tn__flate_tables *tables, const uint8_t *lengths, uint32_t n)
{
    sorted codes;
    if (!make(tables->distance, TN__FLATE_DISTANCE_BITS, lengths, n, distance_entry, &codes))
        return false;
    if (codes.longest > TN__FLATE_DISTANCE_BITS)
        make_long_codes(&codes, &tables->distances);
    return true;
}

bool tn__flate_make_order(tn__flate_tables *tables, const uint8_t *lengths)
{
    sorted codes;
    return make(tables->order, TN__FLATE_ORDER_BITS, lengths, TN__FLATE_ORDER, order_entry,
                &codes) &&
           codes.unused == 0;
}

static uint32_t first_bits_reversed(uint64_t bits)
{
    uint32_t code = 0;
    for (uint32_t k = 0; k < TN__FLATE_LONGEST; k++)
        code = code << 1 | (bits >> k & 1);
    return code;
}

/* Only complete codes have long ones, so one of the lengths fits. */
static uint32_t find_long(const tn__flate_long_codes *codes, uint64_t bits, uint32_t index_bits,
                          make_entry *entry)
{
    const uint32_t code = first_bits_reversed(bits);
    uint32_t length = index_bits + 1;
    while (length < TN__FLATE_LONGEST && code >= codes->limit[length])
        length++;
    const int32_t place = (int32_t)(code >> (TN__FLATE_LONGEST - length)) + codes->offset[length];
    return entry(codes->symbol[place], length);
}

uint32_t tn__flate_literal(const tn__flate_tables *tables, uint64_t bits)
{
    const uint32_t entry = tables->literal[bits & ((1 << TN__FLATE_LITERAL_BITS) - 1)];
    if (tn__flate_kind(entry) != TN__FLATE_LONG)
        return entry;
    return find_long(&tables->literals, bits, TN__FLATE_LITERAL_BITS, literal_entry);
}

uint32_t tn__flate_distance(const tn__flate_tables *tables, uint64_t bits)
{
    const uint32_t entry = tables->distance[bits & ((1 << TN__FLATE_DISTANCE_BITS) - 1)];
    if (tn__flate_kind(entry) != TN__FLATE_LONG)
        return entry;
    return find_long(&tables->distances, bits, TN__FLATE_DISTANCE_BITS, distance_entry);
}
