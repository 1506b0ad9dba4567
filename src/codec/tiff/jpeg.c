/* SPDX-License-Identifier: MIT */
/* Decodes strips and tiles that are JPEG streams. See jpeg.h. */
#include "codec/tiff/jpeg.h"

#include "base/least.h"
#include "codec/jpeg/inside.h"
#include "codec/rows.h"
#include "codec/tiff/core.h"
#include "codec/tiff/stored.h"

enum { MAX_SIDE = 65500 }; /* of a JPEG, in libjpeg */

/* Our decoder takes whole pixels of grey, RGB, or luma and colour. */
static bool takes(const tn__tiff_layout *layout)
{
    const bool is_grey = layout->samples == 1 && layout->kind == TN__ROW_GREY8;
    const bool is_rgb = layout->samples == 3 && layout->kind == TN__ROW_RGB8;
    return layout->compression == TN__TIFF_JPEG && !layout->as_rgba && !layout->is_planar &&
           layout->change == TN__TIFF_PLAIN && (is_grey || is_rgb) && layout->block_w <= MAX_SIDE &&
           layout->block_h <= MAX_SIDE;
}

size_t tn__tiff_jpeg_bytes(const tn__tiff_layout *layout)
{
    return takes(layout)
               ? core->jpeg_inside_bytes(layout->block_w, layout->block_h, layout->samples)
               : 0;
}

/* What libtiff knows of all streams. It must agree with the layout, which follows Pillow's rules.
 */
static bool read_common(TIFF *library, const tn__tiff_layout *layout, tn__jpeg_inside *out)
{
    uint16_t photometric = 0, samples = 0, h_sampling = 1, v_sampling = 1;
    uint32_t n_tables = 0;
    void *tables = NULL;
    TIFFGetField(library, TIFFTAG_PHOTOMETRIC, &photometric);
    TIFFGetFieldDefaulted(library, TIFFTAG_SAMPLESPERPIXEL, &samples);
    if (TIFFGetField(library, TIFFTAG_JPEGTABLES, &n_tables, &tables))
        out->tables = (tn__bytes){tables, n_tables};
    out->components = samples;
    out->is_ycc = photometric == PHOTOMETRIC_YCBCR;
    if (out->is_ycc)
        TIFFGetFieldDefaulted(library, TIFFTAG_YCBCRSUBSAMPLING, &h_sampling, &v_sampling);
    out->h_sampling = h_sampling;
    out->v_sampling = v_sampling;
    return out->components == layout->samples && out->is_ycc == layout->is_ycc;
}

/* The last strip has the rows that are left; a tile is always whole. */
static void find_size(const tn__tiff_layout *layout, int32_t top, tn__jpeg_inside *out)
{
    const int32_t left = layout->h - top;
    out->w = layout->block_w;
    out->h = layout->is_tiled || left > layout->block_h ? layout->block_h : left;
}

/* Decodes the part that the want meets of the block in this row and column of blocks. */
static int decode_block(const tn__tiff_blocks *blocks, int32_t band, int32_t column,
                        tn__jpeg_inside *inside, const tn__want *want, tn__arena *arena,
                        const tn_px_image *out)
{
    const tn__tiff_layout *const layout = blocks->layout;
    const tn_px_rect need = want->need;
    const int32_t left = column * layout->block_w, top = band * layout->block_h;
    find_size(layout, top, inside);
    const size_t n_bytes = (size_t)inside->w * (size_t)inside->h * (size_t)inside->components;
    inside->stream =
        tn__tiff_stored(blocks->library, layout->tiff.file,
                        (uint32_t)tn__tiff_block_number(layout, 0, band, column), n_bytes);
    const int32_t x = tn__most(need.x, left), y = tn__most(need.y, top);
    const int32_t right = tn__least(need.x + need.w, left + inside->w);
    const int32_t bottom = tn__least(need.y + need.h, top + inside->h);
    const tn__want part = {{x - left, y - top, right - x, bottom - y}, want->mode};
    return core->jpeg_inside_decode(inside, &part, arena, x - need.x, y - need.y, out);
}

int tn__tiff_jpeg_decode(const tn__tiff_blocks *blocks, const tn__want *want, tn__arena *arena,
                         const tn_px_image *out)
{
    const tn__tiff_layout *const layout = blocks->layout;
    const int32_t first = want->need.y / layout->block_h;
    const int32_t last = (want->need.y + want->need.h - 1) / layout->block_h;
    tn__jpeg_inside inside = {0};
    if (!takes(layout) || !read_common(blocks->library, layout, &inside))
        return TN__NOT_MINE;
    for (int32_t band = first; band <= last; band++)
        for (int32_t column = blocks->first; column < blocks->first + blocks->across; column++) {
            const int status = decode_block(blocks, band, column, &inside, want, arena, out);
            if (status != TN_OK)
                return status;
        }
    return TN_OK;
}
