/* SPDX-License-Identifier: MIT */
/* Finds the orientation of a photograph. See exif.h.
 *
 * The Exif segment contains a TIFF file whose first directory may have tag 274. Without it, the XMP
 * segment may have tiff:Orientation. Damaged metadata gives the same result as in Pillow: a value
 * outside of the data ends the directory, an entry of unknown type is skipped, and only the first
 * entry of a tag counts. */
#include "codec/exif.h"

#include <string.h>

#include "base/bytes.h"

enum { ORIENTATION = 274, N_TAGS = 1 << 16, ENTRY_BYTES = 12, PREFIX_BYTES = 6 };
enum { MARKER_SOS = 0xda, MARKER_APP1 = 0xe1 };
enum { ABSENT = -1, HEAD_BYTES = 8, VALUE_BYTES = 8 };
enum {
    TYPE_SHORT = 3,
    TYPE_LONG = 4,
    TYPE_RATIONAL = 5,
    TYPE_SBYTE = 6,
    TYPE_SSHORT = 8,
    TYPE_SLONG = 9,
    TYPE_SRATIONAL = 10,
    TYPE_FLOAT = 11,
    TYPE_DOUBLE = 12,
    TYPE_IFD = 13,
    TYPE_LONG8 = 16
};

static const char exif_prefix[PREFIX_BYTES] = "Exif\0";
static const char xmp_prefix[] = "http://ns.adobe.com/xap/1.0/"; /* includes its NUL */

/* A place among the marker segments before the first scan. */
typedef struct walk {
    tn__bytes jpeg;
    size_t at;
} walk;

/* The TIFF file in one or more consecutive Exif segments. Reading forward visits each segment once,
 * so the time for a directory does not depend on the number of segments. */
typedef struct tiff_stream {
    walk begin; /* before the first Exif segment */
    size_t size;
    size_t skipped; /* bytes of a second prefix before the TIFF file */
    bool big_endian;
    walk next;
    tn__bytes piece;
    size_t piece_at; /* place of its first byte, counted with the second prefix */
} tiff_stream;

typedef struct metadata {
    tiff_stream exif;
    tn__bytes xmp; /* the last XMP segment */
} metadata;

typedef struct directory_entry {
    uint32_t tag, type;
    uint64_t n_bytes;
    const uint8_t *value; /* the value itself, or its offset */
} directory_entry;

static bool starts_with(tn__bytes bytes, const char *prefix, size_t length)
{
    return bytes.size >= length && memcmp(bytes.data, prefix, length) == 0;
}

static tn__bytes after(tn__bytes bytes, size_t offset)
{
    return (tn__bytes){bytes.data + offset, bytes.size - offset};
}

/* Markers without a length: TEM, RST0…7, SOI, EOI; 0 is a stuffed byte and 0xff a fill byte. */
static bool is_bare(uint8_t marker)
{
    return marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd9) || marker == 0xff;
}

/* Finds the next APP1 segment. A length below 2 means an empty segment, as in libjpeg. */
static bool next_app1(walk *place, tn__bytes *content)
{
    const tn__bytes jpeg = place->jpeg;
    size_t at = place->at;
    while (at + 4 <= jpeg.size) {
        const uint8_t marker = jpeg.data[at + 1];
        if (jpeg.data[at] != 0xff || is_bare(marker)) {
            at += jpeg.data[at] == 0xff && marker != 0xff ? 2 : 1;
            continue;
        }
        const size_t length = tn__get_16_big(jpeg.data + at + 2);
        const size_t n_bytes = length > 2 ? length - 2 : 0;
        if (marker == MARKER_SOS || n_bytes > jpeg.size - at - 4)
            break;
        *content = (tn__bytes){jpeg.data + at + 4, n_bytes};
        at += 4 + n_bytes;
        if (marker == MARKER_APP1) {
            place->at = at;
            return true;
        }
    }
    return false;
}

static bool next_piece(walk *place, tn__bytes *piece)
{
    tn__bytes content;
    while (next_app1(place, &content)) {
        if (!starts_with(content, exif_prefix, PREFIX_BYTES))
            continue;
        *piece = after(content, PREFIX_BYTES);
        return true;
    }
    return false;
}

