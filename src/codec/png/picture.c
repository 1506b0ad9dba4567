/* SPDX-License-Identifier: MIT */
/* Makes pixels of a PNG file's rows. See picture.h.
 *
 * Rows are unfiltered four at a time, and only up to the last column that is needed: a pixel
 * depends on nothing to its right. */
#include "codec/png/picture.h"

#include <string.h>

#include "base/error.h"
#include "codec/png/stream.h"
#include "png/unfilter.h"
#include "tench.h"

enum { PAD = 64, HALVES = 2, N_COLOURS = 256, OPAQUE = 255 };

/* Which pixels of the frame a pass has: every dx-th of every dy-th row, from x, y on. */
struct pass {
    int32_t x, y, dx, dy;
};

/* PNG specification, section 8.2. */
static const struct pass adam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                    {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
enum { N_PASSES = sizeof adam7 / sizeof adam7[0] };

struct picture {
    tn__png *png;
    tn__png_stream stream;
    tn__rows rows;
    tn_px_image *out;
    tn_px_rect need, frame;
    int32_t bits;         /* of a pixel in the file */
    ptrdiff_t pixel;      /* bytes of a pixel when its row is put: samples are unpacked */
    uint8_t *slots;       /* two times four unfiltered rows, used in turn */
    ptrdiff_t stride;     /* of slots */
    int32_t half;         /* which four come next */
    const uint8_t *above; /* the last unfiltered row */
    uint8_t *zeros;       /* a row of them, of the file or of the image */
    uint8_t *line;        /* a row of unpacked samples, zero outside of the frame */
    uint8_t *window;      /* of an interlaced file: the needed pixels, zero at first */
};

static int32_t samples_of(int32_t colour)
{
    static const int32_t samples[] = {[TN__PNG_GREY] = 1,
                                      [TN__PNG_RGB] = 3,
                                      [TN__PNG_PALETTE] = 1,
                                      [TN__PNG_GREY_ALPHA] = 2,
                                      [TN__PNG_RGB_ALPHA] = 4};
    return samples[colour];
}

int32_t tn__png_pixel_bits(const tn__png *png)
{
    return samples_of(png->colour) * png->bits;
}

/* How many of n places the pass has, from `first` on. */
static int32_t count(int32_t n, int32_t first, int32_t step)
{
    return n > first ? (n - first + step - 1) / step : 0;
}

static size_t row_bytes(int32_t w, int32_t bits)
{
    return ((size_t)w * (size_t)bits + 7) / 8;
}

static ptrdiff_t unpacked_bytes(int32_t bits)
{
    return bits < 8 ? 1 : bits / 8;
}

static int32_t kind_of(const tn__png *png)
{
    static const int32_t kinds[][2] = {
        [TN__PNG_GREY] = {TN__ROW_GREY8, TN__ROW_GREY16},
        [TN__PNG_RGB] = {TN__ROW_RGB8, TN__ROW_RGB16},
        [TN__PNG_PALETTE] = {TN__ROW_PALETTE8, TN__ROW_PALETTE8},
        [TN__PNG_GREY_ALPHA] = {TN__ROW_GREY_ALPHA8, TN__ROW_GREY_ALPHA16},
        [TN__PNG_RGB_ALPHA] = {TN__ROW_RGBA8, TN__ROW_RGBA16},
    };
    return png->bits < 8 ? TN__ROW_PALETTE8 : kinds[png->colour][png->bits == 16];
}

/* Pillow looks for a single transparent entry among opaque ones. It then drops a last byte of 10,
 * which is a new line to it. */
static bool has_new_line(tn__bytes alpha)
{
    size_t n_clear = 0, n_opaque = 0;
    for (size_t k = 0; k + 1 < alpha.size; k++) {
        n_clear += alpha.data[k] == 0;
        n_opaque += alpha.data[k] == OPAQUE;
    }
    return n_clear == 1 && n_clear + n_opaque + 1 == alpha.size &&
           alpha.data[alpha.size - 1] == '\n';
}

/* Entries that the file lacks are opaque black. */
static void set_palette(tn__rows *rows, const tn__png *png, const tn__info *info)
{
    uint8_t colours[N_COLOURS][3] = {{0}}, alpha[N_COLOURS];
    const size_t n_colours = png->palette.size / 3;
    size_t n_alpha = png->alpha.size - has_new_line(png->alpha);
    n_alpha = n_alpha < N_COLOURS ? n_alpha : N_COLOURS;
    memset(alpha, OPAQUE, sizeof alpha);
    if (n_colours > 0)
        memcpy(colours, png->palette.data, n_colours * 3);
    if (n_alpha > 0)
        memcpy(alpha, png->alpha.data, n_alpha);
    tn__rows_set_palette(rows, info, colours[0], alpha,
                         (int32_t)(n_colours > n_alpha ? n_colours : n_alpha));
}

/* Greys of fewer than 8 bits become a palette of greys. Pillow compares them with the key after
 * they were scaled, except for 1 bit. */
static void set_greys(tn__rows *rows, const tn__png *png, const tn__info *info)
{
    uint8_t colours[N_COLOURS][3], alpha[N_COLOURS];
    const int32_t most = (1 << png->bits) - 1;
    const uint8_t key = (uint8_t)(png->bits == 1 && png->key[0] ? OPAQUE : png->key[0]);
    for (int32_t k = 0; k <= most; k++) {
        const uint8_t grey = (uint8_t)(k * OPAQUE / most);
        memset(colours[k], grey, 3);
        alpha[k] = png->has_key && grey == key ? 0 : OPAQUE;
    }
    tn__rows_set_palette(rows, info, colours[0], alpha, most + 1);
}

static void set_rows(tn__rows *rows, const tn__png *png, const tn__info *info, int32_t mode)
{
    *rows =
        (tn__rows){.kind = kind_of(png), .mode = mode, .big_endian = true, .has_key = png->has_key};
    memcpy(rows->key, png->key, sizeof rows->key);
    if (png->colour == TN__PNG_PALETTE)
        set_palette(rows, png, info);
    else if (png->bits < 8)
        set_greys(rows, png, info);
}

/* Rows of the frame that are needed: all of them if the file is interlaced. */
static int32_t rows_needed(const tn__png *png, tn_px_rect need)
{
    const tn_px_rect frame = tn__png_frame(png);
    const int32_t end = need.y - frame.y + need.h;
    if (png->interlaced || end > frame.h)
        return frame.h;
    return end > 0 ? end : 0;
}

bool tn__png_reaches_end(const tn__png *png, tn_px_rect need)
{
    return rows_needed(png, need) == tn__png_frame(png).h;
}

static uint64_t bytes_needed(const struct picture *picture)
{
    const tn_px_rect frame = picture->frame;
    if (!picture->png->interlaced)
        return (uint64_t)(row_bytes(frame.w, picture->bits) + 1) *
               (uint64_t)rows_needed(picture->png, picture->need);
    uint64_t n_bytes = 0;
    for (int32_t p = 0; p < N_PASSES; p++) {
        const int32_t w = count(frame.w, adam7[p].x, adam7[p].dx);
        const int32_t h = count(frame.h, adam7[p].y, adam7[p].dy);
        n_bytes += w > 0 ? (uint64_t)(row_bytes(w, picture->bits) + 1) * (uint64_t)h : 0;
    }
    return n_bytes;
}

/* Sizes of the buffers, for a frame and a need of these widths. */
static size_t slot_bytes(int32_t frame_w, int32_t bits)
{
    return (row_bytes(frame_w, bits) + (size_t)3 * PAD - 1) / PAD * PAD;
}

static size_t line_bytes(int32_t frame_w, int32_t need_w, int32_t bits)
{
    const int32_t w = frame_w > need_w ? frame_w : need_w;
    return (size_t)w * (size_t)unpacked_bytes(bits) + (size_t)2 * PAD;
}

static size_t window_bytes(tn_px_rect need, int32_t bits)
{
    return (size_t)need.w * (size_t)need.h * (size_t)unpacked_bytes(bits) + PAD;
}

size_t tn__png_decode_bytes(const tn__info *info, const tn__want *want, int32_t bits,
                            bool interlaced)
{
    const tn_px_rect need = want->need;
    const size_t longest = row_bytes(info->w, bits) + 1;
    const size_t n_rows = (size_t)info->h + (interlaced ? (size_t)info->h + N_PASSES : 0);
    return tn__rows_image_bytes(info, want) + tn__png_stream_bytes(longest * n_rows, longest) +
           slot_bytes(info->w, bits) * HALVES * TN__PNG_ROWS +
           2 * line_bytes(info->w, need.w, bits) + (interlaced ? window_bytes(need, bits) : 0) +
           (size_t)4 * TN_PX_ALIGN;
}

static uint8_t *take_zeros(tn__arena *arena, size_t n_bytes)
{
    uint8_t *const bytes = tn__arena_take(arena, n_bytes);
    if (bytes)
        memset(bytes, 0, n_bytes);
    return bytes;
}

static int take_memory(struct picture *picture, tn__arena *arena)
{
    const tn_px_rect need = picture->need, frame = picture->frame;
    const size_t slot = slot_bytes(frame.w, picture->bits);
    const size_t line = line_bytes(frame.w, need.w, picture->bits);
    picture->stride = (ptrdiff_t)slot;
    picture->slots = tn__arena_take(arena, slot * HALVES * TN__PNG_ROWS);
    picture->zeros = picture->slots ? take_zeros(arena, line) : NULL;
    picture->line = picture->zeros ? take_zeros(arena, line) : NULL;
    if (!picture->line)
        return tn__error_last()->code;
    if (!picture->png->interlaced)
        return TN_OK;
    picture->window = take_zeros(arena, window_bytes(need, picture->bits));
    return picture->window ? TN_OK : tn__error_last()->code;
}

/* Unfilters n neighbouring rows, from the left up to n_bytes. Returns the first of them. */
static const uint8_t *unfilter(struct picture *picture, const uint8_t *filtered, size_t length,
                               int32_t n, size_t n_bytes)
{
    uint8_t *const out =
        picture->slots + picture->half * TN__PNG_ROWS * picture->stride + TN__PNG_SLACK;
    const tn__png_rows rows = {
        .filtered = filtered,
        .filtered_stride = (ptrdiff_t)length,
        .above = picture->above,
        .out = out,
        .out_stride = picture->stride,
        .n_rows = n,
        .n_bytes = (int32_t)n_bytes,
        .pixel = picture->bits < 8 ? 1 : picture->bits / 8,
    };
    tn__unfilter_get()->rows(&rows);
    picture->half ^= 1;
    picture->above = out + (n - 1) * picture->stride;
    return out;
}

/* Puts a row of the frame into row `row` of the image. */
static void put(const struct picture *picture, int32_t row, const uint8_t *samples)
{
    const tn_px_rect need = picture->need, frame = picture->frame;
    const int32_t begin = need.x > frame.x ? need.x : frame.x;
    const int32_t need_end = need.x + need.w, frame_end = frame.x + frame.w;
    const int32_t n = (need_end < frame_end ? need_end : frame_end) - begin;
    const ptrdiff_t pixel = picture->pixel;
    uint8_t *const to = picture->line + (begin - need.x) * pixel;
    if (picture->bits >= 8 && n == need.w) {
        tn__rows_put(&picture->rows, picture->out, row, samples + (begin - frame.x) * pixel);
        return;
    }
    if (n > 0 && picture->bits < 8)
        tn__rows_unpack(samples, picture->bits, begin - frame.x, n, to);
    else if (n > 0)
        memcpy(to, samples + (begin - frame.x) * pixel, (size_t)(n * pixel));
    tn__rows_put(&picture->rows, picture->out, row, picture->line);
}

/* Decodes rows from the top down to the last one that is needed. */
static int decode_rows(struct picture *picture, int32_t *done)
{
    const tn_px_rect need = picture->need, frame = picture->frame;
    const size_t length = row_bytes(frame.w, picture->bits) + 1;
    const int32_t right = need.x - frame.x + need.w, end = rows_needed(picture->png, picture->need);
    const int32_t columns = right < 1 ? 1 : right < frame.w ? right : frame.w;
    picture->above = picture->zeros + PAD;
    int32_t n = 1;
    while (*done < end && n > 0) {
        const uint8_t *filtered;
        const int status =
            tn__png_stream_rows(&picture->stream, length, end - *done, &filtered, &n);
        if (status != TN_OK)
            return status;
        const uint8_t *const rows =
            n > 0 ? unfilter(picture, filtered, length, n, row_bytes(columns, picture->bits))
                  : NULL;
        for (int32_t r = 0; r < n; r++) {
            const int32_t row = frame.y + *done + r - need.y;
            if (row >= 0)
                put(picture, row, rows + r * picture->stride);
        }
        *done += n;
    }
    return TN_OK;
}

/* Makes the rows of the image that the file lacks. */
static void put_missing(const struct picture *picture, int32_t done)
{
    const tn_px_rect need = picture->need, frame = picture->frame;
    for (int32_t row = 0; row < need.h; row++) {
        const int32_t y = need.y + row - frame.y;
        if (y < 0 || y >= done)
            tn__rows_put(&picture->rows, picture->out, row, picture->zeros);
    }
}

/* Copies n pixels, `step` pixels apart in dst. */
static void scatter(uint8_t *dst, const uint8_t *src, int32_t n, int32_t step, ptrdiff_t pixel)
{
    for (int32_t i = 0; i < n; i++)
        for (ptrdiff_t k = 0; k < pixel; k++)
            dst[i * step * pixel + k] = src[i * pixel + k];
}

/* Places the needed pixels of a row of a pass in the window. Pillow ignores the frame's place. */
static void place(const struct picture *picture, const struct pass *pass, int32_t w, int32_t y,
                  const uint8_t *samples)
{
    const tn_px_rect need = picture->need;
    if (y < need.y || y - need.y >= need.h)
        return;
    if (picture->bits < 8) {
        tn__rows_unpack(samples, picture->bits, 0, w, picture->line);
        samples = picture->line;
    }
    const int32_t first = count(need.x, pass->x, pass->dx);
    const int32_t end = count(need.x + need.w, pass->x, pass->dx);
    const int32_t column = pass->x + first * pass->dx - need.x;
    uint8_t *const row = picture->window + (ptrdiff_t)(y - need.y) * need.w * picture->pixel;
    scatter(row + column * picture->pixel, samples + first * picture->pixel,
            (end < w ? end : w) - first, pass->dx, picture->pixel);
}

/* False in `more`: the stream ended early. */
static int decode_pass(struct picture *picture, const struct pass *pass, int32_t *done, bool *more)
{
    const int32_t w = count(picture->frame.w, pass->x, pass->dx);
    const int32_t h = w > 0 ? count(picture->frame.h, pass->y, pass->dy) : 0;
    const size_t n_bytes = row_bytes(w, picture->bits);
    picture->above = picture->zeros + PAD;
    for (int32_t y = 0; y < h && *more;) {
        const uint8_t *filtered;
        int32_t n;
        const int status = tn__png_stream_rows(&picture->stream, n_bytes + 1, h - y, &filtered, &n);
        if (status != TN_OK)
            return status;
        *more = n > 0;
        const uint8_t *const rows =
            n > 0 ? unfilter(picture, filtered, n_bytes + 1, n, n_bytes) : NULL;
        for (int32_t r = 0; r < n; r++, y++)
            place(picture, pass, w, pass->y + y * pass->dy, rows + r * picture->stride);
        *done += n;
    }
    return TN_OK;
}

static int decode_passes(struct picture *picture, int32_t *done, int32_t *damage)
{
    bool more = true;
    for (int32_t p = 0; p < N_PASSES; p++) {
        const int status = decode_pass(picture, &adam7[p], done, &more);
        if (status != TN_OK)
            return status;
    }
    *damage = !more;
    const tn_px_rect need = picture->need;
    for (int32_t row = 0; row < need.h; row++)
        tn__rows_put(&picture->rows, picture->out, row,
                     picture->window + (ptrdiff_t)row * need.w * picture->pixel);
    return TN_OK;
}

int tn__png_decode(tn__png *png, const tn__info *info, const tn__want *want, tn__arena *arena,
                   tn_px_image *out, int32_t *damage, int32_t *done)
{
    const int32_t bits = tn__png_pixel_bits(png);
    struct picture picture = {.png = png,
                              .out = out,
                              .need = want->need,
                              .frame = tn__png_frame(png),
                              .bits = bits,
                              .pixel = unpacked_bytes(bits)};
    *done = 0;
    *damage = 0;
    set_rows(&picture.rows, png, info, want->mode);
    int status = tn__rows_image(info, want, arena, out);
    if (status == TN_OK)
        status = take_memory(&picture, arena);
    if (status == TN_OK)
        status = tn__png_stream_open(png, bytes_needed(&picture),
                                     row_bytes(picture.frame.w, bits) + 1, arena, &picture.stream);
    if (status != TN_OK)
        return status;
    if (png->interlaced)
        return decode_passes(&picture, done, damage);
    status = decode_rows(&picture, done);
    if (status != TN_OK)
        return status;
    put_missing(&picture, *done);
    *damage = *done < rows_needed(png, want->need);
    return TN_OK;
}
