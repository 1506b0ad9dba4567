/* SPDX-License-Identifier: MIT */
/* Where the bytes of a strip or tile are, as libtiff reads the directory. */
#ifndef TENCH_CODEC_TIFF_STORED_H
#define TENCH_CODEC_TIFF_STORED_H

#include <tiffio.h>

#include "codec/codec.h"

/* The bytes in the file of block `number`, which has `block_bytes` when it is decoded. No bytes: it
 * has none, or not all of them are inside the file. */
tn__bytes tn__tiff_stored(TIFF *library, tn__bytes file, uint32_t number, size_t block_bytes);

#endif
