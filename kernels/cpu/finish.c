/* SPDX-License-Identifier: MIT */
/* The last write of a sample. See finish.h.
 *
 * Tiles of a row stay in the first cache while they are mirrored if the record says so, joined for
 * NHWC, and converted into the output. Erased boxes are filled afterwards, in order: where two
 * overlap, the last one shows. */
#include "cpu/finish.h"

#include <math.h>
#include <string.h>

enum { TILE = 480 }; /* pixels; a multiple of TN__NORM_PERIOD, so that every tile begins a period */

/* Rounds a float to the dtype. */
static float round_to(int32_t dtype, float value)
{
    return tn_px_value(dtype, tn_px_bits(dtype, value));
}

/* Computes the table of timm's prefetcher: 255 mean and 255 std in the dtype, then subtract and
 * divide, each rounded. */
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
    const bool joined = px->layout == TN_PX_NHWC;
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
    if (dtype == TN_PX_U8) {
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
                        .arrange = tn__arrange_rows_get(),
                        .finish_rows = tn__finish_rows_get(),
                        .out = out,
                        .bytes = (int32_t)tn_px_dtype_bytes(finish->px.dtype),
                        .turn = finish->px.layout == TN_PX_NHWC ? finish->px.channels : 1};
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
    const tn__finish_rows *const rows = writer->finish_rows;
    const float *const scale = writer->finish->scales[channel];
    const float *const bias = writer->finish->biases[channel];
    switch (writer->finish->px.dtype) {
    case TN_PX_F16: rows->norm_f16(values, scale, bias, out, n); break;
    case TN_PX_BF16: rows->norm_bf16(values, scale, bias, out, n); break;
    default: rows->norm_f32(values, scale, bias, out, n); break;
    }
}

/* Writes n values of `channel` to `out`. In NHWC, `values` holds all channels in turn. */
static void write_values(const tn__writer *writer, int32_t channel, const uint8_t *values,
                         void *out, int32_t n)
{
    switch (writer->finish->px.kind) {
    case TN_PX_PLAIN: memcpy(out, values, (size_t)n); break;
    case TN_PX_TABLE: look_up(writer, channel, values, out, n); break;
    default: normalise(writer, channel, values, out, n); break;
    }
}

static void join(const tn__arrange_rows *arrange, const uint8_t *const *src, int32_t channels,
                 uint8_t *dst, int32_t n)
{
    if (channels == 3) {
        arrange->join3(src, dst, n);
        return;
    }
    for (int32_t c = 0; c < channels; c++)
        for (int32_t i = 0; i < n; i++)
            dst[(ptrdiff_t)channels * i + c] = src[c][i];
}

/* Pixels of a row of the output. Functions pass it by address. A copy would be stored as single
 * numbers and loaded as pairs, and such a load waits until all earlier stores, including those to
 * the output, have reached the cache. */
struct tile {
    int32_t x, y, n;
};

/* Returns the tile's place in the plane of `channel`, or in the only plane. */
static uint8_t *place(const tn__writer *writer, const struct tile *tile, int32_t channel)
{
    const size_t w = writer->record->w, area = w * writer->record->h;
    const size_t pixel = (size_t)tile->y * w + (size_t)tile->x;
    const size_t value = (size_t)channel * area + pixel * (size_t)writer->turn;
    return writer->out + value * (size_t)writer->bytes;
}

/* Returns the tile's pixels of one channel. A mirrored sample's are written to `to`. */
static const uint8_t *fetch(const tn__writer *writer, const struct tile *tile, const uint8_t *row,
                            uint8_t *to)
{
    if (!writer->record->flip)
        return row + tile->x;
    writer->arrange->mirror(row + (writer->record->w - tile->x - tile->n), to, tile->n);
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
    join(writer->arrange, from, channels, plain ? out : joined, tile->n);
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

enum { NOISE_GROUPS = 32, GROUP = 4 }; /* groups made at once; pixels of a group */

/* Neighbouring pixels of the output, in one channel. */
struct span {
    int32_t c, y, x, n;
};

/* Returns the span's first value. The next values follow at steps of writer->turn. */
static uint8_t *span_at(const tn__writer *writer, struct span span)
{
    const size_t w = writer->record->w, area = w * writer->record->h;
    const size_t pixel = (size_t)span.y * w + (size_t)span.x;
    const size_t value = writer->turn > 1 ? pixel * (size_t)writer->turn + (size_t)span.c
                                          : (size_t)span.c * area + pixel;
    return writer->out + value * (size_t)writer->bytes;
}

static void write_bits(const tn__writer *writer, uint8_t *out, ptrdiff_t i, uint32_t bits)
{
    switch (writer->bytes) {
    case 1: out[i] = (uint8_t)bits; break;
    case 2: ((uint16_t *)(void *)out)[i] = (uint16_t)bits; break;
    default: ((uint32_t *)(void *)out)[i] = bits; break;
    }
}

static void fill_span(const tn__writer *writer, struct span span, uint32_t bits)
{
    uint8_t *const out = span_at(writer, span);
    for (ptrdiff_t i = 0; i < span.n; i++)
        write_bits(writer, out, i * writer->turn, bits);
}

static void noise_span(const tn__writer *writer, struct span span)
{
    float noise[NOISE_GROUPS * GROUP];
    uint8_t *const out = span_at(writer, span);
    const int32_t end = span.x + span.n;
    for (int32_t from = span.x / GROUP * GROUP; from < end; from += NOISE_GROUPS * GROUP) {
        const int32_t n = end - from < NOISE_GROUPS * GROUP ? end - from : NOISE_GROUPS * GROUP;
        writer->finish_rows->noise(writer->record, span.c, span.y, from / GROUP, noise,
                                   (n + GROUP - 1) / GROUP);
        for (int32_t x = from < span.x ? span.x : from; x < from + n; x++)
            write_bits(writer, out, (ptrdiff_t)(x - span.x) * writer->turn,
                       tn_px_noise_bits(&writer->finish->px, span.c, noise[x - from]));
    }
}

static void erase_box(const tn__writer *writer, tn_px_box box, int32_t b)
{
    const tn_px_record *const record = writer->record;
    const tn_px_finish *const px = &writer->finish->px;
    const int32_t right = box.x + box.w < record->w ? box.x + box.w : record->w;
    const int32_t bottom = box.y + box.h < record->h ? box.y + box.h : record->h;
    for (int32_t c = 0; c < px->channels; c++) {
        const uint32_t bits = tn_px_erased(px, record, b, c, box.y, box.x);
        for (int32_t y = box.y; y < bottom; y++) {
            const struct span span = {c, y, box.x, right - box.x};
            if (record->erase == TN_PX_ERASE_PIXEL)
                noise_span(writer, span);
            else
                fill_span(writer, span, bits);
        }
    }
}

void tn__writer_end(const tn__writer *writer, const tn_px_box *boxes)
{
    const tn_px_record *const record = writer->record;
    for (int32_t b = 0; record->erase != TN_PX_ERASE_NONE && b < record->n_boxes; b++)
        erase_box(writer, boxes[b], b);
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
