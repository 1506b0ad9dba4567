/* SPDX-License-Identifier: MIT */
/* Decodes QOI files: the specification at qoiformat.org, and Pillow's reader where they differ. A
 * run does not enter its pixel into the table of recent pixels: the specification does that, which
 * matters only to a file that begins with a run of opaque black. */
#include "codec/qoi.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "codec/rows.h"
#include "tench.h"

enum { HEADER_BYTES = 14, RECENT = 64 };
enum { OP_RGB = 0xfe, OP_RGBA = 0xff, OP_INDEX = 0, OP_DIFF = 1, OP_LUMA = 2 };

static const tn__spec spec = {
    .name = "qoi",
    .doc = "The \"Quite OK Image\" format.",
    .source = "Pillow 13.0 QoiImagePlugin.py",
    .speed = "178 times Pillow, crops 213",
};

static bool sniff(tn__bytes bytes)
{
    return bytes.size >= 4 && memcmp(bytes.data, "qoif", 4) == 0;
}

static int probe(tn__bytes bytes, tn__info *info)
{
    /* Pillow does not read the last byte, the colour space. */
    if (bytes.size < HEADER_BYTES - 1)
        return tn__fail(TN_EDECODE, "truncated QOI: the data ends within its header");
    const uint32_t w = tn__get_32_big(bytes.data + 4), h = tn__get_32_big(bytes.data + 8);
    if (w == 0 || h == 0)
        return tn__fail(TN_EDECODE, "broken QOI: its size is %ux%u", w, h);
    if (w > INT32_MAX || h > INT32_MAX)
        return tn__fail(TN_ELIMIT, "QOI of %ux%u pixels: too large", w, h);
    const int32_t channels = bytes.data[12] == 3 ? 3 : 4;
    *info = (tn__info){
        .w = (int32_t)w,
        .h = (int32_t)h,
        .channels = channels,
        .bits = 8,
        .file_channels = channels,
        .file_bits = 8,
        .orientation = 1,
        .no_aid = TN__AID_FORMAT,
        .format = spec.name,
    };
    return TN_OK;
}

static size_t line_bytes(int32_t w)
{
    return 4 * (size_t)w + TN__ROWS_TAIL;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    return tn__rows_image_bytes(info, want) + line_bytes(info->w) + TN_PX_ALIGN;
}

struct pixel {
    uint8_t r, g, b, a;
};

struct stream {
    const uint8_t *at, *end; /* TN__READ_PADDING bytes follow */
    struct pixel last;
    uint32_t run; /* how often `last` is still to come */
    struct pixel recent[RECENT];
};

static struct pixel add(struct pixel last, int32_t r, int32_t g, int32_t b)
{
    return (struct pixel){.r = (uint8_t)(last.r + r),
                          .g = (uint8_t)(last.g + g),
                          .b = (uint8_t)(last.b + b),
                          .a = last.a};
}

/* Reads the pixel of an op that is not a run. It may read up to four bytes past the end. */
static struct pixel read_pixel(struct stream *stream, uint8_t op)
{
    const uint8_t *const at = stream->at;
    const struct pixel last = stream->last;
    if (op == OP_RGB || op == OP_RGBA) {
        stream->at += op == OP_RGB ? 3 : 4;
        return (struct pixel){
            .r = at[0], .g = at[1], .b = at[2], .a = op == OP_RGB ? last.a : at[3]};
    }
    if (op >> 6 == OP_INDEX)
        return stream->recent[op];
    if (op >> 6 == OP_DIFF)
        return add(last, (op >> 4 & 3) - 2, (op >> 2 & 3) - 2, (op & 3) - 2);
    const int32_t green = (op & 63) - 32;
    stream->at += 1;
    return add(last, green + (at[0] >> 4) - 8, green, green + (at[0] & 15) - 8);
}

/* Reads the next op. False: the file ends. */
static bool read_op(struct stream *stream)
{
    if (stream->at >= stream->end)
        return false;
    const uint8_t op = *stream->at++;
    if (op >> 6 > OP_LUMA && op < OP_RGB) {
        stream->run = (op & 63) + 1u;
        return true;
    }
    const struct pixel pixel = read_pixel(stream, op);
    if (stream->at > stream->end)
        return false;
    stream->recent[(pixel.r * 3 + pixel.g * 5 + pixel.b * 7 + pixel.a * 11) % RECENT] = pixel;
    stream->last = pixel;
    stream->run = 1;
    return true;
}

/* Reads a row of `w` pixels. The fourth byte is alpha, even in files without it. */
static bool read_row(struct stream *stream, int32_t w, uint8_t *line)
{
    for (int32_t x = 0; x < w; x++) {
        if (stream->run == 0 && !read_op(stream))
            return false;
        stream->run--;
        memcpy(line + 4 * (ptrdiff_t)x, &stream->last, 4);
    }
    return true;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    *damage = 0;
    const tn_px_rect need = want->need;
    const int status = tn__rows_image(info, want, arena, out);
    uint8_t *const line = status == TN_OK ? tn__arena_take(arena, line_bytes(info->w)) : NULL;
    if (!line)
        return tn__error_last()->code;
    const tn__rows rows = {.kind = info->channels == 3 ? TN__ROW_RGBX8 : TN__ROW_RGBA8,
                           .mode = want->mode};
    struct stream stream = {
        .at = bytes.data + HEADER_BYTES, .end = bytes.data + bytes.size, .last = {.a = 255}};
    for (int32_t y = 0; y < need.y + need.h; y++) {
        if (!read_row(&stream, info->w, line))
            return tn__fail(TN_EDECODE, "truncated QOI: the data ends after %d of %d rows", y,
                            info->h);
        if (y >= need.y)
            tn__rows_put(&rows, out, y - need.y, line + 4 * (ptrdiff_t)need.x);
    }
    return TN_OK;
}

const tn__codec tn__codec_qoi = {
    .spec = &spec,
    .sniff = sniff,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
