/* SPDX-License-Identifier: MIT */
/* The orientation of a photograph, from the metadata of its file. */
#ifndef TENCH_CODEC_EXIF_H
#define TENCH_CODEC_EXIF_H

#include "codec/codec.h"

/* 1…8 by the rules of Pillow 13.0's exif_transpose; 1 if absent or invalid. `jpeg` is the whole
 * file; the function reads only the marker segments before the first scan. */
int32_t tn__exif_orientation(tn__bytes jpeg);
/* The same, from metadata that lie in one piece: a TIFF file, perhaps after the prefix "Exif", and
 * XMP. Either may be empty. 0 if both lack the orientation. */
int32_t tn__exif_orientation_of(tn__bytes exif, tn__bytes xmp);

#endif
