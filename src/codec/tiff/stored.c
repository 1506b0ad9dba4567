/* SPDX-License-Identifier: MIT */
/* Finds the bytes of strips and tiles. See stored.h. */
#include "codec/tiff/stored.h"

/* libtiff cuts absurd lengths of blocks before it compares them with the file's. */
static uint64_t length_of(TIFF *library, uint32_t number, size_t block_bytes)
{
    enum { PLAUSIBLE = 1 << 20, MARGIN = 4096, TIMES = 10 };
    const uint64_t length = TIFFGetStrileByteCount(library, number);
    if (length > PLAUSIBLE && (length - MARGIN) / TIMES > block_bytes)
        return (uint64_t)block_bytes * TIMES + MARGIN;
    return length;
}

tn__bytes tn__tiff_stored(TIFF *library, tn__bytes file, uint32_t number, size_t block_bytes)
{
    const uint64_t length = length_of(library, number, block_bytes);
    const uint64_t offset = TIFFGetStrileOffset(library, number);
    if (length > file.size || offset > file.size - length)
        return (tn__bytes){file.data, 0};
    return (tn__bytes){file.data + offset, (size_t)length};
}
