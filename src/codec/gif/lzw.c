/* SPDX-License-Identifier: MIT */
/* Decodes the LZW codes of a GIF frame. See lzw.h.
 *
 * A new string is always the last one and the first pixel of the current one. In the output these
 * lie side by side. So the table holds only the place and the length of each string in the output,
 * and a string is copied from there, 8 bytes at a time. (Pillow and giflib walk a chain of
 * single pixels, from the last to the first.)
 *
 * Verdicts are Pillow's. Its decoder knows the size of the frame, and never looks at what follows
 * the last pixel. It skips empty blocks. It begins a block only if the file has all of it. It
 * reads the file in chunks of 64 KiB. A code that ends the data ends the chunk only: the decoder
 * then reads the next chunk, if there is one. */
#include "codec/gif/lzw.h"

#include <string.h>

#include "base/bytes.h"

enum { TABLE = 1 << TN__GIF_MAX_CODE_BITS, CHUNK_BYTES = 1 << 16 };

struct string {
    uint32_t at; /* its place in the output */
    uint32_t length;
};

struct decoder {
    tn__bytes bytes;
    size_t at, block_end; /* the next byte of the block */
    size_t chunk_end;     /* end of the chunks that Pillow has read */
    uint64_t bits;        /* the next bits, from the lowest up */
    uint32_t n_bits;
    uint32_t clear, end, next; /* codes: clear the table, end of data, next new string */
    uint32_t width;            /* bits of a code */
    uint8_t *out;
    size_t n_pixels, done;
    struct string last;
    uint32_t last_code;
    struct string table[TABLE];
};

/* Moves to the next block. False: the file does not have all of it. */
static bool open_block(struct decoder *decoder)
{
    const size_t left = decoder->bytes.size - decoder->at;
    if (left < 1 || left - 1 < decoder->bytes.data[decoder->at])
        return false;
    decoder->block_end = decoder->at + 1 + decoder->bytes.data[decoder->at];
    decoder->at++;
    while (decoder->chunk_end < decoder->block_end)
        decoder->chunk_end += CHUNK_BYTES;
    return true;
}

/* Makes sure that there are bits for a code. False: the file ends. */
static bool refill(struct decoder *decoder)
{
    while (decoder->n_bits < decoder->width) {
        if (decoder->at == decoder->block_end && !open_block(decoder))
            return false;
        const size_t left = decoder->block_end - decoder->at, room = (63 - decoder->n_bits) / 8;
        const size_t n = left < room ? left : room;
        const uint64_t mask = (UINT64_C(1) << 8 * n) - 1;
        /* TN__READ_PADDING bytes follow the file. */
        decoder->bits |= (tn__get_64(decoder->bytes.data + decoder->at) & mask) << decoder->n_bits;
        decoder->n_bits += (uint32_t)(8 * n);
        decoder->at += n;
    }
    return true;
}

static void clear_table(struct decoder *decoder, uint32_t code_bits)
{
    decoder->next = decoder->clear + 2;
    decoder->width = code_bits + 1;
}

/* Copies a string from an earlier place, which may reach into the new one by its last pixel: that
 * one may come out wrong. May write up to 7 bytes more. */
static void copy(uint8_t *to, const uint8_t *from, size_t n)
{
    for (size_t k = 0; k < n; k += 8) {
        uint64_t eight;
        memcpy(&eight, from + k, 8);
        memcpy(to + k, &eight, 8);
    }
}

/* Appends a string to the output, as far as pixels are wanted. */
static void put_string(struct decoder *decoder, struct string string)
{
    uint8_t *const to = decoder->out + decoder->done;
    const uint8_t *const from = decoder->out + string.at;
    const size_t room = decoder->n_pixels - decoder->done;
    size_t n = string.length < room ? string.length : room;
    decoder->last = (struct string){.at = (uint32_t)decoder->done, .length = string.length};
    decoder->done += n;
    copy(to, from, n);
    if (from + n > to) /* the new string, whose last pixel is its first */
        to[n - 1] = *from;
}

static void put_pixel(struct decoder *decoder, uint32_t pixel)
{
    decoder->last = (struct string){.at = (uint32_t)decoder->done, .length = 1};
    decoder->out[decoder->done++] = (uint8_t)pixel;
}

/* The string that the next code will mean. Its last pixel is the first one of the current code. */
static void add_string(struct decoder *decoder)
{
    if (decoder->next >= TABLE)
        return;
    decoder->table[decoder->next] =
        (struct string){.at = decoder->last.at, .length = decoder->last.length + 1};
    if (decoder->next == (1u << decoder->width) - 1 && decoder->width < TN__GIF_MAX_CODE_BITS)
        decoder->width++;
    decoder->next++;
}

/* A code beyond the table: possible with 12 bits a pixel, and only once. */
static bool put_beyond(struct decoder *decoder)
{
    if (decoder->last_code >= TABLE)
        return false;
    put_string(decoder, (struct string){.at = decoder->last.at, .length = 2});
    return true;
}

/* Decodes one code after the first one. False: no such code exists. */
static bool put_code(struct decoder *decoder, uint32_t code)
{
    if (code > decoder->next)
        return false;
    if (code >= TABLE)
        return put_beyond(decoder);
    add_string(decoder);
    if (code < decoder->clear)
        put_pixel(decoder, code);
    else
        put_string(decoder, decoder->table[code]);
    return true;
}

/* Reads a code. False: the file ends. */
static bool next_code(struct decoder *decoder, uint32_t *code)
{
    if (decoder->n_bits < decoder->width && !refill(decoder))
        return false;
    *code = (uint32_t)decoder->bits & ((1u << decoder->width) - 1);
    decoder->bits >>= decoder->width;
    decoder->n_bits -= decoder->width;
    return true;
}

/* Handles a code that ends the data. True if Pillow decodes more, because another chunk follows. */
static bool pass_end(struct decoder *decoder)
{
    const bool more = decoder->chunk_end < decoder->bytes.size;
    decoder->chunk_end += CHUNK_BYTES;
    return more;
}

static int run(struct decoder *decoder, uint32_t code_bits)
{
    bool first = true; /* the table is empty */
    clear_table(decoder, code_bits);
    while (decoder->done < decoder->n_pixels) {
        uint32_t code;
        if (!next_code(decoder, &code))
            return TN__GIF_TRUNCATED;
        if (code == decoder->clear) {
            clear_table(decoder, code_bits);
            first = true;
            continue;
        }
        if (code == decoder->end) {
            if (!pass_end(decoder))
                return TN__GIF_TRUNCATED;
            continue;
        }
        if (first ? code > decoder->clear : !put_code(decoder, code))
            return TN__GIF_BROKEN;
        if (first)
            put_pixel(decoder, code);
        first = false;
        decoder->last_code = code;
    }
    return TN__GIF_DONE;
}

int tn__gif_decode(tn__bytes bytes, size_t at, int32_t code_bits, size_t n_pixels, uint8_t *out,
                   size_t *done)
{
    struct decoder decoder;
    decoder.bytes = bytes;
    decoder.at = decoder.block_end = at;
    decoder.chunk_end = at;
    decoder.bits = 0;
    decoder.n_bits = 0;
    decoder.clear = 1u << code_bits;
    decoder.end = decoder.clear + 1;
    decoder.out = out;
    decoder.n_pixels = n_pixels;
    decoder.done = 0;
    decoder.last = (struct string){0};
    decoder.last_code = 0;
    const int result = run(&decoder, (uint32_t)code_bits);
    *done = decoder.done;
    return result;
}
