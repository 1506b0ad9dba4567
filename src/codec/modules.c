/* SPDX-License-Identifier: MIT */
/* Lists the modules, and recognises their files. See modules.h. */
#include "codec/modules.h"

#include <string.h>

#include "base/error.h"
#include "codec/exif.h"
#include "codec/jpeg/inside.h"
#include "codec/rows.h"
#include "flate/inflate.h"
#include "module/module.h"

static int take(tn__arena *arena, size_t n_bytes, uint8_t **out)
{
    *out = tn__arena_take(arena, n_bytes);
    return *out ? TN_OK : tn__error_last()->code;
}

static int32_t orientation(const uint8_t *exif, size_t exif_bytes, const uint8_t *xmp,
                           size_t xmp_bytes)
{
    return tn__exif_orientation_of((tn__bytes){exif, exif_bytes}, (tn__bytes){xmp, xmp_bytes});
}

static const tn__services services = {
    .abi = TN__MODULE_ABI,
    .fail = tn__fail,
    .fail_system = tn__fail_system,
    .fail_changed = tn__info_fail_changed,
    .take = take,
    .orientation = orientation,
    .rows_image = tn__rows_image,
    .rows_image_bytes = tn__rows_image_bytes,
    .rows_set_palette = tn__rows_set_palette,
    .rows_unpack = tn__rows_unpack,
    .rows_put = tn__rows_put,
    .inflate_open = tn__inflate_open,
    .inflate_run = tn__inflate_run,
    .jpeg_inside_bytes = tn__jpeg_inside_bytes,
    .jpeg_inside_decode = tn__jpeg_inside_decode,
};

/* Packages of Debian 12 that have the libraries of a module. */
static const char webp_packages[] = "libwebp7, libwebpdemux2";
static const char avif_packages[] = "libavif15";
static const char tiff_packages[] = "libtiff6, liblcms2-2";
static const char jp2_packages[] = "libopenjp2-7";
static const char vips_packages[] = "libvips42";
static const char heif_packages[] = "libheif1, libde265-0";

static const tn__spec webp_spec = {
    .name = "webp",
    .doc = "Lossy and lossless WebP, with and without alpha; of an animation the first frame.",
    .source = "Pillow 13.0 WebPImagePlugin.py, libwebp",
    .package = webp_packages,
    .speed = "1.1 to 1.3 times Pillow, crops 1.3 to 1.5",
};
static const tn__spec avif_spec = {
    .name = "avif",
    .doc = "AVIF of all samplings, with and without alpha; of a sequence the first frame.",
    .source = "Pillow 13.0 AvifImagePlugin.py, libavif",
    .package = avif_packages,
    .speed = "1.1 times Pillow",
};
static const tn__spec tiff_spec = {
    .name = "tiff",
    .aliases = "tif",
    .doc =
        "The first image of a TIFF: strips, tiles and planes, all compressions of libtiff. It is "
        "turned by its orientation, always.",
    .source = "Pillow 13.0 TiffImagePlugin.py, libtiff",
    .package = tiff_packages,
    .speed = "plain 8.8 times Pillow, crops 20; deflate 2.1, JPEG 2.9, LZW 1.2",
};

static const tn__spec jp2_spec = {
    .name = "jp2",
    .aliases = "j2k jpeg2000",
    .doc = "JPEG 2000, as a file or as a bare codestream, of 1 to 31 bits.",
    .source = "Pillow 13.0 Jpeg2KImagePlugin.py, OpenJPEG",
    .package = jp2_packages,
    .speed = "as Pillow; a crop costs as much as the whole; 0.02 ms a file",
};
static const tn__spec jxl_spec = {
    .name = "jxl",
    .doc = "JPEG XL, as a file or as a bare codestream, of whole numbers.",
    .source = "libjxl through libvips",
    .package = vips_packages,
    .speed = "libvips takes 50 ms of CPU time to start and 0.6 ms a file",
};
static const tn__spec heif_spec = {
    .name = "heif",
    .aliases = "heic",
    .doc = "HEIF with HEVC inside, turned as the file says.",
    .source = "libheif, libde265",
    .package = heif_packages,
    .speed = "50 ms a megapixel, 5 ms to start and 0.25 ms a file",
};

static tn__module webp = {
    .name = "webp", .formats = "WebP", .packages = webp_packages, .build = "libwebp-dev"};
static tn__module avif = {
    .name = "avif", .formats = "AVIF", .packages = avif_packages, .build = "libavif-dev"};
static tn__module tiff = {.name = "tiff",
                          .formats = "TIFF",
                          .packages = tiff_packages,
                          .build = "libtiff-dev, liblcms2-dev"};
static tn__module jp2 = {
    .name = "jp2", .formats = "JPEG 2000", .packages = jp2_packages, .build = "libopenjp2-7-dev"};
