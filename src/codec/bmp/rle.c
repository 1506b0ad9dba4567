/* SPDX-License-Identifier: MIT */
/* Decodes the runs of a BMP file. See rle.h.
 *
 * Pillow treats the image as one line of w × h pixels. So a jump is a number of black pixels, and
 * only runs of one colour end with the row. */
#include "codec/bmp/rle.h"

#include <string.h>

#include "base/least.h"

enum { END_OF_LINE = 0, END_OF_IMAGE = 1, JUMP = 2 };

struct runs {
    tn__bytes bytes;
    size_t at; /* the next byte */
    bool rle4;
    uint64_t w, n_pixels, done; /* `n_pixels` are wanted, `done` are written */
    uint64_t x;                 /* the place in the row as Pillow counts it; may be too large */
    uint8_t *out;
};

static void put_zeros(struct runs *runs, uint64_t n)
{
    n = tn__least(n, runs->n_pixels - runs->done);
    memset(runs->out + runs->done, 0, n);
    runs->done += n;
}

/* A run of one number, or of two in turn. */
static void put_run(struct runs *runs, uint64_t n, uint8_t byte)
{
    n = runs->x >= runs->w ? 0 : tn__least(n, runs->w - runs->x);
    runs->x += n;
    n = tn__least(n, runs->n_pixels - runs->done);
    uint8_t *const out = runs->out + runs->done;
    if (!runs->rle4)
        memset(out, byte, n);
    for (uint64_t k = 0; k < n && runs->rle4; k++)
        out[k] = k % 2 == 0 ? byte >> 4 : byte & 15;
    runs->done += n;
}

static void end_line(struct runs *runs)
{
    if (runs->done % runs->w != 0)
        put_zeros(runs, runs->w - runs->done % runs->w);
    runs->x = 0;
}

/* False: the file ends. */
static bool jump(struct runs *runs)
{
    if (runs->bytes.size - runs->at < 2)
        return false;
    const uint64_t right = runs->bytes.data[runs->at], up = runs->bytes.data[runs->at + 1];
    runs->at += 2;
    put_zeros(runs, right + up * runs->w);
    runs->x = runs->done % runs->w;
    return true;
}

/* Copies numbers that are stored as they are, also into the next row. A run of them ends at an even
 * offset in the file. False: the file ends. */
static bool copy(struct runs *runs, uint8_t count)
{
    const uint64_t wanted = tn__least(count, runs->n_pixels - runs->done);
    const uint64_t n_bytes = runs->rle4 ? (wanted + 1) / 2 : wanted;
    const uint64_t there = tn__least(n_bytes, runs->bytes.size - runs->at);
    const uint64_t n = there < n_bytes ? (runs->rle4 ? 2 * there : there) : wanted;
    const uint8_t *const from = runs->bytes.data + runs->at;
    uint8_t *const out = runs->out + runs->done;
    for (uint64_t k = 0; k < n; k++)
        out[k] = !runs->rle4 ? from[k] : k % 2 == 0 ? from[k / 2] >> 4 : from[k / 2] & 15;
    runs->done += n;
    runs->x += count;
    runs->at += there;
    runs->at += runs->at % 2;
    return there == n_bytes && runs->at <= runs->bytes.size;
}

/* False: no pixel follows. */
static bool step(struct runs *runs)
{
    if (runs->bytes.size - runs->at < 2)
        return false;
    const uint8_t count = runs->bytes.data[runs->at], byte = runs->bytes.data[runs->at + 1];
    runs->at += 2;
    if (count > 0) {
        put_run(runs, count, byte);
        return true;
    }
    switch (byte) {
    case END_OF_LINE: end_line(runs); return true;
    case END_OF_IMAGE: return false;
    case JUMP: return jump(runs);
    default: return copy(runs, byte);
    }
}

uint64_t tn__bmp_rle_decode(tn__bytes bytes, const tn__bmp_header *header, uint64_t n_pixels,
                            uint8_t *out)
{
    struct runs runs = {
        .bytes = bytes, .rle4 = header->rle4, .w = (uint64_t)header->w, .n_pixels = n_pixels};
    runs.out = out;
    if (header->pixels_at > bytes.size)
        return 0;
    runs.at = (size_t)header->pixels_at;
    while (runs.done < n_pixels && step(&runs))
        continue;
    return runs.done;
}
