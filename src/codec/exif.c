/* SPDX-License-Identifier: MIT */
/* Orientation of a photograph. See exif.h.
 *
 * The Exif segment holds a TIFF file whose first directory may have tag 274; failing that, the XMP
 * segment may name tiff:Orientation. What a damaged directory yields follows Pillow: a value that
 * lies outside of the data ends the directory, an entry of unknown type is passed over. */
#include "codec/exif.h"

#include <string.h>

enum { ORIENTATION = 274, ENTRY_BYTES = 12, PREFIX_BYTES = 6 };
enum { ORDER_BIG = 0x4d4d, ORDER_LITTLE = 0x4949 };
enum { MARKER_SOS = 0xda, MARKER_APP1 = 0xe1 };
enum { TYPE_SHORT = 3, TYPE_LONG = 4, TYPE_SSHORT = 8, TYPE_SLONG = 9, TYPE_IFD = 13 };
enum { ABSENT = -1, HEAD_BYTES = 8, MAX_PIECES = 8 };

static const char exif_prefix[PREFIX_BYTES] = "Exif\0";
static const char xmp_prefix[] = "http://ns.adobe.com/xap/1.0/"; /* its NUL belongs to it */

/* A TIFF file in one or more Exif segments that continue each other. */
typedef struct tiff_stream {
    tn__bytes pieces[MAX_PIECES];
    int n_pieces;
    size_t size;
    bool big_endian;
} tiff_stream;

typedef struct metadata {
    tiff_stream exif;
    tn__bytes xmp; /* of the last XMP segment */
} metadata;

static bool starts_with(tn__bytes bytes, const char *prefix, size_t length)
{
    return bytes.size >= length && memcmp(bytes.data, prefix, length) == 0;
}

static tn__bytes behind(tn__bytes bytes, size_t offset)
{
    return (tn__bytes){bytes.data + offset, bytes.size - offset};
}

static void add_piece(tiff_stream *tiff, tn__bytes content)
{
    /* Some writers put the prefix there twice. */
    if (tiff->n_pieces == 0 && starts_with(content, exif_prefix, PREFIX_BYTES))
        content = behind(content, PREFIX_BYTES);
    if (tiff->n_pieces == MAX_PIECES)
        return;
    tiff->pieces[tiff->n_pieces++] = content;
    tiff->size += content.size;
}

static void take_segment(metadata *found, tn__bytes segment)
{
    if (starts_with(segment, exif_prefix, PREFIX_BYTES)) {
        add_piece(&found->exif, behind(segment, PREFIX_BYTES));
    } else if (starts_with(segment, xmp_prefix, sizeof xmp_prefix)) {
        found->xmp = behind(segment, sizeof xmp_prefix);
    }
}

/* Markers without a length: TEM, RST0…7, SOI, EOI; 0 is a stuffed byte and 0xff a fill byte. */
static bool is_bare(uint8_t marker)
{
    return marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd9) || marker == 0xff;
}

static metadata find_segments(tn__bytes jpeg)
{
    metadata found = {0};
    size_t at = 0;
    while (at + 4 <= jpeg.size) {
        const uint8_t marker = jpeg.data[at + 1];
        if (jpeg.data[at] != 0xff || is_bare(marker)) {
            at += jpeg.data[at] == 0xff && marker != 0xff ? 2 : 1;
            continue;
        }
        const size_t length = (size_t)jpeg.data[at + 2] << 8 | jpeg.data[at + 3];
        if (marker == MARKER_SOS || length < 2 || length > jpeg.size - at - 2)
            break;
        if (marker == MARKER_APP1)
            take_segment(&found, (tn__bytes){jpeg.data + at + 4, length - 2});
        at += 2 + length;
    }
    return found;
}

/* The caller has checked that it is there. */
static uint8_t byte_at(const tiff_stream *tiff, size_t at)
{
    int piece = 0;
    while (at >= tiff->pieces[piece].size)
        at -= tiff->pieces[piece++].size;
    return tiff->pieces[piece].data[at];
}

