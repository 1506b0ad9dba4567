/* SPDX-License-Identifier: MIT */
/* Decodes JPEG streams inside other files. See inside.h.
 *
 * The parts are joined to a file for our decoder. What the file around a stream says of its colours
 * counts, so an Adobe segment that says the same comes first. */
#include "codec/jpeg/inside.h"

#include <string.h>

#include "base/error.h"
#include "codec/jpeg/baseline.h"
#include "codec/jpeg/frame.h"
#include "tench.h"

/* A stream has at most twice the bytes of its samples, and room for headers. */
enum { HEADER_BYTES = 1 << 16 };
enum { MARKER_BYTES = 2, END_OF_IMAGE = 0xd9 };
enum { MOST_QUARTERS = 4 + 2 * (2 + 4) }; /* of planes: two components are halved */

static size_t most_bytes(int32_t w, int32_t h, int32_t components)
{
    return (size_t)w * (size_t)h * (size_t)components * 2 + HEADER_BYTES;
}

size_t tn__jpeg_inside_bytes(int32_t w, int32_t h, int32_t components)
{
    const size_t n_bytes = most_bytes(w, h, components);
    const tn__info info = {
        .w = w,
        .h = h,
        .channels = components,
        .bits = 8,
        .own = {[TN__JPEG_SCAN_BYTES] = n_bytes, [TN__JPEG_PLANE_QUARTERS] = MOST_QUARTERS},
    };
    const tn__want want = {{0, 0, w, h}, TN_RGBA};
    return n_bytes + TN__READ_PADDING + TN_PX_ALIGN + tn__codec_baseline.scratch(&info, &want);
}

static bool is_stream(tn__bytes bytes)
{
    return bytes.size >= 2 * MARKER_BYTES && bytes.data[0] == 0xff && bytes.data[1] == 0xd8;
}

static size_t append(uint8_t *out, size_t at, const uint8_t *bytes, size_t n_bytes)
{
    memcpy(out + at, bytes, n_bytes);
    return at + n_bytes;
}

/* Tables without the markers of their stream's ends. */
static tn__bytes strip_ends(tn__bytes tables)
{
    tn__bytes inner = {tables.data + MARKER_BYTES, tables.size - MARKER_BYTES};
    const uint8_t *const end = tables.data + tables.size - MARKER_BYTES;
    if (inner.size >= MARKER_BYTES && end[0] == 0xff && end[1] == END_OF_IMAGE)
        inner.size -= MARKER_BYTES;
    return inner;
}

static int join(const tn__jpeg_inside *inside, tn__arena *arena, tn__bytes *file)
{
    uint8_t begin[] = {0xff, 0xd8, 0xff, 0xee, 0, 14, 'A', 'd', 'o',
                       'b',  'e',  0,    100,  0, 0,  0,   0,   (uint8_t)inside->is_ycc};
    const bool has_tables = inside->tables.size > 0;
    if (!is_stream(inside->stream) || (has_tables && !is_stream(inside->tables)))
        return TN__NOT_MINE;
    const size_t n_bytes = sizeof begin + inside->tables.size + inside->stream.size;
    if (n_bytes > most_bytes(inside->w, inside->h, inside->components))
        return TN__NOT_MINE;
    uint8_t *const joined = tn__arena_take(arena, n_bytes + TN__READ_PADDING);
    if (!joined)
        return tn__error_last()->code;
    size_t at = append(joined, 0, begin, sizeof begin);
    if (has_tables) {
        const tn__bytes tables = strip_ends(inside->tables);
        at = append(joined, at, tables.data, tables.size);
    }
    at = append(joined, at, inside->stream.data + MARKER_BYTES, inside->stream.size - MARKER_BYTES);
    memset(joined + at, 0, TN__READ_PADDING);
    *file = (tn__bytes){joined, at};
    return TN_OK;
}

/* True if the stream has the pixels that the file around it speaks of. */
static bool agrees(const tn__jpeg_inside *inside, tn__bytes file)
{
    tn__jpeg_frame frame;
    if (!tn__jpeg_frame_read(file, &frame) || frame.w != inside->w || frame.h != inside->h ||
        frame.n_components != inside->components)
        return false;
    if (frame.n_components == 1)
        return true;
    const tn__jpeg_component *const component = frame.component;
    const int32_t colour = inside->is_ycc ? TN__JPEG_COLOUR_YCC : TN__JPEG_COLOUR_RGB;
    return frame.colour == colour && component[0].h == inside->h_sampling &&
           component[0].v == inside->v_sampling && component[1].h == 1 && component[1].v == 1 &&
           component[2].h == 1 && component[2].v == 1;
}

static void place(const tn_px_image *from, int32_t x, int32_t y, const tn_px_image *out)
{
    for (int32_t c = 0; c < out->channels; c++)
        for (int32_t row = 0; row < from->h; row++)
            memcpy(out->plane[c] + (y + row) * out->stride + x, from->plane[c] + row * from->stride,
                   (size_t)from->w);
}

static int decode(const tn__jpeg_inside *inside, const tn__want *want, tn__arena *arena,
                  tn_px_image *image)
{
    tn__bytes file = {0};
    tn__info info;
    int32_t damage;
    int status = join(inside, arena, &file);
    if (status == TN_OK && !agrees(inside, file))
        status = TN__NOT_MINE;
    if (status == TN_OK)
        status = tn__codec_baseline.probe(file, &info);
    if (status == TN_OK)
        status = tn__codec_baseline.decode(file, NULL, &info, want, arena, image, &damage);
    return status;
}

int tn__jpeg_inside_decode(const tn__jpeg_inside *inside, const tn__want *want, tn__arena *arena,
                           int32_t x, int32_t y, const tn_px_image *out)
{
    const tn__arena_mark mark = tn__arena_here(arena);
    tn_px_image image;
    const int status = decode(inside, want, arena, &image);
    if (status == TN_OK)
        place(&image, x, y, out);
    tn__arena_rewind(arena, mark);
    return status;
}
