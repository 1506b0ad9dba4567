/* SPDX-License-Identifier: MIT */
/* Decodes HEVC pictures for libheif. See hevc.h. */
#include "codec/heif/hevc.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <libheif/heif.h>
#include <libheif/heif_plugin.h>

#include "codec/heif/marked.h"

enum { N_PLANES = 3 };

static _Thread_local uint64_t limit; /* pixels of a picture; 0: the thread has not entered */
static _Thread_local enum heif_compression_format asked; /* the last kind of picture in question */

void tn__hevc_enter(uint64_t max_pixels)
{
    limit = max_pixels;
}

void tn__hevc_leave(void)
{
    limit = 0;
}

static const char *name(void)
{
    return "libde265, with pictures that are checked";
}

/* Pictures of all kinds come here, so that no other decoder takes memory for what they claim. */
static int priority(enum heif_compression_format format)
{
    enum { HIGHEST = 1000 }; /* libheif's own decoders have 100 */
    asked = format;
    return limit > 0 ? HIGHEST : 0;
}

static const struct heif_error success = {heif_error_Ok, heif_suberror_Unspecified, "Success"};

static struct heif_error fail(const char *why)
{
    return (struct heif_error){heif_error_Decoder_plugin_error, heif_suberror_Unspecified, why};
}

static struct heif_error fail_memory(void)
{
    return (struct heif_error){heif_error_Memory_allocation_error, heif_suberror_Unspecified,
                               "out of memory"};
}

static struct heif_error fail_code(de265_error error)
{
    return error == DE265_ERROR_OUT_OF_MEMORY ? fail_memory() : fail(de265_get_error_text(error));
}

typedef struct decoder {
    de265_decoder_context *context;
    tn__marked marked;
} decoder;

static void close_decoder(void *opened)
{
    decoder *const made = opened;
    if (made->context)
        de265_free_decoder(made->context);
    free(made);
}

static struct heif_error open_decoder(void **out)
{
    if (asked != heif_compression_HEVC)
        return (struct heif_error){heif_error_Unsupported_feature, heif_suberror_Unspecified,
                                   "its pictures are not HEVC"};
    decoder *const made = calloc(1, sizeof *made);
    if (!made)
        return fail_memory();
    made->context = de265_new_decoder();
    if (!made->context) {
        close_decoder(made);
        return fail_memory();
    }
    tn__marked_use(made->context, limit, &made->marked);
    de265_set_parameter_bool(made->context, DE265_DECODER_PARAM_SUPPRESS_FAULTY_PICTURES, 1);
    *out = made;
    return success;
}

/* The units of HEVC follow one another, each after its length in four bytes. */
static struct heif_error push(void *opened, const void *data, size_t size)
{
    const decoder *const made = opened;
    const uint8_t *bytes = data;
    enum { LENGTH_BYTES = 4 };
    while (size > 0) {
        uint32_t length = 0;
        for (size_t k = 0; k < LENGTH_BYTES && k < size; k++)
            length = length << 8 | bytes[k];
        if (size < LENGTH_BYTES || length > size - LENGTH_BYTES || length > INT32_MAX)
            return fail("its HEVC data are cut off");
        bytes += LENGTH_BYTES;
        const de265_error error = de265_push_NAL(made->context, bytes, (int)length, 0, NULL);
        if (!de265_isOK(error))
            return fail_code(error);
        bytes += length;
        size -= LENGTH_BYTES + length;
    }
    return success;
}

/* Numbers that libheif does not know count as not specified. */
static bool set_colours(const struct de265_image *picture, struct heif_image *image)
{
    struct heif_color_profile_nclx *const nclx = heif_nclx_color_profile_alloc();
    if (!nclx)
        return false;
    nclx->full_range_flag = de265_get_image_full_range_flag(picture) != 0;
    heif_nclx_color_profile_set_matrix_coefficients(
        nclx, (uint16_t)de265_get_image_matrix_coefficients(picture));
    heif_nclx_color_profile_set_color_primaries(
        nclx, (uint16_t)de265_get_image_colour_primaries(picture));
    heif_nclx_color_profile_set_transfer_characteristics(
        nclx, (uint16_t)de265_get_image_transfer_characteristics(picture));
    heif_image_set_nclx_color_profile(image, nclx);
    heif_nclx_color_profile_free(nclx);
    return true;
}

