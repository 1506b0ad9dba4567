/* SPDX-License-Identifier: MIT */
/* The module for JPEG XL: libvips decodes.
 *
 * Each file is opened with the loader of JPEG XL alone, so no other loader of libvips sees it. The
 * loader is built directly and does not enter the operation cache of the process, which a host may
 * use too. Rows are pulled by this thread. No setting of libvips is changed. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <vips/vips.h>

#include "codec/codec.h"
#include "codec/rows.h"
#include "module/services.h"
#include "tench.h"

static const tn__services *core;

static const char loader_name[] = "jxlload_buffer";

static _Thread_local bool is_here; /* the thread is in this module */

static void drop_ours(const gchar *domain, GLogLevelFlags level, const gchar *message,
                      gpointer data)
{
    if (!is_here)
        g_log_default_handler(domain, level, message, data);
}

/* Keeps libvips from printing its warnings about files that this module reads: their fault says
 * what is wrong. glib counts the handlers of a process from 1. If ours is not the first one, the
 * host may have one for these warnings, which must keep them. */
static void silence(void)
{
    static const char domain[] = "VIPS";
    const guint number = g_log_set_handler(domain, G_LOG_LEVEL_WARNING, drop_ours, NULL);
    if (number != 1)
        g_log_remove_handler(domain, number);
}

static bool started;

/* libvips itself sets a handler if the environment has VIPS_WARNING. */
static void start(void)
{
    silence();
    started = VIPS_INIT("tench") == 0;
}

/* libvips keeps the messages of all threads in one buffer. */
static int fail(void)
{
    char why[200];
    snprintf(why, sizeof why, "%s", vips_error_buffer());
    vips_error_clear();
    why[strcspn(why, "\n")] = '\0';
    core->fail(TN_EDECODE, "broken JPEG XL: %s", why);
    return TN_EDECODE;
}

static int fail_loader(void)
{
    vips_error_clear();
    core->fail_system(ELIBACC, "this libvips has no loader of JPEG XL (%s)", loader_name);
    return TN_EIO;
}

/* Opens the file with its loader: reads the header alone. */
static int open_image(tn__bytes bytes, VipsImage **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
    VipsOperation *const loader = started ? vips_operation_new(loader_name) : NULL;
    *out = NULL;
    if (!loader)
        return fail_loader();
    VipsBlob *const blob = vips_blob_new(NULL, bytes.data, bytes.size);
    g_object_set(loader, "buffer", blob, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                 VIPS_FAIL_ON_ERROR, NULL);
    vips_area_unref(VIPS_AREA(blob));
    const int status = vips_object_build(VIPS_OBJECT(loader)) == 0 ? TN_OK : fail();
    if (status == TN_OK)
        g_object_get(loader, "out", out, NULL);
    vips_object_unref_outputs(VIPS_OBJECT(loader));
    g_object_unref(loader);
    return status;
}

static int32_t wide_of(const VipsImage *image)
{
    return image->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8;
}

static int check_kind(const VipsImage *image)
{
    const bool is_known =
        image->BandFmt == VIPS_FORMAT_UCHAR || image->BandFmt == VIPS_FORMAT_USHORT;
    if (is_known && image->Bands >= 1 && image->Bands <= 4)
        return TN_OK;
    return core->fail(TN_EDECODE, "JPEG XL with %d channels of a kind that cannot be used",
                      image->Bands);
}

static int read_header(tn__bytes bytes, tn__info *info)
{
    VipsImage *image;
    int status = open_image(bytes, &image);
    if (status != TN_OK)
        return status;
    status = check_kind(image);
    if (status == TN_OK)
        *info = (tn__info){
            .w = image->Xsize,
            .h = image->Ysize,
            .channels = image->Bands == 2 ? 4 : image->Bands,
            .bits = wide_of(image),
            .file_channels = image->Bands,
            .file_bits = wide_of(image),
            .orientation = 1,
            .no_aid = TN__AID_FORMAT,
            .format = "jxl",
        };
    g_object_unref(image);
    return status;
}

static int probe(tn__bytes bytes, tn__info *info)
{
    is_here = true;
    const int status = read_header(bytes, info);
    is_here = false;
    return status;
}

