/* SPDX-License-Identifier: MIT */
/* Inflate, symbol by symbol: wrappers, heads of blocks, and all that the fast loop leaves. It stops
 * between two symbols wherever a piece ends. See inflate.h. */
#include "flate/inflate.h"

#include <string.h>

#include "base/least.h"
#include "cpu/level.h"
#include "flate/checksums.h"

#define LOWEST_BITS(bits, n) ((bits) & ((UINT64_C(1) << ((n)&63)) - 1))
#include "flate/inflate_tmpl.h"

/* What comes next in the stream. */
enum {
    HEAD_ZLIB,
    HEAD_GZIP,
    GZIP_TIME,
    GZIP_EXTRA,
    GZIP_SKIP,
    GZIP_NAME,
    GZIP_COMMENT,
    GZIP_CHECK,
    BLOCK,
    STORED_HEAD,
    STORED,
    DYNAMIC_HEAD,
    ORDER,
    LENGTHS,
    SYMBOLS,
    MATCH,
    CHECK,
    GZIP_SIZE,
    END,
    BAD
};
/* A step returns one of the statuses, or NEXT if the next step can begin. */
enum { NEXT = -1 };
/* RFC 1952, 2.3.1. */
enum { GZIP_HAS_CHECK = 2, GZIP_HAS_EXTRA = 4, GZIP_HAS_NAME = 8, GZIP_HAS_COMMENT = 16 };
enum { GZIP_RESERVED = 0xe0, GZIP_MAGIC = 0x8b1f, METHOD = 8 };
enum { HAS_DICTIONARY = 0x20, MOST_WINDOW_BITS = 7 };              /* RFC 1950, 2.2 */
enum { MOST_LITERALS = 286, MOST_DISTANCES = 30, END_CODE = 256 }; /* RFC 1951, 3.2.7 */
enum { REPEAT = 16, ZEROS = 17, MANY_ZEROS = 18 };                 /* symbols of code lengths */

void tn__inflate_open(tn__inflate *inflate, int32_t wrapper)
{
    static const int32_t first[] = {BLOCK, HEAD_ZLIB, HEAD_GZIP};
    inflate->bits = 0;
    inflate->n_bits = 0;
    inflate->step = first[wrapper];
    inflate->wrapper = wrapper;
    inflate->is_last = false;
    inflate->is_fixed = false;
    inflate->sum = wrapper == TN__FLATE_ZLIB ? TN__ADLER32_START : 0;
    inflate->n_out = 0;
    inflate->reason = NULL;
}

static int fail(tn__inflate *s, const char *reason)
{
    s->reason = reason;
    s->step = BAD;
    return TN__FLATE_BAD;
}

static int go(tn__inflate *s, int32_t step)
{
    s->step = step;
    return NEXT;
}

/* Reads whole bytes as long as they fit and there are any. */
static void fill(tn__inflate *s, tn__inflate_io *io)
{
    while (s->n_bits < 56 && io->in < io->in_end) {
        s->bits |= (uint64_t)*io->in++ << s->n_bits;
        s->n_bits += 8;
    }
}

/* True if n bits, at most 56, can be taken. If not, the input is used up. So the next bits that are
 * taken will include all that were kept, and what remains of `bits` is from the newest piece. */
static bool has(tn__inflate *s, tn__inflate_io *io, uint32_t n)
{
    if (s->n_bits < n)
        fill(s, io);
    return s->n_bits >= n;
}

static uint32_t take(tn__inflate *s, uint32_t n)
{
    const uint64_t value = s->bits & ((UINT64_C(1) << n) - 1);
    s->bits >>= n;
    s->n_bits -= n;
    return (uint32_t)value;
}

static uint32_t big_endian(uint32_t value)
{
    return __builtin_bswap32(value);
}

/* Gives whole bytes back to the piece. */
static void give_back(tn__inflate *s, tn__inflate_io *io, const uint8_t *begin)
{
    const ptrdiff_t read = io->in - begin, kept = (ptrdiff_t)(s->n_bits / 8);
    const ptrdiff_t n = kept < read ? kept : read;
    io->in -= n;
    s->n_bits -= 8 * (uint32_t)n;
    s->bits &= (UINT64_C(1) << s->n_bits) - 1;
}

static int head_zlib(tn__inflate *s, tn__inflate_io *io)
{
    if (!has(s, io, 16))
        return TN__FLATE_NEEDS_INPUT;
    const uint32_t method = take(s, 8), flags = take(s, 8);
    if ((method << 8 | flags) % 31 != 0)
        return fail(s, "its zlib header is damaged");
    if ((method & 15) != METHOD)
        return fail(s, "its zlib header names an unknown method");
    if (method >> 4 > MOST_WINDOW_BITS)
        return fail(s, "its zlib header names a window over 32 KiB");
    if (flags & HAS_DICTIONARY)
        return fail(s, "it needs a preset dictionary");
    return go(s, BLOCK);
}

