/* SPDX-License-Identifier: MIT */
/* The last write of a sample. See finish.h.
 *
 * Rows are taken in tiles that stay in the nearest cache: mirrored if the record says so, joined
 * for NHWC, converted into the output. Erased boxes are filled afterwards (erase.c). */
#include "cpu/finish.h"

#include <math.h>
#include <string.h>

#include "tench.h"

#define SAME(name) ((int)TN_PX_##name == (int)TN_##name)
_Static_assert(SAME(U8) && SAME(F16) && SAME(BF16) && SAME(F32) && SAME(NCHW) && SAME(NHWC),
               "the kernels' numbers are those of the public header");

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

/* A float rounded to the dtype. */
static float round_to(int32_t dtype, float value)
{
    return tn_px_value(dtype, tn_px_bits(dtype, value));
}

/* timm's prefetcher: 255 mean and 255 std in the dtype, then subtract and divide, each rounded. */
static void make_table(int32_t dtype, double mean, double std, uint32_t table[256])
{
    const float shift = round_to(dtype, (float)(mean * 255.0));
    const float divisor = round_to(dtype, (float)(std * 255.0));
    for (int32_t value = 0; value < 256; value++)
        table[value] = tn_px_bits(dtype, round_to(dtype, (float)value - shift) / divisor);
}

static void init_plain(tn_px_finish *px, const double *mean, const double *std)
{
    px->kind = TN_PX_PLAIN;
    for (int32_t c = 0; c < px->channels; c++) {
        const double fill = mean ? round(255.0 * mean[c]) : 0.0;
        px->fill[c] = fill < 0.0 ? 0 : fill > 255.0 ? 255 : (uint32_t)fill;
        px->centre[c] = mean ? (float)(255.0 * mean[c]) : 0.0f;
        px->spread[c] = std ? (float)(255.0 * std[c]) : 255.0f;
    }
}

static void repeat_constants(tn__finish *finish)
{
    const tn_px_finish *const px = &finish->px;
    const bool joined = px->layout == TN_NHWC;
    for (int32_t c = 0; c < px->channels; c++)
        for (int32_t i = 0; i < TN__NORM_PERIOD; i++) {
            const int32_t channel = joined ? i % px->channels : c;
            finish->scales[c][i] = px->scale[channel];
            finish->biases[c][i] = px->bias[channel];
        }
}

void tn__finish_init(tn__finish *finish, int32_t dtype, int32_t layout, int32_t channels,
                     const double *mean, const double *std, bool compat_timm)
{
    memset(finish, 0, sizeof *finish);
    tn_px_finish *const px = &finish->px;
    px->dtype = dtype;
    px->layout = layout;
    px->channels = channels;
    if (dtype == TN_U8) {
        init_plain(px, mean, std);
        return;
    }
    px->kind = compat_timm && mean && std ? TN_PX_TABLE : TN_PX_FMA;
    for (int32_t c = 0; c < channels; c++) {
        const double shift = mean ? mean[c] : 0.0, spread = std ? std[c] : 1.0;
        px->scale[c] = (float)(1.0 / (255.0 * spread));
        px->bias[c] = mean ? (float)(-shift / spread) : 0.0f;
        if (px->kind == TN_PX_TABLE)
            make_table(dtype, shift, spread, finish->table[c]);
    }
    repeat_constants(finish);
}

tn__writer tn__writer_begin(const tn__finish *finish, const tn_px_record *record, void *out)
{
    return (tn__writer){.finish = finish,
                        .record = record,
                        .rows = tn__rows_get(),
                        .out = out,
                        .bytes = tn__dtype_bytes(finish->px.dtype),
                        .turn = finish->px.layout == TN_NHWC ? finish->px.channels : 1};
}

