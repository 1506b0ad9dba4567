/* SPDX-License-Identifier: MIT */
/* Checks inflate against zlib: bytes, verdicts and what each of them reads, for streams that zlib
 * makes, for streams that no encoder makes, for damaged ones, and for pieces of any length. Buffers
 * are exactly as long as they must be, so that a sanitizer sees each byte outside of them. */
#include <check.h>
#include <string.h>
#include <zlib.h>

#include "cpu/level.h"
#include "flate/inflate.h"
#include "suite.h"

enum { MOST = 40000, ROUNDS = 24 };

static uint32_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state * below) >> 32);
}

typedef struct bytes {
    uint8_t *at;
    size_t n;
} bytes;

static bytes make_bytes(size_t n)
{
    const bytes made = {malloc(n ? n : 1), n};
    ck_assert_ptr_nonnull(made.at);
    return made;
}

static bytes copy_of(const uint8_t *from, size_t n)
{
    const bytes made = make_bytes(n);
    memcpy(made.at, from, n);
    return made;
}

/* What a decoder made of a stream. `used` counts bytes of input. */
typedef struct answer {
    int status;
    bytes out;
    size_t used;
} answer;

static answer ask_zlib(bytes stream, int32_t wrapper, size_t room)
{
    static const int window_bits[] = {-15, 15, 31};
    z_stream z = {.next_in = stream.at, .avail_in = (uInt)stream.n};
    answer a = {.out = make_bytes(room)};
    ck_assert_int_eq(inflateInit2(&z, window_bits[wrapper]), Z_OK);
    z.next_out = a.out.at;
    z.avail_out = (uInt)room;
    const int status = inflate(&z, Z_SYNC_FLUSH);
    /* If both are at their end, either may be what it waits for. */
    a.status = status == Z_STREAM_END                            ? TN__FLATE_DONE
               : status == Z_DATA_ERROR || status == Z_NEED_DICT ? TN__FLATE_BAD
               : z.avail_out == 0                                ? TN__FLATE_OUTPUT_FULL
                                                                 : TN__FLATE_NEEDS_INPUT;
    a.used = stream.n - z.avail_in;
    a.out.n = room - z.avail_out;
    inflateEnd(&z);
    return a;
}

/* Decodes with pieces of at most so many bytes; 0: whole. */
static answer ask_tench(bytes stream, int32_t wrapper, size_t room, size_t in_piece,
                        size_t out_piece)
{
    tn__inflate *const inflate = malloc(sizeof *inflate);
    ck_assert_ptr_nonnull(inflate);
    memset(inflate, 0xa5, sizeof *inflate);
    answer a = {.out = make_bytes(room)};
    tn__inflate_open(inflate, wrapper);
    tn__inflate_io io = {stream.at, stream.at, a.out.at, a.out.at, a.out.at};
    const uint8_t *const end = stream.at + stream.n, *const out_end = a.out.at + room;
    for (bool is_over = false; !is_over;) {
        a.status = tn__inflate_run(inflate, &io);
        is_over = true;
        if (a.status == TN__FLATE_NEEDS_INPUT && io.in_end < end) {
            ck_assert_ptr_eq(io.in, io.in_end);
            const size_t rest = (size_t)(end - io.in),
                         n = in_piece ? 1 + draw((uint32_t)in_piece) : rest;
            io.in_end = io.in + (n < rest ? n : rest);
            is_over = false;
        } else if (a.status == TN__FLATE_OUTPUT_FULL && io.out_end < out_end) {
            ck_assert_ptr_eq(io.out, io.out_end);
            const size_t rest = (size_t)(out_end - io.out),
                         n = out_piece ? 1 + draw((uint32_t)out_piece) : rest;
            io.out_end = io.out + (n < rest ? n : rest);
            is_over = false;
        }
    }
    ck_assert_int_eq(tn__inflate_run(inflate, &io), a.status);
    ck_assert_int_eq(a.status == TN__FLATE_BAD, inflate->reason != NULL);
    a.used = (size_t)(io.in - stream.at);
    a.out.n = (size_t)(io.out - a.out.at);
    free(inflate);
    return a;
}

/* zlib notices only at the end of a head that no code length has a code; tench does at once. */
static bool is_bad_for_zlib_too(bytes stream, int32_t wrapper, size_t room)
{
    bytes longer = make_bytes(stream.n + 400);
    memcpy(longer.at, stream.at, stream.n);
    memset(longer.at + stream.n, 0, 400);
    const answer a = ask_zlib(longer, wrapper, room);
    free(longer.at);
    free(a.out.at);
    return a.status == TN__FLATE_BAD;
}

