/* SPDX-License-Identifier: MIT */
/* Describes files that no codec recognises. See describe.h. */
#include "codec/describe.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct file_signature {
    const char *name;
    size_t at, length;
    const char *bytes;
} file_signature;

/* The first signature that fits names the file. */
static const file_signature known[] = {
    {"a GIF file of an unknown version", 0, 4, "GIF8"},
    {"a PAM file", 0, 3, "P7\n"},
    {"an icon file", 0, 4, "\0\0\1\0"},
    {"a Targa file", 0, 8, "\0\0\2\0\0\0\0\0"}, /* a cursor file has images, and counts them */
    {"a Targa file", 0, 8, "\0\0\3\0\0\0\0\0"},
    {"a Targa file", 0, 8, "\0\0\12\0\0\0\0\0"},
    {"a Targa file", 0, 8, "\0\0\13\0\0\0\0\0"},
    {"a cursor file", 0, 4, "\0\0\2\0"},
    {"an icon file of macOS", 0, 4, "icns"},
    {"an OpenEXR file", 0, 4, "\x76\x2f\x31\x01"},
    {"a Radiance HDR file", 0, 6, "#?RADI"},
    {"a Radiance HDR file", 0, 6, "#?RGBE"},
    {"a FITS file", 0, 9, "SIMPLE  ="},
    {"a DICOM file", 128, 4, "DICM"},
    {"a DDS file", 0, 4, "DDS "},
    {"a JPEG XR file", 0, 3, "II\xbc"},
    {"an SGI file", 0, 2, "\x01\xda"},
    {"a PCX file", 0, 3, "\n\x05\x01"},
    {"a Sun raster file", 0, 4, "\x59\xa6\x6a\x95"},
    {"an XPM file", 0, 9, "/* XPM */"},
    {"a Windows metafile", 0, 4, "\xd7\xcd\xc6\x9a"},
    {"a Photoshop file", 0, 4, "8BPS"},
    {"a PDF file", 0, 5, "%PDF-"},
    {"a PostScript file", 0, 2, "%!"},
    {"an MP4 file", 4, 4, "ftyp"},
    {"an AVI file", 8, 4, "AVI "},
    {"a Matroska or WebM file", 0, 4, "\x1a\x45\xdf\xa3"},
    {"an MPEG file", 0, 4, "\0\0\1\xb3"},
    {"a NumPy file", 0, 6, "\x93NUMPY"},
    {"an HDF5 file", 0, 4, "\x89HDF"},
    {"a ZIP archive", 0, 4, "PK\3\4"},
    {"a gzip file", 0, 2, "\x1f\x8b"},
    {"a bzip2 file", 0, 3, "BZh"},
    {"an xz file", 0, 6,
     "\xfd"
     "7zXZ\0"},
    {"a zstd file", 0, 4, "\x28\xb5\x2f\xfd"},
    {"a tar archive", 257, 5, "ustar"},
    {"a Git LFS pointer", 0, 19, "version https://git"},
};

enum { TEXT_PROBE_BYTES = 256 };

static bool matches(tn__bytes bytes, const file_signature *signature)
{
    return bytes.size >= signature->at + signature->length &&
           memcmp(bytes.data + signature->at, signature->bytes, signature->length) == 0;
}

static bool is_space(uint8_t byte)
{
    return byte && strchr(" \t\r\n\f", byte);
}

static size_t skip_space(tn__bytes bytes)
{
    size_t at = 0;
    while (at < bytes.size && is_space(bytes.data[at]))
        at++;
    return at;
}

static bool begins(tn__bytes bytes, const char *word)
{
    const size_t at = skip_space(bytes), length = strlen(word);
    return bytes.size - at >= length &&
           strncasecmp((const char *)bytes.data + at, word, length) == 0;
}

/* True if there are no control characters except white space, and no bytes that UTF-8 never uses.
 */
static bool is_text(tn__bytes bytes)
{
    const size_t n = bytes.size < TEXT_PROBE_BYTES ? bytes.size : TEXT_PROBE_BYTES;
    for (size_t k = 0; k < n; k++) {
        const uint8_t byte = bytes.data[k];
        const bool control = byte == 0x7f || (byte < 0x20 && !is_space(byte));
        if (control || byte == 0xc0 || byte == 0xc1 || byte >= 0xf5)
            return false;
    }
    return true;
}

static bool is_zero(tn__bytes bytes)
{
    for (size_t k = 0; k < bytes.size; k++)
        if (bytes.data[k])
            return false;
    return true;
}

static const char *name_of(tn__bytes bytes)
{
    if (bytes.size == 0)
        return "empty file";
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
        if (matches(bytes, &known[k]))
            return known[k].name;
    if (begins(bytes, "<!doctype html") || begins(bytes, "<html"))
        return "text/HTML";
    if (begins(bytes, "<svg"))
        return "an SVG file";
    if (begins(bytes, "<?xml"))
        return "text/XML";
    if (is_zero(bytes))
        return "only zero bytes";
    return is_text(bytes) ? "text" : NULL;
}

void tn__describe(tn__bytes bytes, char text[TN__DESCRIBE_BYTES])
{
    const char *const name = name_of(bytes);
    if (name) {
        snprintf(text, TN__DESCRIBE_BYTES, "%s", name);
        return;
    }
    int length = snprintf(text, TN__DESCRIBE_BYTES, "unknown (bytes");
    for (size_t k = 0; k < 4 && k < bytes.size; k++)
        length +=
            snprintf(text + length, (size_t)(TN__DESCRIBE_BYTES - length), " %02x", bytes.data[k]);
    snprintf(text + length, (size_t)(TN__DESCRIBE_BYTES - length), ")");
}
