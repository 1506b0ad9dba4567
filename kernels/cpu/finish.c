/* SPDX-License-Identifier: MIT */
/* The last write of a sample. See finish.h.
 *
 * Rows are taken in tiles that stay in the nearest cache: mirrored if the record says so, joined
 * for NHWC, converted into the output. Erased boxes are filled afterwards. */
#include "cpu/finish.h"

#include <math.h>
#include <string.h>

#include "cpu/rows.h"
#include "px/half.h"
#include "px/norm.h"
#include "tench.h"

enum { TILE = 480 }; /* pixels; a multiple of TN__NORM_PERIOD, so that tiles begin a period */

int32_t tn__dtype_bytes(int32_t dtype)
{
    switch (dtype) {
    case TN_U8: return 1;
    case TN_F16:
    case TN_BF16: return 2;
    case TN_F32: return 4;
    case TN_I64: return 8;
    default: return 0;
    }
}

/* A float rounded to the dtype, and its bits there. */
static float round_to(int32_t dtype, float value)
{
    switch (dtype) {
    case TN_F16: return tn_px_f16_float(tn_px_f16(value));
    case TN_BF16: return tn_px_bf16_float(tn_px_bf16(value));
    default: return value;
    }
}

static uint32_t bits_in(int32_t dtype, float value)
{
    switch (dtype) {
    case TN_F16: return tn_px_f16(value);
    case TN_BF16: return tn_px_bf16(value);
    default: return tn_px_float_bits(value);
    }
}

/* timm's prefetcher: 255 mean and 255 std in the dtype, then subtract and divide, each rounded. */
static void make_table(int32_t dtype, double mean, double std, uint32_t table[256])
{
    const float shift = round_to(dtype, (float)(mean * 255.0));
    const float divisor = round_to(dtype, (float)(std * 255.0));
    for (int32_t value = 0; value < 256; value++)
        table[value] = bits_in(dtype, round_to(dtype, (float)value - shift) / divisor);
}

static void init_plain(tn__finish *finish, const double *mean)
{
    finish->kind = TN__PLAIN;
    for (int32_t c = 0; c < finish->channels; c++) {
        const double fill = mean ? round(255.0 * mean[c]) : 0.0;
        finish->fill[c] = fill < 0.0 ? 0 : fill > 255.0 ? 255 : (uint32_t)fill;
    }
}

void tn__finish_init(tn__finish *finish, int32_t dtype, int32_t layout, int32_t channels,
                     const double *mean, const double *std, bool compat_timm)
{
    memset(finish, 0, sizeof *finish);
    finish->dtype = dtype;
    finish->layout = layout;
    finish->channels = channels;
    if (dtype == TN_U8) {
        init_plain(finish, mean);
        return;
    }
    finish->kind = compat_timm && mean && std ? TN__TABLE : TN__FMA;
    for (int32_t c = 0; c < channels; c++) {
        const double shift = mean ? mean[c] : 0.0, spread = std ? std[c] : 1.0;
        finish->scale[c] = (float)(1.0 / (255.0 * spread));
        finish->bias[c] = mean ? (float)(-shift / spread) : 0.0f;
        if (finish->kind == TN__TABLE)
            make_table(dtype, shift, spread, finish->table[c]);
    }
}

typedef void norm_function(const uint8_t *src, const float *scale, const float *bias, void *dst,
                           int32_t n);

static norm_function *norm_for(int32_t dtype)
{
    const tn__rows *const rows = tn__rows_get();
    switch (dtype) {
    case TN_F16: return rows->norm_f16;
    case TN_BF16: return rows->norm_bf16;
    default: return rows->norm_f32;
    }
}

/* How the values of a tile become the output: channel c of a plane, or all of them in turn. */
struct writer {
    const tn__finish *finish;
    norm_function *norm;
    int32_t bytes; /* of a value */
    int32_t turn;  /* channels that follow each other in the output: 1 for planes */
    float scale[TN_PX_MAX_CHANNELS][TN__NORM_PERIOD], bias[TN_PX_MAX_CHANNELS][TN__NORM_PERIOD];
};

static struct writer make_writer(const tn__finish *finish)
{
    const bool joined = finish->layout == TN_NHWC;
    struct writer writer = {.finish = finish,
                            .norm = norm_for(finish->dtype),
                            .bytes = tn__dtype_bytes(finish->dtype),
                            .turn = joined ? finish->channels : 1};
    for (int32_t c = 0; c < (joined ? 1 : finish->channels); c++)
        for (int32_t i = 0; i < TN__NORM_PERIOD; i++) {
            writer.scale[c][i] = finish->scale[c + i % writer.turn];
            writer.bias[c][i] = finish->bias[c + i % writer.turn];
        }
    return writer;
}

static void look_up(const struct writer *writer, int32_t channel, const uint8_t *values, void *out,
                    int32_t n)
{
    uint32_t *const wide = out;
    uint16_t *const narrow = out;
    for (int32_t turn = 0; turn < writer->turn; turn++) {
        const uint32_t *const table = writer->finish->table[channel + turn];
        for (int32_t i = turn; i < n; i += writer->turn) {
            if (writer->bytes == 4)
                wide[i] = table[values[i]];
            else
                narrow[i] = (uint16_t)table[values[i]];
        }
    }
}

