/* SPDX-License-Identifier: MIT */
/* See deflate.h. Each block has codes of its own. It is read twice: to count its symbols, and to
 * write them. */
#include "flate/deflate.h"

#include <stdbool.h>
#include <string.h>

enum { BLOCK = 1 << 16, LEAST_RUN = 3, MOST_RUN = 258 };
enum { END = 256, N_SYMBOLS = 286, N_LENGTHS = 19, MOST_BITS = 15, MOST_LENGTH_BITS = 7 };
enum { DYNAMIC = 2 }; /* kind of block */

typedef struct writer {
    uint8_t *at;
    uint64_t held; /* bits that wait for a whole byte */
    int32_t n_held;
} writer;

static void put(writer *self, uint32_t bits, int32_t n)
{
    self->held |= (uint64_t)bits << self->n_held;
    self->n_held += n;
    for (; self->n_held >= 8; self->n_held -= 8, self->held >>= 8)
        *self->at++ = (uint8_t)self->held;
}

static void flush(writer *self)
{
    if (self->n_held > 0)
        *self->at++ = (uint8_t)self->held;
    self->held = 0;
    self->n_held = 0;
}

/* A code for up to N_SYMBOLS symbols. */
typedef struct code {
    uint8_t length[N_SYMBOLS]; /* 0: the symbol does not occur */
    uint16_t bits[N_SYMBOLS];  /* as they are written, the first one lowest */
} code;

/* The two nodes of least weight that have no parent. */
static void find_least(const uint64_t *weight, const int16_t *parent, int32_t n, int32_t least[2])
{
    least[0] = least[1] = -1;
    for (int32_t k = 0; k < n; k++) {
        if (weight[k] == 0 || parent[k] >= 0)
            continue;
        if (least[0] < 0 || weight[k] < weight[least[0]]) {
            least[1] = least[0];
            least[0] = k;
        } else if (least[1] < 0 || weight[k] < weight[least[1]]) {
            least[1] = k;
        }
    }
}

/* Huffman's lengths for these weights; returns the greatest. At least two symbols occur. */
static int32_t find_lengths(const uint32_t *counts, int32_t n, uint8_t *length)
{
    uint64_t weight[2 * N_SYMBOLS];
    int16_t parent[2 * N_SYMBOLS];
    int32_t n_nodes = n, most = 0, least[2];
    for (int32_t k = 0; k < n; k++)
        weight[k] = counts[k];
    memset(parent, -1, sizeof parent);
    for (find_least(weight, parent, n_nodes, least); least[1] >= 0;
         find_least(weight, parent, n_nodes, least)) {
        parent[least[0]] = parent[least[1]] = (int16_t)n_nodes;
        weight[n_nodes++] = weight[least[0]] + weight[least[1]];
    }
    for (int32_t k = 0; k < n; k++) {
        int32_t depth = 0;
        for (int32_t node = parent[k]; node >= 0; node = parent[node])
            depth++;
        length[k] = (uint8_t)depth;
        most = depth > most ? depth : most;
    }
    return most;
}

static uint16_t reverse(uint32_t bits, int32_t n)
{
    uint32_t turned = 0;
    for (int32_t k = 0; k < n; k++)
        turned |= (bits >> k & 1) << (n - 1 - k);
    return (uint16_t)turned;
}

/* Gives each symbol its bits, by the rule of RFC 1951, section 3.2.2. */
static void set_bits(code *self, int32_t n)
{
    uint32_t next = 0;
    for (int32_t length = 1; length <= MOST_BITS; length++, next <<= 1)
        for (int32_t k = 0; k < n; k++)
            if (self->length[k] == length)
                self->bits[k] = reverse(next++, length);
}

/* Makes a code of at most `most` bits. Weights become more even until the lengths fit. */
static void make_code(uint32_t *counts, int32_t n, int32_t most, code *self)
{
    memset(self, 0, sizeof *self);
    while (find_lengths(counts, n, self->length) > most)
        for (int32_t k = 0; k < n; k++)
            counts[k] = counts[k] ? counts[k] / 2 + 1 : 0;
    set_bits(self, n);
}