static int head_gzip(tn__inflate *s, tn__inflate_io *io)
{
    if (!has(s, io, 32))
        return TN__FLATE_NEEDS_INPUT;
    const uint32_t magic = take(s, 16), method = take(s, 8);
    s->flags = take(s, 8);
    if (magic != GZIP_MAGIC)
        return fail(s, "it does not begin like a gzip file");
    if (method != METHOD)
        return fail(s, "its gzip header names an unknown method");
    if (s->flags & GZIP_RESERVED)
        return fail(s, "its gzip header has unknown flags");
    return go(s, GZIP_TIME);
}

/* The time of the file, and two bytes about the encoder. */
static int gzip_time(tn__inflate *s, tn__inflate_io *io)
{
    if (!has(s, io, 48))
        return TN__FLATE_NEEDS_INPUT;
    take(s, 32);
    take(s, 16);
    return go(s, GZIP_EXTRA);
}

static int gzip_extra(tn__inflate *s, tn__inflate_io *io)
{
    s->left = 0;
    if (s->flags & GZIP_HAS_EXTRA) {
        if (!has(s, io, 16))
            return TN__FLATE_NEEDS_INPUT;
        s->left = take(s, 16);
    }
    return go(s, GZIP_SKIP);
}

static int gzip_skip(tn__inflate *s, tn__inflate_io *io)
{
    for (; s->left > 0; s->left--) {
        if (!has(s, io, 8))
            return TN__FLATE_NEEDS_INPUT;
        take(s, 8);
    }
    return go(s, GZIP_NAME);
}

/* Skips a text up to its zero byte, if the flags have one. */
static int gzip_text(tn__inflate *s, tn__inflate_io *io, uint32_t flag, int32_t next)
{
    bool is_there = (s->flags & flag) != 0;
    while (is_there) {
        if (!has(s, io, 8))
            return TN__FLATE_NEEDS_INPUT;
        is_there = take(s, 8) != 0;
    }
    return go(s, next);
}

static int gzip_check(tn__inflate *s, tn__inflate_io *io)
{
    if (s->flags & GZIP_HAS_CHECK) {
        if (!has(s, io, 16))
            return TN__FLATE_NEEDS_INPUT;
        take(s, 16);
    }
    return go(s, BLOCK);
}

static void make_fixed(tn__inflate *s)
{
    uint8_t *const lengths = s->lengths;
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    tn__flate_make_literals(&s->tables, lengths, TN__FLATE_LITERALS);
    memset(lengths, 5, TN__FLATE_DISTANCES);
    tn__flate_make_distances(&s->tables, lengths, TN__FLATE_DISTANCES);
    s->is_fixed = true;
}

static int block(tn__inflate *s, tn__inflate_io *io)
{
    if (s->is_last) {
        take(s, s->n_bits & 7);
        return go(s, s->wrapper == TN__FLATE_RAW ? END : CHECK);
    }
    if (!has(s, io, 3))
        return TN__FLATE_NEEDS_INPUT;
    s->is_last = take(s, 1) != 0;
    switch (take(s, 2)) {
    case 0: take(s, s->n_bits & 7); return go(s, STORED_HEAD);
    case 1:
        if (!s->is_fixed)
            make_fixed(s);
        return go(s, SYMBOLS);
    case 2: return go(s, DYNAMIC_HEAD);
    default: return fail(s, "a block has an unknown type");
    }
}

static int stored_head(tn__inflate *s, tn__inflate_io *io)
{
    if (!has(s, io, 32))
        return TN__FLATE_NEEDS_INPUT;
    s->left = take(s, 16);
    if (take(s, 16) != (s->left ^ 0xffff))
        return fail(s, "the length of a stored block is damaged");
    return go(s, STORED);
}

static int stored(tn__inflate *s, tn__inflate_io *io)
{
    while (s->n_bits > 0 && s->left > 0 && io->out < io->out_end) {
        *io->out++ = (uint8_t)take(s, 8);
        s->left--;
    }
    size_t n = tn__least((size_t)(io->in_end - io->in), (size_t)(io->out_end - io->out));
    n = tn__least(n, s->left);
    if (s->n_bits == 0 && n > 0) {
        memcpy(io->out, io->in, n);
        io->in += n;
        io->out += n;
        s->left -= (uint32_t)n;
    }
    if (s->left == 0)
        return go(s, BLOCK);
    return io->out == io->out_end ? TN__FLATE_OUTPUT_FULL : TN__FLATE_NEEDS_INPUT;
}

