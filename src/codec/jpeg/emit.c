/* SPDX-License-Identifier: MIT */
/* Writes a baseline scan. See emit.h. */
#include "codec/jpeg/emit.h"

#include <stdlib.h>
#include <string.h>

#include "tench.h"

enum { MARKER_RST0 = 0xd0, RESTARTS = 8, LENGTHS = 16 };
enum { END_OF_BLOCK = 0x00, SIXTEEN_ZEROS = 0xf0 };
/* A block takes at most 64 codes of 16 bits, each with 15 more bits, and twice as much if every
 * byte is stuffed. A restart marker takes two bytes, and the padding before it one. */
enum { BLOCK_BYTES = 2 * 64 * 4 + 8 };

/* Computes the codes from the counts and symbols of a DHT segment: ITU T.81, C.2. */
static void make_codes(const uint8_t *table, tn__jpeg_codes *codes)
{
    memset(codes, 0, sizeof *codes);
    const uint8_t *symbol = table + LENGTHS;
    uint32_t code = 0;
    for (int32_t length = 1; length <= LENGTHS; length++, code <<= 1)
        for (int32_t i = 0; i < table[length - 1]; i++, symbol++, code++) {
            codes->code[*symbol] = (uint16_t)code;
            codes->length[*symbol] = (uint8_t)length;
        }
}

void tn__jpeg_emit_begin(tn__jpeg_emitter *emitter, const tn__jpeg_frame *frame, int32_t filling)
{
    memset(emitter, 0, sizeof *emitter);
    emitter->frame = frame;
    emitter->left = frame->restart_interval;
    emitter->filling = filling;
    for (int32_t c = 0; c < frame->n_components; c++) {
        const tn__jpeg_component *const component = &frame->component[c];
        make_codes(frame->dc[component->dc], &emitter->dc[component->dc]);
        make_codes(frame->ac[component->ac], &emitter->ac[component->ac]);
    }
}

/* Writes whole bytes, with a zero after each 0xff. `at` has enough space. */
static uint8_t *flush(tn__jpeg_emitter *emitter, uint8_t *at)
{
    while (emitter->n_bits >= 8) {
        emitter->n_bits -= 8;
        const uint8_t byte = (uint8_t)(emitter->bits >> emitter->n_bits);
        *at++ = byte;
        if (byte == 0xff)
            *at++ = 0;
    }
    return at;
}

static uint8_t *add_bits(tn__jpeg_emitter *emitter, uint32_t bits, int32_t n, uint8_t *at)
{
    emitter->bits = emitter->bits << n | bits;
    emitter->n_bits += n;
    return emitter->n_bits >= 32 ? flush(emitter, at) : at;
}

static int32_t bits_of(int32_t value)
{
    const uint32_t size = (uint32_t)abs(value);
    return size ? 32 - __builtin_clz(size) : 0;
}

/* Writes a symbol and the bits of its value. NULL: it has no code. */
static uint8_t *add_value(tn__jpeg_emitter *emitter, const tn__jpeg_codes *codes, int32_t run,
                          int32_t value, uint8_t *at)
{
    const int32_t n = bits_of(value);
    const int32_t symbol = run << 4 | n;
    if (n > 15 || codes->length[symbol] == 0)
        return NULL;
    at = add_bits(emitter, codes->code[symbol], codes->length[symbol], at);
    const uint32_t low = (uint32_t)(value < 0 ? value - 1 : value) & ((1u << n) - 1);
    return add_bits(emitter, low, n, at);
}

static uint8_t *add_symbol(tn__jpeg_emitter *emitter, const tn__jpeg_codes *codes, int32_t symbol,
                           uint8_t *at)
{
    if (codes->length[symbol] == 0)
        return NULL;
    return add_bits(emitter, codes->code[symbol], codes->length[symbol], at);
}

static uint8_t *add_block(tn__jpeg_emitter *emitter, int32_t c, const tn__pack_block *block,
                          uint8_t *at)
{
    const tn__jpeg_component *const component = &emitter->frame->component[c];
    const tn__jpeg_codes *const ac = &emitter->ac[component->ac];
    const int32_t dc = block->natural[0];
    at = add_value(emitter, &emitter->dc[component->dc], 0, dc - emitter->predictor[c], at);
    emitter->predictor[c] = dc;
    int32_t run = 0;
    for (int32_t k = 1; k < 64 && at; k++) {
        const int32_t value = block->natural[tn__jpeg_natural[k]];
        if (value == 0) {
            run++;
            continue;
        }
        for (; run >= 16 && at; run -= 16)
            at = add_symbol(emitter, ac, SIXTEEN_ZEROS, at);
        if (at)
            at = add_value(emitter, ac, run, value, at);
        run = 0;
    }
    return run > 0 && at ? add_symbol(emitter, ac, END_OF_BLOCK, at) : at;
}

static uint8_t *fill_up(tn__jpeg_emitter *emitter, uint8_t *at)
{
    at = flush(emitter, at);
    const int32_t missing = emitter->n_bits > 0 ? 8 - emitter->n_bits : 0;
    emitter->bits = emitter->bits << missing | (emitter->filling ? (1u << missing) - 1 : 0);
    emitter->n_bits += missing;
    return flush(emitter, at);
}

static uint8_t *restart(tn__jpeg_emitter *emitter, uint8_t *at)
{
    at = fill_up(emitter, at);
    *at++ = 0xff;
    *at++ = (uint8_t)(MARKER_RST0 + emitter->marker);
    emitter->marker = (emitter->marker + 1) % RESTARTS;
    emitter->left = emitter->frame->restart_interval;
    memset(emitter->predictor, 0, sizeof emitter->predictor);
    return at;
}

static uint8_t *add_mcu(tn__jpeg_emitter *emitter, const tn__jpeg_blocks *blocks, int32_t mcu,
                        uint8_t *at)
{
    const tn__jpeg_frame *const frame = emitter->frame;
    if (frame->restart_interval > 0 && emitter->left-- == 0) {
        at = restart(emitter, at);
        emitter->left--;
    }
    for (int32_t c = 0; c < frame->n_components; c++) {
        const tn__jpeg_component *const component = &frame->component[c];
        for (int32_t k = 0; k < component->h * component->v && at; k++) {
            const tn__pack_block *const row = blocks->row[c][k / component->h];
            at = add_block(emitter, c, &row[mcu * component->h + k % component->h], at);
        }
    }
    return at;
}

int tn__jpeg_emit_row(tn__jpeg_emitter *emitter, const tn__jpeg_blocks *blocks, tn__blob *out)
{
    for (int32_t mcu = 0; mcu < emitter->frame->mcus; mcu++) {
        const int status = tn__blob_reserve(out, (size_t)BLOCK_BYTES * TN__JPEG_MAX_PLACES);
        if (status != TN_OK)
            return status;
        const uint8_t *const end = add_mcu(emitter, blocks, mcu, out->bytes + out->size);
        if (!end)
            return TN__NOT_MINE;
        out->size = (size_t)(end - out->bytes);
    }
    return TN_OK;
}

int tn__jpeg_emit_end(tn__jpeg_emitter *emitter, tn__blob *out)
{
    const int status = tn__blob_reserve(out, BLOCK_BYTES);
    if (status == TN_OK)
        out->size = (size_t)(fill_up(emitter, out->bytes + out->size) - out->bytes);
    return status;
}
