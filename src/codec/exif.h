/* SPDX-License-Identifier: MIT */
/* The orientation of a photograph, from the metadata of its JPEG file. */
#ifndef TENCH_CODEC_EXIF_H
#define TENCH_CODEC_EXIF_H

#include "codec/codec.h"

/* 1…8 by the rules of Pillow 13.0's exif_transpose; 1 if absent or invalid. `jpeg` is the whole
 * file; the function reads only the marker segments before the first scan. */
int32_t tn__exif_orientation(tn__bytes jpeg);

#endif