static int dynamic_head(tn__inflate *s, tn__inflate_io *io)
{
    if (!has(s, io, 14))
        return TN__FLATE_NEEDS_INPUT;
    s->n_literals = take(s, 5) + 257;
    s->n_lengths = s->n_literals + take(s, 5) + 1;
    s->n_order = take(s, 4) + 4;
    s->at = 0;
    s->is_fixed = false;
    if (s->n_literals > MOST_LITERALS || s->n_lengths - s->n_literals > MOST_DISTANCES)
        return fail(s, "a block has too many codes");
    memset(s->lengths, 0, TN__FLATE_ORDER);
    return go(s, ORDER);
}

/* The lengths of the codes of lengths. */
static int order(tn__inflate *s, tn__inflate_io *io)
{
    static const uint8_t place[TN__FLATE_ORDER] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                   11, 4,  12, 3, 13, 2, 14, 1, 15};
    for (; s->at < s->n_order; s->at++) {
        if (!has(s, io, 3))
            return TN__FLATE_NEEDS_INPUT;
        s->lengths[place[s->at]] = (uint8_t)take(s, 3);
    }
    s->at = 0;
    if (!tn__flate_make_order(&s->tables, s->lengths))
        return fail(s, "the code of a block's code lengths is not complete");
    return go(s, LENGTHS);
}

static int make_tables(tn__inflate *s)
{
    if (s->lengths[END_CODE] == 0)
        return fail(s, "a block has no code for its end");
    if (!tn__flate_make_literals(&s->tables, s->lengths, s->n_literals))
        return fail(s, "the literal code of a block is not complete");
    if (!tn__flate_make_distances(&s->tables, s->lengths + s->n_literals,
                                  s->n_lengths - s->n_literals))
        return fail(s, "the distance code of a block is not complete");
    return go(s, SYMBOLS);
}

/* One code length, or a run of equal ones. */
static int one_length(tn__inflate *s, tn__inflate_io *io)
{
    static const uint8_t extra[] = {2, 3, 7}, least_run[] = {3, 3, 11};
    fill(s, io);
    const uint32_t entry = s->tables.order[s->bits & ((1 << TN__FLATE_ORDER_BITS) - 1)];
    const uint32_t symbol = tn__flate_first(entry), code_bits = tn__flate_bits(entry);
    const uint32_t extra_bits = symbol < REPEAT ? 0 : extra[symbol - REPEAT];
    if (!has(s, io, code_bits + extra_bits))
        return TN__FLATE_NEEDS_INPUT;
    take(s, code_bits);
    if (symbol < REPEAT) {
        s->lengths[s->at++] = (uint8_t)symbol;
        return NEXT;
    }
    const uint32_t run = least_run[symbol - REPEAT] + take(s, extra_bits);
    if ((symbol == REPEAT && s->at == 0) || run > s->n_lengths - s->at)
        return fail(s, "a repeated code length of a block has no place");
    memset(s->lengths + s->at, symbol == REPEAT ? s->lengths[s->at - 1] : 0, run);
    s->at += run;
    return NEXT;
}

static int lengths(tn__inflate *s, tn__inflate_io *io)
{
    while (s->at < s->n_lengths) {
        const int status = one_length(s, io);
        if (status != NEXT)
            return status;
    }
    return make_tables(s);
}

static int match(tn__inflate *s, tn__inflate_io *io)
{
    size_t n = tn__least(s->length, (size_t)(io->out_end - io->out));
    if (s->distance == 0)
        return fail(s, "a distance has an unknown code");
    if (n > 0 && s->distance > (size_t)(io->out - io->window))
        return fail(s, "a distance reaches before the first byte");
    s->length -= (uint32_t)n;
    for (; n > 0; n--, io->out++)
        *io->out = *(io->out - s->distance);
    return s->length > 0 ? TN__FLATE_OUTPUT_FULL : go(s, SYMBOLS);
}

/* Reads the distance of a match. `entry` has the match's length. */
static int begin_match(tn__inflate *s, uint32_t entry)
{
    const uint32_t n_bits = tn__flate_bits(entry);
    const uint32_t far = tn__flate_distance(&s->tables, s->bits >> n_bits);
    if (s->n_bits < n_bits + tn__flate_bits(far))
        return TN__FLATE_NEEDS_INPUT;
    s->length = tn__flate_length(entry, s->bits);
    s->distance = tn__flate_far(far, s->bits >> n_bits);
    take(s, n_bits);
    take(s, tn__flate_bits(far));
    return go(s, MATCH);
}

