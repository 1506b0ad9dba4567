/* SPDX-License-Identifier: MIT */
/* The tables that entropy_tmpl.h decodes by, made from a file's Huffman codes. See jpeg.h. */
#ifndef TENCH_JPEG_ENTROPY_TABLES_TMPL_H
#define TENCH_JPEG_ENTROPY_TABLES_TMPL_H

#include <string.h>

#include "jpeg/jpeg.h"

#define INLINE              __attribute__((always_inline)) static inline
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define LIKELY(condition)   __builtin_expect(!!(condition), 1)

enum { NOT_INLINE = 0x40, LONG_CODE = 0x80, ESCAPE = NOT_INLINE | LONG_CODE };
enum { AC_ENTRIES = 1 << TN__JPEG_AC_BITS, DC_ENTRIES = 1 << TN__JPEG_DC_BITS };
enum { ZERO_RUN = 0xf0, NO_CODE = 255 }; /* an advance past any end: damage */
/* Lookups between two refills, and the bits of each: in `entry` of code and value, in `skip` of
 * codes and values of one or two symbols, the last value at most 15. */
enum { KEEPS = 4, KEEP_BITS = 14, SKIPS = 2, SKIP_BITS = TN__JPEG_AC_BITS + 15 };
_Static_assert(KEEPS *KEEP_BITS <= 56 && SKIPS * SKIP_BITS <= 56, "a refill has that many");

/* Where coefficient k - 1 of a block lies in its group; what is past the last one goes to the place
 * of the DC coefficient, which is written afterwards. An index is at most 63 + NO_CODE. */
static const uint8_t group_place[320] = {
    0,   0,   1,   32,  64,  33,  2,   3,   34,  65,  96,  128, 97,  66,  35,  4,   5,
    36,  67,  98,  129, 160, 192, 161, 130, 99,  68,  37,  6,   7,   38,  69,  100, 131,
    162, 193, 224, 225, 194, 163, 132, 101, 70,  39,  71,  102, 133, 164, 195, 226, 227,
    196, 165, 134, 103, 135, 166, 197, 228, 229, 198, 167, 199, 230, 231};

struct code {
    uint32_t length, symbol;
};

/* How far a symbol moves the index: over a run of zeros and its own coefficient. */
INLINE uint32_t advance_of(uint32_t symbol)
{
    return (symbol & 15) == 0 && symbol != ZERO_RUN ? TN__JPEG_END : (symbol >> 4) + 1;
}

/* The value of `size` bits at the top of `bits`: numbers that begin with 0 are negative. */
INLINE int32_t value_of(uint64_t bits, uint32_t size)
{
    const uint64_t raw = bits >> 1 >> (63 - size);
    const uint64_t negative = ~(uint64_t)((int64_t)bits >> 63);
    return (int32_t)raw - (int32_t)(negative & ((UINT64_C(1) << size) - 1));
}

static void make_long_codes(const uint8_t *counts, tn__jpeg_long_codes *codes)
{
    uint32_t code = 0;
    int32_t n = 0;
    codes->limit[0] = 0;
    codes->offset[0] = 0;
    for (uint32_t length = 1; length <= 16; length++) {
        codes->offset[length] = n - (int32_t)code;
        code += counts[length - 1];
        n += counts[length - 1];
        codes->limit[length] = code << (16 - length);
        code <<= 1;
    }
    memcpy(codes->symbol, counts + 16, (size_t)n);
}

/* The code at the top of `bits`; its length is 0 if there is none. */
static struct code find_code(const tn__jpeg_long_codes *codes, uint64_t bits)
{
    const uint32_t head = (uint32_t)(bits >> 48);
    for (uint32_t length = 1; length <= 16; length++)
        if (head < codes->limit[length]) {
            const int32_t place = (int32_t)(head >> (16 - length)) + codes->offset[length];
            return (struct code){length, codes->symbol[place]};
        }
    return (struct code){0, 0};
}

