/* SPDX-License-Identifier: MIT */
/* Inflates the image data of a PNG file. See stream.h.
 *
 * The buffer keeps the window of earlier output that matches copy from, and the rows that the
 * caller has not seen; when it is full, they move to its front. It is small enough to stay in the
 * second cache. */
#include "codec/png/stream.h"

#include <string.h>

#include "base/error.h"
#include "png/unfilter.h"

enum { FRESH = 96 << 10 }; /* room for output after the window, besides rows */

static size_t capacity(uint64_t n_bytes, size_t longest)
{
    const uint64_t most = TN__FLATE_WINDOW + FRESH + (uint64_t)longest * TN__PNG_ROWS;
    return (size_t)(n_bytes < most ? n_bytes : most);
}

size_t tn__png_stream_bytes(uint64_t n_bytes, size_t longest)
{
    return sizeof(tn__inflate) + capacity(n_bytes, longest) + TN__PNG_SLACK +
           (size_t)2 * TN_PX_ALIGN;
}

int tn__png_stream_open(tn__png *png, uint64_t n_bytes, size_t longest, tn__arena *arena,
                        tn__png_stream *stream)
{
    const size_t room = capacity(n_bytes, longest);
    tn__inflate *const inflate = tn__arena_take(arena, sizeof *inflate);
    uint8_t *const buffer = inflate ? tn__arena_take(arena, room + TN__PNG_SLACK) : NULL;
    if (!buffer)
        return tn__error_last()->code;
    *stream = (tn__png_stream){.png = png,
                               .inflate = inflate,
                               .io = {.window = buffer, .out = buffer, .out_end = buffer},
                               .buffer = buffer,
                               .buffer_end = buffer + room,
                               .row = buffer,
                               .to_inflate = n_bytes};
    tn__inflate_open(inflate, TN__FLATE_ZLIB);
    return TN_OK;
}

/* Moves what is still needed to the front of the buffer. */
static void make_room(tn__png_stream *stream)
{
    tn__inflate_io *const io = &stream->io;
    const size_t made = (size_t)(io->out - stream->buffer);
    const uint8_t *keep = made > TN__FLATE_WINDOW ? io->out - TN__FLATE_WINDOW : stream->buffer;
    if (stream->row < keep)
        keep = stream->row;
    const size_t by = (size_t)(keep - stream->buffer);
    memmove(stream->buffer, keep, made - by);
    stream->row -= by;
    io->out -= by;
}

static int next_piece(tn__png_stream *stream)
{
    tn__bytes piece;
    const int status = tn__png_piece(stream->png, &piece);
    if (status != TN_OK)
        return status;
    if (piece.size == 0)
        return tn__fail(TN_EDECODE, "truncated PNG: its image data end before its last row");
    stream->io.in = piece.data;
    stream->io.in_end = piece.data + piece.size;
    stream->piece_made = 0;
    return TN_OK;
}

/* Inflates until the buffer or the piece is used up, or all that is wanted is there. The inflater
 * then also looks at what follows in the piece, up to the next output, as zlib does. */
static int inflate_some(tn__png_stream *stream, int *answer)
{
    tn__inflate_io *const io = &stream->io;
    if (io->out == stream->buffer_end)
        make_room(stream);
    const uint64_t room = (uint64_t)(stream->buffer_end - io->out);
    const uint8_t *const begin = io->out;
    io->out_end = io->out + (room < stream->to_inflate ? room : stream->to_inflate);
    *answer = tn__inflate_run(stream->inflate, io);
    const uint64_t made = (uint64_t)(io->out - begin);
    stream->to_inflate -= made;
    stream->piece_made += made;
    if (*answer != TN__FLATE_BAD)
        return TN_OK;
    return tn__fail(TN_EDECODE, "broken PNG: its image data cannot be inflated: %s",
                    stream->inflate->reason);
}

/* Makes sure that `n_bytes` follow stream->row, unless the stream ends before. */
static int fill(tn__png_stream *stream, size_t n_bytes)
{
    while ((size_t)(stream->io.out - stream->row) < n_bytes && !stream->ended) {
        int answer;
        int status = inflate_some(stream, &answer);
        stream->ended = answer == TN__FLATE_DONE;
        if (status == TN_OK && answer == TN__FLATE_NEEDS_INPUT &&
            (size_t)(stream->io.out - stream->row) < n_bytes)
            status = next_piece(stream);
        if (status != TN_OK)
            return status;
    }
    return TN_OK;
}

/* A stream may end early if it ends with a row, and with the piece that made this row's last byte.
 * Pillow then leaves the missing rows black. */
static int check_end(const tn__png_stream *stream, size_t length)
{
    const size_t left = (size_t)(stream->io.out - stream->row) % length;
    if (left == 0 && stream->piece_made > 0)
        return TN_OK;
    return tn__fail(TN_EDECODE, "truncated PNG: its compressed data hold too few rows");
}

static int check_filters(const uint8_t *rows, size_t length, int32_t n)
{
    for (int32_t r = 0; r < n; r++)
        if (rows[(size_t)r * length] >= TN__PNG_FILTERS)
            return tn__fail(TN_EDECODE, "broken PNG: a row with the filter %u",
                            rows[(size_t)r * length]);
    return TN_OK;
}

int tn__png_stream_rows(tn__png_stream *stream, size_t length, int32_t most, const uint8_t **rows,
                        int32_t *n)
{
    const size_t n_rows = (size_t)(most < TN__PNG_ROWS ? most : TN__PNG_ROWS);
    int status = fill(stream, n_rows * length);
    if (status != TN_OK)
        return status;
    const size_t there = (size_t)(stream->io.out - stream->row) / length;
    if (there < n_rows)
        status = check_end(stream, length);
    *n = (int32_t)(there < n_rows ? there : n_rows);
    *rows = stream->row;
    stream->row += (size_t)*n * length;
    return status == TN_OK ? check_filters(*rows, length, *n) : status;
}
