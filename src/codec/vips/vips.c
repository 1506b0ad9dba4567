/* SPDX-License-Identifier: MIT */
/* The module for JPEG 2000 and JPEG XL: libvips decodes.
 *
 * Each file is opened with the one loader that its content asks for, so no other loader of libvips
 * sees it. The loader is built directly and does not enter the operation cache of the process,
 * which a host may use too; but that of JPEG 2000 leaves a cache of tiles there. Rows are pulled by
 * this thread. No setting of libvips is changed. */
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

static const tn__spec jp2_spec = {.name = "jp2"}, jxl_spec = {.name = "jxl"};

typedef struct format {
    const char *name, *shown, *loader;
} format;
static const format formats[] = {
    {"jp2", "JPEG 2000", "jp2kload_buffer"},
    {"jxl", "JPEG XL", "jxlload_buffer"},
};
enum { JP2, JXL };

/* The core chose the codec by the content; both codecs of this module share their functions. */
static const format *format_of(tn__bytes bytes)
{
    const bool is_codestream = bytes.size >= 2 && memcmp(bytes.data, "\xff\x0a", 2) == 0;
    const bool is_box = bytes.size >= 8 && memcmp(bytes.data + 4, "JXL ", 4) == 0;
    return &formats[is_codestream || is_box ? JXL : JP2];
}

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
static int fail(const format *kind)
{
    char why[200];
    snprintf(why, sizeof why, "%s", vips_error_buffer());
    vips_error_clear();
    why[strcspn(why, "\n")] = '\0';
    core->fail(TN_EDECODE, "broken %s: %s", kind->shown, why);
    return TN_EDECODE;
}

static int fail_loader(const format *kind)
{
    vips_error_clear();
    core->fail_system(ELIBACC, "this libvips has no loader of %s (%s)", kind->shown, kind->loader);
    return TN_EIO;
}

/* Opens the file with its loader: reads the header alone. */
static int open_image(tn__bytes bytes, const format *kind, VipsImage **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
    VipsOperation *const loader = started ? vips_operation_new(kind->loader) : NULL;
    *out = NULL;
    if (!loader)
        return fail_loader(kind);
    VipsBlob *const blob = vips_blob_new(NULL, bytes.data, bytes.size);
    g_object_set(loader, "buffer", blob, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                 VIPS_FAIL_ON_ERROR, NULL);
    vips_area_unref(VIPS_AREA(blob));
    const int status = vips_object_build(VIPS_OBJECT(loader)) == 0 ? TN_OK : fail(kind);
    if (status == TN_OK)
        g_object_get(loader, "out", out, NULL);
    vips_object_unref_outputs(VIPS_OBJECT(loader));
    g_object_unref(loader);
    return status;
}

/* Bits of a sample in a JPEG 2000 file: libvips leaves 12 bits in 16 as they are. The header of the
 * codestream says it for the first component. 0: not found. */
static int32_t codestream_bits(tn__bytes bytes)
{
    static const uint8_t start[] = {'j', 'p', '2', 'c', 0xff, 0x4f, 0xff, 0x51};
    enum { BOX_BYTES = 4, BITS_AT = 42 };
    const uint8_t *at = bytes.data;
    if (memcmp(at, start + BOX_BYTES, sizeof start - BOX_BYTES) != 0) {
        at = memmem(bytes.data, bytes.size, start, sizeof start);
        if (!at)
            return 0;
        at += BOX_BYTES;
    }
    const size_t left = bytes.size - (size_t)(at - bytes.data);
    return left > BITS_AT ? (at[BITS_AT] & 0x7f) + 1 : 0;
}

static int32_t wide_of(const VipsImage *image)
{
    return image->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8;
}

static int32_t bits_of(const VipsImage *image, const format *kind, tn__bytes bytes)
{
    const int32_t wide = wide_of(image);
    const int32_t bits = kind == &formats[JP2] ? codestream_bits(bytes) : 0;
    return bits > 0 && bits < wide ? bits : wide;
}

static int check_kind(const VipsImage *image, const format *kind)
{
    const bool is_known =
        image->BandFmt == VIPS_FORMAT_UCHAR || image->BandFmt == VIPS_FORMAT_USHORT;
    if (is_known && image->Bands >= 1 && image->Bands <= 4)
        return TN_OK;
    return core->fail(TN_EDECODE, "%s with %d channels of a kind that cannot be used", kind->shown,
                      image->Bands);
}

