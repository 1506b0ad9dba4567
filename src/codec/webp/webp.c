/* SPDX-License-Identifier: MIT */
/* The module for WebP: libwebp decodes, libwebpdemux finds the first frame.
 *
 * Pillow draws every file, still ones too, with libwebp's decoder of animations. Its first picture
 * is a canvas of zeros with the first frame at its place. */
#include <stdio.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "base/least.h"
#include "codec/codec.h"
#include "codec/rows.h"
#include "codec/window.h"
#include "module/services.h"
#include "tench.h"

static const tn__services *core;

/* The first frame of a file, and the canvas around it. */
typedef struct first_frame {
    WebPDemuxer *demuxer;
    WebPIterator frame;
    int32_t w, h; /* of the canvas */
    bool has_alpha, is_lossless, is_alone;
} first_frame;

/* WebPDemux takes whole files only. A file that the lenient function takes was cut off. */
static int fail_to_parse(const WebPData *data)
{
    WebPDemuxState state;
    WebPDemuxer *const partial = WebPDemuxPartial(data, &state);
    WebPDemuxDelete(partial);
    return core->fail(TN_EDECODE, "%s WebP", partial ? "truncated" : "broken");
}

enum { FORMAT_LOSSLESS = 2 }; /* of WebPBitstreamFeatures */

static int read_features(first_frame *first)
{
    const WebPData data = first->frame.fragment;
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(data.bytes, data.size, &features) != VP8_STATUS_OK ||
        features.width != first->frame.width || features.height != first->frame.height)
        return core->fail(TN_EDECODE, "broken WebP: the header of its first frame");
    first->is_lossless = features.format == FORMAT_LOSSLESS;
    return TN_OK;
}

static int open_first(tn__bytes bytes, first_frame *first)
{
    const WebPData data = {bytes.data, bytes.size};
    *first = (first_frame){.demuxer = WebPDemux(&data)};
    if (!first->demuxer)
        return fail_to_parse(&data);
    first->w = (int32_t)WebPDemuxGetI(first->demuxer, WEBP_FF_CANVAS_WIDTH);
    first->h = (int32_t)WebPDemuxGetI(first->demuxer, WEBP_FF_CANVAS_HEIGHT);
    first->has_alpha = (WebPDemuxGetI(first->demuxer, WEBP_FF_FORMAT_FLAGS) & ALPHA_FLAG) != 0;
    first->is_alone = WebPDemuxGetI(first->demuxer, WEBP_FF_FRAME_COUNT) == 1;
    if (!WebPDemuxGetFrame(first->demuxer, 1, &first->frame))
        return core->fail(TN_EDECODE, "broken WebP: it has no frame");
    return read_features(first);
}

static void close_first(first_frame *first)
{
    WebPDemuxReleaseIterator(&first->frame);
    WebPDemuxDelete(first->demuxer);
}

/* 1 if the metadata do not say. */
static int32_t orientation_of(const first_frame *first)
{
    WebPChunkIterator exif = {0}, xmp = {0};
    (void)WebPDemuxGetChunk(first->demuxer, "EXIF", 1, &exif);
    (void)WebPDemuxGetChunk(first->demuxer, "XMP ", 1, &xmp);
    const int32_t orientation =
        core->orientation(exif.chunk.bytes, exif.chunk.size, xmp.chunk.bytes, xmp.chunk.size);
    WebPDemuxReleaseChunkIterator(&exif);
    WebPDemuxReleaseChunkIterator(&xmp);
    return orientation ? orientation : 1;
}

enum { OWN_LOSSLESS }; /* places in tn__info.own */

static int probe(tn__bytes bytes, tn__info *info)
{
    first_frame first;
    const int status = open_first(bytes, &first);
    if (status == TN_OK)
        *info = (tn__info){
            .w = first.w,
            .h = first.h,
            .channels = first.has_alpha ? 4 : 3,
            .bits = 8,
            .file_channels = first.has_alpha ? 4 : 3,
            .file_bits = 8,
            .orientation = orientation_of(&first),
            .lossless = first.is_lossless && first.is_alone,
            .no_aid = TN__AID_FORMAT,
            .format = "webp",
            .own = {[OWN_LOSSLESS] = first.is_lossless},
        };
    close_first(&first);
    return status;
}

