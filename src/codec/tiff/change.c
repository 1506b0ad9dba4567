/* SPDX-License-Identifier: MIT */
/* Changes rows of samples as Pillow does when it unpacks and converts them. See change.h. */
#include "codec/tiff/change.h"

#include <string.h>

#include "codec/rows.h"
#include "codec/tiff/core.h"
#include "codec/tiff/lab.h"

enum { HALF = 500000, MILLION = 1000000 };

static uint8_t clip(int64_t value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static uint8_t reverse_bits(uint8_t byte)
{
    uint32_t value = byte;
    value = (value & 0xf0) >> 4 | (value & 0x0f) << 4;
    value = (value & 0xcc) >> 2 | (value & 0x33) << 2;
    return (uint8_t)((value & 0xaa) >> 1 | (value & 0x55) << 1);
}

/* Copies bytes, with their bits reversed and inverted if the file says so. */
static void copy_bytes(const tn__tiff_layout *layout, const uint8_t *from, size_t n, uint8_t *to)
{
    const uint8_t flip = layout->change == TN__TIFF_INVERTED ? 0xff : 0;
    for (size_t k = 0; k < n; k++)
        to[k] = (uint8_t)((layout->reversed ? reverse_bits(from[k]) : from[k]) ^ flip);
}

/* Samples of 1, 2 and 4 bits become one byte each. The packed bytes go to the end of `work`. */
static void unpack(const tn__tiff_layout *layout, const uint8_t *row, int32_t first, int32_t n,
                   uint8_t *work)
{
    const int32_t per_byte = 8 / layout->bits, skipped = first / per_byte;
    const int32_t n_bytes = (first + n + per_byte - 1) / per_byte - skipped;
    uint8_t *const packed = work + n + TN__ROWS_TAIL;
    copy_bytes(layout, row + skipped, (size_t)n_bytes, packed);
    core->rows_unpack(packed, layout->bits, first - skipped * per_byte, n, work);
}

static void widen_twelve(const uint8_t *row, int32_t first, int32_t n, uint8_t *work)
{
    for (int32_t k = 0; k < n; k++) {
        const int64_t nibble = 3 * ((int64_t)first + k);
        const uint8_t *const at = row + nibble / 2;
        const uint16_t value =
            (uint16_t)(nibble % 2 ? (at[0] & 15) << 8 | at[1] : at[0] << 4 | at[1] >> 4);
        memcpy(work + (size_t)k * 2, &value, 2);
    }
}

static uint32_t read_number(const uint8_t *at, int32_t n_bytes, bool is_big)
{
    uint32_t value = 0;
    for (int32_t k = 0; k < n_bytes; k++)
        value = value << 8 | at[is_big ? k : n_bytes - 1 - k];
    return value;
}

static void clip_signed(const uint8_t *at, int32_t n_bytes, bool is_big, int32_t n, uint8_t *work)
{
    for (int32_t k = 0; k < n; k++, at += n_bytes) {
        const uint32_t value = read_number(at, n_bytes, is_big);
        work[k] = clip(n_bytes == 2 ? (int16_t)value : (int32_t)value);
    }
}

/* Pillow drops the fraction. */
static void clip_floats(const uint8_t *at, bool is_big, int32_t n, uint8_t *work)
{
    for (int32_t k = 0; k < n; k++, at += 4) {
        const uint32_t bits = read_number(at, 4, is_big);
        float value;
        memcpy(&value, &bits, sizeof value);
        work[k] = value >= 255 ? 255 : value > 0 ? (uint8_t)value : 0;
    }
}

/* Divides colours by alpha; of 16 bits the high bytes count. */
static void divide(const tn__tiff_layout *layout, bool is_big, const uint8_t *at, int32_t n,
                   uint8_t *work)
{
    const int32_t size = layout->bits / 8, high = is_big ? 0 : size - 1;
    for (int32_t k = 0; k < n; k++, at += layout->samples * size, work += 4) {
        const int32_t alpha = at[3 * size + high];
        for (int32_t c = 0; c < 3; c++) {
            const int32_t value = at[c * size + high];
            work[c] = alpha ? clip(value * 255 / alpha) : 0;
        }
        work[3] = (uint8_t)alpha;
    }
}

/* Rounds to 64ths as Pillow's tables do: half up, then towards zero. */
static int32_t part(int64_t millionths)
{
    return (int32_t)((millionths + HALF) / MILLION);
}

static void convert_ycc(const uint8_t *at, int32_t n, uint8_t *work)
{
    for (int32_t k = 0; k < n; k++, at += 3, work += 3) {
        const int32_t y = at[0], cb = at[1] - 128, cr = at[2] - 128;
        work[0] = clip(y + (part(89728000LL * cr) >> 6));
        work[1] = clip(y + ((part(-22024960LL * cb) + part(-45704960LL * cr)) >> 6));
        work[2] = clip(y + (part(113408000LL * cb) >> 6));
    }
}

static void look_up(const tn__tiff_palette *palette, const uint8_t *at, int32_t n, uint8_t *work)
{
    for (int32_t k = 0; k < n; k++, at += 2, work += 4) {
        memcpy(work, palette->rgb[at[0]], 3);
        work[3] = at[1];
    }
}

static void take_high(const tn__tiff_layout *layout, bool is_big, const uint8_t *at, int32_t n,
                      uint8_t *work)
{
    for (int32_t k = 0; k < n; k++, at += 2 * layout->samples)
        for (int32_t c = 0; c < layout->taken; c++)
            *work++ = at[2 * c + (is_big ? 0 : 1)];
}

static void take_first(const tn__tiff_layout *layout, const uint8_t *at, int32_t n, uint8_t *work)
{
    const size_t step = (size_t)(layout->samples * layout->bits / 8);
    const size_t kept = (size_t)(layout->taken * layout->bits / 8);
    for (int32_t k = 0; k < n; k++, at += step, work += kept)
        memcpy(work, at, kept);
}

/* Pixels take at most 8 bytes. */
size_t tn__tiff_change_bytes(int32_t n)
{
    return (size_t)n * 8 + 2 * TN__ROWS_TAIL;
}

const uint8_t *tn__tiff_change(const tn__tiff_layout *layout, const tn__tiff_palette *palette,
                               bool is_big, const uint8_t *row, int32_t first, int32_t n,
                               uint8_t *work)
{
    const int32_t pixel_bits = layout->samples * layout->bits;
    const uint8_t *const at = row + (size_t)first * (size_t)pixel_bits / 8;
    const bool file_is_big = layout->tiff.big_endian;
    if (layout->bits < 8)
        unpack(layout, row, first, n, work);
    else if (layout->change == TN__TIFF_TWELVE)
        widen_twelve(row, first, n, work);
    else if (layout->change == TN__TIFF_SIGNED)
        clip_signed(at, layout->bits / 8, file_is_big, n, work);
    else if (layout->change == TN__TIFF_FLOATS)
        clip_floats(at, file_is_big, n, work);
    else if (layout->change == TN__TIFF_MULTIPLIED)
        divide(layout, is_big, at, n, work);
    else if (layout->change == TN__TIFF_YCC)
        convert_ycc(at, n, work);
    else if (layout->change == TN__TIFF_LAB)
        tn__tiff_lab_convert(at, n, work);
    else if (layout->change == TN__TIFF_COLOURS)
        look_up(palette, at, n, work);
    else if (layout->change == TN__TIFF_HIGH)
        take_high(layout, is_big, at, n, work);
    else if (layout->samples > layout->taken)
        take_first(layout, at, n, work);
    else if (layout->reversed || layout->change == TN__TIFF_INVERTED)
        copy_bytes(layout, at, (size_t)n * (size_t)pixel_bits / 8, work);
    else
        return at;
    return work;
}