/* n values of `channel` (and those that take turns with it) to `out`. */
static void write_values(const struct writer *writer, int32_t channel, const uint8_t *values,
                         void *out, int32_t n)
{
    switch (writer->finish->kind) {
    case TN__PLAIN: memcpy(out, values, (size_t)n); break;
    case TN__TABLE: look_up(writer, channel, values, out, n); break;
    default: writer->norm(values, writer->scale[channel], writer->bias[channel], out, n); break;
    }
}

static void join(const uint8_t *const *src, int32_t channels, uint8_t *dst, int32_t n)
{
    if (channels == 3) {
        tn__rows_get()->join3(src, dst, n);
        return;
    }
    for (int32_t c = 0; c < channels; c++)
        for (int32_t i = 0; i < n; i++)
            dst[(ptrdiff_t)channels * i + c] = src[c][i];
}

/* Where the output's pixels x…x+n-1 of row y begin in `channel`; mirrored ones are copied to
 * `buffer`. */
static const uint8_t *fetch(const tn_px_image *pixels, bool mirrored, int32_t channel, int32_t x,
                            int32_t y, int32_t n, uint8_t *buffer)
{
    const uint8_t *const row = pixels->plane[channel] + y * pixels->stride;
    if (!mirrored)
        return row + x;
    tn__rows_get()->mirror(row + (pixels->w - x - n), buffer, n);
    return buffer;
}

static void write_tile(const struct writer *writer, const tn_px_image *pixels, bool mirrored,
                       int32_t x, int32_t y, int32_t n, uint8_t *out)
{
    _Alignas(64) uint8_t turned[TN_PX_MAX_CHANNELS][TILE + TN_PX_ALIGN];
    _Alignas(64) uint8_t joined[TN_PX_MAX_CHANNELS * TILE + TN_PX_ALIGN];
    const int32_t channels = writer->finish->channels;
    const uint8_t *row[TN_PX_MAX_CHANNELS];
    const size_t at = ((size_t)y * (size_t)pixels->w + (size_t)x) * (size_t)writer->turn;
    const size_t area = (size_t)pixels->w * (size_t)pixels->h;
    row[0] = fetch(pixels, mirrored, 0, x, y, n, turned[0]);
    for (int32_t c = 1; c < channels; c++)
        row[c] = fetch(pixels, mirrored, c, x, y, n, turned[c]);
    if (writer->turn > 1) {
        join(row, channels, joined, n);
        row[0] = joined;
    }
    const int32_t planes = writer->turn > 1 ? 1 : channels;
    for (int32_t c = 0; c < planes; c++)
        write_values(writer, c, row[c], out + ((size_t)c * area + at) * (size_t)writer->bytes,
                     n * writer->turn);
}

static void fill_value(uint8_t *out, int32_t bytes, uint32_t bits)
{
    const uint16_t narrow = (uint16_t)bits;
    switch (bytes) {
    case 1: *out = (uint8_t)bits; break;
    case 2: memcpy(out, &narrow, sizeof narrow); break;
    default: memcpy(out, &bits, sizeof bits); break;
    }
}

static void erase_row(const struct writer *writer, const tn_px_image *pixels, int32_t y, int32_t x,
                      int32_t end, uint8_t *out)
{
    const size_t area = (size_t)pixels->w * (size_t)pixels->h;
    const size_t row = (size_t)y * (size_t)pixels->w, turn = (size_t)writer->turn;
    for (int32_t c = 0; c < writer->finish->channels; c++) {
        const size_t start = turn > 1 ? (size_t)c : (size_t)c * area;
        for (int32_t at = x; at < end; at++)
            fill_value(out + (start + (row + (size_t)at) * turn) * (size_t)writer->bytes,
                       writer->bytes, writer->finish->fill[c]);
    }
}

static void erase_box(const struct writer *writer, const tn_px_image *pixels, tn_px_box box,
                      uint8_t *out)
{
    const int32_t right = box.x + box.w < pixels->w ? box.x + box.w : pixels->w;
    const int32_t bottom = box.y + box.h < pixels->h ? box.y + box.h : pixels->h;
    for (int32_t y = box.y; y < bottom; y++)
        erase_row(writer, pixels, y, box.x, right, out);
}

void tn__finish_sample(const tn__finish *finish, const tn_px_record *record, const tn_px_box *boxes,
                       const tn_px_image *pixels, void *out)
{
    const struct writer writer = make_writer(finish);
    for (int32_t y = 0; y < record->h; y++)
        for (int32_t x = 0; x < record->w; x += TILE) {
            const int32_t left = record->w - x;
            write_tile(&writer, pixels, record->flip != 0, x, y, left < TILE ? left : TILE, out);
        }
    for (int32_t i = 0; record->erase == TN_PX_ERASE_CONST && i < record->n_boxes; i++)
        erase_box(&writer, pixels, boxes[i], out);
}
