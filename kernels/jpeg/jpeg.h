/* SPDX-License-Identifier: MIT */
/* The inner loops of JPEG decoding: entropy decoding, inverse DCT, upsampling and colour. Every
 * level gives the same bytes and the same verdicts.
 *
 * Coefficients are stored in groups of four neighbouring blocks in natural order: row r, block b,
 * column c at [32 r + 8 b + c]. So a vector holds one row of four blocks, and the transform needs
 * no rearrangement.
 *
 * The entropy decoder reads unstuffed bytes. TN__JPEG_ZEROS zero bytes follow them, more than a
 * block can take, so one check per block finds the end of the data. Three things that no encoder
 * writes mark a stream as damaged: a code that is not in the table, a coefficient past the last,
 * and the end of the data. The coefficients are then useless, but memory is safe. */
#ifndef TENCH_JPEG_JPEG_H
#define TENCH_JPEG_JPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TN__JPEG_GROUP = 4,                   /* blocks side by side */
    TN__JPEG_GROUP_SIZE = 64 * 4,         /* coefficients of a group */
    TN__JPEG_GROUP_W = 8 * TN__JPEG_GROUP /* samples across */
};
enum { TN__JPEG_MAX_COMPONENTS = 3 };
enum { TN__JPEG_MAX_PLACES = 10 }; /* blocks of an MCU: ITU T.81 B.2.3 */
/* A block takes at most 64 codes of 16 bits, each with a value of 15 bits: 248 bytes. Eight bytes
 * are read ahead. */
enum { TN__JPEG_ZEROS = 320 };
enum { TN__JPEG_AC_BITS = 10, TN__JPEG_DC_BITS = 10 }; /* bits of the tables' index */

/* Codes that are too long for a table's index. */
typedef struct tn__jpeg_long_codes {
    uint32_t limit[17];  /* by length: 16 bits below it begin with a code of at most this length */
    int32_t offset[17];  /* by length: add it to a code to get its place among the symbols */
    uint8_t symbol[256]; /* in the order of their codes */
} tn__jpeg_long_codes;

/* One AC table.
 *
 * `entry`: what the next 10 bits say. Bits 0…5: length of code and value. Bit 6: the value is not
 * in the entry; then bits 16…20 are the length of the code and 24…27 that of the value. Bit 7: the
 * code is longer than the index. Bits 8…15: how far the coefficient's index advances; the end of a
 * block advances by TN__JPEG_END. Bits 16…31: add them, modulo 2^16, to the number that code and
 * value form together, and the sum is the value.
 *
 * `skip`: the one or two symbols whose codes those bits show, for blocks outside the region. Bits
 * 0…7: their length. Bits 8…15: how far they advance. 0: the code is too long. */
typedef struct tn__jpeg_ac_table {
    uint32_t entry[1 << TN__JPEG_AC_BITS];
    uint16_t skip[1 << TN__JPEG_AC_BITS];
    uint8_t place[320]; /* in a group, of the coefficient before index k; near the entries */
    tn__jpeg_long_codes codes;
} tn__jpeg_ac_table;

enum { TN__JPEG_END = 128 };

/* One DC table. `entry`: bits 0…7 are the length of code and value, 8…11 that of the value, 12…15
 * that of the code; 0: the code is too long. */
typedef struct tn__jpeg_dc_table {
    uint16_t entry[1 << TN__JPEG_DC_BITS];
    tn__jpeg_long_codes codes;
} tn__jpeg_dc_table;

/* One block of an MCU. */
typedef struct tn__jpeg_place {
    const tn__jpeg_dc_table *dc;
    const tn__jpeg_ac_table *ac;
    int32_t component;
    int32_t across, column; /* blocks of the component across an MCU, and the index of this one */
    size_t strip_at;        /* of the component's block row in a strip, in coefficients */
    int32_t dc_limit;       /* a larger DC coefficient counts as damage */
} tn__jpeg_place;

