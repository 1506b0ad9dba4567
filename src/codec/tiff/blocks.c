/* SPDX-License-Identifier: MIT */
/* Reads strips and tiles. See blocks.h. */
#include "codec/tiff/blocks.h"

#include <stdio.h>
#include <string.h>

#include "codec/rows.h"
#include "codec/tiff/core.h"
#include "tench.h"

/* Memory of libtiff and of the decoders that it calls, besides our blocks: tables, windows, rows.
 * Some decoders hold a whole block. */
enum { LIBRARY_BYTES = 2 << 20, LIBRARY_BYTES_PER_COLUMN = 64 };

static int32_t block_samples(const tn__tiff_layout *layout)
{
    return layout->is_planar ? 1 : layout->samples;
}

static size_t row_bytes(const tn__tiff_layout *layout, int32_t w)
{
    const uint64_t bits = (uint64_t)w * (uint64_t)(layout->bits * block_samples(layout));
    return (size_t)((bits + 7) / 8);
}

static size_t block_bytes(const tn__tiff_layout *layout)
{
    return row_bytes(layout, layout->block_w) * (size_t)layout->block_h;
}

static bool is_raw(const tn__tiff_layout *layout)
{
    return layout->compression == TN__TIFF_RAW;
}

/* True if a row lies in one piece, in one block. */
static bool is_whole(const tn__tiff_layout *layout)
{
    return layout->as_rgba || (!layout->is_tiled && !layout->is_planar);
}

static int32_t planes_of(const tn__tiff_layout *layout)
{
    return layout->is_planar ? layout->samples : 1;
}

static void find_blocks(const tn__tiff_layout *layout, tn_px_rect need, int32_t *first,
                        int32_t *across)
{
    *first = layout->as_rgba ? 0 : need.x / layout->block_w;
    *across = layout->as_rgba ? 1 : (need.x + need.w - 1) / layout->block_w - *first + 1;
}

static size_t memory_bytes(const tn__tiff_layout *layout, tn_px_rect need)
{
    int32_t first, across;
    find_blocks(layout, need, &first, &across);
    if (is_raw(layout))
        return 0;
    if (layout->as_rgba)
        return (size_t)layout->w * 4 * (size_t)layout->block_h + TN__ROWS_TAIL;
    return block_bytes(layout) * (size_t)(across * planes_of(layout)) + TN__ROWS_TAIL;
}

static size_t line_bytes(const tn__tiff_layout *layout)
{
    if (is_whole(layout))
        return 0;
    const int64_t bits = (int64_t)layout->w * layout->bits * layout->samples;
    return (size_t)((bits + 7) / 8) + row_bytes(layout, layout->block_w) + TN__ROWS_TAIL;
}

size_t tn__tiff_blocks_bytes(const tn__tiff_layout *layout, tn_px_rect need)
{
    const size_t ours = memory_bytes(layout, need) + line_bytes(layout) + 2 * TN_PX_ALIGN +
                        tn__tiff_deflate_bytes(layout);
    if (is_raw(layout))
        return ours;
    return ours + LIBRARY_BYTES + (size_t)layout->w * LIBRARY_BYTES_PER_COLUMN +
           2 * block_bytes(layout);
}

/* Bytes of a row of blocks, which are in memory at once. A double: no size overflows it. For an
 * image of its own making libtiff has one block in memory. */
static double bytes_of_band(const tn__tiff_layout *layout)
{
    const int32_t rows = is_raw(layout) ? 1 : layout->block_h;
    int32_t first, across;
    find_blocks(layout, (tn_px_rect){0, 0, layout->w, layout->h}, &first, &across);
    return (double)layout->block_w * rows * across * layout->samples * layout->bits / 8;
}

/* Tiles may reach over the edges of the image. If they did so without a limit, a file of a few
 * bytes could claim any memory, though its image is small. */
bool tn__tiff_blocks_are_absurd(const tn__tiff_layout *layout)
{
    enum { MUCH = 256 << 20, TIMES = 4 };
    const double image = (double)layout->w * layout->h * layout->samples * layout->bits / 8;
    const double band = bytes_of_band(layout);
    return band > MUCH && band > TIMES * image;
}

static tmsize_t read_file(thandle_t handle, void *buffer, tmsize_t n_bytes)
{
    tn__tiff_blocks *const blocks = handle;
    const tn__bytes file = blocks->layout->tiff.file;
    const size_t left = blocks->at < file.size ? file.size - (size_t)blocks->at : 0;
    const size_t n = (size_t)n_bytes < left ? (size_t)n_bytes : left;
    memcpy(buffer, file.data + (left ? blocks->at : 0), n);
    blocks->at += n;
    return (tmsize_t)n;
}