static tn__module vips = {
    .name = "vips", .formats = "JPEG XL", .packages = vips_packages, .build = "libvips-dev"};
static tn__module heif = {.name = "heif",
                          .formats = "HEIF",
                          .packages = heif_packages,
                          .build = "libheif-dev, libde265-dev"};

static tn__module *const modules[] = {&webp, &avif, &tiff, &jp2, &vips, &heif};
enum { N_MODULES = sizeof modules / sizeof modules[0] };

static bool has(tn__bytes bytes, size_t at, const char *text)
{
    const size_t length = strlen(text);
    return bytes.size >= at + length && memcmp(bytes.data + at, text, length) == 0;
}

/* Pillow asks for the first chunk too. */
static bool is_webp(tn__bytes bytes)
{
    return has(bytes, 0, "RIFF") && has(bytes, 8, "WEBPVP8") &&
           (has(bytes, 15, " ") || has(bytes, 15, "X") || has(bytes, 15, "L"));
}

/* True if the box of a file's type lists the brand, after the first `skipped` bytes. */
static bool has_brand(tn__bytes bytes, size_t skipped, const char *brand)
{
    enum { BRAND_BYTES = 4 };
    size_t end = 0;
    for (size_t k = 0; k < BRAND_BYTES && k < bytes.size; k++)
        end = end << 8 | bytes.data[k];
    end = end < bytes.size ? end : bytes.size;
    for (size_t at = skipped; at + BRAND_BYTES <= end; at += BRAND_BYTES)
        if (has(bytes, at, brand))
            return true;
    return false;
}

/* Files of two general brands may be AVIF or HEIF: their further brands tell. */
static bool is_avif(tn__bytes bytes)
{
    enum { MAJOR = 8, COMPATIBLE = 16 };
    if (!has(bytes, 4, "ftyp"))
        return false;
    if (has(bytes, MAJOR, "avif") || has(bytes, MAJOR, "avis"))
        return true;
    return (has(bytes, MAJOR, "mif1") || has(bytes, MAJOR, "msf1")) &&
           (has_brand(bytes, COMPATIBLE, "avif") || has_brand(bytes, COMPATIBLE, "avis"));
}

static bool is_jp2(tn__bytes bytes)
{
    return has(bytes, 0, "\xff\x4f\xff\x51") || has(bytes, 4, "jP  \r\n\x87\n");
}

static bool is_jxl(tn__bytes bytes)
{
    return has(bytes, 0, "\xff\x0a") || has(bytes, 4, "JXL \r\n\x87\n");
}

/* Asked after is_avif. */
static bool is_heif(tn__bytes bytes)
{
    static const char brands[][5] = {"heic", "heix", "heim", "heis",
                                     "hevc", "hevx", "mif1", "msf1"};
    for (size_t k = 0; k < sizeof brands / sizeof brands[0]; k++)
        if (has(bytes, 4, "ftyp") && has(bytes, 8, brands[k]))
            return true;
    return false;
}

static bool is_tiff(tn__bytes bytes)
{
    static const char heads[][5] = {"MM\0*", "II*", "MM*", "II\0*", "MM\0+", "II+"};
    for (size_t k = 0; k < sizeof heads / sizeof heads[0]; k++)
        if (bytes.size >= 4 && memcmp(bytes.data, heads[k], 4) == 0)
            return true;
    return false;
}

const tn__codec tn__codec_webp = {.spec = &webp_spec, .module = &webp, .sniff = is_webp};
const tn__codec tn__codec_avif = {.spec = &avif_spec, .module = &avif, .sniff = is_avif};
const tn__codec tn__codec_jp2 = {.spec = &jp2_spec, .module = &jp2, .sniff = is_jp2};
const tn__codec tn__codec_jxl = {.spec = &jxl_spec, .module = &vips, .sniff = is_jxl};
const tn__codec tn__codec_heif = {.spec = &heif_spec, .module = &heif, .sniff = is_heif};
const tn__codec tn__codec_tiff = {.spec = &tiff_spec, .module = &tiff, .sniff = is_tiff};

const tn__codec *tn__codec_load(const tn__codec *entry)
{
    if (!entry->module)
        return entry;
    const tn__module_face *const face = tn__module_open(entry->module, &services);
    if (!face)
        return NULL;
    for (int k = 0; face->codecs[k]; k++)
        if (strcmp(face->codecs[k]->spec->name, entry->spec->name) == 0)
            return face->codecs[k];
    return tn__fail_null(TN_EIO, "tench's module libtench_%s.so has no codec \"%s\"",
                         entry->module->name, entry->spec->name);
}

void tn__codec_report_modules(tn__text *out)
{
    for (int m = 0; m < N_MODULES; m++)
        tn__module_report(modules[m], &services, out);
}
