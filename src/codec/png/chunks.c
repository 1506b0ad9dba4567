/* SPDX-License-Identifier: MIT */
/* Reads the chunks of PNG files. See chunks.h.
 *
 * Pillow checks some things that no pixel depends on, such as the length of a gAMA chunk, and
 * ignores others, such as the checksum of image data. Comments name the less obvious rules. */
#include "codec/png/chunks.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "codec/png/text.h"
#include "flate/checksums.h"

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
enum { LENGTH_BYTES = 4, NAME_BYTES = 4, HEAD_BYTES = 8, CRC_BYTES = 4 };
enum { MOST_COLOURS = 256 };
enum { NO_COLOUR = -1 };

struct chunk {
    const uint8_t *name;
    size_t at;         /* place of its head */
    uint32_t length;   /* as its head says */
    tn__bytes content; /* as much of it as the file has */
};

bool tn__png_is(tn__bytes file)
{
    return file.size >= sizeof signature && memcmp(file.data, signature, sizeof signature) == 0;
}

/* Letters, digits and the underscore are what Pillow takes. */
static bool is_name(const uint8_t *name)
{
    for (int k = 0; k < NAME_BYTES; k++) {
        const uint8_t c = name[k], letter = c | 0x20;
        if ((letter < 'a' || letter > 'z') && (c < '0' || c > '9') && c != '_')
            return false;
    }
    return true;
}

static bool is_named(const struct chunk *chunk, const char *name)
{
    return memcmp(chunk->name, name, NAME_BYTES) == 0;
}

static void skip(tn__png *png, size_t n_bytes)
{
    const size_t left = png->file.size - png->at;
    png->at += n_bytes < left ? n_bytes : left;
}

/* Reads a chunk up to its checksum. False: the file ends, or its next bytes are not a chunk. */
static bool next_chunk(tn__png *png, struct chunk *chunk)
{
    const uint8_t *const head = png->file.data + png->at;
    const size_t left = png->file.size - png->at;
    if (left < HEAD_BYTES || !is_name(head + LENGTH_BYTES))
        return false;
    chunk->name = head + LENGTH_BYTES;
    chunk->at = png->at;
    chunk->length = tn__get_32_big(head);
    const size_t most = left - HEAD_BYTES;
    chunk->content = (tn__bytes){head + HEAD_BYTES, chunk->length < most ? chunk->length : most};
    png->at += HEAD_BYTES + chunk->content.size;
    return true;
}

static int check_complete(const struct chunk *chunk)
{
    if (chunk->content.size == chunk->length)
        return TN_OK;
    return tn__fail(TN_EDECODE, "truncated PNG: the file ends within the chunk %.4s at byte %zu",
                    (const char *)chunk->name, chunk->at);
}

static int too_short(const struct chunk *chunk)
{
    return tn__fail(TN_EDECODE, "broken PNG: the chunk %.4s at byte %zu has only %u bytes",
                    (const char *)chunk->name, chunk->at, chunk->length);
}

/* Reads a chunk's checksum. */
static int check_crc(tn__png *png, const struct chunk *chunk)
{
    const bool complete = png->file.size - png->at >= CRC_BYTES;
    const uint32_t found = complete ? tn__get_32_big(png->file.data + png->at) : 0;
    skip(png, CRC_BYTES);
    if (!png->judge)
        return TN_OK;
    if (!complete)
        return tn__fail(TN_EDECODE, "truncated PNG: the file ends after the chunk %.4s at byte %zu",
                        (const char *)chunk->name, chunk->at);
    if (tn__crc32(0, chunk->name, NAME_BYTES + chunk->content.size) == found)
        return TN_OK;
    return tn__fail(TN_EDECODE, "broken PNG: wrong checksum in the chunk %.4s at byte %zu",
                    (const char *)chunk->name, chunk->at);
}