/* Copies n bytes; the caller has checked that they exist. */
static void read_bytes(tiff_stream *tiff, size_t at, uint8_t *out, size_t n)
{
    at += tiff->skipped;
    if (at < tiff->piece_at) {
        tiff->next = tiff->begin;
        tiff->piece = (tn__bytes){0};
        tiff->piece_at = 0;
    }
    for (size_t k = 0; k < n; k++) {
        while (at + k >= tiff->piece_at + tiff->piece.size) {
            tiff->piece_at += tiff->piece.size;
            (void)next_piece(&tiff->next, &tiff->piece);
        }
        out[k] = tiff->piece.data[at + k - tiff->piece_at];
    }
}

/* Some writers put the prefix twice. */
static void skip_second_prefix(tiff_stream *tiff)
{
    uint8_t bytes[PREFIX_BYTES];
    if (tiff->size < PREFIX_BYTES)
        return;
    read_bytes(tiff, 0, bytes, PREFIX_BYTES);
    if (memcmp(bytes, exif_prefix, PREFIX_BYTES) != 0)
        return;
    tiff->skipped = PREFIX_BYTES;
    tiff->size -= PREFIX_BYTES;
}

static metadata find_segments(tn__bytes jpeg)
{
    metadata found = {0};
    walk place = {jpeg, 2};
    found.exif.begin = found.exif.next = place;
    tn__bytes content;
    while (next_app1(&place, &content)) {
        if (starts_with(content, exif_prefix, PREFIX_BYTES))
            found.exif.size += content.size - PREFIX_BYTES;
        else if (starts_with(content, xmp_prefix, sizeof xmp_prefix))
            found.xmp = after(content, sizeof xmp_prefix);
    }
    skip_second_prefix(&found.exif);
    return found;
}

static uint64_t number(const tiff_stream *tiff, const uint8_t *bytes, size_t n_bytes)
{
    uint64_t value = 0;
    for (size_t k = 0; k < n_bytes; k++)
        value = value << 8 | bytes[tiff->big_endian ? k : n_bytes - 1 - k];
    return value;
}

static size_t type_bytes(uint32_t type)
{
    static const uint8_t bytes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8};
    return type < sizeof bytes ? bytes[type] : 0;
}

/* The quotient, or 1 if it is not an integer. */
static double quotient(int64_t numerator, int64_t denominator)
{
    if (denominator == 0 || numerator % denominator != 0)
        return 1;
    const int64_t whole = numerator / denominator;
    return (double)whole;
}

