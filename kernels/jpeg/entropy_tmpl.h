/* SPDX-License-Identifier: MIT */
/* Huffman decoding of baseline blocks. Each level's file includes this text and compiles it with
 * its own instructions (shifts by a register that leave the flags alone, wide fills). See jpeg.h.
 *
 * A stream holds its next bits at the top of a 64-bit word. A refill places the next eight bytes
 * below them by a bitwise or, and advances by the whole bytes that fit, without a branch. Then at
 * least 56 bits are valid. The bits below the valid ones are already right, or zero, so the next
 * refill may write them again. n_bits counts modulo 64, so a whole table entry can be subtracted
 * from it: the length is in the low bits. */
#ifndef TENCH_JPEG_ENTROPY_TMPL_H
#define TENCH_JPEG_ENTROPY_TMPL_H

#include <string.h>

#include "jpeg/jpeg.h"

#define INLINE              __attribute__((always_inline)) static inline
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define LIKELY(condition)   __builtin_expect(!!(condition), 1)

enum { NOT_INLINE = 0x40, LONG_CODE = 0x80, ESCAPE = NOT_INLINE | LONG_CODE };
enum { AC_ENTRIES = 1 << TN__JPEG_AC_BITS, DC_ENTRIES = 1 << TN__JPEG_DC_BITS };
enum { ZERO_RUN = 0xf0, NO_CODE = 255 }; /* an advance past any end means damage */
/* Lookups between two refills, and the bits that each takes. An `entry` takes a code and its value;
 * a `skip` takes one or two codes and values, the last value with at most 15 bits. */
enum { KEEPS = 4, KEEP_BITS = 14, SKIPS = 2, SKIP_BITS = TN__JPEG_AC_BITS + 15 };
_Static_assert(KEEPS *KEEP_BITS <= 56 && SKIPS * SKIP_BITS <= 56, "a refill gives that many bits");

/* Place of coefficient k - 1 of a block in its group. Coefficients past the last one go to the
 * place of the DC coefficient, which is written afterwards. An index is at most 63 + NO_CODE. */
static const uint8_t group_place[320] = {
    0,   0,   1,   32,  64,  33,  2,   3,   34,  65,  96,  128, 97,  66,  35,  4,   5,
    36,  67,  98,  129, 160, 192, 161, 130, 99,  68,  37,  6,   7,   38,  69,  100, 131,
    162, 193, 224, 225, 194, 163, 132, 101, 70,  39,  71,  102, 133, 164, 195, 226, 227,
    196, 165, 134, 103, 135, 166, 197, 228, 229, 198, 167, 199, 230, 231};

struct code {
    uint32_t length, symbol;
};

/* Returns how far a symbol moves the index: over a run of zeros and its own coefficient. */
INLINE uint32_t advance_of(uint32_t symbol)
{
    return (symbol & 15) == 0 && symbol != ZERO_RUN ? TN__JPEG_END : (symbol >> 4) + 1;
}

/* Returns the value of `size` bits at the top of `bits`. Numbers that begin with 0 are negative. */
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

/* Returns the code at the top of `bits`, or one of length 0 if there is none. */
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

/* Fills all entries that begin with one code; `at` is the index of the first. The index may lack
 * the last bits of a value. From its sign on, a value grows with its bits just as the number formed
 * by code and value does, so an entry stores the difference of the two. */
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

/* Returns the part of an entry that `skip` stores for one symbol. */
INLINE uint32_t single(uint32_t entry)
{
    return entry & 0xff3f;
}

/* Fills `skip` with each symbol, and with the next one if the rest of the index holds its code.
 * Codes are sorted by length. So among the entries that begin with a symbol and its value, those
 * with a complete second code come first. */
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

/* Returns what a DC table would say about a code longer than its index, or 0 if no such code
 * exists. */
__attribute__((noinline)) static uint32_t long_dc(uint64_t bits, const tn__jpeg_dc_table *table)
{
    const struct code code = find_code(&table->codes, bits);
    return (code.length + code.symbol) | code.symbol << 8 | code.length << 12;
}

/* Reads the difference of a DC coefficient from its predictor. Takes up to 31 bits. */
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

/* Returns the entry that a coefficient would have in a table with a longer index. */
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

/* True if a whole block can end with this index after its last symbol. */
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

/* Adds to the predictor, and notes values that no encoder writes. */
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

/* Reads and drops the next symbol. Takes up to KEEP_BITS bits, or leaves 56. */
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

/* Reads one coefficient and returns the index after it. */
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

/* Skips the rest of a block, symbol by symbol, and returns the index after it. */
INLINE uint32_t skip_singly(struct reader *reader, const tn__jpeg_ac_table *table, uint32_t k)
{
    while (k < 64) {
        refill(reader);
        k += read_ac(reader, table).advance;
    }
    return k;
}

/* Skips all symbols that one lookup shows, and returns the index after them. A lookup may show
 * symbols of the next block. If the index permits that, this function reads the rest of the block
 * symbol by symbol instead. Takes up to SKIP_BITS bits. */
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

