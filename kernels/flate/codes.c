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

/* `extra`: bits after those of the code. */
static uint32_t entry_of(uint32_t kind, uint32_t value, uint32_t code_bits, uint32_t extra)
{
    return value << 16 | kind << 12 | code_bits << 8 | (code_bits + extra);
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
    const uint32_t more = (uint32_t)length_base[length] - TN__FLATE_SHORTEST;
    return entry_of(TN__FLATE_MATCH, more << 8, code_bits, length_extra[length]);
}

static uint32_t distance_entry(uint32_t symbol, uint32_t code_bits)
{
    if (symbol >= DISTANCES)
        return entry_of(TN__FLATE_NONE, 0, code_bits, 0);
    return entry_of(TN__FLATE_MATCH, distance_base[symbol], code_bits, distance_extra[symbol]);
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

/* Begins a table with what no code covers. */
static void begin_table(uint32_t *table, uint32_t index_bits, const sorted *from)
{
    const uint32_t rest = from->longest > index_bits ? TN__FLATE_LONG : TN__FLATE_NONE;
    table[0] = entry_of(rest, 0, 1, 0);
}

/* A table doubles with each bit of length, and both halves begin with the same codes. */
static void double_table(uint32_t *table, uint32_t length)
{
    memcpy(table + (1u << (length - 1)), table, sizeof *table << (length - 1));
}

static void fill(uint32_t *table, uint32_t index_bits, const sorted *from, make_entry *make)
{
    const uint16_t *symbol = from->symbol;
    uint32_t code = 0;
    begin_table(table, index_bits, from);
    for (uint32_t length = 1; length <= index_bits; length++) {
        double_table(table, length);
        for (uint32_t n = from->count[length]; n > 0; n--) {
            table[code] = make(*symbol++, length);
            code = next_code(code, length);
        }
    }
}

/* Codes that are part of a pair, ordered by length, and what each contributes to its entry. */
typedef struct parts {
    uint32_t n, begin[TN__FLATE_LITERAL_BITS + 2];
    uint16_t code[TN__FLATE_LITERALS];
    uint32_t entry[TN__FLATE_LITERALS];
} parts;

static void add_part(parts *all, uint32_t code, uint32_t entry)
{
    all->code[all->n] = (uint16_t)code;
    all->entry[all->n++] = entry;
}

/* A literal can be the first of a pair. The second one is a literal or a length. The sum of their
 * parts is the entry of the pair. */
static void add_to_pairs(parts *firsts, parts *seconds, uint32_t code, uint32_t entry)
{
    if (tn__flate_kind(entry) == TN__FLATE_ONE) {
        const uint32_t one_more = TN__FLATE_TWO - TN__FLATE_ONE;
        const uint32_t literal = (uint32_t)tn__flate_first(entry) << 24;
        add_part(firsts, code, entry);
        add_part(seconds, code, literal | one_more << 12 | tn__flate_bits(entry));
    } else if (tn__flate_kind(entry) == TN__FLATE_MATCH)
        add_part(seconds, code, entry);
}

/* Enters all pairs whose codes have `length` bits together. */
static void fill_pairs(uint32_t *table, uint32_t length, const parts *firsts, const parts *seconds)
{
    for (uint32_t bits = 1; bits < length; bits++) {
        const uint32_t *const range = seconds->begin + length - bits;
        for (uint32_t i = firsts->begin[bits]; i < firsts->begin[bits + 1]; i++)
            for (uint32_t k = range[0]; k < range[1]; k++)
                table[firsts->code[i] | (uint32_t)seconds->code[k] << bits] =
                    firsts->entry[i] + seconds->entry[k];
    }
}

static void fill_literals(uint32_t *table, const sorted *from)
{
    const uint16_t *symbol = from->symbol;
    uint32_t code = 0;
    parts firsts, seconds;
    firsts.n = seconds.n = 0;
    begin_table(table, TN__FLATE_LITERAL_BITS, from);
    for (uint32_t length = 1; length <= TN__FLATE_LITERAL_BITS; length++) {
        firsts.begin[length] = firsts.n;
        seconds.begin[length] = seconds.n;
        double_table(table, length);
        for (uint32_t n = from->count[length]; n > 0; n--) {
            table[code] = literal_entry(*symbol++, length);
            add_to_pairs(&firsts, &seconds, code, table[code]);
            code = next_code(code, length);
        }
        firsts.begin[length + 1] = firsts.n;
        seconds.begin[length + 1] = seconds.n;
        fill_pairs(table, length, &firsts, &seconds);
    }
}

static void keep_codes(const sorted *from, tn__flate_codes *out)
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

/* Sorts symbols; false: their lengths form no code. */
static bool sort_code(const uint8_t *lengths, uint32_t n, sorted *out)
{
    return sort(lengths, n, out) && (out->unused == 0 || out->longest <= 1);
}

bool tn__flate_make_literals(tn__flate_tables *tables, const uint8_t *lengths, uint32_t n)
{
    sorted codes;
    if (!sort_code(lengths, n, &codes))
        return false;
    fill_literals(tables->literal, &codes);
    keep_codes(&codes, &tables->literals);
    return true;
}

bool tn__flate_make_distances(tn__flate_tables *tables, const uint8_t *lengths, uint32_t n)
{
    sorted codes;
    if (!sort_code(lengths, n, &codes))
        return false;
    fill(tables->distance, TN__FLATE_DISTANCE_BITS, &codes, distance_entry);
    keep_codes(&codes, &tables->distances);
    return true;
}

bool tn__flate_make_order(tn__flate_tables *tables, const uint8_t *lengths)
{
    sorted codes;
    if (!sort_code(lengths, TN__FLATE_ORDER, &codes) || codes.unused > 0)
        return false;
    fill(tables->order, TN__FLATE_ORDER_BITS, &codes, order_entry);
    return true;
}

static uint32_t first_bits_reversed(uint64_t bits)
{
    uint32_t code = 0;
    for (uint32_t k = 0; k < TN__FLATE_LONGEST; k++)
        code = code << 1 | (bits >> k & 1);
    return code;
}

/* Only called where a code fits. */
static uint32_t find_code(const tn__flate_codes *codes, uint64_t bits, make_entry *entry)
{
    const uint32_t code = first_bits_reversed(bits);
    uint32_t length = 1;
    while (length < TN__FLATE_LONGEST && code >= codes->limit[length])
        length++;
    const int32_t place = (int32_t)(code >> (TN__FLATE_LONGEST - length)) + codes->offset[length];
    return entry(codes->symbol[place], length);
}

uint32_t tn__flate_literal(const tn__flate_tables *tables, uint64_t bits)
{
    const uint32_t entry = tables->literal[bits & ((1 << TN__FLATE_LITERAL_BITS) - 1)];
    const uint32_t kind = tn__flate_kind(entry);
    if (kind == TN__FLATE_LONG || kind == TN__FLATE_ONE_MATCH)
        return find_code(&tables->literals, bits, literal_entry);
    if (kind == TN__FLATE_TWO)
        return entry_of(TN__FLATE_ONE, tn__flate_first(entry), tn__flate_code_bits(entry), 0);
    return entry;
}

uint32_t tn__flate_distance(const tn__flate_tables *tables, uint64_t bits)
{
    const uint32_t entry = tables->distance[bits & ((1 << TN__FLATE_DISTANCE_BITS) - 1)];
    if (tn__flate_kind(entry) != TN__FLATE_LONG)
        return entry;
    return find_code(&tables->distances, bits, distance_entry);
}