/* Memory of libvips and the decoders below it, as measured: most hold the whole image several
 * times, and JPEG XL in floating point. */
enum { LIBRARY_BYTES = 16 << 20, LIBRARY_BYTES_PER_PIXEL = 32 };

/* Rows that libvips makes at once. */
enum { STRIP = 16 };

static size_t line_bytes(int32_t w)
{
    return (size_t)w * 4 * sizeof(uint16_t) + TN__ROWS_TAIL;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    return core->rows_image_bytes(info, want) + line_bytes(want->need.w) + TN_PX_ALIGN +
           LIBRARY_BYTES + (size_t)info->w * (size_t)info->h * LIBRARY_BYTES_PER_PIXEL;
}

static int32_t kind_of(const VipsImage *image)
{
    static const int32_t narrow[] = {0, TN__ROW_GREY8, TN__ROW_GREY_ALPHA8, TN__ROW_RGB8,
                                     TN__ROW_RGBA8};
    static const int32_t wide[] = {0, TN__ROW_GREY16, TN__ROW_GREY_ALPHA16, TN__ROW_RGB16,
                                   TN__ROW_RGBA16};
    return (image->BandFmt == VIPS_FORMAT_USHORT ? wide : narrow)[image->Bands];
}

static const VipsPel *row_of(const VipsRegion *region, int32_t x, int32_t y)
{
    const ptrdiff_t rows = y - region->valid.top, columns = x - region->valid.left;
    return region->data + rows * region->bpl +
           columns * region->im->Bands * (wide_of(region->im) / 8);
}

static int put_strip(VipsRegion *region, const tn__rows *rows, int32_t top, int32_t n_rows,
                     uint8_t *line, const tn_px_image *out)
{
    const VipsRect strip = {out->x0, out->y0 + top, out->w, n_rows};
    if (vips_region_prepare(region, &strip) != 0)
        return TN_EDECODE;
    for (int32_t row = 0; row < n_rows; row++) {
        memcpy(line, row_of(region, strip.left, strip.top + row),
               (size_t)out->w * (size_t)region->im->Bands * (size_t)(wide_of(region->im) / 8));
        core->rows_put(rows, out, top + row, line);
    }
    return TN_OK;
}

static int put_image(VipsImage *image, const tn__want *want, uint8_t *line, const tn_px_image *out)
{
    const tn__rows rows = {.kind = kind_of(image),
                           .mode = want->mode,
                           .big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__};
    vips_image_set_int(image, VIPS_META_CONCURRENCY, 1); /* no threads of libvips */
    VipsRegion *const region = vips_region_new(image);
    int status = TN_OK;
    for (int32_t top = 0; top < out->h && status == TN_OK; top += STRIP) {
        const int32_t left = out->h - top;
        status = put_strip(region, &rows, top, left < STRIP ? left : STRIP, line, out);
    }
    g_object_unref(region);
    return status;
}

static int decode_image(tn__bytes bytes, const tn__info *info, const tn__want *want,
                        tn__arena *arena, tn_px_image *out)
{
    VipsImage *image;
    uint8_t *line = NULL;
    int status = open_image(bytes, &image);
    if (status != TN_OK)
        return status;
    status = check_kind(image);
    if (status == TN_OK && (image->Xsize != info->w || image->Ysize != info->h))
        status = core->fail_changed("JPEG XL");
    if (status == TN_OK)
        status = core->rows_image(info, want, arena, out);
    if (status == TN_OK)
        status = core->take(arena, line_bytes(out->w), &line);
    if (status == TN_OK)
        status = put_image(image, want, line, out);
    if (status == TN_EDECODE && line)
        status = fail();
    g_object_unref(image);
    return status;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    *damage = 0; /* the library does not tell of guesses */
    is_here = true;
    const int status = decode_image(bytes, info, want, arena, out);
    is_here = false;
    return status;
}

static const tn__spec spec = {.name = "jxl"};
static const tn__codec jxl = {.spec = &spec, .probe = probe, .scratch = scratch, .decode = decode};
static const tn__codec *const codecs[] = {&jxl, NULL};

static void versions(char *out, size_t size)
{
    snprintf(out, size, "libvips %d.%d.%d", vips_version(0), vips_version(1), vips_version(2));
}

TN__MODULE(codecs, versions)