/* libwebp upsamples colours across the borders of a window that it cuts out, so the window has a
 * margin. libwebp rounds its left and top down to even numbers. */
enum { MARGIN = 1 };

/* Samples of a pixel that the mode needs. RGB and RGBA give the same colours. */
static int32_t samples_of(const tn__info *info, int32_t mode)
{
    const bool keeps_alpha = mode == TN_RGBA || mode == TN_KEEP;
    return info->channels == 4 && keeps_alpha ? 4 : 3;
}

/* Memory of libwebp, from its sources. A lossy file takes rows of blocks, and the plane of alpha
 * with the pixels that it was made of. A lossless one takes all its pixels. Both take tables. */
enum { LIBRARY_BYTES = 1 << 20, BYTES_PER_COLUMN = 256, BYTES_PER_PIXEL = 5 };

static size_t library_bytes(const tn__info *info)
{
    const bool has_pixels = info->own[OWN_LOSSLESS] || info->channels == 4;
    const size_t pixels = has_pixels ? (size_t)info->w * (size_t)info->h : 0;
    return LIBRARY_BYTES + (size_t)info->w * BYTES_PER_COLUMN + pixels * BYTES_PER_PIXEL;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    const int32_t samples = samples_of(info, want->mode);
    const tn_px_rect window = tn__window_of(want->need, info->w, info->h, MARGIN);
    return core->rows_image_bytes(info, want) + tn__window_bytes(window, samples) +
           tn__window_bytes(want->need, samples) / (size_t)want->need.h + 2 * TN_PX_ALIGN +
           library_bytes(info);
}

static int fail_to_decode(VP8StatusCode code)
{
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY: return core->fail(TN_ENOMEM, "WebP decoder: out of memory");
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: return core->fail(TN_EDECODE, "truncated WebP");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return core->fail(TN_EDECODE, "WebP with a feature that libwebp does not support");
    default: return core->fail(TN_EDECODE, "broken WebP");
    }
}

/* Decodes a window of the frame into `pixels`. */
static int decode_window(const first_frame *first, tn_px_rect window, int32_t samples,
                         uint8_t *pixels)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return core->fail(TN_EIO, "libwebp has another version than its header");
    config.options.use_cropping = window.w < first->frame.width || window.h < first->frame.height;
    config.options.crop_left = window.x;
    config.options.crop_top = window.y;
    config.options.crop_width = window.w;
    config.options.crop_height = window.h;
    config.output.colorspace = samples == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels;
    config.output.u.RGBA.stride = window.w * samples;
    config.output.u.RGBA.size = (size_t)window.w * (size_t)window.h * (size_t)samples;
    const WebPData data = first->frame.fragment;
    const VP8StatusCode code = WebPDecode(data.bytes, data.size, &config);
    return code == VP8_STATUS_OK ? TN_OK : fail_to_decode(code);
}

/* The part of `need` that the frame covers; empty at need's corner if it covers nothing. */
static tn_px_rect covered(const WebPIterator *frame, tn_px_rect need)
{
    const int32_t x = tn__most(need.x, frame->x_offset), y = tn__most(need.y, frame->y_offset);
    const int32_t w = tn__least(need.x + need.w, frame->x_offset + frame->width) - x;
    const int32_t h = tn__least(need.y + need.h, frame->y_offset + frame->height) - y;
    return w > 0 && h > 0 ? (tn_px_rect){x, y, w, h} : (tn_px_rect){need.x, need.y, 0, 0};
}

/* A window of the frame, decoded. */
typedef struct decoded {
    tn_px_rect window; /* in the frame */
    int32_t samples;
    uint8_t *pixels;
} decoded;

