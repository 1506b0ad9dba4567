/* SPDX-License-Identifier: MIT */
/* The module for HEIF: libheif reads the file and makes RGB, our decoder (hevc.h) makes the
 * pictures inside, all in this thread. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <libde265/de265.h>
#include <libheif/heif.h>

#include "codec/codec.h"
#include "codec/heif/hevc.h"
#include "codec/rows.h"
#include "module/services.h"
#include "tench.h"

static const tn__services *core;

static bool registered;

static void start(void)
{
    registered = tn__hevc_register();
}

static int fail(struct heif_error error)
{
    if (error.code == heif_error_Memory_allocation_error &&
        error.subcode != heif_suberror_Security_limit_exceeded)
        return core->fail(TN_ENOMEM, "HEIF decoder: out of memory");
    /* libheif says before our reason that a decoder has one, and may end its own with a new line.
     */
    static const char before[] = ": Unspecified: ";
    const char *reason = strstr(error.message, before);
    reason = reason ? reason + sizeof before - 1 : error.message;
    return core->fail(TN_EDECODE, "%s: %.*s",
                      error.code == heif_error_Unsupported_feature ? "HEIF that tench does not read"
                                                                   : "broken HEIF",
                      (int)strcspn(reason, "\n"), reason);
}

/* A file that is open. */
typedef struct opened {
    struct heif_context *context;
    struct heif_image_handle *image; /* the primary one */
    int32_t w, h;                    /* as turned and cut by the file */
    int32_t channels, bits;
    int32_t stored_w, stored_h; /* before */
} opened;

static uint64_t stored_pixels(const opened *file)
{
    return (uint64_t)file->stored_w * (uint64_t)file->stored_h;
}

/* The file may cut the image out of a larger one, which takes memory: not without a limit. */
static int check_cut(const opened *file)
{
    enum { MUCH = 64 << 20, TIMES = 4 };
    const uint64_t n_pixels = (uint64_t)file->w * (uint64_t)file->h;
    if (stored_pixels(file) <= MUCH || stored_pixels(file) / TIMES <= n_pixels)
        return TN_OK;
    return core->fail(TN_EDECODE, "HEIF that tench does not read: %dx%d pixels out of %dx%d",
                      file->w, file->h, file->stored_w, file->stored_h);
}

static int read_facts(opened *file)
{
    file->w = heif_image_handle_get_width(file->image);
    file->h = heif_image_handle_get_height(file->image);
    file->bits = heif_image_handle_get_luma_bits_per_pixel(file->image);
    file->channels = heif_image_handle_has_alpha_channel(file->image) ? 4 : 3;
    file->stored_w = heif_image_handle_get_ispe_width(file->image);
    file->stored_h = heif_image_handle_get_ispe_height(file->image);
    if (file->w < 1 || file->h < 1 || file->stored_w < 1 || file->stored_h < 1)
        return core->fail(TN_EDECODE, "broken HEIF: it has no size");
    if (file->bits < 1 || file->bits > 16)
        return core->fail(TN_EDECODE, "HEIF whose samples have no number of bits");
    return check_cut(file);
}

static int open_file(tn__bytes bytes, opened *file)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
    *file = (opened){.context = heif_context_alloc()};
    if (!registered || !file->context)
        return core->fail(TN_ENOMEM, "HEIF decoder: out of memory");
    heif_context_set_max_decoding_threads(file->context, 0);
    struct heif_error error =
        heif_context_read_from_memory_without_copy(file->context, bytes.data, bytes.size, NULL);
    if (error.code == heif_error_Ok)
        error = heif_context_get_primary_image_handle(file->context, &file->image);
    return error.code == heif_error_Ok ? read_facts(file) : fail(error);
}

static void close_file(opened *file)
{
    heif_image_handle_release(file->image);
    heif_context_free(file->context);
}

enum { OWN_PIXELS }; /* places in tn__info.own */

static int probe(tn__bytes bytes, tn__info *info)
{
    opened file;
    const int status = open_file(bytes, &file);
    if (status == TN_OK)
        *info = (tn__info){
            .w = file.w,
            .h = file.h,
            .channels = file.channels,
            .bits = file.bits > 8 ? 16 : 8,
            .file_channels = file.channels,
            .file_bits = file.bits,
            .orientation = 1,
            .no_aid = TN__AID_FORMAT,
            .format = "heif",
            .own = {[OWN_PIXELS] = stored_pixels(&file)},
        };
    close_file(&file);
    return status;
}

/* Memory of libheif and libde265, as measured: the pictures, with what libde265 knows of their
 * blocks, and copies of the image in each form that it goes through. */