static void compare_one(bytes stream, int32_t wrapper, const answer *theirs, size_t room,
                        const size_t piece[2])
{
    const answer ours = ask_tench(stream, wrapper, room, piece[0], piece[1]);
    const bool is_unclear = theirs->out.n == room && theirs->used == stream.n;
    if (ours.status == TN__FLATE_BAD && theirs->status == TN__FLATE_NEEDS_INPUT)
        ck_assert(is_bad_for_zlib_too(stream, wrapper, room));
    else if (!is_unclear || ours.status == TN__FLATE_DONE || theirs->status == TN__FLATE_DONE)
        ck_assert_int_eq(ours.status, theirs->status);
    ck_assert_uint_eq(ours.out.n, theirs->out.n);
    ck_assert_mem_eq(ours.out.at, theirs->out.at, ours.out.n);
    if (ours.status == TN__FLATE_DONE)
        ck_assert_uint_eq(ours.used, theirs->used);
    free(ours.out.at);
}

static void compare(bytes given, int32_t wrapper, size_t room)
{
    static const size_t pieces[][2] = {{1, 0}, {0, 1}, {1, 1}, {9, 300}, {3000, 2000}, {40, 5}};
    static const size_t whole[2] = {0, 0};
    const bytes stream = copy_of(given.at, given.n);
    const answer theirs = ask_zlib(stream, wrapper, room);
    for (int32_t level = 0; level <= TN__CPU_AVX2; level++) {
        tn__cpu_lower(level);
        compare_one(stream, wrapper, &theirs, room, whole);
        compare_one(stream, wrapper, &theirs, room, pieces[draw(6)]);
    }
    tn__cpu_lower(TN__CPU_LEVELS);
    free(theirs.out.at);
    free(stream.at);
}

/* Bytes like those of a filtered image, of text, of a mask, of noise, of runs, and no bytes. */
static bytes make_plain(uint32_t kind)
{
    const bytes plain = make_bytes(kind == 5 ? 0 : 1 + draw(draw(6) ? 3000 : MOST));
    for (size_t i = 0; i < plain.n; i++) {
        const uint8_t before = i > 0 ? plain.at[i - 1] : 0;
        switch (kind) {
        case 0: plain.at[i] = (uint8_t)(draw(1 + draw(1 + draw(60))) - draw(1 + draw(30))); break;
        case 1:
            plain.at[i] = (uint8_t) "the rain in spain is mainly, "[(i * i / 7 + draw(2)) % 29];
            break;
        case 2: plain.at[i] = draw(40) ? before : (uint8_t)draw(4); break;
        case 3: plain.at[i] = (uint8_t)draw(256); break;
        default: plain.at[i] = i >= 3 && draw(200) ? plain.at[i - 3] : (uint8_t)draw(256);
        }
    }
    return plain;
}

static bytes deflated(bytes plain, int32_t wrapper)
{
    static const int window_bits[] = {-15, 15, 31}, levels[] = {0, 1, 4, 6, 9};
    z_stream z = {.next_in = plain.at, .avail_in = (uInt)plain.n};
    const int strategy = draw(3) ? Z_DEFAULT_STRATEGY : (int)draw(5);
    ck_assert_int_eq(deflateInit2(&z, levels[draw(5)], Z_DEFLATED, window_bits[wrapper],
                                  1 + (int)draw(9), strategy),
                     Z_OK);
    const bytes stream = make_bytes(deflateBound(&z, (uLong)plain.n) + 64);
    z.next_out = stream.at;
    z.avail_out = (uInt)stream.n;
    const uInt half = z.avail_in / 2;
    z.avail_in -= half;
    deflate(&z, draw(2) ? Z_FULL_FLUSH : Z_PARTIAL_FLUSH);
    z.avail_in += half;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    const bytes made = {stream.at, stream.n - z.avail_out};
    deflateEnd(&z);
    return made;
}