/* Bits 1 << n: a colour type can have samples of n bits. */
static bool is_mode(int32_t bits, int32_t colour)
{
    static const uint32_t depths[] = {[TN__PNG_GREY] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 16,
                                      [TN__PNG_RGB] = 1 << 8 | 1 << 16,
                                      [TN__PNG_PALETTE] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8,
                                      [TN__PNG_GREY_ALPHA] = 1 << 8 | 1 << 16,
                                      [TN__PNG_RGB_ALPHA] = 1 << 8 | 1 << 16};
    return colour <= TN__PNG_RGB_ALPHA && bits <= 16 && (depths[colour] >> bits & 1);
}

/* An illegal mode leaves that of an earlier header. The compression method is ignored, and every
 * interlace method but 0 is Adam7. */
static int take_header(tn__png *png, const struct chunk *chunk)
{
    const uint8_t *const content = chunk->content.data;
    png->w = tn__get_32_big(content);
    png->h = tn__get_32_big(content + 4);
    if (is_mode(content[8], content[9])) {
        png->bits = content[8];
        png->colour = content[9];
    }
    png->interlaced = png->interlaced || content[12] != 0;
    if (content[11] == 0)
        return TN_OK;
    return tn__fail(TN_EDECODE, "broken PNG: filter method %u in its header", content[11]);
}

/* The last palette counts. Other images than those with a palette may suggest one. */
static int take_palette(tn__png *png, const struct chunk *chunk)
{
    if (png->colour == TN__PNG_PALETTE)
        png->palette = chunk->content;
    return TN_OK;
}

static int take_transparency(tn__png *png, const struct chunk *chunk)
{
    const bool is_rgb = png->colour == TN__PNG_RGB;
    if (png->colour == TN__PNG_PALETTE)
        png->alpha = chunk->content;
    if (png->colour != TN__PNG_GREY && !is_rgb)
        return TN_OK;
    if (chunk->length < (is_rgb ? 6 : 2))
        return too_short(chunk);
    png->has_key = true;
    for (int k = 0; k < (is_rgb ? 3 : 1); k++)
        png->key[k] = tn__get_16_big(chunk->content.data + (ptrdiff_t)2 * k);
    return TN_OK;
}

static int take_exif(tn__png *png, const struct chunk *chunk)
{
    png->exif = chunk->content;
    return TN_OK;
}

/* A second one, or one without frames, makes the file a plain image. */
static int take_animation(tn__png *png, const struct chunk *chunk)
{
    const uint32_t n_frames = tn__get_32_big(chunk->content.data);
    if (png->n_frames >= 0)
        png->n_frames = -1;
    else if (n_frames > 0 && n_frames <= 0x80000000)
        png->n_frames = n_frames;
    return TN_OK;
}

static int take_sequence(tn__png *png, const struct chunk *chunk, bool has_data)
{
    const uint32_t number = tn__get_32_big(chunk->content.data);
    const bool is_next = number == png->sequence + 1 && !(has_data && png->sequence < 0);
    png->sequence = number;
    if (is_next)
        return TN_OK;
    return tn__fail(TN_EDECODE, "broken PNG: the chunk %.4s at byte %zu is number %u, out of order",
                    (const char *)chunk->name, chunk->at, number);
}

static int check_frame(const tn__png *png)
{
    if ((uint64_t)png->frame.x + png->frame.w <= png->w &&
        (uint64_t)png->frame.y + png->frame.h <= png->h)
        return TN_OK;
    return tn__fail(TN_EDECODE, "broken PNG: a frame of %ux%u at %u,%u is not inside %ux%u",
                    png->frame.w, png->frame.h, png->frame.x, png->frame.y, png->w, png->h);
}

static int take_frame(tn__png *png, const struct chunk *chunk)
{
    const int status = take_sequence(png, chunk, false);
    if (status != TN_OK)
        return status;
    const uint8_t *const content = chunk->content.data;
    png->has_frame = true;
    png->frame.w = tn__get_32_big(content + 4);
    png->frame.h = tn__get_32_big(content + 8);
    png->frame.x = tn__get_32_big(content + 12);
    png->frame.y = tn__get_32_big(content + 16);
    return check_frame(png);
}

