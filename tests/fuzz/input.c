/* SPDX-License-Identifier: MIT */
/* Interprets inputs of the decoder's fuzz targets. See input.h. */
#include "input.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/level.h"
#include "tench.h"

size_t input_tail_of_patches(const uint8_t *bytes, size_t size, size_t patch_bytes)
{
    if (size <= INPUT_TAIL)
        return size;
    const size_t n_patches = bytes[size - INPUT_TAIL - 1] >> 4;
    const size_t n = INPUT_TAIL + 1 + n_patches * patch_bytes;
    return n < size ? n : size;
}

input input_open(const uint8_t *bytes, size_t size)
{
    if (size < INPUT_TAIL)
        return (input){0};
    const size_t n = size - target_tail(bytes, size);
    uint8_t *const copy = malloc(n + TN__READ_PADDING);
    if (!copy)
        return (input){0};
    memcpy(copy, bytes, n);
    memset(copy + n, 0, TN__READ_PADDING);
    return (input){.file = {copy, n}, .tail = bytes + size - INPUT_TAIL};
}

void input_close(input *opened)
{
    free((void *)(uintptr_t)opened->file.data);
    *opened = (input){0};
}

int32_t input_level(const input *opened)
{
    return (opened->tail[0] & 0x7f) % TN__CPU_LEVELS;
}

int32_t input_mode(const input *opened)
{
    return opened->tail[0] & 0x80 ? TN_GREY : TN_RGB;
}

/* Makes a range within 0 … n from two bytes. */
static void stretch(uint8_t from, uint8_t to, int32_t n, int32_t *begin, int32_t *length)
{
    const int32_t a = (int32_t)((int64_t)from * n / 256), b = (int32_t)((int64_t)to * n / 256);
    *begin = a < b ? a : b;
    *length = a < b ? b - a : a - b;
    if (from == to) {
        *begin = 0;
        *length = n;
    } else if (*length == 0) {
        *length = 1;
    }
}

tn_px_rect input_region(const input *opened, int32_t w, int32_t h)
{
    tn_px_rect region;
    stretch(opened->tail[1], opened->tail[2], w, &region.x, &region.w);
    stretch(opened->tail[3], opened->tail[4], h, &region.y, &region.h);
    return region;
}
