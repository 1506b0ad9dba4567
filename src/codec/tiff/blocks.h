/* SPDX-License-Identifier: MIT */
/* Reads rows of a TIFF file from its strips or tiles: from the file itself if they are not
 * compressed, else through libtiff. Only blocks that a rectangle meets are read. */
#ifndef TENCH_CODEC_TIFF_BLOCKS_H
#define TENCH_CODEC_TIFF_BLOCKS_H

#include <tiffio.h>

#include "codec/tiff/deflate.h"

typedef struct tn__tiff_blocks {
    const tn__tiff_layout *layout;
    tn_px_rect need;
    TIFF *library;      /* NULL: the blocks are not compressed */
    TIFFRGBAImage rgba; /* if the layout says as_rgba */
    bool has_rgba;
    tn__tiff_deflate deflate;
    tn__tiff_tag offsets;  /* of blocks that are not compressed */
    int32_t planes;        /* with blocks of their own */
    int32_t across, first; /* blocks that the need meets in a row of blocks, and the first one */
    int32_t band;          /* the row of blocks in `memory`; -1: none */
    uint8_t *memory;       /* those blocks, plane after plane */
    uint8_t *line;         /* a row that was put together; NULL: rows lie in one piece */
    char why[200];         /* libtiff's last error */
    uint64_t at;           /* libtiff's place in the file */
} tn__tiff_blocks;

/* The number of a block: of a plane, by its row and its column of blocks. */
int64_t tn__tiff_block_number(const tn__tiff_layout *layout, int32_t plane, int32_t band,
                              int32_t column);
/* True if the blocks would take far more memory than the image. No other function takes such a
 * layout. */
bool tn__tiff_blocks_are_absurd(const tn__tiff_layout *layout);
/* Bytes of memory that reading takes, from the arena and by libtiff. */
size_t tn__tiff_blocks_bytes(const tn__tiff_layout *layout, tn_px_rect need);
/* Opens the blocks that `need` meets. Close them also after a failure. */
int tn__tiff_blocks_open(tn__tiff_blocks *blocks, const tn__tiff_layout *layout, tn_px_rect need,
                         tn__arena *arena);
/* Finds row y, which is in the need; ask for rows from above. Only the need's columns are valid. */
int tn__tiff_blocks_row(tn__tiff_blocks *blocks, int32_t y, const uint8_t **row);
void tn__tiff_blocks_close(tn__tiff_blocks *blocks);

#endif