typedef struct tn__jpeg_mcu {
    int32_t n_places;
    tn__jpeg_place place[TN__JPEG_MAX_PLACES];
} tn__jpeg_mcu;

/* A position in the entropy-coded data. */
typedef struct tn__jpeg_stream {
    const uint8_t *next;                 /* the first byte that is not completely in `bits` */
    const uint8_t *end;                  /* of the data */
    uint64_t bits;                       /* the next bits, from the top */
    uint32_t n_bits;                     /* in its low 6 bits: how many of them are valid */
    int32_t dc[TN__JPEG_MAX_COMPONENTS]; /* predictors */
    bool damaged;
} tn__jpeg_stream;

typedef struct tn__jpeg_kernels {
    /* Copies entropy-coded bytes without their stuffing, up to a marker or the end, and writes
     * TN__JPEG_ZEROS zero bytes after them. `dst` has space for end - src + TN__JPEG_ZEROS bytes.
     * Returns where it stopped in src: at the 0xFF of a marker, or at `end`. */
    const uint8_t *(*unstuff)(const uint8_t *src, const uint8_t *end, uint8_t *dst,
                              uint8_t **dst_end);
    /* Make tables from the checked bytes of a DHT segment: 16 counts, then symbols. */
    void (*make_dc)(const uint8_t *counts, tn__jpeg_dc_table *table);
    void (*make_ac)(const uint8_t *counts, tn__jpeg_ac_table *table);
    void (*make_skip)(tn__jpeg_ac_table *table);

    /* Decodes n MCUs into a strip, which holds one row of MCUs and is zero there. `mcu` is the
     * index of the first one in the strip. */
    void (*keep)(tn__jpeg_stream *stream, const tn__jpeg_mcu *layout, int16_t *strip, int32_t mcu,
                 int32_t n);
    /* Decodes the same MCUs of two rows at once, which is faster than one row after the other. */
    void (*keep_two)(tn__jpeg_stream *const streams[2], const tn__jpeg_mcu *layout,
                     int16_t *const strips[2], int32_t mcu, int32_t n);
    /* Skips n MCUs and updates only the predictors. Needs make_skip. */
    void (*skip)(tn__jpeg_stream *stream, const tn__jpeg_mcu *layout, int32_t n);
    void (*skip_two)(tn__jpeg_stream *const streams[2], const tn__jpeg_mcu *layout, int32_t n);

    /* Turns n groups of coefficients into 8 rows of 32 n samples. `quantiser` is in natural order.
     */
    void (*idct)(const int16_t *groups, int32_t n, const uint16_t *quantiser, uint8_t *samples,
                 ptrdiff_t stride);

    /* These take rows of n samples, and may overwrite up to 64 bytes after a result. h2v1 and h2v2
     * make 2n samples; they read one sample before the first and one after the last. */
    void (*h2v1)(const uint8_t *row, uint8_t *out, int32_t n);
    void (*h2v2)(const uint8_t *near, const uint8_t *far, uint8_t *out, int32_t n);
    void (*h1v2)(const uint8_t *near, const uint8_t *far, int32_t bias, uint8_t *out, int32_t n);
    /* Converts n pixels; `rgb` may be the same rows as `ycc`. */
    void (*colour)(const uint8_t *const ycc[3], uint8_t *const rgb[3], int32_t n);
} tn__jpeg_kernels;

/* Returns the functions of the level in use. */
const tn__jpeg_kernels *tn__jpeg_kernels_get(void);
extern const tn__jpeg_kernels tn__jpeg_scalar, tn__jpeg_avx2, tn__jpeg_avx512;

/* Natural index of each zig-zag index. */
extern const uint8_t tn__jpeg_natural[64];

/* Starts to read at a bit of an unstuffed byte. */
void tn__jpeg_stream_open(tn__jpeg_stream *stream, const uint8_t *begin, const uint8_t *end,
                          int32_t bit);
/* Returns the number of bits read since `begin`. */
int64_t tn__jpeg_stream_bits(const tn__jpeg_stream *stream, const uint8_t *begin);

#endif
