/* SPDX-License-Identifier: MIT */
/* Reads a GIF file up to the data of its first frame: GIF89a specification. See frame.h.
 *
 * Where a file breaks the specification, this reader does as Pillow's: it ignores bytes between
 * blocks. An empty sub-block does not end an extension if it is the first one. */
#include "codec/gif/frame.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/least.h"

enum { EXTENSION = '!', IMAGE = ',', TRAILER = ';' };
enum { GRAPHIC_CONTROL = 0xf9, COMMENT = 0xfe, APPLICATION = 0xff };
enum { SCREEN_BYTES = 13, IMAGE_BYTES = 9 };
enum { HAS_PALETTE = 0x80, INTERLACED = 0x40, PALETTE_SIZE = 7, IS_TRANSPARENT = 1 };

struct reader {
    tn__bytes bytes;
    size_t at;
    bool ended; /* the file ended where more was needed */
    tn__gif_frame *out;
};

bool tn__gif_sniff(tn__bytes bytes)
{
    return bytes.size >= 6 &&
           (memcmp(bytes.data, "GIF87a", 6) == 0 || memcmp(bytes.data, "GIF89a", 6) == 0);
}

static const uint8_t *take(struct reader *reader, size_t n_bytes)
{
    if (reader->bytes.size - reader->at < n_bytes) {
        reader->ended = true;
        return NULL;
    }
    const uint8_t *const taken = reader->bytes.data + reader->at;
    reader->at += n_bytes;
    return taken;
}

/* Reads a sub-block; its size is 0 for the one that ends an extension. */
static tn__bytes take_block(struct reader *reader)
{
    const uint8_t *const size = take(reader, 1);
    const uint8_t *const block = size ? take(reader, *size) : NULL;
    return (tn__bytes){.data = block, .size = block ? *size : 0};
}

static void skip_blocks(struct reader *reader)
{
    while (take_block(reader).size > 0)
        continue;
}

static bool is_grey_ramp(const uint8_t *entries, size_t n)
{
    for (size_t k = 0; k < n; k++)
        for (size_t c = 0; c < 3; c++)
            if (entries[3 * k + c] != k)
                return false;
    return true;
}

static void read_palette(struct reader *reader, uint8_t flags)
{
    const size_t n = (size_t)2 << (flags & PALETTE_SIZE);
    const uint8_t *const entries = take(reader, 3 * n);
    if (!entries)
        return;
    tn__gif_frame *const out = reader->out;
    out->grey = is_grey_ramp(entries, n);
    memset(out->palette, 0, sizeof out->palette);
    memcpy(out->palette, entries, 3 * n);
}

static void read_screen(struct reader *reader)
{
    const uint8_t *const screen = take(reader, SCREEN_BYTES);
    if (!screen)
        return;
    reader->out->w = tn__get_16(screen + 6);
    reader->out->h = tn__get_16(screen + 8);
    reader->out->grey = true;
    if (screen[10] & HAS_PALETTE)
        read_palette(reader, screen[10]);
}

static int read_control(struct reader *reader, tn__bytes block)
{
    const bool transparent = block.data[0] & IS_TRANSPARENT;
    if (block.size < (transparent ? 4 : 3))
        return tn__fail(TN_EDECODE, "broken GIF: a graphic control of %zu bytes", block.size);
    if (transparent)
        reader->out->transparent = block.data[3];
    return TN_OK;
}

static int read_extension(struct reader *reader)
{
    const uint8_t *const label = take(reader, 1);
    const tn__bytes block = label ? take_block(reader) : (tn__bytes){0};
    if (reader->ended)
        return TN_OK;
    if (*label == COMMENT && block.size == 0)
        return TN_OK;
    if (*label == GRAPHIC_CONTROL && block.size > 0) {
        const int status = read_control(reader, block);
        if (status != TN_OK)
            return status;
    }
    if (*label == APPLICATION && block.size >= 11 && memcmp(block.data, "NETSCAPE2.0", 11) == 0)
        (void)take_block(reader);
    skip_blocks(reader);
    return TN_OK;
}

static void read_image(struct reader *reader)
{
    tn__gif_frame *const out = reader->out;
    const uint8_t *const image = take(reader, IMAGE_BYTES);
    if (!image)
        return;
    out->frame = (tn_px_rect){.x = tn__get_16(image),
                              .y = tn__get_16(image + 2),
                              .w = tn__get_16(image + 4),
                              .h = tn__get_16(image + 6)};
    out->w = tn__most(out->w, out->frame.x + out->frame.w);
    out->h = tn__most(out->h, out->frame.y + out->frame.h);
    out->interlaced = image[8] & INTERLACED;
    if (image[8] & HAS_PALETTE)
        read_palette(reader, image[8]);
    const uint8_t *const code_bits = take(reader, 1);
    out->code_bits = code_bits ? *code_bits : 0;
    out->data_at = reader->at;
}

/* Reads blocks until the first image. */
static int find_image(struct reader *reader)
{
    for (;;) {
        const uint8_t *const introducer = take(reader, 1);
        if (!introducer)
            return TN_OK;
        if (*introducer == TRAILER)
            return tn__fail(TN_EDECODE, "broken GIF: it has no image");
        if (*introducer == IMAGE) {
            read_image(reader);
            return TN_OK;
        }
        const int status = *introducer == EXTENSION ? read_extension(reader) : TN_OK;
        if (status != TN_OK || reader->ended)
            return status;
    }
}

int tn__gif_frame_read(tn__bytes bytes, tn__gif_frame *frame)
{
    *frame = (tn__gif_frame){.transparent = -1};
    struct reader reader = {.bytes = bytes, .out = frame};
    read_screen(&reader);
    const int status = reader.ended ? TN_OK : find_image(&reader);
    if (status != TN_OK)
        return status;
    if (reader.ended)
        return tn__fail(TN_EDECODE, "truncated GIF: the data ends before its first image");
    if (frame->w == 0 || frame->h == 0)
        return tn__fail(TN_EDECODE, "broken GIF: its size is %dx%d", frame->w, frame->h);
    return TN_OK;
}

int32_t tn__gif_row_place(const tn__gif_frame *frame, int32_t y)
{
    if (!frame->interlaced)
        return y;
    const int32_t h = frame->frame.h;
    const int32_t eighths = (h + 7) / 8, fourths = (h + 3) / 8, halves = (h + 1) / 4;
    if (y % 8 == 0)
        return y / 8;
    if (y % 8 == 4)
        return eighths + y / 8;
    if (y % 4 == 2)
        return eighths + fourths + y / 4;
    return eighths + fourths + halves + y / 2;
}