START_TEST(streams_of_zlib)
{
    state = 100u + (uint32_t)_i;
    const bytes plain = make_plain((uint32_t)_i % 6);
    const int32_t wrapper = _i / 6 % 3;
    const bytes stream = deflated(plain, wrapper);
    const answer ours = ask_tench(stream, wrapper, plain.n, 0, 0);
    ck_assert_int_eq(ours.status, TN__FLATE_DONE);
    ck_assert_uint_eq(ours.out.n, plain.n);
    ck_assert_mem_eq(ours.out.at, plain.at, plain.n);
    compare(stream, wrapper, plain.n);
    compare(stream, wrapper, draw((uint32_t)plain.n + 1));
    free(ours.out.at);
    free(stream.at);
    free(plain.at);
}
END_TEST

START_TEST(cut_and_damaged_streams)
{
    state = 2000u + (uint32_t)_i;
    const bytes plain = make_plain((uint32_t)_i % 6);
    const int32_t wrapper = _i / 6 % 2; /* zlib also checks the head of gzip, and tench does not */
    const bytes stream = deflated(plain, wrapper);
    for (int32_t k = 0; k < 6; k++) {
        const bytes worse = copy_of(stream.at, k % 2 ? stream.n : draw((uint32_t)stream.n + 1));
        for (uint32_t flips = k == 0 ? 0 : 1 + draw(3); worse.n > 0 && flips > 0; flips--) {
            const uint32_t reach = draw(3) ? 100 : (uint32_t)worse.n;
            worse.at[draw(reach < worse.n ? reach : (uint32_t)worse.n)] ^= (uint8_t)(1u << draw(8));
        }
        compare(worse, wrapper, plain.n + draw(2) * 1000);
        free(worse.at);
    }
    free(stream.at);
    free(plain.at);
}
END_TEST

/* Writes a stream bit by bit. */
typedef struct writer {
    uint8_t bytes[65536];
    size_t n_bits;
} writer;

static void put(writer *w, uint32_t value, uint32_t n_bits)
{
    for (uint32_t k = 0; k < n_bits; k++, w->n_bits++) {
        ck_assert_uint_lt(w->n_bits / 8, sizeof w->bytes);
        w->bytes[w->n_bits / 8] |= (uint8_t)((value >> k & 1) << w->n_bits % 8);
    }
}

/* Codes go first bit first. */
static void put_code(writer *w, uint32_t code, uint32_t length)
{
    while (length-- > 0)
        put(w, code >> length & 1, 1);
}

typedef struct code {
    uint8_t length[288];
    uint16_t code[288];
} code;

/* Gives symbols their codes, by length and number (RFC 1951, 3.2.2). */
static void number(code *c, uint32_t n)
{
    uint32_t next = 0;
    for (uint32_t length = 1; length <= 15; length++, next <<= 1)
        for (uint32_t s = 0; s < n; s++)
            if (c->length[s] == length)
                c->code[s] = (uint16_t)next++;
}

/* Draws a complete code of some of n symbols, symbol `needed` included, with at most `longest`
 * bits. */
static void draw_code(code *c, uint32_t n, uint32_t needed, uint32_t longest)
{
    uint8_t leaf[288] = {0};
    uint32_t n_leaves = 1;
    const uint32_t wanted = 2 + draw(n - 1), is_steep = draw(2);
    for (uint32_t tries = 0; n_leaves < wanted && tries < 5000; tries++) {
        const uint32_t split = is_steep ? n_leaves - 1 - draw(2) * draw(n_leaves) : draw(n_leaves);
        if (leaf[split] >= longest)
            continue;
        leaf[n_leaves++] = ++leaf[split];
    }
    memset(c, 0, sizeof *c);
    for (uint32_t k = 0; k < n_leaves; k++) {
        uint32_t s = k == 0 ? needed : draw(n);
        while (c->length[s])
            s = (s + 1) % n;
        c->length[s] = leaf[k];
    }
    number(c, n);
}

static const uint8_t order_of[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                     11, 4,  12, 3, 13, 2, 14, 1, 15};

/* The head of a dynamic block, with a flat code of four bits for the lengths 0…15. */
static void put_head(writer *w, const code *literal, uint32_t n_literals, const code *distance,
                     uint32_t n_distances, bool is_last)
{
    put(w, is_last, 1);
    put(w, 2, 2);
    put(w, n_literals - 257, 5);
    put(w, n_distances - 1, 5);
    put(w, 19 - 4, 4);
    for (uint32_t k = 0; k < 19; k++)
        put(w, order_of[k] < 16 ? 4 : 0, 3);
    for (uint32_t s = 0; s < n_literals; s++)
        put_code(w, literal->length[s], 4);
    for (uint32_t s = 0; s < n_distances; s++)
        put_code(w, distance->length[s], 4);
}