/* A symbol for a length of a run, and the bits that follow it. */
typedef struct run_symbol {
    int32_t symbol, n_extra;
    uint32_t extra;
} run_symbol;

static run_symbol symbol_of(int32_t length)
{
    if (length == MOST_RUN)
        return (run_symbol){N_SYMBOLS - 1, 0, 0};
    const int32_t from = length - LEAST_RUN;
    if (from < 8)
        return (run_symbol){END + 1 + from, 0, 0};
    int32_t n_extra = 1;
    while (from >> (n_extra + 3) != 0)
        n_extra++;
    return (run_symbol){END + 1 + 4 * n_extra + (from >> n_extra), n_extra,
                        (uint32_t)from & ((1u << n_extra) - 1)};
}

/* The bytes from `at` on that equal the byte before them; 0: too few for a run. */
static int32_t run_at(const uint8_t *begin, const uint8_t *at, const uint8_t *end)
{
    if (at == begin || *at != at[-1])
        return 0;
    int32_t n = 1;
    while (n < MOST_RUN && at + n < end && at[n] == at[-1])
        n++;
    return n >= LEAST_RUN ? n : 0;
}

static void count_symbols(const uint8_t *begin, const uint8_t *at, const uint8_t *end,
                          uint32_t *counts)
{
    while (at < end) {
        const int32_t run = run_at(begin, at, end);
        counts[run ? symbol_of(run).symbol : *at]++;
        at += run ? run : 1;
    }
    counts[END]++;
}

/* Writes the lengths of the symbols' code and of the code for distances, which has one code of one
 * bit. They are written one by one, by a code of their own. */
static void put_lengths(writer *to, const code *symbols)
{
    static const uint8_t order[N_LENGTHS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                             11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint32_t counts[N_LENGTHS] = {[0] = 1, [1] = 1}; /* two at least */
    code lengths;
    for (int32_t k = 0; k < N_SYMBOLS; k++)
        counts[symbols->length[k]]++;
    make_code(counts, N_LENGTHS, MOST_LENGTH_BITS, &lengths);
    put(to, N_SYMBOLS - 257, 5);
    put(to, 0, 5);
    put(to, N_LENGTHS - 4, 4);
    for (int32_t k = 0; k < N_LENGTHS; k++)
        put(to, lengths.length[order[k]], 3);
    for (int32_t k = 0; k < N_SYMBOLS; k++)
        put(to, lengths.bits[symbols->length[k]], lengths.length[symbols->length[k]]);
    put(to, lengths.bits[1], lengths.length[1]);
}

static void put_block(writer *to, const uint8_t *begin, const uint8_t *at, const uint8_t *end,
                      bool last)
{
    uint32_t counts[N_SYMBOLS] = {[0] = 1}; /* besides END: a code needs two symbols */
    code symbols;
    count_symbols(begin, at, end, counts);
    make_code(counts, N_SYMBOLS, MOST_BITS, &symbols);
    put(to, last, 1);
    put(to, DYNAMIC, 2);
    put_lengths(to, &symbols);
    while (at < end) {
        const int32_t run = run_at(begin, at, end);
        const run_symbol found = run ? symbol_of(run) : (run_symbol){*at, 0, 0};
        put(to, symbols.bits[found.symbol], symbols.length[found.symbol]);
        put(to, found.extra, found.n_extra);
        put(to, 0, run > 0); /* the distance, 1 */
        at += run ? run : 1;
    }
    put(to, symbols.bits[END], symbols.length[END]);
}

size_t tn__deflate_bound(size_t n_bytes)
{
    /* Huffman's codes are never longer than 9 bits for each byte on average, and the lengths of a
     * block take at most 7 bits each. */
    return n_bytes + n_bytes / 8 + (n_bytes / BLOCK + 1) * 512;
}

size_t tn__deflate(const uint8_t *bytes, size_t n_bytes, uint8_t *out)
{
    writer to = {.at = out};
    size_t at = 0;
    do {
        const size_t n = n_bytes - at < BLOCK ? n_bytes - at : BLOCK;
        put_block(&to, bytes, bytes + at, bytes + at + n, at + n == n_bytes);
        at += n;
    } while (at < n_bytes);
    flush(&to);
    return (size_t)(to.at - out);
}
