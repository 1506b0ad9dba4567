/* SPDX-License-Identifier: MIT */
/* Decodes the first frame of a GIF file.
 *
 * The frame may cover a part of the image; the rest has the transparent index, or 0. The codec
 * decodes the frame's pixels from the first to the last one that the region needs, in the order of
 * the file: strings refer to earlier pixels. */
#include "codec/gif/gif.h"

#include <string.h>

#include "base/error.h"
#include "base/least.h"
#include "codec/gif/frame.h"
#include "codec/gif/lzw.h"
#include "codec/rows.h"
#include "tench.h"

enum { FRAME_PIXELS }; /* a number of our own in tn__info */

static const tn__spec spec = {
    .name = "gif",
    .doc = "GIF87a and GIF89a; of an animation the first frame.",
    .source = "Pillow 13.0 GifImagePlugin.py",
    .speed = "1.6 times Pillow, crops 1.9",
};

static size_t frame_pixels(const tn__gif_frame *frame)
{
    return (size_t)frame->frame.w * (size_t)frame->frame.h;
}

static int probe(tn__bytes bytes, tn__info *info)
{
    tn__gif_frame frame;
    const int status = tn__gif_frame_read(bytes, &frame);
    if (status != TN_OK)
        return status;
    *info = (tn__info){
        .w = frame.w,
        .h = frame.h,
        .channels = frame.transparent >= 0 ? 4
                    : frame.grey           ? 1
                                           : 3,
        .bits = 8,
        .file_channels = 1,
        .file_bits = 8,
        .has_palette = true,
        .progressive = frame.interlaced,
        .orientation = 1,
        .no_aid = TN__AID_FORMAT,
        .format = spec.name,
        .own = {[FRAME_PIXELS] = frame_pixels(&frame)},
    };
    return TN_OK;
}

static size_t line_bytes(int32_t w)
{
    return (size_t)w + TN__ROWS_TAIL;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    return tn__rows_image_bytes(info, want) + info->own[FRAME_PIXELS] + TN__ROWS_TAIL +
           line_bytes(want->need.w) + (size_t)2 * TN_PX_ALIGN;
}

/* The frame's part of the region, in the coordinates of the frame. It may be empty. */
static tn_px_rect needed_of(const tn__gif_frame *frame, tn_px_rect need)
{
    const int32_t left = tn__most(need.x, frame->frame.x), top = tn__most(need.y, frame->frame.y);
    const int32_t right = tn__least(need.x + need.w, frame->frame.x + frame->frame.w),
                  bottom = tn__least(need.y + need.h, frame->frame.y + frame->frame.h);
    return (tn_px_rect){.x = left - frame->frame.x,
                        .y = top - frame->frame.y,
                        .w = tn__most(right - left, 0),
                        .h = tn__most(bottom - top, 0)};
}

/* Rows of the file that hold the rows of `part`. */
static int32_t count_rows(const tn__gif_frame *frame, tn_px_rect part)
{
    int32_t last = -1;
    for (int32_t y = part.y; y < part.y + part.h; y++)
        last = tn__most(last, tn__gif_row_place(frame, y));
    return last + 1;
}

static int fail(int result, const tn__gif_frame *frame, size_t n_pixels)
{
    const size_t n_rows = n_pixels / (size_t)frame->frame.w;
    if (result == TN__GIF_TRUNCATED)
        return tn__fail(TN_EDECODE, "truncated GIF: the data ends after %zu of %d rows", n_rows,
                        frame->frame.h);
    return tn__fail(TN_EDECODE, "broken GIF: an impossible code after %zu of %d rows", n_rows,
                    frame->frame.h);
}

static int check_frame(const tn__gif_frame *frame)
{
    if (frame->frame.w == 0 || frame->frame.h == 0)
        return tn__fail(TN_EDECODE, "broken GIF: its first frame is empty");
    if (frame->code_bits > TN__GIF_MAX_CODE_BITS)
        return tn__fail(TN_EDECODE, "broken GIF: codes of %d bits", frame->code_bits);
    return TN_OK;
}

/* Decodes the frame's rows of `part`, and those before them in the file. */
static int decode_frame(tn__bytes bytes, const tn__gif_frame *frame, tn_px_rect part,
                        tn__arena *arena, uint8_t **pixels)
{
    const int status = check_frame(frame);
    if (status != TN_OK || part.w == 0 || part.h == 0)
        return status;
    const size_t n = (size_t)count_rows(frame, part) * (size_t)frame->frame.w;
    _Static_assert((int)TN__ROWS_TAIL >= (int)TN__GIF_SLACK, "the tail serves both");
    *pixels = tn__arena_take(arena, n + TN__ROWS_TAIL);
    if (!*pixels)
        return tn__error_last()->code;
    size_t done;
    const int result = tn__gif_decode(bytes, frame->data_at, frame->code_bits, n, *pixels, &done);
    return result == TN__GIF_DONE ? TN_OK : fail(result, frame, done);
}

/* Lays the frame's row over a line of the background. */
static const uint8_t *lay_over(const tn__gif_frame *frame, tn_px_rect need, tn_px_rect part,
                               const uint8_t *row, uint8_t *line)
{
    if (row && part.w == need.w)
        return row;
    memset(line, frame->transparent >= 0 ? frame->transparent : 0, (size_t)need.w);
    if (row)
        memcpy(line + (frame->frame.x + part.x - need.x), row, (size_t)part.w);
    return line;
}

static void set_colours(tn__rows *rows, const tn__info *info, const tn__gif_frame *frame)
{
    uint8_t alpha[TN__GIF_COLOURS];
    memset(alpha, 255, sizeof alpha);
    if (frame->transparent >= 0)
        alpha[frame->transparent] = 0;
    rows->kind = frame->grey ? TN__ROW_GREY8 : TN__ROW_PALETTE8;
    rows->has_key = frame->grey && frame->transparent >= 0;
    rows->key[0] = (uint16_t)tn__most(frame->transparent, 0);
    if (!frame->grey)
        tn__rows_set_palette(rows, info, frame->palette[0], alpha, TN__GIF_COLOURS);
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    *damage = 0;
    const tn_px_rect need = want->need;
    tn__gif_frame frame;
    uint8_t *pixels = NULL;
    int status = tn__gif_frame_read(bytes, &frame);
    if (status == TN_OK)
        status = tn__rows_image(info, want, arena, out);
    const tn_px_rect part = needed_of(&frame, need);
    if (status == TN_OK)
        status = decode_frame(bytes, &frame, part, arena, &pixels);
    uint8_t *const line = status == TN_OK ? tn__arena_take(arena, line_bytes(need.w)) : NULL;
    if (!line)
        return tn__error_last()->code;
    tn__rows rows = {.mode = want->mode};
    set_colours(&rows, info, &frame);
    for (int32_t y = 0; y < need.h; y++) {
        const int32_t in_frame = need.y + y - frame.frame.y;
        const uint8_t *row = NULL;
        if (pixels && in_frame >= part.y && in_frame < part.y + part.h)
            row = pixels + (size_t)tn__gif_row_place(&frame, in_frame) * (size_t)frame.frame.w +
                  part.x;
        tn__rows_put(&rows, out, y, lay_over(&frame, need, part, row, line));
    }
    return TN_OK;
}

const tn__codec tn__codec_gif = {
    .spec = &spec,
    .sniff = tn__gif_sniff,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