/* Random symbols of a random code: also distances that reach too far, where the stream ends. */
static void put_symbols(writer *w, const code *literal, const code *distance, uint32_t n_distances)
{
    static const uint8_t length_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                           2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    for (uint32_t k = draw(3000); k > 0; k--) {
        const uint32_t s = draw(10) ? draw(256) : 257 + draw(29);
        uint32_t d = draw(draw(n_distances) + 1);
        if (literal->length[s] == 0 || (s > 256 && distance->length[d] == 0))
            continue;
        put_code(w, literal->code[s], literal->length[s]);
        if (s <= 256)
            continue;
        put(w, draw(32), length_extra[s - 257]);
        put_code(w, distance->code[d], distance->length[d]);
        put(w, draw(2) ? draw(8192) : 0, d < 4 ? 0 : (d - 2) / 2);
    }
    put_code(w, literal->code[256], literal->length[256]);
}

static writer made;

static bytes written(void)
{
    return (bytes){made.bytes, (made.n_bits + 7) / 8};
}

START_TEST(random_codes)
{
    state = 5000u + (uint32_t)_i;
    memset(&made, 0, sizeof made);
    for (uint32_t blocks = 1 + draw(3); blocks > 0; blocks--) {
        code literal, distance;
        const uint32_t n_distances = 2 + draw(29);
        draw_code(&literal, 286, 256, 4 + draw(12) > 9 ? 15 : 9);
        draw_code(&distance, n_distances, 0, 5 + draw(11));
        put_head(&made, &literal, 286, &distance, n_distances, blocks == 1);
        put_symbols(&made, &literal, &distance, n_distances);
    }
    compare(written(), TN__FLATE_RAW, 60000);
}
END_TEST

/* Changes one bit of a code: most results are not codes. */
START_TEST(impossible_codes)
{
    state = 9000u + (uint32_t)_i;
    memset(&made, 0, sizeof made);
    code literal, distance;
    draw_code(&literal, 286, 256, 15);
    draw_code(&distance, 30, 0, 15);
    if (_i % 3 != 1)
        literal.length[draw(286)] = (uint8_t)draw(16);
    if (_i % 3 != 2)
        distance.length[draw(30)] = (uint8_t)draw(16);
    put_head(&made, &literal, 286, &distance, 30, true);
    put_symbols(&made, &literal, &distance, 30);
    compare(written(), TN__FLATE_RAW, 60000);
}
END_TEST

static void begin(void)
{
    memset(&made, 0, sizeof made);
}

static void check_made(int status, const char *reason)
{
    tn__inflate *const inflate = malloc(sizeof *inflate);
    uint8_t out[1000];
    const bytes stream = written();
    ck_assert_ptr_nonnull(inflate);
    tn__inflate_open(inflate, TN__FLATE_RAW);
    tn__inflate_io io = {stream.at, stream.at + stream.n, out, out, out + sizeof out};
    ck_assert_int_eq(tn__inflate_run(inflate, &io), status);
    if (reason)
        ck_assert_str_eq(inflate->reason, reason);
    free(inflate);
    compare(stream, TN__FLATE_RAW, sizeof out);
}

static void put_fixed(uint32_t symbol)
{
    if (symbol < 144)
        put_code(&made, 0x30 + symbol, 8);
    else if (symbol < 256)
        put_code(&made, 0x190 + symbol - 144, 9);
    else if (symbol < 280)
        put_code(&made, symbol - 256, 7);
    else
        put_code(&made, 0xc0 + symbol - 280, 8);
}

START_TEST(fixed_codes)
{
    static const char *const none = "a literal has an unknown code";
    static const char *const no_distance = "a distance has an unknown code";
    for (uint32_t symbol = 286; symbol < 288; symbol++) {
        begin();
        put(&made, 3, 3);
        put_fixed('a');
        put_fixed(symbol);
        check_made(TN__FLATE_BAD, none);
    }
    for (uint32_t far = 30; far < 32; far++) {
        begin();
        put(&made, 3, 3);
        put_fixed('a');
        put_fixed(257);
        put_code(&made, far, 5);
        check_made(TN__FLATE_BAD, no_distance);
    }
    begin();
    put(&made, 3, 3);
    put_fixed('a');
    put_fixed(285); /* 258 bytes from one byte before */
    put_code(&made, 0, 5);
    put_fixed(200);
    put_fixed(256);
    check_made(TN__FLATE_DONE, NULL);
    begin();
    put(&made, 3, 3);
    put_fixed('a');
    put_fixed(258);
    put_code(&made, 1, 5);
    check_made(TN__FLATE_BAD, "a distance reaches before the first byte");
}
END_TEST

