/* SPDX-License-Identifier: MIT */
/* Huffman decoding of baseline blocks, included once by each level's file: the text is the same,
 * the instructions are not (shifts by a register without flags, wide fills). See jpeg.h.
 *
 * A stream keeps its next bits at the top of 64. A refill ors the next eight bytes below them and
 * moves on by the whole bytes that found room, without a branch; afterwards 56 bits or more count.
 * Bits below those that count are already right, or zero, so that oring them once more does no
 * harm. n_bits is used modulo 64: a table entry is subtracted as it is, its length in the low bits.
 */
#ifndef TENCH_JPEG_ENTROPY_TMPL_H
#define TENCH_JPEG_ENTROPY_TMPL_H

#include <string.h>

#include "jpeg/jpeg.h"

#define INLINE              __attribute__((always_inline)) static inline
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

enum { NOT_INLINE = 0x40, LONG_CODE = 0x80, ESCAPE = NOT_INLINE | LONG_CODE };
enum { AC_ENTRIES = 1 << TN__JPEG_AC_BITS, DC_ENTRIES = 1 << TN__JPEG_DC_BITS };
enum { ZERO_RUN = 0xf0, NO_CODE = 255 }; /* an advance past any end: damage */
/* A lookup's bits in `skip` are at most 12 for the codes and 15 for the last value: two fit 56. */

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

