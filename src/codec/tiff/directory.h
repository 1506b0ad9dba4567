/* SPDX-License-Identifier: MIT */
/* The first directory of a TIFF file: which tags it has, and their numbers.
 *
 * The rules are those of Pillow 13: entries of unknown types, empty ones, and those of a tag that
 * came before do not count; a value outside of the file ends the directory. */
#ifndef TENCH_CODEC_TIFF_DIRECTORY_H
#define TENCH_CODEC_TIFF_DIRECTORY_H

#include "codec/codec.h"

enum {
    TN__TIFF_WIDTH = 256,
    TN__TIFF_HEIGHT = 257,
    TN__TIFF_BITS = 258,
    TN__TIFF_COMPRESSION = 259,
    TN__TIFF_PHOTOMETRIC = 262,
    TN__TIFF_FILL_ORDER = 266,
    TN__TIFF_STRIP_OFFSETS = 273,
    TN__TIFF_ORIENTATION = 274,
    TN__TIFF_SAMPLES = 277,
    TN__TIFF_ROWS_PER_STRIP = 278,
    TN__TIFF_PLANAR = 284,
    TN__TIFF_PREDICTOR = 317,
    TN__TIFF_COLOR_MAP = 320,
    TN__TIFF_TILE_WIDTH = 322,
    TN__TIFF_TILE_HEIGHT = 323,
    TN__TIFF_TILE_OFFSETS = 324,
    TN__TIFF_EXTRA_SAMPLES = 338,
    TN__TIFF_SAMPLE_FORMAT = 339,
    TN__TIFF_XMP = 700,
    TN__TIFF_WINDOWS_PHOTO = 0xbc01 /* a file of Windows Media Photo, which is not a TIFF */
};

/* The values of a tag. */
typedef struct tn__tiff_tag {
    int32_t type;    /* of TIFF; 0: the tag is absent */
    uint64_t n;      /* number of values */
    tn__bytes bytes; /* the values, inside the file */
} tn__tiff_tag;

typedef struct tn__tiff {
    tn__bytes file;
    bool big_endian;
    bool is_big;      /* BigTIFF: numbers of 64 bits */
    size_t directory; /* place of the first one */
} tn__tiff;

/* True if the bytes begin like a TIFF file. */
bool tn__tiff_sniff(tn__bytes file);
/* Reads the header. False: no directory is inside the file. */
bool tn__tiff_open(tn__bytes file, tn__tiff *tiff);
/* True if the directory and all its values are inside the file. */
bool tn__tiff_is_whole(const tn__tiff *tiff);
/* True if no other directory, and so no other page, follows the first one. */
bool tn__tiff_is_alone(const tn__tiff *tiff);
/* Finds a tag. */
tn__tiff_tag tn__tiff_find(const tn__tiff *tiff, uint32_t tag);
/* True if the values are whole numbers; bytes do not count. */
bool tn__tiff_is_numbers(const tn__tiff_tag *tag);
/* Value number `index` of a tag of whole numbers. Signed ones below zero become huge. */
uint64_t tn__tiff_value(const tn__tiff *tiff, const tn__tiff_tag *tag, uint64_t index);
/* The first value of a tag, `otherwise` where the tag is absent. False: it is not a whole number.
 */
bool tn__tiff_number(const tn__tiff *tiff, uint32_t tag, uint64_t otherwise, uint64_t *out);

#endif