START_TEST(stored_blocks)
{
    begin();
    put(&made, 0, 3); /* nothing, and not the last */
    put(&made, 0, 5);
    put(&made, 0xffff0000, 32);
    put(&made, 1, 3);
    put(&made, 31, 5); /* the bits up to the next byte are of no meaning */
    put(&made, (uint32_t)~3 << 16 | 3, 32);
    put(&made, 0x636261, 24);
    check_made(TN__FLATE_DONE, NULL);
    begin();
    put(&made, 1, 8);
    put(&made, 0xfffd0003, 32);
    check_made(TN__FLATE_BAD, "the length of a stored block is damaged");
    begin();
    put(&made, 7, 3);
    check_made(TN__FLATE_BAD, "a block has an unknown type");
}
END_TEST

/* Writes a block's head with these two codes. */
static void put_block(const code *literal, const code *distance)
{
    begin();
    put_head(&made, literal, 286, distance, 30, true);
}

START_TEST(codes_of_few_symbols)
{
    code literal = {0}, distance = {0};
    literal.length['a'] = 1;
    literal.length[256] = 2;
    literal.length[257] = 2;
    number(&literal, 286);
    put_block(&literal, &distance); /* no distances, and none is used */
    put_code(&made, literal.code['a'], 1);
    put_code(&made, literal.code[256], 2);
    check_made(TN__FLATE_DONE, NULL);
    put_block(&literal, &distance);
    put_code(&made, literal.code['a'], 1);
    put_code(&made, literal.code[257], 2);
    check_made(TN__FLATE_BAD, "a distance has an unknown code");
    distance.length[0] = 1; /* a single one */
    put_block(&literal, &distance);
    put_code(&made, literal.code['a'], 1);
    put_code(&made, literal.code[257], 2);
    put(&made, 0, 1);
    put_code(&made, literal.code[256], 2);
    check_made(TN__FLATE_DONE, NULL);
    put_block(&literal, &distance);
    put_code(&made, literal.code['a'], 1);
    put_code(&made, literal.code[257], 2);
    put(&made, 1, 1);
    check_made(TN__FLATE_BAD, "a distance has an unknown code");
    distance.length[0] = 2; /* a single one may only have one bit */
    put_block(&literal, &distance);
    check_made(TN__FLATE_BAD, "the distance code of a block is not complete");
    distance.length[0] = 1;
    literal.length['a'] = 2;
    put_block(&literal, &distance);
    check_made(TN__FLATE_BAD, "the literal code of a block is not complete");
    literal.length['a'] = 1;
    literal.length[256] = 0;
    literal.length['b'] = 2;
    put_block(&literal, &distance);
    check_made(TN__FLATE_BAD, "a block has no code for its end");
    memset(&literal, 0, sizeof literal);
    literal.length[256] = 1; /* nothing but an end */
    put_block(&literal, &distance);
    put(&made, 0, 1);
    check_made(TN__FLATE_DONE, NULL);
    put_block(&literal, &distance);
    put(&made, 1, 1);
    check_made(TN__FLATE_BAD, "a literal has an unknown code");
}
END_TEST

/* Begins a head of n_literals and n_distances, whose code of lengths has these lengths. */
static void put_order(uint32_t n_literals, uint32_t n_distances, const uint8_t lengths[19])
{
    begin();
    put(&made, 5, 3);
    put(&made, n_literals - 257, 5);
    put(&made, n_distances - 1, 5);
    put(&made, 15, 4);
    for (uint32_t k = 0; k < 19; k++)
        put(&made, lengths[order_of[k]], 3);
}