static int read_header(tn__bytes bytes, tn__info *info)
{
    const format *const kind = format_of(bytes);
    VipsImage *image;
    int status = open_image(bytes, kind, &image);
    if (status != TN_OK)
        return status;
    status = check_kind(image, kind);
    if (status == TN_OK)
        *info = (tn__info){
            .w = image->Xsize,
            .h = image->Ysize,
            .channels = image->Bands == 2 ? 4 : image->Bands,
            .bits = wide_of(image),
            .file_channels = image->Bands,
            .file_bits = bits_of(image, kind, bytes),
            .orientation = 1,
            .no_aid = TN__AID_FORMAT,
            .format = kind->name,
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

/* Copies n samples, and moves their bits to the top of the bytes. */
static void copy_samples(const VipsImage *image, const void *from, int32_t n, int32_t shift,
                         uint8_t *to)
{
    if (image->BandFmt == VIPS_FORMAT_UCHAR) {
        const uint8_t *const bytes = from;
        for (int32_t k = 0; k < n; k++)
            to[k] = (uint8_t)(bytes[k] << shift);
        return;
    }
    const uint16_t *const words = from;
    uint16_t *const out = (uint16_t *)(void *)to; /* aligned by the arena */
    for (int32_t k = 0; k < n; k++)
        out[k] = (uint16_t)(words[k] << shift);
}

static const VipsPel *row_of(const VipsRegion *region, int32_t x, int32_t y)
{
    const ptrdiff_t rows = y - region->valid.top, columns = x - region->valid.left;
    return region->data + rows * region->bpl +
           columns * region->im->Bands * (wide_of(region->im) / 8);
}

static int put_strip(VipsRegion *region, const tn__rows *rows, int32_t top, int32_t n_rows,
                     int32_t shift, uint8_t *line, const tn_px_image *out)
{
    const VipsRect strip = {out->x0, out->y0 + top, out->w, n_rows};
    if (vips_region_prepare(region, &strip) != 0)
        return TN_EDECODE;
    for (int32_t row = 0; row < n_rows; row++) {
        copy_samples(region->im, row_of(region, strip.left, strip.top + row),
                     out->w * region->im->Bands, shift, line);
        core->rows_put(rows, out, top + row, line);
    }
    return TN_OK;
}

static int put_image(VipsImage *image, const tn__want *want, int32_t shift, uint8_t *line,
                     const tn_px_image *out)
{
    const tn__rows rows = {.kind = kind_of(image),
                           .mode = want->mode,
                           .big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__};
    vips_image_set_int(image, VIPS_META_CONCURRENCY, 1); /* no threads of libvips */
    VipsRegion *const region = vips_region_new(image);
    int status = TN_OK;
    for (int32_t top = 0; top < out->h && status == TN_OK; top += STRIP) {
        const int32_t left = out->h - top;
        status = put_strip(region, &rows, top, left < STRIP ? left : STRIP, shift, line, out);
    }
    g_object_unref(region);
    return status;
}

static int decode_image(tn__bytes bytes, const tn__info *info, const tn__want *want,
                        tn__arena *arena, tn_px_image *out)
{
    const format *const kind = format_of(bytes);
    VipsImage *image;
    uint8_t *line = NULL;
    int status = open_image(bytes, kind, &image);
    if (status != TN_OK)
        return status;
    status = check_kind(image, kind);
    if (status == TN_OK && (image->Xsize != info->w || image->Ysize != info->h))
        status = core->fail(TN_EDECODE, "%s whose header changed while it was read", kind->shown);
    if (status == TN_OK)
        status = core->rows_image(info, want, arena, out);
    if (status == TN_OK)
        status = core->take(arena, line_bytes(out->w), &line);
    if (status == TN_OK)
        status = put_image(image, want, wide_of(image) - bits_of(image, kind, bytes), line, out);
    if (status == TN_EDECODE && line)
        status = fail(kind);
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

static const tn__codec jp2 = {
    .spec = &jp2_spec, .probe = probe, .scratch = scratch, .decode = decode};
static const tn__codec jxl = {
    .spec = &jxl_spec, .probe = probe, .scratch = scratch, .decode = decode};
static const tn__codec *const codecs[] = {&jp2, &jxl, NULL};

static void versions(char *out, size_t size)
{
    snprintf(out, size, "libvips %d.%d.%d", vips_version(0), vips_version(1), vips_version(2));
}

TN__MODULE(codecs, versions)
