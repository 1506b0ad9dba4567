/* SPDX-License-Identifier: MIT */
/* The last write of a sample. See finish.h.
 *
 * Rows are taken in tiles that stay in the nearest cache: mirrored if the record says so, joined
 * for NHWC, converted into the output. Erased boxes are filled afterwards. */
#include "cpu/finish.h"

#include <math.h>
#include <string.h>

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

static void repeat_constants(tn__finish *finish)
{
    const bool joined = finish->layout == TN_NHWC;
    for (int32_t c = 0; c < finish->channels; c++)
        for (int32_t i = 0; i < TN__NORM_PERIOD; i++) {
            const int32_t channel = joined ? i % finish->channels : c;
            finish->scales[c][i] = finish->scale[channel];
            finish->biases[c][i] = finish->bias[channel];
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
    repeat_constants(finish);
}

tn__writer tn__writer_begin(const tn__finish *finish, const tn_px_record *record, void *out)
{
    return (tn__writer){.finish = finish,
                        .record = record,
                        .rows = tn__rows_get(),
                        .out = out,
                        .bytes = tn__dtype_bytes(finish->dtype),
                        .turn = finish->layout == TN_NHWC ? finish->channels : 1};
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
    switch (writer->finish->dtype) {
    case TN_F16: rows->norm_f16(values, scale, bias, out, n); break;
    case TN_BF16: rows->norm_bf16(values, scale, bias, out, n); break;
    default: rows->norm_f32(values, scale, bias, out, n); break;
    }
}

/* n values of `channel` (and those that take turns with it) to `out`. */
static void write_values(const tn__writer *writer, int32_t channel, const uint8_t *values,
                         void *out, int32_t n)
{
    switch (writer->finish->kind) {
    case TN__PLAIN: memcpy(out, values, (size_t)n); break;
    case TN__TABLE: look_up(writer, channel, values, out, n); break;
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
    for (int32_t c = 0; c < writer->finish->channels; c++) {
        uint8_t *const out = place(writer, tile, c);
        const bool plain = writer->finish->kind == TN__PLAIN;
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
    const int32_t channels = writer->finish->channels;
    const uint8_t *from[TN_PX_MAX_CHANNELS] = {NULL};
    for (int32_t c = 0; c < channels; c++)
        from[c] = fetch(writer, tile, row[c], turned[c]);
    uint8_t *const out = place(writer, tile, 0);
    const bool plain = writer->finish->kind == TN__PLAIN;
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

/* n values, `step` apart, whose bits in the output are `bits`. */
static void fill_values(uint8_t *out, int32_t bytes, uint32_t bits, ptrdiff_t step, int32_t n)
{
    uint16_t *const narrow = (uint16_t *)(void *)out;
    uint32_t *const wide = (uint32_t *)(void *)out;
    for (ptrdiff_t i = 0; i < n; i++)
        switch (bytes) {
        case 1: out[i * step] = (uint8_t)bits; break;
        case 2: narrow[i * step] = (uint16_t)bits; break;
        default: wide[i * step] = bits; break;
        }
}

static void erase_row(const tn__writer *writer, const struct tile *tile)
{
    for (int32_t c = 0; c < writer->finish->channels; c++) {
        uint8_t *const out = writer->turn > 1
                                 ? place(writer, tile, 0) + (ptrdiff_t)c * writer->bytes
                                 : place(writer, tile, c);
        fill_values(out, writer->bytes, writer->finish->fill[c], writer->turn, tile->n);
    }
}

static void erase_box(const tn__writer *writer, tn_px_box box)
{
    const int32_t w = writer->record->w, h = writer->record->h;
    const int32_t right = box.x + box.w < w ? box.x + box.w : w;
    const int32_t bottom = box.y + box.h < h ? box.y + box.h : h;
    for (int32_t y = box.y; y < bottom; y++)
        erase_row(writer, &(struct tile){box.x, y, right - box.x});
}

void tn__writer_end(const tn__writer *writer, const tn_px_box *boxes)
{
    const tn_px_record *const record = writer->record;
    for (int32_t i = 0; record->erase == TN_PX_ERASE_CONST && i < record->n_boxes; i++)
        erase_box(writer, boxes[i]);
}

void tn__finish_sample(const tn__finish *finish, const tn_px_record *record, const tn_px_box *boxes,
                       const tn_px_image *pixels, void *out)
{
    const tn__writer writer = tn__writer_begin(finish, record, out);
    const uint8_t *row[TN_PX_MAX_CHANNELS] = {NULL};
    for (int32_t c = 0; c < finish->channels; c++)
        row[c] = pixels->plane[c];
    for (int32_t y = 0; y < record->h; y++) {
        tn__writer_row(&writer, y, row);
        for (int32_t c = 0; c < finish->channels; c++)
            row[c] += pixels->stride;
    }
    tn__writer_end(&writer, boxes);
}
