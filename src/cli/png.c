/* SPDX-License-Identifier: MIT */
/* Writes PNG files. libpng reports a failure by longjmp, so the caller changes no local variable
 * between setjmp and the jump; otherwise its value would be indeterminate. */
#include "cli/png.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/fail.h"

static void on_error(png_structp png, png_const_charp message)
{
    tn__program_fail(TN_EIO, "%s: cannot write PNG: %s", (const char *)png_get_error_ptr(png),
                     message);
    longjmp(png_jmpbuf(png), 1);
}

/* Writes bytes for libpng. Its own writer says only that a write failed, not why. */
static void write_bytes(png_structp png, png_bytep bytes, size_t n_bytes)
{
    FILE *const file = png_get_io_ptr(png);
    if (fwrite(bytes, 1, n_bytes, file) != n_bytes)
        png_error(png, strerror(errno));
}

static void flush_bytes(png_structp png)
{
    (void)png;
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static int write_rows(png_structp png, png_infop info, const uint8_t *rgb, int32_t w, int32_t h)
{
    if (setjmp(png_jmpbuf(png)))
        return TN_EIO;
    png_set_IHDR(png, info, (png_uint_32)w, (png_uint_32)h, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    /* Level 3 with the Sub filter: higher levels take three times as long and hardly make
     * photographs smaller. */
    png_set_compression_level(png, 3);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_write_info(png, info);
    for (int32_t y = 0; y < h; y++)
        png_write_row(png, rgb + (size_t)y * (size_t)w * 3);
    png_write_end(png, info);
    return TN_OK;
}

int tn__png_write(FILE *file, const char *path, const uint8_t *rgb, int32_t w, int32_t h)
{
    union {
        const char *shared;
        void *plain;
    } name = {.shared = path};
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, name.plain, on_error, on_warning);
    if (!png)
        return tn__program_fail(TN_ENOMEM, "%s: out of memory for PNG", path);
    png_infop info = png_create_info_struct(png);
    int status = TN_ENOMEM;
    if (info) {
        png_set_write_fn(png, file, write_bytes, flush_bytes);
        status = write_rows(png, info, rgb, w, h);
    } else {
        tn__program_fail(TN_ENOMEM, "%s: out of memory for PNG", path);
    }
    png_destroy_write_struct(&png, &info);
    return status;
}