static int one_symbol(tn__inflate *s, tn__inflate_io *io)
{
    fill(s, io);
    const uint32_t entry = tn__flate_literal(&s->tables, s->bits);
    if (s->n_bits < tn__flate_bits(entry))
        return TN__FLATE_NEEDS_INPUT;
    switch (tn__flate_kind(entry)) {
    case TN__FLATE_ONE:
        if (io->out == io->out_end)
            return TN__FLATE_OUTPUT_FULL;
        take(s, tn__flate_bits(entry));
        *io->out++ = tn__flate_first(entry);
        return NEXT;
    case TN__FLATE_MATCH: return begin_match(s, entry);
    case TN__FLATE_END: take(s, tn__flate_bits(entry)); return go(s, BLOCK);
    default: return fail(s, "a literal has an unknown code");
    }
}

static int symbols(tn__inflate *s, tn__inflate_io *io)
{
    static tn__inflate_fast *const fast[] = TN__BY_LEVEL_TO_AVX2(tn__inflate);
    int status;
    do {
        s->length = 0;
        if (has_room(io))
            fast[tn__cpu_level()](s, io);
        status = s->length > 0 ? go(s, MATCH) : one_symbol(s, io);
    } while (status == NEXT && s->step == SYMBOLS);
    return status;
}

/* Adds output to the checksum. */
static void sum(tn__inflate *s, const uint8_t *from, const uint8_t *end)
{
    const size_t n = (size_t)(end - from);
    s->n_out += (uint32_t)n;
    if (s->wrapper == TN__FLATE_ZLIB)
        s->sum = tn__adler32(s->sum, from, n);
    else if (s->wrapper == TN__FLATE_GZIP)
        s->sum = tn__crc32(s->sum, from, n);
}

static int check(tn__inflate *s, tn__inflate_io *io)
{
    if (!has(s, io, 32))
        return TN__FLATE_NEEDS_INPUT;
    const uint32_t expected = take(s, 32);
    if (s->wrapper == TN__FLATE_GZIP)
        return expected == s->sum ? go(s, GZIP_SIZE) : fail(s, "its CRC-32 is wrong");
    return big_endian(expected) == s->sum ? go(s, END) : fail(s, "its Adler-32 is wrong");
}

static int gzip_size(tn__inflate *s, tn__inflate_io *io)
{
    if (!has(s, io, 32))
        return TN__FLATE_NEEDS_INPUT;
    return take(s, 32) == s->n_out ? go(s, END) : fail(s, "the length at its end is wrong");
}

static int step(tn__inflate *s, tn__inflate_io *io)
{
    switch (s->step) {
    case HEAD_ZLIB: return head_zlib(s, io);
    case HEAD_GZIP: return head_gzip(s, io);
    case GZIP_TIME: return gzip_time(s, io);
    case GZIP_EXTRA: return gzip_extra(s, io);
    case GZIP_SKIP: return gzip_skip(s, io);
    case GZIP_NAME: return gzip_text(s, io, GZIP_HAS_NAME, GZIP_COMMENT);
    case GZIP_COMMENT: return gzip_text(s, io, GZIP_HAS_COMMENT, GZIP_CHECK);
    case GZIP_CHECK: return gzip_check(s, io);
    case BLOCK: return block(s, io);
    case STORED_HEAD: return stored_head(s, io);
    case STORED: return stored(s, io);
    case DYNAMIC_HEAD: return dynamic_head(s, io);
    case ORDER: return order(s, io);
    case LENGTHS: return lengths(s, io);
    case SYMBOLS: return symbols(s, io);
    case MATCH: return match(s, io);
    case CHECK: return check(s, io);
    case GZIP_SIZE: return gzip_size(s, io);
    case END: return TN__FLATE_DONE;
    default: return TN__FLATE_BAD;
    }
}

int tn__inflate_run(tn__inflate *inflate, tn__inflate_io *io)
{
    const uint8_t *const begin = io->in, *summed = io->out;
    int status;
    do {
        if (inflate->step == CHECK) {
            sum(inflate, summed, io->out);
            summed = io->out;
        }
        status = step(inflate, io);
    } while (status == NEXT);
    sum(inflate, summed, io->out);
    if (status != TN__FLATE_NEEDS_INPUT)
        give_back(inflate, io, begin);
    return status;
}

void tn__inflate_scalar(tn__inflate *inflate, tn__inflate_io *io)
{
    decode_symbols(inflate, io);
}