/* All that the loop over symbols needs. */
struct cursor {
    struct reader reader;
    uint32_t k;
    int16_t *block;
    const tn__jpeg_ac_table *ac;
};

/* One of two streams that are decoded alternately, and its current block. */
struct decoder {
    struct cursor cursor;
    tn__jpeg_stream *stream;
    const tn__jpeg_mcu *layout;
    int16_t *strip;
    int32_t place, mcu, end, dc;
};

/* Begins a block with its DC coefficient. Leaves at least 56 bits. */
INLINE void begin_block(struct decoder *decoder, bool kept)
{
    const tn__jpeg_place *const place = &decoder->layout->place[decoder->place];
    struct cursor *const cursor = &decoder->cursor;
    refill(&cursor->reader);
    decoder->dc = predict(decoder->stream, place,
                          read_dc(&cursor->reader, place->dc, &decoder->stream->damaged));
    cursor->ac = place->ac;
    cursor->k = 1;
    if (kept)
        cursor->block = block_at(decoder->strip, place, decoder->mcu);
    refill(&cursor->reader);
}

/* Ends the block and begins the next one. Returns false after the last block, and if the stream is
 * damaged. */
INLINE bool next_block(struct decoder *decoder, bool kept)
{
    tn__jpeg_stream *const stream = decoder->stream;
    const struct cursor *const cursor = &decoder->cursor;
    if (kept)
        cursor->block[0] = (int16_t)decoder->dc;
    stream->damaged |=
        !is_block_end(cursor->k) || cursor->reader.next > stream->end + sizeof cursor->reader.bits;
    if (++decoder->place == decoder->layout->n_places) {
        decoder->place = 0;
        if (++decoder->mcu == decoder->end)
            return false;
    }
    if (UNLIKELY(stream->damaged))
        return false;
    begin_block(decoder, kept);
    return true;
}

/* Reads one or more symbols, and begins the next block if this one has ended. Returns false like
 * next_block. `cursor` is the decoder's, kept in registers: it is stored only where a block ends.
 */
INLINE bool step(struct cursor *cursor, struct decoder *decoder, bool kept)
{
    cursor->k = kept ? keep_ac(&cursor->reader, cursor->ac, cursor->k, cursor->block)
                     : skip_some(&cursor->reader, cursor->ac, cursor->k);
    if (LIKELY(cursor->k < 64))
        return true;
    decoder->cursor = *cursor;
    const bool more = next_block(decoder, kept);
    *cursor = decoder->cursor;
    return more;
}

INLINE struct decoder open_decoder(tn__jpeg_stream *stream, const tn__jpeg_mcu *layout,
                                   int16_t *strip, int32_t mcu, int32_t n, bool kept)
{
    struct decoder decoder = {.cursor = {.reader = open_reader(stream)},
                              .stream = stream,
                              .layout = layout,
                              .mcu = mcu,
                              .end = mcu + n};
    decoder.strip = strip;
    begin_block(&decoder, kept);
    return decoder;
}

/* Decodes the rest after the other decoder has finished. */
INLINE void finish_decoder(struct decoder *decoder, bool kept)
{
    struct cursor cursor = decoder->cursor;
    do
        refill(&cursor.reader);
    while (step(&cursor, decoder, kept));
}

/* Runs two decoders alternately until one has finished, and returns that one. */
INLINE struct decoder *run_decoders(struct decoder *a, struct decoder *b, bool kept)
{
    struct cursor cursor_a = a->cursor, cursor_b = b->cursor;
    for (;;) {
        refill(&cursor_a.reader);
        refill(&cursor_b.reader);
        for (int32_t k = 0; k < (kept ? KEEPS : SKIPS); k++) {
            if (!step(&cursor_a, a, kept)) {
                b->cursor = cursor_b;
                return a;
            }
            if (!step(&cursor_b, b, kept)) {
                a->cursor = cursor_a;
                return b;
            }
        }
    }
}

static bool are_open(tn__jpeg_stream *const streams[2], int32_t n)
{
    return n > 0 && !streams[0]->damaged && !streams[1]->damaged;
}

/* Runs two decoders to their ends. */
INLINE void run_two(struct decoder a, struct decoder b, bool kept)
{
    finish_decoder(run_decoders(&a, &b, kept) == &a ? &b : &a, kept);
    close_reader(&a.cursor.reader, a.stream);
    close_reader(&b.cursor.reader, b.stream);
}

static void keep_two(tn__jpeg_stream *const streams[2], const tn__jpeg_mcu *layout,
                     int16_t *const strips[2], int32_t mcu, int32_t n)
{
    if (are_open(streams, n))
        run_two(open_decoder(streams[0], layout, strips[0], mcu, n, true),
                open_decoder(streams[1], layout, strips[1], mcu, n, true), true);
}

static void skip_two(tn__jpeg_stream *const streams[2], const tn__jpeg_mcu *layout, int32_t n)
{
    if (are_open(streams, n))
        run_two(open_decoder(streams[0], layout, NULL, 0, n, false),
                open_decoder(streams[1], layout, NULL, 0, n, false), false);
}

#endif