static int take_nothing(tn__png *png, const struct chunk *chunk)
{
    (void)png;
    (void)chunk;
    return TN_OK;
}

static int take_text(tn__png *png, const struct chunk *chunk)
{
    return tn__png_text(png, chunk->name, chunk->content);
}

/* Takes a complete chunk. */
static int take(tn__png *png, const struct chunk *chunk)
{
    static const struct {
        char name[NAME_BYTES + 1];
        uint8_t least; /* bytes that it must have */
        int (*take)(tn__png *png, const struct chunk *chunk);
    } kinds[] = {
        {"IHDR", 13, take_header},   {"PLTE", 0, take_palette},  {"tRNS", 0, take_transparency},
        {"gAMA", 4, take_nothing},   {"cHRM", 32, take_nothing}, {"sRGB", 1, take_nothing},
        {"pHYs", 9, take_nothing},   {"tEXt", 0, take_text},     {"zTXt", 0, take_text},
        {"iTXt", 0, take_text},      {"iCCP", 0, take_text},     {"eXIf", 0, take_exif},
        {"acTL", 8, take_animation}, {"fcTL", 26, take_frame},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        if (is_named(chunk, kinds[k].name))
            return chunk->length < kinds[k].least ? too_short(chunk) : kinds[k].take(png, chunk);
    return TN_OK;
}

/* Begins the image data in a chunk. In one of an animation, a number comes first. */
static int begin_data(tn__png *png, const struct chunk *chunk)
{
    png->at = chunk->at + HEAD_BYTES;
    png->to_read = chunk->length;
    if (!is_named(chunk, "fdAT"))
        return TN_OK;
    if (chunk->content.size < LENGTH_BYTES)
        return too_short(chunk);
    png->at += LENGTH_BYTES;
    png->to_read -= LENGTH_BYTES;
    return take_sequence(png, chunk, true);
}

static int no_data(const tn__png *png, const char *why)
{
    return tn__fail(TN_EDECODE, "broken PNG: %s at byte %zu, before any image data", why, png->at);
}

/* To Pillow, data before a header with a legal kind of pixels are a chunk like any unknown one. */
static bool is_data(const tn__png *png, const struct chunk *chunk)
{
    return (is_named(chunk, "IDAT") && png->colour != NO_COLOUR) || is_named(chunk, "fdAT");
}

static int read_to_data(tn__png *png)
{
    struct chunk chunk;
    int status = TN_OK;
    while (status == TN_OK) {
        if (!next_chunk(png, &chunk))
            return no_data(png, png->file.size - png->at < HEAD_BYTES ? "the file ends"
                                                                      : "there is no chunk");
        if (is_data(png, &chunk))
            return begin_data(png, &chunk);
        if (is_named(&chunk, "IEND"))
            return no_data(png, "the image ends");
        status = check_complete(&chunk);
        if (status == TN_OK)
            status = take(png, &chunk);
        if (status == TN_OK)
            status = check_crc(png, &chunk);
    }
    return status;
}

static int check_header(const tn__png *png)
{
    if (png->colour == NO_COLOUR)
        return tn__fail(TN_EDECODE, "broken PNG: no header with a legal kind of pixels");
    if (png->w == 0 || png->h == 0)
        return tn__fail(TN_EDECODE, "broken PNG: %ux%u pixels", png->w, png->h);
    if (png->w > INT32_MAX || png->h > INT32_MAX)
        return tn__fail(TN_ELIMIT, "%ux%u pixels: more than the limit of %d on a side", png->w,
                        png->h, INT32_MAX);
    if (png->palette.size / 3 > MOST_COLOURS)
        return tn__fail(TN_EDECODE, "broken PNG: a palette of %zu colours", png->palette.size / 3);
    if (png->has_frame && (png->frame.w == 0 || png->frame.h == 0))
        return tn__fail(TN_EDECODE, "broken PNG: a frame of %ux%u pixels", png->frame.w,
                        png->frame.h);
    /* A header that came after the frame can have made the image smaller. */
    return png->has_frame ? check_frame(png) : TN_OK;
}

int tn__png_open(tn__bytes file, bool judge, tn__png *png)
{
    *png = (tn__png){.file = file,
                     .judge = judge,
                     .colour = NO_COLOUR,
                     .n_frames = -1,
                     .sequence = -1,
                     .at = sizeof signature};
    if (!tn__png_is(file))
        return tn__fail(TN_EDECODE, "not a PNG file");
    int status = read_to_data(png);
    if (status == TN_OK)
        status = check_header(png);
    png->animated = png->n_frames > 1 || (png->n_frames == 1 && !png->has_frame);
    return status;
}

tn_px_rect tn__png_frame(const tn__png *png)
{
    if (!png->has_frame)
        return (tn_px_rect){0, 0, (int32_t)png->w, (int32_t)png->h};
    return (tn_px_rect){.x = (int32_t)png->frame.x,
                        .y = (int32_t)png->frame.y,
                        .w = (int32_t)png->frame.w,
                        .h = (int32_t)png->frame.h};
}

/* Any other chunk ends the image data, also one between two of them. */
int tn__png_piece(tn__png *png, tn__bytes *piece)
{
    *piece = (tn__bytes){NULL, 0};
    while (png->to_read == 0) {
        struct chunk chunk;
        skip(png, CRC_BYTES);
        if (!next_chunk(png, &chunk))
            return TN_OK;
        if (!is_named(&chunk, "IDAT") && !is_named(&chunk, "DDAT") && !is_named(&chunk, "fdAT"))
            return TN_OK;
        const int status = begin_data(png, &chunk);
        if (status != TN_OK)
            return status;
    }
    const uint32_t most = png->to_read < TN__PNG_PIECE ? png->to_read : TN__PNG_PIECE;
    const size_t left = png->file.size - png->at;
    *piece = (tn__bytes){png->file.data + png->at, most < left ? most : left};
    png->at += piece->size;
    png->to_read -= most;
    return TN_OK;
}

int tn__png_finish(tn__png *png)
{
    struct chunk chunk;
    int status = TN_OK;
    png->judge = true;
    skip(png, png->to_read);
    while (status == TN_OK) {
        skip(png, CRC_BYTES);
        if (!next_chunk(png, &chunk) || is_named(&chunk, "IEND") ||
            (png->animated && is_named(&chunk, "fcTL")))
            return TN_OK;
        status = check_complete(&chunk);
        if (status == TN_OK && is_named(&chunk, "fdAT"))
            status =
                chunk.length < LENGTH_BYTES ? too_short(&chunk) : take_sequence(png, &chunk, true);
        else if (status == TN_OK)
            status = take(png, &chunk);
    }
    return status;
}

bool tn__png_find_metadata(tn__png *png)
{
    tn__png rest = *png;
    struct chunk chunk;
    bool is_over = false;
    rest.judge = false;
    skip(&rest, rest.to_read);
    skip(&rest, CRC_BYTES);
    while (!png->exif.data && !is_over && next_chunk(&rest, &chunk)) {
        const bool complete = chunk.content.size == chunk.length;
        is_over = is_named(&chunk, "IEND");
        if (complete && is_named(&chunk, "eXIf"))
            png->exif = chunk.content;
        else if (complete && is_named(&chunk, "iTXt"))
            (void)tn__png_text(&rest, chunk.name, chunk.content);
        skip(&rest, CRC_BYTES);
    }
    png->xmp = rest.xmp;
    return png->exif.data || is_over || rest.file.size - rest.at >= HEAD_BYTES;
}