static tmsize_t write_nothing(thandle_t handle, void *buffer, tmsize_t n_bytes)
{
    (void)handle;
    (void)buffer;
    (void)n_bytes;
    return -1;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence)
{
    tn__tiff_blocks *const blocks = handle;
    const toff_t base = whence == SEEK_CUR   ? blocks->at
                        : whence == SEEK_END ? blocks->layout->tiff.file.size
                                             : 0;
    blocks->at = base + offset;
    return blocks->at;
}

static int close_nothing(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle)
{
    const tn__tiff_blocks *const blocks = handle;
    return blocks->layout->tiff.file.size;
}

/* libtiff reads the file's bytes where they are. It does not write to them. */
static int map(thandle_t handle, void **base, toff_t *size)
{
    const tn__tiff_blocks *const blocks = handle;
    const uint8_t *const data = blocks->layout->tiff.file.data;
    memcpy(base, &data, sizeof data);
    *size = blocks->layout->tiff.file.size;
    return 1;
}

static void unmap(thandle_t handle, void *base, toff_t size)
{
    (void)handle;
    (void)base;
    (void)size;
}

static int keep_error(TIFF *library, void *user, const char *module, const char *format,
                      va_list arguments)
{
    (void)library;
    (void)module;
    tn__tiff_blocks *const blocks = user;
    vsnprintf(blocks->why, sizeof blocks->why, format, arguments);
    return 1; /* no other handler is called */
}

static int ignore_warning(TIFF *library, void *user, const char *module, const char *format,
                          va_list arguments)
{
    (void)library;
    (void)user;
    (void)module;
    (void)format;
    (void)arguments;
    return 1;
}

static int fail(const tn__tiff_blocks *blocks)
{
    core->fail(TN_EDECODE, "broken TIFF%s%s", blocks->why[0] ? ": " : "", blocks->why);
    return TN_EDECODE;
}

static int open_library(tn__tiff_blocks *blocks)
{
    TIFFOpenOptions *const options = TIFFOpenOptionsAlloc();
    if (!options)
        return core->fail(TN_ENOMEM, "TIFF decoder: out of memory");
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, blocks);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, blocks);
    blocks->library = TIFFClientOpenExt("", "r", blocks, read_file, write_nothing, seek,
                                        close_nothing, size_of, map, unmap, options);
    TIFFOpenOptionsFree(options);
    return blocks->library ? TN_OK : fail(blocks);
}

/* libtiff reads the directory itself, and must agree with us about sizes. */
static int check_library(const tn__tiff_blocks *blocks)
{
    const tn__tiff_layout *const layout = blocks->layout;
    uint32_t w = 0, h = 0;
    TIFFGetField(blocks->library, TIFFTAG_IMAGEWIDTH, &w);
    TIFFGetField(blocks->library, TIFFTAG_IMAGELENGTH, &h);
    const bool is_tiled = TIFFIsTiled(blocks->library) != 0;
    const tmsize_t n = is_tiled ? TIFFTileSize(blocks->library)
                                : TIFFVStripSize(blocks->library, (uint32_t)layout->block_h);
    const bool agrees = is_tiled == layout->is_tiled && n >= 0 && (size_t)n == block_bytes(layout);
    if (w == (uint32_t)layout->w && h == (uint32_t)layout->h && (agrees || layout->as_rgba))
        return TN_OK;
    return core->fail(TN_EDECODE, "broken TIFF: its tags contradict each other");
}