static void make_dc(const uint8_t *counts, tn__jpeg_dc_table *table)
{
    const uint8_t *symbol = counts + 16;
    uint16_t *entry = table->entry;
    make_long_codes(counts, &table->codes);
    for (uint32_t length = 1; length <= TN__JPEG_DC_BITS; length++)
        for (int32_t k = 0; k < counts[length - 1]; k++, symbol++) {
            const uint32_t value = length + *symbol + (uint32_t)(*symbol << 8) + (length << 12);
            for (int32_t n = 1 << (TN__JPEG_DC_BITS - length); n > 0; n--)
                *entry++ = (uint16_t)value;
        }
    while (entry < table->entry + DC_ENTRIES)
        *entry++ = 0;
}

INLINE uint32_t *fill(uint32_t *entry, uint32_t value, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++)
        entry[k] = value;
    return entry + n;
}

/* All entries that begin with one code; `at` is the first one's index. The last bits of a value may
 * be hidden behind the index: read from its sign on, it grows with them as the number does that
 * code and value are together, so an entry has what is to be added to that number. */
INLINE uint32_t *fill_code(uint32_t *entry, uint32_t at, uint32_t length, uint32_t symbol)
{
    const uint32_t size = symbol & 15, room = TN__JPEG_AC_BITS - length;
    const uint32_t common = (length + size) | advance_of(symbol) << 8;
    if (length + size > KEEP_BITS || (size > 0 && room == 0))
        return fill(entry, common | NOT_INLINE | length << 16 | size << 24, 1u << room);
    const uint32_t shown = size < room ? size : room, hidden = size - shown;
    for (uint32_t raw = 0; raw < 1u << shown; raw++) {
        const int32_t value = value_of((uint64_t)raw << hidden << 1 << (63 - size), size);
        const uint32_t number = (at >> (room - shown) | raw) << hidden;
        const uint32_t added = ((uint32_t)value - number) << 16;
        entry = fill(entry, common | added, 1u << (room - shown));
    }
    return entry;
}

static void make_ac(const uint8_t *counts, tn__jpeg_ac_table *table)
{
    const uint8_t *symbol = counts + 16;
    uint32_t *entry = table->entry;
    make_long_codes(counts, &table->codes);
    memcpy(table->place, group_place, sizeof group_place);
    for (uint32_t length = 1; length <= TN__JPEG_AC_BITS; length++)
        for (int32_t k = 0; k < counts[length - 1]; k++)
            entry = fill_code(entry, (uint32_t)(entry - table->entry), length, *symbol++);
    fill(entry, LONG_CODE, (uint32_t)(table->entry + AC_ENTRIES - entry));
}

/* What `skip` says of an entry's symbol alone. */
INLINE uint32_t single(uint32_t entry)
{
    return entry & 0xff3f;
}

/* Each symbol with the one behind it, if that one's code is in the rest of the index. Codes stand
 * in the order of their lengths, so of the entries that begin with a symbol and its value, the
 * first ones go on with such a code. */
static void make_skip(tn__jpeg_ac_table *table)
{
    const uint32_t *const entry = table->entry;
    uint32_t at = 0, n;
    for (; at < AC_ENTRIES && !(entry[at] & LONG_CODE); at += n) {
        const uint32_t first = single(entry[at]), length = first & 63;
        uint16_t *const skip = table->skip + at;
        uint32_t n_both = 0;
        n = 1;
        if (length < TN__JPEG_AC_BITS) {
            const uint32_t room = TN__JPEG_AC_BITS - length;
            const uint32_t past = table->codes.limit[room] >> (16 - TN__JPEG_AC_BITS);
            n = 1u << room;
            if (first < TN__JPEG_END << 8)
                n_both = (past + (1u << length) - 1) >> length;
        }
        for (uint32_t j = 0; j < n_both; j++)
            skip[j] = (uint16_t)(first + single(entry[j << length]));
        for (uint32_t j = n_both; j < n; j++)
            skip[j] = (uint16_t)first;
    }
    memset(table->skip + at, 0, (AC_ENTRIES - at) * sizeof *table->skip);
}

#endif