static int decode_part(const first_frame *first, tn_px_rect part, tn__arena *arena,
                       decoded *picture)
{
    const WebPIterator *const frame = &first->frame;
    const tn_px_rect inside = {part.x - frame->x_offset, part.y - frame->y_offset, part.w, part.h};
    picture->window = tn__window_of(inside, frame->width, frame->height, MARGIN);
    const int status =
        core->take(arena, tn__window_bytes(picture->window, picture->samples), &picture->pixels);
    if (status != TN_OK)
        return status;
    return decode_window(first, picture->window, picture->samples, picture->pixels);
}

/* The samples of a pixel of the canvas. */
static const uint8_t *pixel_at(const first_frame *first, const decoded *picture, int32_t x,
                               int32_t y)
{
    const tn_px_rect window = picture->window;
    const ptrdiff_t column = x - first->frame.x_offset - window.x;
    const ptrdiff_t row = y - first->frame.y_offset - window.y;
    return picture->pixels + (row * window.w + column) * picture->samples;
}

/* Puts the rows of a frame that does not cover the image; `line` is a row of zeros. */
static void put_part(const first_frame *first, const decoded *picture, tn_px_rect part,
                     const tn__rows *rows, uint8_t *line, const tn_px_image *out)
{
    uint8_t *const place = line + (ptrdiff_t)(part.x - out->x0) * picture->samples;
    const size_t n_bytes = (size_t)part.w * (size_t)picture->samples;
    for (int32_t row = 0; row < out->h; row++) {
        const int32_t y = out->y0 + row;
        if (y >= part.y && y < part.y + part.h)
            memcpy(place, pixel_at(first, picture, part.x, y), n_bytes);
        else
            memset(place, 0, n_bytes);
        core->rows_put(rows, out, row, line);
    }
}

static int put_on_zeros(const first_frame *first, const decoded *picture, tn_px_rect part,
                        const tn__rows *rows, tn__arena *arena, const tn_px_image *out)
{
    const size_t n_bytes = (size_t)out->w * (size_t)picture->samples + TN__ROWS_TAIL;
    uint8_t *line;
    const int status = core->take(arena, n_bytes, &line);
    if (status != TN_OK)
        return status;
    memset(line, 0, n_bytes);
    put_part(first, picture, part, rows, line, out);
    return TN_OK;
}

static int decode_first(const first_frame *first, const tn__info *info, const tn__want *want,
                        tn__arena *arena, tn_px_image *out)
{
    decoded picture = {.samples = samples_of(info, want->mode)};
    const tn__rows rows = {.kind = picture.samples == 4 ? TN__ROW_RGBA8 : TN__ROW_RGB8,
                           .mode = want->mode};
    const tn_px_rect part = covered(&first->frame, want->need);
    int status = core->rows_image(info, want, arena, out);
    if (status == TN_OK && part.w > 0)
        status = decode_part(first, part, arena, &picture);
    if (status != TN_OK)
        return status;
    if (part.w < out->w || part.h < out->h)
        return put_on_zeros(first, &picture, part, &rows, arena, out);
    for (int32_t row = 0; row < out->h; row++)
        core->rows_put(&rows, out, row, pixel_at(first, &picture, out->x0, out->y0 + row));
    return TN_OK;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    *damage = 0; /* the library does not tell of guesses */
    first_frame first;
    int status = open_first(bytes, &first);
    if (status == TN_OK && (first.w != info->w || first.h != info->h))
        status = core->fail_changed("WebP");
    if (status == TN_OK)
        status = decode_first(&first, info, want, arena, out);
    close_first(&first);
    return status;
}

static const tn__spec spec = {.name = "webp"};
static const tn__codec webp = {
    .spec = &spec,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
static const tn__codec *const codecs[] = {&webp, NULL};

static void write_version(char *out, size_t size, const char *name, int version)
{
    const size_t length = strlen(out);
    snprintf(out + length, size - length, "%s%s %d.%d.%d", length > 0 ? ", " : "", name,
             version >> 16, version >> 8 & 255, version & 255);
}

static void versions(char *out, size_t size)
{
    out[0] = '\0';
    write_version(out, size, "libwebp", WebPGetDecoderVersion());
    write_version(out, size, "libwebpdemux", WebPGetDemuxVersion());
}

TN__MODULE(codecs, versions)