static void look_up(const tn__writer *writer, int32_t channel, const uint8_t *values, void *out,
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

static void normalise(const tn__writer *writer, int32_t channel, const uint8_t *values, void *out,
                      int32_t n)
{
    const tn__rows *const rows = writer->rows;
    const float *const scale = writer->finish->scales[channel];
    const float *const bias = writer->finish->biases[channel];
    switch (writer->finish->px.dtype) {
    case TN_F16: rows->norm_f16(values, scale, bias, out, n); break;
    case TN_BF16: rows->norm_bf16(values, scale, bias, out, n); break;
    default: rows->norm_f32(values, scale, bias, out, n); break;
    }
}

/* n values of `channel` (and those that take turns with it) to `out`. */
static void write_values(const tn__writer *writer, int32_t channel, const uint8_t *values,
                         void *out, int32_t n)
{
    switch (writer->finish->px.kind) {
    case TN_PX_PLAIN: memcpy(out, values, (size_t)n); break;
    case TN_PX_TABLE: look_up(writer, channel, values, out, n); break;
    default: normalise(writer, channel, values, out, n); break;
    }
}

static void join(const tn__rows *rows, const uint8_t *const *src, int32_t channels, uint8_t *dst,
                 int32_t n)
{
    if (channels == 3) {
        rows->join3(src, dst, n);
        return;
    }
    for (int32_t c = 0; c < channels; c++)
        for (int32_t i = 0; i < n; i++)
            dst[(ptrdiff_t)channels * i + c] = src[c][i];
}

/* Pixels of a row of the output. Always handed on by its address: a copy's numbers are stored one
 * by one and loaded two at once, and such a load waits until all stores before it, those of the
 * output too, are in the cache. */
struct tile {
    int32_t x, y, n;
};

/* Where the tile goes in the plane of `channel`, or in the only one. */
static uint8_t *place(const tn__writer *writer, const struct tile *tile, int32_t channel)
{
    const size_t w = writer->record->w, area = w * writer->record->h;
    const size_t pixel = (size_t)tile->y * w + (size_t)tile->x;
    const size_t value = (size_t)channel * area + pixel * (size_t)writer->turn;
    return writer->out + value * (size_t)writer->bytes;
}

/* The tile's pixels of one channel, mirrored into `to` if the sample is. */
static const uint8_t *fetch(const tn__writer *writer, const struct tile *tile, const uint8_t *row,
                            uint8_t *to)
{
    if (!writer->record->flip)
        return row + tile->x;
    writer->rows->mirror(row + (writer->record->w - tile->x - tile->n), to, tile->n);
    return to;
}

static void write_planes(const tn__writer *writer, const uint8_t *const *row,
                         const struct tile *tile)
{
    _Alignas(TN_PX_ALIGN) uint8_t buffer[TILE];
    for (int32_t c = 0; c < writer->finish->px.channels; c++) {
        uint8_t *const out = place(writer, tile, c);
        const bool plain = writer->finish->px.kind == TN_PX_PLAIN;
        const uint8_t *const from = fetch(writer, tile, row[c], plain ? out : buffer);
        if (from != out)
            write_values(writer, c, from, out, tile->n);
    }
}

static void write_joined(const tn__writer *writer, const uint8_t *const *row,
                         const struct tile *tile)
{
    _Alignas(TN_PX_ALIGN) uint8_t turned[TN_PX_MAX_CHANNELS][TILE];
    _Alignas(TN_PX_ALIGN) uint8_t joined[TN_PX_MAX_CHANNELS * TILE];
    const int32_t channels = writer->finish->px.channels;
    const uint8_t *from[TN_PX_MAX_CHANNELS] = {NULL};
    for (int32_t c = 0; c < channels; c++)
        from[c] = fetch(writer, tile, row[c], turned[c]);
    uint8_t *const out = place(writer, tile, 0);
    const bool plain = writer->finish->px.kind == TN_PX_PLAIN;
    join(writer->rows, from, channels, plain ? out : joined, tile->n);
    if (!plain)
        write_values(writer, 0, joined, out, tile->n * channels);
}

void tn__writer_row(const tn__writer *writer, int32_t y, const uint8_t *const *row)
{
    const int32_t w = writer->record->w;
    for (int32_t x = 0; x < w; x += TILE) {
        const struct tile tile = {x, y, w - x < TILE ? w - x : TILE};
        if (writer->turn > 1)
            write_joined(writer, row, &tile);
        else
            write_planes(writer, row, &tile);
    }
}

void tn__finish_sample(const tn__finish *finish, const tn_px_record *record, const tn_px_box *boxes,
                       const tn_px_image *pixels, void *out)
{
    const tn__writer writer = tn__writer_begin(finish, record, out);
    const uint8_t *row[TN_PX_MAX_CHANNELS] = {NULL};
    for (int32_t c = 0; c < finish->px.channels; c++)
        row[c] = pixels->plane[c];
    for (int32_t y = 0; y < record->h; y++) {
        tn__writer_row(&writer, y, row);
        for (int32_t c = 0; c < finish->px.channels; c++)
            row[c] += pixels->stride;
    }
    tn__writer_end(&writer, boxes);
}