START_TEST(heads_of_blocks)
{
    uint8_t lengths[19] = {[0] = 1, [1] = 2, [16] = 3, [18] = 3}; /* codes 0, 10, 110, 111 */
    put_order(287, 1, lengths);
    check_made(TN__FLATE_BAD, "a block has too many codes");
    put_order(257, 31, lengths);
    check_made(TN__FLATE_BAD, "a block has too many codes");
    put_order(257, 1, lengths);
    put_code(&made, 6, 3);
    put(&made, 0, 2);
    check_made(TN__FLATE_BAD, "a repeated code length of a block has no place");
    put_order(257, 1, lengths); /* runs of 138 and 121 zeros: one too many */
    put_code(&made, 7, 3);
    put(&made, 127, 7);
    put_code(&made, 7, 3);
    put(&made, 110, 7);
    check_made(TN__FLATE_BAD, "a repeated code length of a block has no place");
    put_order(257, 1, lengths); /* one run covers the last literals and the first distances */
    put_code(&made, 7, 3);
    put(&made, 127, 7);
    put_code(&made, 7, 3);
    put(&made, 107, 7); /* 256 zeros */
    put_code(&made, 2, 2);
    put_code(&made, 0, 1);
    put(&made, 0, 1);
    check_made(TN__FLATE_DONE, NULL);
    lengths[16] = 0;
    put_order(257, 1, lengths);
    check_made(TN__FLATE_BAD, "the code of a block's code lengths is not complete");
    lengths[16] = lengths[18] = 1;
    put_order(257, 1, lengths);
    check_made(TN__FLATE_BAD, "the code of a block's code lengths is not complete");
    memset(lengths, 0, sizeof lengths);
    put_order(257, 1, lengths);
    for (int k = 0; k < 258; k++)
        put(&made, 0, 1);
    check_made(TN__FLATE_BAD, "the code of a block's code lengths is not complete");
}
END_TEST

/* Runs a whole stream; the reason is NULL unless it is bad. */
static int run_of(const uint8_t *stream, size_t n, int32_t wrapper, const char **reason,
                  size_t *used)
{
    static tn__inflate inflate;
    uint8_t out[100];
    tn__inflate_open(&inflate, wrapper);
    tn__inflate_io io = {stream, stream + n, out, out, out + sizeof out};
    const int status = tn__inflate_run(&inflate, &io);
    *reason = inflate.reason ? inflate.reason : "";
    *used = (size_t)(io.in - stream);
    return status;
}

/* "tench" in a fixed block, with all fields that gzip knows; then one byte of something else. */
static const uint8_t gzipped[] = {0x1f, 0x8b, 8,    0x1f, 1,    2,    3,    4,    0,    3,    3,
                                  0,    'x',  'y',  'z',  'n',  'a',  'm',  'e',  0,    'c',  'o',
                                  0,    0x12, 0x34, 0x2b, 0x49, 0xcd, 0x4b, 0xce, 0x00, 0x00, 0x76,
                                  0xb0, 0x6c, 0xb8, 5,    0,    0,    0,    0x1f};

START_TEST(gzip_members)
{
    uint8_t file[sizeof gzipped];
    const char *reason;
    size_t used;
    memcpy(file, gzipped, sizeof file);
    const uint32_t sum = (uint32_t)crc32(0, (const uint8_t *)"tench", 5);
    for (int k = 0; k < 4; k++)
        file[32 + k] = (uint8_t)(sum >> 8 * k);
    ck_assert_int_eq(run_of(file, sizeof file, TN__FLATE_GZIP, &reason, &used), TN__FLATE_DONE);
    ck_assert_uint_eq(used, sizeof file - 1);
    const bytes whole = {file, sizeof file - 1};
    for (size_t piece = 0; piece < 4; piece++) {
        const answer a = ask_tench(whole, TN__FLATE_GZIP, 5, piece, piece);
        ck_assert_int_eq(a.status, TN__FLATE_DONE);
        ck_assert_mem_eq(a.out.at, "tench", 5);
        free(a.out.at);
    }
    for (size_t n = 0; n < whole.n; n++)
        ck_assert_int_eq(run_of(file, n, TN__FLATE_GZIP, &reason, &used), TN__FLATE_NEEDS_INPUT);
    static const struct {
        size_t at;
        const char *reason;
    } changes[] = {{0, "it does not begin like a gzip file"},
                   {1, "it does not begin like a gzip file"},
                   {2, "its gzip header names an unknown method"},
                   {3, "its gzip header has unknown flags"},
                   {33, "its CRC-32 is wrong"},
                   {37, "the length at its end is wrong"}};
    for (size_t k = 0; k < sizeof changes / sizeof *changes; k++) {
        file[changes[k].at] ^= 0x80;
        ck_assert_int_eq(run_of(file, sizeof file, TN__FLATE_GZIP, &reason, &used), TN__FLATE_BAD);
        ck_assert_str_eq(reason, changes[k].reason);
        file[changes[k].at] ^= 0x80;
    }
}
END_TEST