static double to_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static double to_double(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The first number of an entry, or 1 if it has none. Pillow accepts any number that equals an
 * integer. A negative integer may become a positive one here, because both are out of range. */
static double first_number(const tiff_stream *tiff, uint32_t type, const uint8_t *bytes)
{
    const uint64_t bits = number(tiff, bytes, type_bytes(type));
    switch (type) {
    case TYPE_SHORT:
    case TYPE_LONG:
    case TYPE_SBYTE:
    case TYPE_SSHORT:
    case TYPE_SLONG:
    case TYPE_IFD:
    case TYPE_LONG8: return (double)bits;
    case TYPE_RATIONAL:
        return quotient((int64_t)number(tiff, bytes, 4), (int64_t)number(tiff, bytes + 4, 4));
    case TYPE_SRATIONAL:
        return quotient((int32_t)number(tiff, bytes, 4), (int32_t)number(tiff, bytes + 4, 4));
    case TYPE_FLOAT: return to_float((uint32_t)bits);
    case TYPE_DOUBLE: return to_double(bits);
    default: return 1; /* text or bytes */
    }
}

static int32_t entry_value(tiff_stream *tiff, const directory_entry *entry, size_t outside_at)
{
    uint8_t bytes[VALUE_BYTES] = {0};
    if (entry->n_bytes > 4)
        read_bytes(tiff, outside_at, bytes, type_bytes(entry->type));
    else
        memcpy(bytes, entry->value, 4);
    const double value = first_number(tiff, entry->type, bytes);
    for (int32_t orientation = 2; orientation <= 8; orientation++)
        if (value == orientation)
            return orientation;
    return 1;
}

static directory_entry parse_entry(const tiff_stream *tiff, const uint8_t *bytes)
{
    directory_entry entry = {.tag = (uint32_t)number(tiff, bytes, 2),
                             .type = (uint32_t)number(tiff, bytes + 2, 2),
                             .value = bytes + 8};
    entry.n_bytes = number(tiff, bytes + 4, 4) * type_bytes(entry.type);
    return entry;
}

/* Looks for the orientation in the first directory. Values outside of the entries may have as many
 * bytes in all as the data; entries beyond that are skipped. */
static int32_t search_directory(tiff_stream *tiff, size_t at)
{
    uint8_t bytes[ENTRY_BYTES];
    uint8_t seen[N_TAGS / 8] = {0};
    if (at > tiff->size - 2)
        return ABSENT;
    read_bytes(tiff, at, bytes, 2);
    const uint64_t n_entries = number(tiff, bytes, 2);
    uint64_t outside_bytes = 0;
    at += 2;
    for (uint64_t k = 0; k < n_entries; k++, at += ENTRY_BYTES) {
        if (tiff->size < ENTRY_BYTES || at > tiff->size - ENTRY_BYTES)
            return ABSENT;
        read_bytes(tiff, at, bytes, ENTRY_BYTES);
        const directory_entry entry = parse_entry(tiff, bytes);
        if (entry.n_bytes == 0 || (seen[entry.tag / 8] >> entry.tag % 8 & 1))
            continue;
        size_t outside_at = 0;
        if (entry.n_bytes > 4) {
            outside_bytes += entry.n_bytes;
            if (outside_bytes > tiff->size)
                continue;
            outside_at = number(tiff, entry.value, 4);
            if (outside_at > tiff->size - (size_t)entry.n_bytes)
                return ABSENT;
        }
        if (entry.tag == ORIENTATION)
            return entry_value(tiff, &entry, outside_at);
        seen[entry.tag / 8] |= (uint8_t)(1 << entry.tag % 8);
    }
    return ABSENT;
}

/* Like Pillow, accepts a magic number with swapped bytes, and big-endian BigTIFF's instead of
 * TIFF's.
 */
static bool is_tiff(const uint8_t *head)
{
    static const char heads[][5] = {"MM\0*", "II*", "MM*", "II\0*", "MM\0+"};
    for (size_t k = 0; k < sizeof heads / sizeof heads[0]; k++)
        if (memcmp(head, heads[k], 4) == 0)
            return true;
    return false;
}

/* A stream with any other header counts as one without an orientation. */
static int32_t search_exif(tiff_stream *tiff)
{
    uint8_t head[HEAD_BYTES];
    if (tiff->size == 0)
        return ABSENT;
    if (tiff->size < HEAD_BYTES)
        return 1;
    read_bytes(tiff, 0, head, HEAD_BYTES);
    tiff->big_endian = head[0] == 'M';
    return is_tiff(head) ? search_directory(tiff, number(tiff, head + 4, 4)) : 1;
}

/* Looks for the first tiff:Orientation="6" or <tiff:Orientation>6. */
static int32_t search_xmp(tn__bytes xmp)
{
    static const char name[] = "tiff:Orientation";
    const size_t length = sizeof name - 1;
    while (xmp.size > length) {
        const uint8_t *const hit = memmem(xmp.data, xmp.size, name, length);
        if (!hit)
            break;
        xmp = after(xmp, (size_t)(hit - xmp.data) + length);
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

/* 0: absent. */
static int32_t search(metadata *found)
{
    int32_t value = search_exif(&found->exif);
    if (value == ABSENT)
        value = search_xmp(found->xmp);
    if (value == ABSENT)
        return 0;
    return value >= 1 && value <= 8 ? value : 1;
}

int32_t tn__exif_orientation(tn__bytes jpeg)
{
    metadata found = find_segments(jpeg);
    const int32_t value = search(&found);
    return value ? value : 1;
}

int32_t tn__exif_orientation_of(tn__bytes exif, tn__bytes xmp)
{
    while (starts_with(exif, exif_prefix, PREFIX_BYTES))
        exif = after(exif, PREFIX_BYTES);
    metadata found = {.exif = {.size = exif.size, .piece = exif}, .xmp = xmp};
    return search(&found);
}
