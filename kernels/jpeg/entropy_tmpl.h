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

#include "jpeg/entropy_tables_tmpl.h"

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
    const uint32_t column = (uint32_t)(mcu * place->across + place->column);
    return strip + place->strip_at + (size_t)(column / TN__JPEG_GROUP) * TN__JPEG_GROUP_SIZE +
           (size_t)(column % TN__JPEG_GROUP) * 8;
}

/* Adds to the predictor; notes what no encoder writes. */
INLINE int32_t predict(tn__jpeg_stream *stream, const tn__jpeg_place *place, int32_t difference)
{
    const int32_t dc = stream->dc[place->component] + difference;
    stream->dc[place->component] = dc;
    stream->damaged |= (uint32_t)(dc + place->dc_limit) > 2 * (uint32_t)place->dc_limit;
    return dc;
}

struct symbol {
    uint32_t advance, value;
};

/* The next symbol, which is dropped. Takes up to KEEP_BITS, or leaves 56. */
INLINE struct symbol read_ac(struct reader *reader, const tn__jpeg_ac_table *table)
{
    uint32_t entry = table->entry[reader->bits >> (64 - TN__JPEG_AC_BITS)], number = 0;
    if (UNLIKELY(entry & ESCAPE)) {
        refill(reader);
        entry = escape(reader->bits, table, entry);
        drop(reader, entry);
        refill(reader);
    } else {
        number = (uint32_t)(reader->bits >> (-entry & 63));
        drop(reader, entry);
    }
    return (struct symbol){entry >> 8 & 255, (entry >> 16) + number};
}

/* One coefficient; the index behind it. */
INLINE uint32_t keep_ac(struct reader *reader, const tn__jpeg_ac_table *table, uint32_t k,
                        int16_t *block)
{
    const struct symbol symbol = read_ac(reader, table);
    k += symbol.advance;
    block[table->place[k]] = (int16_t)symbol.value;
    return k;
}

INLINE void keep_block(struct reader *reader, tn__jpeg_stream *stream, const tn__jpeg_place *place,
                       int16_t *block)
{
    refill(reader);
    const int32_t dc = predict(stream, place, read_dc(reader, place->dc, &stream->damaged));
    refill(reader);
    uint32_t k = 1;
    _Static_assert(KEEPS == 4, "so many coefficients follow a refill below");
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
        k += read_ac(reader, table).advance;
    }
    return k;
}

/* Takes as many symbols at once as a lookup shows: the index behind them. It may show symbols of
 * the next block: where the index says that this can be, it is not taken, but its symbols singly.
 * Takes up to SKIP_BITS. */
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

/* What a symbol needs. */
struct turn {
    struct reader reader;
    uint32_t k;
    int16_t *block;
    const tn__jpeg_ac_table *ac;
};

/* One of two streams that take turns: where its block stands. */
struct lane {
    struct turn turn;
    tn__jpeg_stream *stream;
    const tn__jpeg_mcu *layout;
    int16_t *strip;
    int32_t place, mcu, end, dc;
};

/* Begins the lane's block: its DC coefficient. Leaves at least 56 bits. */
INLINE void begin_block(struct lane *lane, bool kept)
{
    const tn__jpeg_place *const place = &lane->layout->place[lane->place];
    struct turn *const turn = &lane->turn;
    refill(&turn->reader);
    lane->dc =
        predict(lane->stream, place, read_dc(&turn->reader, place->dc, &lane->stream->damaged));
    turn->ac = place->ac;
    turn->k = 1;
    if (kept)
        turn->block = block_at(lane->strip, place, lane->mcu);
    refill(&turn->reader);
}

/* Ends it and goes on to the next one; false behind the last, and where the stream is damaged. */
INLINE bool next_block(struct lane *lane, bool kept)
{
    tn__jpeg_stream *const stream = lane->stream;
    const struct turn *const turn = &lane->turn;
    if (kept)
        turn->block[0] = (int16_t)lane->dc;
    stream->damaged |=
        !is_block_end(turn->k) || turn->reader.next > stream->end + sizeof turn->reader.bits;
    if (++lane->place == lane->layout->n_places) {
        lane->place = 0;
        if (++lane->mcu == lane->end)
            return false;
    }
    if (UNLIKELY(stream->damaged))
        return false;
    begin_block(lane, kept);
    return true;
}

/* One or some symbols of the block, then the next block if it has ended; false as above. `turn` is
 * the lane's, in registers: only where a block ends is it put back. */
INLINE bool step(struct turn *turn, struct lane *lane, bool kept)
{
    turn->k = kept ? keep_ac(&turn->reader, turn->ac, turn->k, turn->block)
                   : skip_some(&turn->reader, turn->ac, turn->k);
    if (LIKELY(turn->k < 64))
        return true;
    lane->turn = *turn;
    const bool more = next_block(lane, kept);
    *turn = lane->turn;
    return more;
}

INLINE struct lane open_lane(tn__jpeg_stream *stream, const tn__jpeg_mcu *layout, int16_t *strip,
                             int32_t mcu, int32_t n, bool kept)
{
    struct lane lane = {.turn = {.reader = open_reader(stream)},
                        .stream = stream,
                        .layout = layout,
                        .mcu = mcu,
                        .end = mcu + n};
    lane.strip = strip;
    begin_block(&lane, kept);
    return lane;
}

/* What a lane has left when the other one is done. */
INLINE void finish_lane(struct lane *lane, bool kept)
{
    struct turn turn = lane->turn;
    do
        refill(&turn.reader);
    while (step(&turn, lane, kept));
}

/* Two lanes, in turn, until one has ended: that one. */
INLINE struct lane *run_lanes(struct lane *a, struct lane *b, bool kept)
{
    struct turn turn_a = a->turn, turn_b = b->turn;
    for (;;) {
        refill(&turn_a.reader);
        refill(&turn_b.reader);
        for (int32_t k = 0; k < (kept ? KEEPS : SKIPS); k++) {
            if (!step(&turn_a, a, kept)) {
                b->turn = turn_b;
                return a;
            }
            if (!step(&turn_b, b, kept)) {
                a->turn = turn_a;
                return b;
            }
        }
    }
}

static bool are_open(tn__jpeg_stream *const streams[2], int32_t n)
{
    return n > 0 && !streams[0]->damaged && !streams[1]->damaged;
}

/* Two lanes to their ends. */
INLINE void run_two(struct lane a, struct lane b, bool kept)
{
    finish_lane(run_lanes(&a, &b, kept) == &a ? &b : &a, kept);
    close_reader(&a.turn.reader, a.stream);
    close_reader(&b.turn.reader, b.stream);
}

static void keep_two(tn__jpeg_stream *const streams[2], const tn__jpeg_mcu *layout,
                     int16_t *const strips[2], int32_t mcu, int32_t n)
{
    if (are_open(streams, n))
        run_two(open_lane(streams[0], layout, strips[0], mcu, n, true),
                open_lane(streams[1], layout, strips[1], mcu, n, true), true);
}

static void skip_two(tn__jpeg_stream *const streams[2], const tn__jpeg_mcu *layout, int32_t n)
{
    if (are_open(streams, n))
        run_two(open_lane(streams[0], layout, NULL, 0, n, false),
                open_lane(streams[1], layout, NULL, 0, n, false), false);
}

#endif