static int start_library(tn__tiff_blocks *blocks, tn__arena *arena)
{
    const tn__tiff_layout *const layout = blocks->layout;
    int status = open_library(blocks);
    if (status != TN_OK)
        return status;
    if (layout->is_ycc && !layout->as_rgba)
        TIFFSetField(blocks->library, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    status = check_library(blocks);
    if (status == TN_OK)
        status = tn__tiff_deflate_open(layout, blocks->library, arena, &blocks->deflate);
    if (status != TN_OK || !layout->as_rgba)
        return status;
    char why[1024] = "";
    blocks->has_rgba = TIFFRGBAImageOK(blocks->library, why) &&
                       TIFFRGBAImageBegin(&blocks->rgba, blocks->library, 0, why);
    blocks->rgba.req_orientation = blocks->rgba.orientation; /* as stored: the caller turns it */
    return blocks->has_rgba ? TN_OK : core->fail(TN_EDECODE, "broken TIFF: %s", why);
}

/* If one block covers the image, Pillow uses the last offset. */
static int find_offsets(tn__tiff_blocks *blocks)
{
    const tn__tiff_layout *const layout = blocks->layout;
    blocks->offsets = tn__tiff_find(&layout->tiff, layout->is_tiled ? TN__TIFF_TILE_OFFSETS
                                                                    : TN__TIFF_STRIP_OFFSETS);
    return tn__tiff_is_numbers(&blocks->offsets)
               ? TN_OK
               : core->fail(TN_EDECODE,
                            "broken TIFF: the places of its strips or tiles are not whole numbers");
}

int tn__tiff_blocks_open(tn__tiff_blocks *blocks, const tn__tiff_layout *layout, tn_px_rect need,
                         tn__arena *arena)
{
    *blocks =
        (tn__tiff_blocks){.layout = layout, .need = need, .planes = planes_of(layout), .band = -1};
    find_blocks(layout, need, &blocks->first, &blocks->across);
    int status = is_raw(layout) ? find_offsets(blocks) : start_library(blocks, arena);
    const size_t n_memory = memory_bytes(layout, need), n_line = line_bytes(layout);
    if (status == TN_OK && n_memory > 0)
        status = core->take(arena, n_memory, &blocks->memory);
    if (status == TN_OK && n_line > 0)
        status = core->take(arena, n_line, &blocks->line);
    if (status == TN_OK && n_line > 0)
        memset(blocks->line, 0, n_line);
    return status;
}

void tn__tiff_blocks_close(tn__tiff_blocks *blocks)
{
    if (blocks->has_rgba)
        TIFFRGBAImageEnd(&blocks->rgba);
    if (blocks->library)
        TIFFClose(blocks->library);
}

/* Blocks in a row of blocks, and rows of blocks. */
static int64_t blocks_across(const tn__tiff_layout *layout)
{
    return ((int64_t)layout->w + layout->block_w - 1) / layout->block_w;
}

static int64_t blocks_down(const tn__tiff_layout *layout)
{
    return ((int64_t)layout->h + layout->block_h - 1) / layout->block_h;
}

int64_t tn__tiff_block_number(const tn__tiff_layout *layout, int32_t plane, int32_t band,
                              int32_t column)
{
    return (plane * blocks_down(layout) + band) * blocks_across(layout) + column;
}

/* A block's row in the file. */
static int find_raw(const tn__tiff_blocks *blocks, int32_t plane, int32_t y, int32_t column,
                    const uint8_t **row)
{
    const tn__tiff_layout *const layout = blocks->layout;
    const tn__tiff *const tiff = &layout->tiff;
    const size_t n_bytes = row_bytes(layout, layout->block_w);
    uint64_t block = (uint64_t)tn__tiff_block_number(layout, plane, y / layout->block_h, column);
    if (layout->block_w == layout->w && layout->block_h == layout->h && !layout->is_planar)
        block = blocks->offsets.n - 1;
    const uint64_t n = blocks->offsets.n;
    const uint64_t offset = block < n ? tn__tiff_value(tiff, &blocks->offsets, block) : 0;
    const uint64_t inside = (uint64_t)(y % layout->block_h) * n_bytes;
    if (block < n && offset <= tiff->file.size && inside + n_bytes <= tiff->file.size - offset) {
        *row = tiff->file.data + offset + inside;
        return TN_OK;
    }
    core->fail(TN_EDECODE,
               block < n ? "truncated TIFF: the data ends before row %d"
                         : "broken TIFF: it has no strip or tile for row %d",
               y);
    return TN_EDECODE;
}

/* Bytes of a block to decode: rows below the need are left out. A need that reaches the end of the
 * image needs whole tiles. */
static size_t wanted_bytes(const tn__tiff_blocks *blocks, int32_t band)
{
    const tn__tiff_layout *const layout = blocks->layout;
    const int64_t top = (int64_t)band * layout->block_h, bottom = blocks->need.y + blocks->need.h;
    int64_t rows = bottom - top;
    if ((layout->is_tiled && bottom == layout->h) || rows > layout->block_h)
        rows = layout->block_h;
    return row_bytes(layout, layout->block_w) * (size_t)rows;
}

static int read_deflated(tn__tiff_blocks *blocks, uint32_t number, size_t n_bytes, uint8_t *out)
{
    const tn__tiff_layout *const layout = blocks->layout;
    const char *const why = tn__tiff_deflate_read(&blocks->deflate, blocks->library,
                                                  layout->tiff.file, number, block_bytes(layout),
                                                  row_bytes(layout, layout->block_w), n_bytes, out);
    return why ? core->fail(TN_EDECODE, "broken TIFF: %s", why) : TN_OK;
}

static int read_block(tn__tiff_blocks *blocks, int32_t plane, int32_t band, int32_t column,
                      uint8_t *out)
{
    const tn__tiff_layout *const layout = blocks->layout;
    const uint32_t number =
        (uint32_t)tn__tiff_block_number(layout, plane, band, blocks->first + column);
    const size_t n_bytes = wanted_bytes(blocks, band);
    if (blocks->deflate.inflate)
        return read_deflated(blocks, number, n_bytes, out);
    const tmsize_t read =
        layout->is_tiled
            ? TIFFReadEncodedTile(blocks->library, number, out, (tmsize_t)block_bytes(layout))
            : TIFFReadEncodedStrip(blocks->library, number, out, (tmsize_t)n_bytes);
    return read >= 0 ? TN_OK : fail(blocks);
}

static int read_rgba(tn__tiff_blocks *blocks, int32_t band)
{
    const tn__tiff_layout *const layout = blocks->layout;
    const int32_t top = band * layout->block_h, left = layout->h - top;
    const int32_t rows = left < layout->block_h ? left : layout->block_h;
    blocks->rgba.row_offset = top;
    blocks->rgba.col_offset = 0;
    uint32_t *const raster = (uint32_t *)(void *)blocks->memory; /* aligned by the arena */
    return TIFFRGBAImageGet(&blocks->rgba, raster, (uint32_t)layout->w, (uint32_t)rows)
               ? TN_OK
               : fail(blocks);
}

/* A decoder may leave rows of a block unwritten, for example those that a JPEG inside does not
 * have: they are zeros. */
static int read_band(tn__tiff_blocks *blocks, int32_t band)
{
    const tn__tiff_layout *const layout = blocks->layout;
    if (blocks->band == band)
        return TN_OK;
    blocks->band = band;
    memset(blocks->memory, 0, memory_bytes(layout, blocks->need));
    if (layout->as_rgba)
        return read_rgba(blocks, band);
    uint8_t *out = blocks->memory;
    for (int32_t plane = 0; plane < blocks->planes; plane++)
        for (int32_t column = 0; column < blocks->across; column++) {
            const int status = read_block(blocks, plane, band, column, out);
            if (status != TN_OK)
                return status;
            out += block_bytes(layout);
        }
    return TN_OK;
}

/* Finds row y of a block; `column` counts from the first one that the need meets. */
static int find_row(tn__tiff_blocks *blocks, int32_t plane, int32_t y, int32_t column,
                    const uint8_t **row)
{
    const tn__tiff_layout *const layout = blocks->layout;
    if (is_raw(layout))
        return find_raw(blocks, plane, y, blocks->first + column, row);
    const int status = read_band(blocks, y / layout->block_h);
    const size_t n_bytes =
        layout->as_rgba ? (size_t)layout->w * 4 : row_bytes(layout, layout->block_w);
    *row = blocks->memory + block_bytes(layout) * (size_t)(plane * blocks->across + column) +
           n_bytes * (size_t)(y % layout->block_h);
    return status;
}

/* Copies a block's row to its place in the line; a plane's samples go to every pixel. */
static void place_row(const tn__tiff_blocks *blocks, int32_t plane, int32_t column,
                      const uint8_t *row)
{
    const tn__tiff_layout *const layout = blocks->layout;
    const int64_t x = (int64_t)(blocks->first + column) * layout->block_w;
    const int64_t left = layout->w - x;
    const int32_t n = (int32_t)(left < layout->block_w ? left : layout->block_w);
    if (!layout->is_planar) {
        const size_t at = (size_t)(x * layout->bits * layout->samples / 8);
        memcpy(blocks->line + at, row, row_bytes(layout, n));
        return;
    }
    const size_t size = (size_t)layout->bits / 8, step = size * (size_t)layout->samples;
    uint8_t *to = blocks->line + (size_t)x * step + (size_t)plane * size;
    for (int32_t k = 0; k < n; k++, to += step, row += size)
        memcpy(to, row, size);
}

int tn__tiff_blocks_row(tn__tiff_blocks *blocks, int32_t y, const uint8_t **row)
{
    if (!blocks->line)
        return find_row(blocks, 0, y, 0, row);
    for (int32_t plane = 0; plane < blocks->planes; plane++)
        for (int32_t column = 0; column < blocks->across; column++) {
            const uint8_t *part = NULL;
            const int status = find_row(blocks, plane, y, column, &part);
            if (status != TN_OK)
                return status;
            place_row(blocks, plane, column, part);
        }
    *row = blocks->line;
    return TN_OK;
}
