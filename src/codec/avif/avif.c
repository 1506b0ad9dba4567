/* SPDX-License-Identifier: MIT */
/* The module for AVIF: libavif, with one thread and the settings of Pillow.
 *
 * The decoder makes the whole first frame in YUV; only the wanted window becomes RGB. The two
 * flags that turn and mirror an AVIF count as an EXIF orientation, as in Pillow: the stored image
 * is not turned. */
#include <stdio.h>
#include <string.h>

#include <avif/avif.h>

#include "codec/avif/narrow.h"
#include "codec/codec.h"
#include "codec/rows.h"
#include "codec/window.h"
#include "module/services.h"
#include "tench.h"

static const tn__services *core;

static int fail(const avifDecoder *decoder, avifResult result)
{
    const char *const why = decoder->diag.error;
    const char *const what = avifResultToString(result);
    switch (result) {
    case AVIF_RESULT_OUT_OF_MEMORY: return core->fail(TN_ENOMEM, "AVIF decoder: out of memory");
    case AVIF_RESULT_TRUNCATED_DATA: return core->fail(TN_EDECODE, "truncated AVIF");
    case AVIF_RESULT_NO_CODEC_AVAILABLE:
        return core->fail(TN_EIO, "libavif was built without a decoder of AV1");
    default: return core->fail(TN_EDECODE, "broken AVIF: %s%s%s", what, why[0] ? ": " : "", why);
    }
}

static bool is_grey(const avifImage *image)
{
    return image->yuvFormat == AVIF_PIXEL_FORMAT_YUV400;
}

/* Reads the container. libavif then knows the size that the container claims. */
static int parse(avifDecoder *decoder, tn__bytes bytes)
{
    decoder->maxThreads = 1;
    decoder->strictFlags &= ~(avifStrictFlags)(AVIF_STRICT_CLAP_VALID | AVIF_STRICT_PIXI_REQUIRED);
    avifResult result = avifDecoderSetIOMemory(decoder, bytes.data, bytes.size);
    if (result == AVIF_RESULT_OK)
        result = avifDecoderParse(decoder);
    return result == AVIF_RESULT_OK ? TN_OK : fail(decoder, result);
}

/* The mirror's axis has had two names. */
static bool mirrors_columns(const avifImage *image)
{
#if AVIF_VERSION_MAJOR >= 1
    return image->imir.axis != 0;
#else
    return image->imir.mode != 0;
#endif
}

/* The EXIF orientation of the flags; 1 without flags. The turn is counted in quarters to the left,
 * and comes before the mirror. */
static int32_t flag_orientation(const avifImage *image)
{
    static const int32_t turned[4] = {1, 8, 3, 6};
    static const int32_t then_columns[4] = {2, 7, 4, 5}, then_rows[4] = {4, 5, 2, 7};
    const int angle = image->transformFlags & AVIF_TRANSFORM_IROT ? image->irot.angle & 3 : 0;
    if (!(image->transformFlags & AVIF_TRANSFORM_IMIR))
        return turned[angle];
    return mirrors_columns(image) ? then_columns[angle] : then_rows[angle];
}

/* Pillow puts the orientation of the flags, which may be 1, in place of the one in EXIF. */
static int32_t orientation_of(const avifImage *image)
{
    const int32_t flags = flag_orientation(image);
    if (flags != 1 || core->orientation(image->exif.data, image->exif.size, NULL, 0) != 0)
        return flags;
    const int32_t written = core->orientation(NULL, 0, image->xmp.data, image->xmp.size);
    return written ? written : 1;
}

static int32_t channels_of(const avifDecoder *decoder)
{
    if (decoder->alphaPresent)
        return 4;
    return is_grey(decoder->image) ? 1 : 3;
}

static int probe(tn__bytes bytes, tn__info *info)
{
    avifDecoder *const decoder = avifDecoderCreate();
    if (!decoder)
        return core->fail(TN_ENOMEM, "AVIF decoder: out of memory");
    const int status = parse(decoder, bytes);
    if (status == TN_OK)
        *info = (tn__info){
            .w = (int32_t)decoder->image->width,
            .h = (int32_t)decoder->image->height,
            .channels = channels_of(decoder),
            .bits = 8,
            .file_channels = channels_of(decoder),
            .file_bits = (int32_t)decoder->image->depth,
            .orientation = orientation_of(decoder->image),
            .no_aid = TN__AID_FORMAT,
            .format = "avif",
        };
    avifDecoderDestroy(decoder);
    return status;
}

/* libavif upsamples colours across the borders of a view, so the window has a margin. Views of
 * halved colours begin at even places. */
enum { MARGIN = 2 };

/* Files with alpha are decoded with it even if it is not wanted: other colours would result. Grey
 * comes from libavif as colours. */
static int32_t samples_of(const tn__info *info)
{
    return info->channels == 4 ? 4 : 3;
}

/* Memory of libavif and the AV1 decoder below it, as measured with dav1d: the pictures and what it
 * knows of their blocks. */
enum { LIBRARY_BYTES = 8 << 20, LIBRARY_BYTES_PER_PIXEL = 12 };