/* An unsigned number of 2 or 4 bytes, which are there. */
static uint32_t number(const tiff_stream *tiff, size_t at, int n_bytes)
{
    uint32_t value = 0;
    for (int k = 0; k < n_bytes; k++)
        value = value << 8 | byte_at(tiff, at + (size_t)(tiff->big_endian ? k : n_bytes - 1 - k));
    return value;
}

static size_t type_bytes(uint32_t type)
{
    static const uint8_t bytes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8};
    return type < sizeof bytes ? bytes[type] : 0;
}

/* The value of an orientation entry: 1 where it is no integer or none of 1…8. */
static int32_t entry_value(const tiff_stream *tiff, uint32_t type, size_t at)
{
    const int n_bytes = (int)type_bytes(type);
    const bool integer = type == TYPE_SHORT || type == TYPE_LONG || type == TYPE_SSHORT ||
                         type == TYPE_SLONG || type == TYPE_IFD;
    if (!integer)
        return 1;
    const uint32_t value = number(tiff, at, n_bytes);
    return value >= 1 && value <= 8 ? (int32_t)value : 1;
}

static int32_t search_directory(const tiff_stream *tiff, size_t at)
{
    if (at > tiff->size - 2)
        return ABSENT;
    const uint32_t n_entries = number(tiff, at, 2);
    uint64_t outside_bytes = 0;
    at += 2;
    for (uint32_t entry = 0; entry < n_entries; entry++, at += ENTRY_BYTES) {
        if (tiff->size < ENTRY_BYTES || at > tiff->size - ENTRY_BYTES)
            return ABSENT;
        const uint32_t tag = number(tiff, at, 2), type = number(tiff, at + 2, 2);
        const uint64_t size = (uint64_t)number(tiff, at + 4, 4) * type_bytes(type);
        size_t value_at = at + 8;
        if (size == 0)
            continue;
        if (size > 4) {
            outside_bytes += size;
            if (outside_bytes > tiff->size)
                continue;
            value_at = number(tiff, value_at, 4);
            if (value_at > tiff->size - (size_t)size)
                return ABSENT;
        }
        if (tag == ORIENTATION)
            return entry_value(tiff, type, value_at);
    }
    return ABSENT;
}

/* A stream with another header is present, but says nothing. */
static int32_t search_exif(tiff_stream *tiff)
{
    if (tiff->size == 0)
        return ABSENT;
    if (tiff->size < HEAD_BYTES)
        return 1;
    const uint32_t order = number(tiff, 0, 2), magic = number(tiff, 2, 2);
    tiff->big_endian = order == ORDER_BIG;
    if ((order != ORDER_BIG && order != ORDER_LITTLE) || (magic != 42 && magic != 42 << 8))
        return 1;
    return search_directory(tiff, number(tiff, 4, 4));
}

/* tiff:Orientation="6" or <tiff:Orientation>6, whichever comes first. */
static int32_t search_xmp(tn__bytes xmp)
{
    static const char name[] = "tiff:Orientation";
    const size_t length = sizeof name - 1;
    while (xmp.size > length) {
        const uint8_t *const hit = memmem(xmp.data, xmp.size, name, length);
        if (!hit)
            break;
        xmp = behind(xmp, (size_t)(hit - xmp.data) + length);
        size_t digit = xmp.size;
        if (starts_with(xmp, ">", 1))
            digit = 1;
        else if (starts_with(xmp, "=\"", 2))
            digit = 2;
        if (digit < xmp.size && xmp.data[digit] >= '0' && xmp.data[digit] <= '9')
            return xmp.data[digit] - '0';
    }
    return ABSENT;
}

int32_t tn__exif_orientation(tn__bytes jpeg)
{
    metadata found = find_segments(jpeg);
    int32_t value = search_exif(&found.exif);
    if (value == ABSENT)
        value = search_xmp(found.xmp);
    return value >= 1 && value <= 8 ? value : 1;
}