static struct heif_error copy_plane(const struct de265_image *picture, int plane,
                                    struct heif_image *image)
{
    static const enum heif_channel channels[N_PLANES] = {heif_channel_Y, heif_channel_Cb,
                                                         heif_channel_Cr};
    const int w = de265_get_image_width(picture, plane), h = de265_get_image_height(picture, plane);
    const int bits = de265_get_bits_per_pixel(picture, plane);
    const struct heif_error added = heif_image_add_plane(image, channels[plane], w, h, bits);
    if (added.code != heif_error_Ok)
        return added;
    int from_stride, to_stride;
    const uint8_t *from = de265_get_image_plane(picture, plane, &from_stride);
    uint8_t *to = heif_image_get_plane(image, channels[plane], &to_stride);
    for (int row = 0; row < h; row++, from += from_stride, to += to_stride)
        memcpy(to, from, (size_t)w * (bits > 8 ? 2 : 1));
    return success;
}

static struct heif_error copy_picture(const struct de265_image *picture, struct heif_image **out)
{
    static const enum heif_chroma chromas[] = {
        [de265_chroma_mono] = heif_chroma_monochrome,
        [de265_chroma_420] = heif_chroma_420,
        [de265_chroma_422] = heif_chroma_422,
        [de265_chroma_444] = heif_chroma_444,
    };
    const enum de265_chroma chroma = de265_get_chroma_format(picture);
    struct heif_error error = heif_image_create(
        de265_get_image_width(picture, 0), de265_get_image_height(picture, 0),
        chroma == de265_chroma_mono ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
        chromas[chroma], out);
    if (error.code != heif_error_Ok)
        return error;
    const int n_planes = chroma == de265_chroma_mono ? 1 : N_PLANES;
    for (int plane = 0; plane < n_planes && error.code == heif_error_Ok; plane++)
        error = copy_plane(picture, plane, *out);
    if (error.code == heif_error_Ok && !set_colours(picture, *out))
        error = fail_memory();
    if (error.code == heif_error_Ok)
        return error;
    heif_image_release(*out);
    *out = NULL;
    return error;
}

/* What libde265 tells of the data without calling the picture faulty. NULL: nothing. */
static const char *warning_of(de265_decoder_context *context)
{
    for (;;) {
        const de265_error warning = de265_get_warning(context);
        if (warning == DE265_OK)
            return NULL;
        if (warning != DE265_WARNING_NO_WPP_CANNOT_USE_MULTITHREADING &&
            warning != DE265_WARNING_SPS_MISSING_CANNOT_DECODE_SEI)
            return de265_get_error_text(warning);
    }
}

static struct heif_error explain(const decoder *made, de265_error error)
{
    if (made->marked.exceeded)
        return fail("a picture is larger than the file says");
    if (!de265_isOK(error))
        return fail_code(error);
    const char *const warning = warning_of(made->context);
    return fail(warning ? warning : "it has no picture");
}

/* Decodes the only picture. */
static struct heif_error decode(void *opened, struct heif_image **out)
{
    decoder *const made = opened;
    const struct de265_image *picture = NULL;
    *out = NULL;
    de265_error error = de265_flush_data(made->context);
    for (int more = 1; more && de265_isOK(error) && !picture;) {
        error = de265_decode(made->context, &more);
        if (de265_isOK(error))
            picture = de265_get_next_picture(made->context);
    }
    if (!picture)
        return explain(made, error);
    const char *const warning = warning_of(made->context);
    if (warning)
        return fail(warning);
    return tn__marked_is_whole(picture) ? copy_picture(picture, out)
                                        : fail("its picture is not complete");
}

bool tn__hevc_register(void)
{
    static const struct heif_decoder_plugin plugin = {
        .plugin_api_version = 1,
        .get_plugin_name = name,
        .does_support_format = priority,
        .new_decoder = open_decoder,
        .free_decoder = close_decoder,
        .push_data = push,
        .decode_image = decode,
    };
    return heif_init(NULL).code == heif_error_Ok &&
           heif_register_decoder_plugin(&plugin).code == heif_error_Ok;
}