static size_t scratch(const tn__info *info, const tn__want *want)
{
    const tn_px_rect window = tn__window_of(want->need, info->w, info->h, MARGIN);
    return core->rows_image_bytes(info, want) + tn__window_bytes(window, samples_of(info)) +
           tn__avif_narrow_bytes(window.w, window.h) + (size_t)2 * TN_PX_ALIGN + LIBRARY_BYTES +
           (size_t)info->w * (size_t)info->h * LIBRARY_BYTES_PER_PIXEL;
}

/* Converts a window of the decoded image. */
static int convert(const avifImage *whole, tn_px_rect window, int32_t samples, uint8_t *narrow,
                   uint8_t *pixels)
{
    avifImage *const view = avifImageCreateEmpty();
    if (!view)
        return core->fail(TN_ENOMEM, "AVIF decoder: out of memory");
    const avifCropRect place = {(uint32_t)window.x, (uint32_t)window.y, (uint32_t)window.w,
                                (uint32_t)window.h};
    avifRGBImage rgb;
    avifResult result = avifImageSetViewRect(view, whole, &place);
    if (result == AVIF_RESULT_OK) {
        if (is_grey(view) && view->matrixCoefficients == AVIF_MATRIX_COEFFICIENTS_IDENTITY)
            view->matrixCoefficients = AVIF_MATRIX_COEFFICIENTS_BT601; /* as libavif 1.4 does */
        tn__avif_narrow(view, narrow);
        avifRGBImageSetDefaults(&rgb, view);
        rgb.depth = 8;
        rgb.format = samples == 4 ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
        rgb.pixels = pixels;
        rgb.rowBytes = (uint32_t)window.w * (uint32_t)samples;
        result = avifImageYUVToRGB(view, &rgb);
    }
    avifImageDestroy(view);
    return result == AVIF_RESULT_OK
               ? TN_OK
               : core->fail(TN_EDECODE, "broken AVIF: %s", avifResultToString(result));
}

/* Decodes the first frame. It must have the size that the container claims. */
static int decode_frame(avifDecoder *decoder, const tn__info *info)
{
    decoder->imageSizeLimit = (uint32_t)info->w * (uint32_t)info->h;
    const avifResult result = avifDecoderNthImage(decoder, 0);
    if (result != AVIF_RESULT_OK)
        return fail(decoder, result);
    if (info->channels == 1 && !is_grey(decoder->image))
        return core->fail(TN_EDECODE, "broken AVIF: colours in an image that says it is grey");
    if (decoder->image->width == (uint32_t)info->w && decoder->image->height == (uint32_t)info->h)
        return TN_OK;
    return core->fail(TN_EDECODE, "broken AVIF: a frame of %ux%u in an image of %dx%d",
                      decoder->image->width, decoder->image->height, info->w, info->h);
}

/* The three colours of grey are equal. */
static void take_first(uint8_t *pixels, size_t n_pixels)
{
    for (size_t k = 0; k < n_pixels; k++)
        pixels[k] = pixels[3 * k];
}

static int put_window(const avifImage *image, const tn__info *info, const tn__want *want,
                      tn__arena *arena, tn_px_image *out)
{
    static const int32_t kinds[] = {[1] = TN__ROW_GREY8, [3] = TN__ROW_RGB8, [4] = TN__ROW_RGBA8};
    const int32_t samples = samples_of(info);
    const tn_px_rect window = tn__window_of(want->need, info->w, info->h, MARGIN);
    const tn__rows rows = {.kind = kinds[info->channels], .mode = want->mode};
    uint8_t *pixels, *narrow;
    int status = core->rows_image(info, want, arena, out);
    if (status == TN_OK)
        status = core->take(arena, tn__window_bytes(window, samples), &pixels);
    if (status == TN_OK)
        status = core->take(arena, tn__avif_narrow_bytes(window.w, window.h), &narrow);
    if (status == TN_OK)
        status = convert(image, window, samples, narrow, pixels);
    if (status != TN_OK)
        return status;
    if (info->channels == 1)
        take_first(pixels, (size_t)window.w * (size_t)window.h);
    const ptrdiff_t stride = (ptrdiff_t)window.w * info->channels;
    const uint8_t *const first = pixels + (want->need.y - window.y) * stride +
                                 (ptrdiff_t)(want->need.x - window.x) * info->channels;
    for (int32_t row = 0; row < out->h; row++)
        core->rows_put(&rows, out, row, first + row * stride);
    return TN_OK;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    *damage = 0; /* the library does not tell of guesses */
    avifDecoder *const decoder = avifDecoderCreate();
    if (!decoder)
        return core->fail(TN_ENOMEM, "AVIF decoder: out of memory");
    decoder->ignoreExif = decoder->ignoreXMP = AVIF_TRUE;
    int status = parse(decoder, bytes);
    if (status == TN_OK)
        status = decode_frame(decoder, info);
    if (status == TN_OK)
        status = put_window(decoder->image, info, want, arena, out);
    avifDecoderDestroy(decoder);
    return status;
}

static const tn__spec spec = {.name = "avif"};
static const tn__codec avif = {
    .spec = &spec,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
static const tn__codec *const codecs[] = {&avif, NULL};

/* libavif names the decoders that it has, for example "dav1d [dec]:1.0.0". */
static void versions(char *out, size_t size)
{
    char decoders[256];
    avifCodecVersions(decoders);
    snprintf(out, size, "libavif %s with %s", avifVersion(), decoders);
}

TN__MODULE(codecs, versions)
