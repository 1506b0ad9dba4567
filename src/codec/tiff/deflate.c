/* SPDX-License-Identifier: MIT */
/* Decodes deflated strips and tiles. See deflate.h. */
#include "codec/tiff/deflate.h"

#include <string.h>

#include "codec/tiff/core.h"
#include "codec/tiff/stored.h"
#include "tench.h"

static bool is_deflated(const tn__tiff_layout *layout)
{
    return layout->compression == COMPRESSION_ADOBE_DEFLATE ||
           layout->compression == COMPRESSION_DEFLATE;
}

size_t tn__tiff_deflate_bytes(const tn__tiff_layout *layout)
{
    return is_deflated(layout) ? sizeof(tn__inflate) + TN_PX_ALIGN : 0;
}

/* Reads what libtiff knows of the samples: it may see other tags than Pillow's rules do. False: of
 * these samples libtiff makes something that is not known here. */
static bool read_samples(TIFF *library, tn__tiff_deflate *out)
{
    uint16_t predictor = 0, fill = 0, bits = 0, samples = 0, planar = 0;
    TIFFGetFieldDefaulted(library, TIFFTAG_PREDICTOR, &predictor);
    TIFFGetFieldDefaulted(library, TIFFTAG_FILLORDER, &fill);
    TIFFGetFieldDefaulted(library, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted(library, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetFieldDefaulted(library, TIFFTAG_PLANARCONFIG, &planar);
    const bool is_wide = bits == 16 || bits == 32;
    out->sample_bytes = is_wide ? bits / 8 : 1;
    out->step = planar == PLANARCONFIG_CONTIG ? samples : 1;
    out->adds_samples = predictor == PREDICTOR_HORIZONTAL;
    out->swaps = is_wide && TIFFIsByteSwapped(library);
    if (fill != FILLORDER_MSB2LSB || bits > 32 || bits == 24)
        return false;
    return predictor == PREDICTOR_NONE || (out->adds_samples && (bits == 8 || bits == 16));
}

int tn__tiff_deflate_open(const tn__tiff_layout *layout, TIFF *library, tn__arena *arena,
                          tn__tiff_deflate *out)
{
    *out = (tn__tiff_deflate){0};
    if (!is_deflated(layout))
        return TN_OK;
    TIFFSetField(library, TIFFTAG_DEFLATE_SUBCODEC, DEFLATE_SUBCODEC_ZLIB);
    if (layout->as_rgba || !read_samples(library, out))
        return TN_OK;
    uint8_t *memory;
    const int status = core->take(arena, sizeof(tn__inflate), &memory);
    if (status == TN_OK)
        out->inflate = (tn__inflate *)(void *)memory; /* aligned by the arena */
    return status;
}

static void swap_bytes(uint8_t *bytes, size_t n, int32_t size)
{
    for (size_t at = 0; at < n; at += (size_t)size)
        for (int32_t low = 0, high = size - 1; low < high; low++, high--) {
            const uint8_t kept = bytes[at + (size_t)low];
            bytes[at + (size_t)low] = bytes[at + (size_t)high];
            bytes[at + (size_t)high] = kept;
        }
}

static void add_bytes(uint8_t *row, size_t n, size_t step)
{
    for (size_t k = step; k < n; k++)
        row[k] = (uint8_t)(row[k] + row[k - step]);
}

static void add_words(uint8_t *row, size_t n, size_t step)
{
    for (size_t k = step; k < n; k++) {
        uint16_t before, value;
        memcpy(&before, row + 2 * (k - step), sizeof before);
        memcpy(&value, row + 2 * k, sizeof value);
        value = (uint16_t)(value + before);
        memcpy(row + 2 * k, &value, sizeof value);
    }
}

static void finish_rows(const tn__tiff_deflate *deflate, size_t row_bytes, size_t n_bytes,
                        uint8_t *out)
{
    if (deflate->swaps)
        swap_bytes(out, n_bytes, deflate->sample_bytes);
    if (!deflate->adds_samples)
        return;
    const size_t step = (size_t)deflate->step;
    for (size_t at = 0; at < n_bytes; at += row_bytes)
        if (deflate->sample_bytes == 1)
            add_bytes(out + at, row_bytes, step);
        else
            add_words(out + at, row_bytes / 2, step);
}

const char *tn__tiff_deflate_read(const tn__tiff_deflate *deflate, TIFF *library, tn__bytes file,
                                  uint32_t number, size_t block_bytes, size_t row_bytes,
                                  size_t n_bytes, uint8_t *out)
{
    const tn__bytes block = tn__tiff_stored(library, file, number, block_bytes);
    if (block.size == 0)
        return "a strip or tile is missing, or is not inside the file";
    tn__inflate_io io = {block.data, block.data + block.size, out, out, out + n_bytes};
    core->inflate_open(deflate->inflate, TN__FLATE_ZLIB);
    if (core->inflate_run(deflate->inflate, &io) == TN__FLATE_BAD)
        return deflate->inflate->reason;
    if (io.out < io.out_end)
        return "a strip or tile has too little data";
    finish_rows(deflate, row_bytes, n_bytes, out);
    return NULL;
}