/* All entries that begin with one code. */
INLINE uint32_t *fill_code(uint32_t *entry, uint32_t length, uint32_t symbol)
{
    const uint32_t size = symbol & 15, room = TN__JPEG_AC_BITS - length;
    const uint32_t common = (length + size) | advance_of(symbol) << 8;
    if (size > room)
        return fill(entry, common | NOT_INLINE | length << 16 | size << 24, 1u << room);
    for (uint32_t raw = 0; raw < 1u << size; raw++) {
        const int32_t value = value_of((uint64_t)raw << 1 << (63 - size), size);
        entry = fill(entry, common | (uint32_t)value << 16, 1u << (room - size));
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
            entry = fill_code(entry, length, *symbol++);
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
        if (entry[at] & NOT_INLINE) {
            n = 1u << (TN__JPEG_AC_BITS - (entry[at] >> 16 & 31));
        } else {
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

/* A stream's state in registers. */
struct reader {
    uint64_t bits;
    const uint8_t *next;
    uint32_t n_bits;
};

INLINE struct reader open_reader(const tn__jpeg_stream *stream)
{
    return (struct reader){stream->bits, stream->next, stream->n_bits & 63};
}

INLINE void close_reader(const struct reader *reader, tn__jpeg_stream *stream)
{
    stream->bits = reader->bits;
    stream->next = reader->next;
    stream->n_bits = reader->n_bits & 63;
}

INLINE void refill(struct reader *reader)
{
    uint64_t bytes;
    memcpy(&bytes, reader->next, sizeof bytes);
    reader->bits |= __builtin_bswap64(bytes) >> (reader->n_bits & 63);
    reader->next += 7 - (reader->n_bits >> 3 & 7);
    reader->n_bits |= 56;
}

INLINE void drop(struct reader *reader, uint32_t entry)
{
    reader->bits <<= entry & 63;
    reader->n_bits -= entry;
}

/* What a DC table would say of a code that is longer than its index; 0 if there is no such code. */
__attribute__((noinline)) static uint32_t long_dc(uint64_t bits, const tn__jpeg_dc_table *table)
{
    const struct code code = find_code(&table->codes, bits);
    return (code.length + code.symbol) | code.symbol << 8 | code.length << 12;
}

/* The difference of a DC coefficient to its predictor. Takes up to 31 bits. */
INLINE int32_t read_dc(struct reader *reader, const tn__jpeg_dc_table *table, bool *damaged)
{
    uint32_t entry = table->entry[reader->bits >> (64 - TN__JPEG_DC_BITS)];
    if (UNLIKELY(entry == 0)) {
        entry = long_dc(reader->bits, table);
        *damaged |= entry == 0;
    }
    const int32_t value = value_of(reader->bits << (entry >> 12), entry >> 8 & 15);
    drop(reader, entry);
    return value;
}

/* The entry that a coefficient would have in a table with a longer index. */
__attribute__((noinline)) static uint32_t escape(uint64_t bits, const tn__jpeg_ac_table *table,
                                                 uint32_t entry)
{
    uint32_t length = entry >> 16 & 31, size = entry >> 24 & 15, advance = entry >> 8 & 255;
    if (entry & LONG_CODE) {
        const struct code code = find_code(&table->codes, bits);
        length = code.length;
        size = code.symbol & 15;
        advance = advance_of(code.symbol);
        if (length == 0)
            advance = NO_CODE;
    }
    const uint32_t value = (uint32_t)value_of(bits << length, size);
    return (length + size) | advance << 8 | value << 16;
}

/* True if the index behind a block's last symbol is one that whole blocks have. */
INLINE bool is_block_end(uint32_t k)
{
    return k == 64 || k - (TN__JPEG_END + 1) < 63;
}

INLINE int16_t *block_at(int16_t *strip, const tn__jpeg_place *place, int32_t mcu)
{
    const int32_t column = mcu * place->across + place->column;
    return strip + place->strip_at + (size_t)(column / TN__JPEG_GROUP) * TN__JPEG_GROUP_SIZE +
           (size_t)(column % TN__JPEG_GROUP) * 8;
}

/* Adds to the predictor; notes what no encoder writes. */
INLINE int32_t predict(tn__jpeg_stream *stream, const tn__jpeg_place *place, int32_t difference)
{
    const int32_t dc = stream->dc[place->component] + difference;
    stream->dc[place->component] = dc;
    stream->damaged |= dc > place->dc_limit || dc < -place->dc_limit;
    return dc;
}

/* The entry of the next symbol, which is dropped. Takes up to 12 bits, or leaves 56. */
INLINE uint32_t read_ac(struct reader *reader, const tn__jpeg_ac_table *table)
{
    uint32_t entry = table->entry[reader->bits >> (64 - TN__JPEG_AC_BITS)];
    if (UNLIKELY(entry & ESCAPE)) {
        refill(reader);
        entry = escape(reader->bits, table, entry);
        drop(reader, entry);
        refill(reader);
        return entry;
    }
    drop(reader, entry);
    return entry;
}

/* One coefficient; the index behind it. */
INLINE uint32_t keep_ac(struct reader *reader, const tn__jpeg_ac_table *table, uint32_t k,
                        int16_t *block)
{
    const uint32_t entry = read_ac(reader, table);
    k += entry >> 8 & 255;
    block[table->place[k]] = (int16_t)(entry >> 16);
    return k;
}

INLINE void keep_block(struct reader *reader, tn__jpeg_stream *stream, const tn__jpeg_place *place,
                       int16_t *block)
{
    refill(reader);
    const int32_t dc = predict(stream, place, read_dc(reader, place->dc, &stream->damaged));
    refill(reader);
    uint32_t k = 1;
    for (;;) {
        if ((k = keep_ac(reader, place->ac, k, block)) >= 64)
            break;
        if ((k = keep_ac(reader, place->ac, k, block)) >= 64)
            break;
        if ((k = keep_ac(reader, place->ac, k, block)) >= 64)
            break;
        if ((k = keep_ac(reader, place->ac, k, block)) >= 64)
            break;
        refill(reader);
    }
    block[0] = (int16_t)dc;
    stream->damaged |= !is_block_end(k);
}

static void keep(tn__jpeg_stream *stream, const tn__jpeg_mcu *layout, int16_t *strip, int32_t mcu,
                 int32_t n)
{
    struct reader reader = open_reader(stream);
    for (int32_t end = mcu + n; mcu < end && !stream->damaged; mcu++)
        for (int32_t p = 0; p < layout->n_places; p++) {
            const tn__jpeg_place *const place = &layout->place[p];
            keep_block(&reader, stream, place, block_at(strip, place, mcu));
            if (UNLIKELY(reader.next > stream->end + sizeof reader.bits)) {
                stream->damaged = true;
                break;
            }
        }
    close_reader(&reader, stream);
}

/* The index behind a block's rest, symbol by symbol. */
INLINE uint32_t skip_singly(struct reader *reader, const tn__jpeg_ac_table *table, uint32_t k)
{
    while (k < 64) {
        refill(reader);
        k += read_ac(reader, table) >> 8 & 255;
    }
    return k;
}

/* Takes as many symbols at once as a lookup shows: the index behind them. It may show symbols of
 * the next block: where the index says that this can be, it is not taken, but its symbols singly.
 * Takes up to 26 bits. */
INLINE uint32_t skip_some(struct reader *reader, const tn__jpeg_ac_table *table, uint32_t k)
{
    const uint32_t entry = table->skip[reader->bits >> (64 - TN__JPEG_AC_BITS)];
    const uint32_t after = k + (entry >> 8);
    if (UNLIKELY(entry == 0 || (after >= 64 && !is_block_end(after))))
        return skip_singly(reader, table, k);
    drop(reader, entry);
    return after;
}

INLINE uint32_t skip_ac(struct reader *reader, const tn__jpeg_ac_table *table)
{
    uint32_t k = 1;
    do {
        refill(reader);
        k = skip_some(reader, table, k);
        if (k < 64)
            k = skip_some(reader, table, k);
    } while (k < 64);
    return k;
}

static void skip(tn__jpeg_stream *stream, const tn__jpeg_mcu *layout, int32_t n)
{
    struct reader reader = open_reader(stream);
    for (int32_t mcu = 0; mcu < n && !stream->damaged; mcu++)
        for (int32_t p = 0; p < layout->n_places; p++) {
            const tn__jpeg_place *const place = &layout->place[p];
            refill(&reader);
            predict(stream, place, read_dc(&reader, place->dc, &stream->damaged));
            stream->damaged |= !is_block_end(skip_ac(&reader, place->ac));
            if (UNLIKELY(reader.next > stream->end + sizeof reader.bits)) {
                stream->damaged = true;
                break;
            }
        }
    close_reader(&reader, stream);
}

/* One of two streams that take turns: what the next symbol needs, and where the block stands. */
struct lane {
    struct reader reader;
    uint32_t k;
    int16_t *block;
    const tn__jpeg_ac_table *ac;
    tn__jpeg_stream *stream;
    int16_t *strip;
    int32_t place, mcu, end, dc;
};

/* Begins the lane's block: its DC coefficient. Leaves at least 56 bits. */
INLINE void begin_block(struct lane *lane, const tn__jpeg_mcu *layout, bool kept)
{
    const tn__jpeg_place *const place = &layout->place[lane->place];
    refill(&lane->reader);
    lane->dc =
        predict(lane->stream, place, read_dc(&lane->reader, place->dc, &lane->stream->damaged));
    lane->ac = place->ac;
    lane->k = 1;
    if (kept)
        lane->block = block_at(lane->strip, place, lane->mcu);
    refill(&lane->reader);
}

/* Ends it and goes on to the next one; false behind the last, and where the stream is damaged. */
INLINE bool next_block(struct lane *lane, const tn__jpeg_mcu *layout, bool kept)
{
    tn__jpeg_stream *const stream = lane->stream;
    if (kept)
        lane->block[0] = (int16_t)lane->dc;
    stream->damaged |=
        !is_block_end(lane->k) || lane->reader.next > stream->end + sizeof lane->reader.bits;
    if (++lane->place == layout->n_places) {
        lane->place = 0;
        if (++lane->mcu == lane->end)
            return false;
    }
    if (UNLIKELY(stream->damaged))
        return false;
    begin_block(lane, layout, kept);
    return true;
}

INLINE struct lane open_lane(tn__jpeg_stream *stream, const tn__jpeg_mcu *layout, int16_t *strip,
                             int32_t mcu, int32_t n, bool kept)
{
    struct lane lane = {
        .reader = open_reader(stream), .stream = stream, .mcu = mcu, .end = mcu + n};
    lane.strip = strip;
    begin_block(&lane, layout, kept);
    return lane;
}

/* One or some symbols of the block, then the next block if it has ended. */
INLINE bool step(struct lane *lane, const tn__jpeg_mcu *layout, bool kept)
{
    if (kept)
        lane->k = keep_ac(&lane->reader, lane->ac, lane->k, lane->block);
    else
        lane->k = skip_some(&lane->reader, lane->ac, lane->k);
    return lane->k < 64 || next_block(lane, layout, kept);
}

/* What a lane has left when the other one is done. */
INLINE void finish_lane(struct lane lane, const tn__jpeg_mcu *layout, bool kept)
{
    do
        refill(&lane.reader);
    while (step(&lane, layout, kept));
    close_reader(&lane.reader, lane.stream);
}

/* Two lanes. Between refills each takes as many steps as 56 bits surely hold. */
INLINE void run_lanes(struct lane a, struct lane b, const tn__jpeg_mcu *layout, bool kept)
{
    const int32_t steps = kept ? 4 : 2;
    bool more_a = true, more_b = true;
    while (more_a && more_b) {
        refill(&a.reader);
        refill(&b.reader);
        for (int32_t k = 0; k < steps && more_a && more_b; k++) {
            more_a = step(&a, layout, kept);
            more_b = step(&b, layout, kept);
        }
    }
    close_reader(&a.reader, a.stream);
    close_reader(&b.reader, b.stream);
    if (more_a)
        finish_lane(a, layout, kept);
    if (more_b)
        finish_lane(b, layout, kept);
}

static bool are_open(tn__jpeg_stream *const streams[2], int32_t n)
{
    return n > 0 && !streams[0]->damaged && !streams[1]->damaged;
}

static void keep_two(tn__jpeg_stream *const streams[2], const tn__jpeg_mcu *layout,
                     int16_t *const strips[2], int32_t mcu, int32_t n)
{
    if (are_open(streams, n))
        run_lanes(open_lane(streams[0], layout, strips[0], mcu, n, true),
                  open_lane(streams[1], layout, strips[1], mcu, n, true), layout, true);
}

static void skip_two(tn__jpeg_stream *const streams[2], const tn__jpeg_mcu *layout, int32_t n)
{
    if (are_open(streams, n))
        run_lanes(open_lane(streams[0], layout, NULL, 0, n, false),
                  open_lane(streams[1], layout, NULL, 0, n, false), layout, false);
}

#endif