START_TEST(zlib_headers)
{
    const char *reason;
    size_t used;
    uint8_t stream[] = {0x78, 0x9c, 0x2b, 0x49, 0xcd, 0x4b, 0xce, 0x00, 0x00, 6, 0x2a, 2, 0x15};
    const uint32_t sum = (uint32_t)adler32(1, (const uint8_t *)"tench", 5);
    for (int k = 0; k < 4; k++)
        stream[9 + k] = (uint8_t)(sum >> (24 - 8 * k));
    ck_assert_int_eq(run_of(stream, sizeof stream, TN__FLATE_ZLIB, &reason, &used), TN__FLATE_DONE);
    ck_assert_uint_eq(used, sizeof stream);
    static const struct {
        uint8_t head[2];
        const char *reason;
    } heads[] = {{{0x78, 0x9d}, "its zlib header is damaged"},
                 {{0x79, 0x18}, "its zlib header names an unknown method"},
                 {{0x88, 0x1c}, "its zlib header names a window over 32 KiB"},
                 {{0x78, 0xbb}, "it needs a preset dictionary"}};
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
        uint8_t other[sizeof stream];
        memcpy(other, stream, sizeof other);
        memcpy(other, heads[k].head, 2);
        ck_assert_int_eq(run_of(other, sizeof other, TN__FLATE_ZLIB, &reason, &used),
                         TN__FLATE_BAD);
        ck_assert_str_eq(reason, heads[k].reason);
        compare((bytes){other, sizeof other}, TN__FLATE_ZLIB, 10);
    }
    stream[12] ^= 1;
    ck_assert_int_eq(run_of(stream, sizeof stream, TN__FLATE_ZLIB, &reason, &used), TN__FLATE_BAD);
    ck_assert_str_eq(reason, "its Adler-32 is wrong");
}
END_TEST

/* Earlier output may move, as long as the window moves with it. */
START_TEST(moving_window)
{
    state = 77;
    const bytes plain = make_plain(4), stream = deflated(plain, TN__FLATE_ZLIB);
    static uint8_t buffer[TN__FLATE_WINDOW + 1000];
    static tn__inflate inflate;
    tn__inflate_open(&inflate, TN__FLATE_ZLIB);
    tn__inflate_io io = {stream.at, stream.at + stream.n, buffer, buffer, buffer};
    size_t n_checked = 0;
    int status;
    do {
        if (io.out > buffer + TN__FLATE_WINDOW) {
            memmove(buffer, io.out - TN__FLATE_WINDOW, TN__FLATE_WINDOW);
            io.out = buffer + TN__FLATE_WINDOW;
        }
        uint8_t *const begin_of_piece = io.out;
        io.out_end = begin_of_piece + 1 + draw(1000);
        status = tn__inflate_run(&inflate, &io);
        const size_t n = (size_t)(io.out - begin_of_piece);
        ck_assert_mem_eq(begin_of_piece, plain.at + n_checked, n);
        n_checked += n;
    } while (status == TN__FLATE_OUTPUT_FULL);
    ck_assert_int_eq(status, TN__FLATE_DONE);
    ck_assert_uint_eq(n_checked, plain.n);
    free(stream.at);
    free(plain.at);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("inflate");
    TCase *const streams = tcase_create("streams"), *const odd = tcase_create("odd");
    tcase_set_timeout(streams, 300);
    tcase_add_loop_test(streams, streams_of_zlib, 0, ROUNDS);
    tcase_add_loop_test(streams, cut_and_damaged_streams, 0, ROUNDS);
    tcase_add_loop_test(streams, random_codes, 0, ROUNDS);
    tcase_add_loop_test(streams, impossible_codes, 0, ROUNDS);
    tcase_add_test(odd, fixed_codes);
    tcase_add_test(odd, stored_blocks);
    tcase_add_test(odd, codes_of_few_symbols);
    tcase_add_test(odd, heads_of_blocks);
    tcase_add_test(odd, gzip_members);
    tcase_add_test(odd, zlib_headers);
    tcase_add_test(odd, moving_window);
    suite_add_tcase(suite, streams);
    suite_add_tcase(suite, odd);
    return suite_run(suite);
}