enum { LIBRARY_BYTES = 8 << 20, LIBRARY_BYTES_PER_PIXEL = 32 };

static size_t line_bytes(int32_t w)
{
    return (size_t)w * 4 * sizeof(uint16_t) + TN__ROWS_TAIL;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    return core->rows_image_bytes(info, want) + line_bytes(want->need.w) + TN_PX_ALIGN +
           LIBRARY_BYTES + (size_t)info->own[OWN_PIXELS] * LIBRARY_BYTES_PER_PIXEL;
}

/* Decodes the image as interleaved RGB or RGBA; of more than 8 bits, the high bytes come first. A
 * grid has a size of its own, which libheif compares with its limit. */
static int decode_image(const opened *file, struct heif_image **out)
{
    enum { TILE = 1024 }; /* tiles may reach over the edges of the image */
    static const enum heif_chroma chromas[2][2] = {
        {heif_chroma_interleaved_RGB, heif_chroma_interleaved_RGBA},
        {heif_chroma_interleaved_RRGGBB_BE, heif_chroma_interleaved_RRGGBBAA_BE}};
    const int32_t longest = file->stored_w > file->stored_h ? file->stored_w : file->stored_h;
    heif_context_set_maximum_image_size_limit(file->context, longest + TILE);
    tn__hevc_enter(stored_pixels(file) + TILE * TILE);
    const struct heif_error error = heif_decode_image(
        file->image, out, heif_colorspace_RGB, chromas[file->bits > 8][file->channels == 4], NULL);
    tn__hevc_leave();
    if (error.code != heif_error_Ok)
        return fail(error);
    if (heif_image_get_width(*out, heif_channel_interleaved) == file->w &&
        heif_image_get_height(*out, heif_channel_interleaved) == file->h)
        return TN_OK;
    return core->fail(TN_EDECODE, "broken HEIF: its image has another size than it says");
}

/* Moves the bits of n samples to the top of their bytes. */
static void widen(const uint8_t *from, int32_t n, int32_t bits, uint8_t *to)
{
    for (int32_t k = 0; k < n; k++, from += 2, to += 2) {
        const uint32_t value = (uint32_t)(from[0] << 8 | from[1]) << (16 - bits);
        to[0] = (uint8_t)(value >> 8);
        to[1] = (uint8_t)value;
    }
}

static void put_rows(const struct heif_image *image, const opened *file, const tn__want *want,
                     uint8_t *line, const tn_px_image *out)
{
    static const int32_t kinds[2][2] = {{TN__ROW_RGB8, TN__ROW_RGBA8},
                                        {TN__ROW_RGB16, TN__ROW_RGBA16}};
    const bool is_wide = file->bits > 8;
    const tn__rows rows = {
        .kind = kinds[is_wide][file->channels == 4], .mode = want->mode, .big_endian = true};
    int stride;
    const uint8_t *const pixels =
        heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
    const ptrdiff_t left = (ptrdiff_t)out->x0 * file->channels * (is_wide ? 2 : 1);
    const int32_t n = out->w * file->channels;
    for (int32_t row = 0; row < out->h; row++) {
        const uint8_t *const from = pixels + (ptrdiff_t)stride * (out->y0 + row) + left;
        if (is_wide)
            widen(from, n, file->bits, line);
        else
            memcpy(line, from, (size_t)n); /* rows_put reads a few bytes past the row */
        core->rows_put(&rows, out, row, line);
    }
}

static int decode_file(const opened *file, const tn__info *info, const tn__want *want,
                       tn__arena *arena, tn_px_image *out)
{
    uint8_t *line;
    struct heif_image *image = NULL;
    if (file->w != info->w || file->h != info->h || file->channels != info->file_channels ||
        file->bits != info->file_bits)
        return core->fail_changed("HEIF");
    int status = core->rows_image(info, want, arena, out);
    if (status == TN_OK)
        status = core->take(arena, line_bytes(out->w), &line);
    if (status == TN_OK)
        status = decode_image(file, &image);
    if (status == TN_OK)
        put_rows(image, file, want, line, out);
    heif_image_release(image);
    return status;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    *damage = 0; /* the library does not tell of guesses */
    opened file;
    int status = open_file(bytes, &file);
    if (status == TN_OK)
        status = decode_file(&file, info, want, arena, out);
    close_file(&file);
    return status;
}

static const tn__spec spec = {.name = "heif"};
static const tn__codec heif = {
    .spec = &spec,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
static const tn__codec *const codecs[] = {&heif, NULL};

static void versions(char *out, size_t size)
{
    snprintf(out, size, "libheif %s, libde265 %s", heif_get_version(), de265_get_version());
}

TN__MODULE(codecs, versions)
