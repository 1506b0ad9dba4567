/* SPDX-License-Identifier: MIT */
/* Reads and writes the head of a striped image. See record.h. */
#include "codec/stripes/record.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "codec/rows.h"
#include "cpu/checksum.h"
#include "tench.h"

enum { VERSION_AT = 7, MOST_ROW_BYTES = INT32_MAX / 4 };

static const uint8_t magic[TN__STRIPES_MAGIC_BYTES] = {0x8a, 'T', 'N', 'S', 'T', 'R', 'P', 1};

_Static_assert(TN__ROW_GREY8 == 1 && TN__ROW_GREY_ALPHA8 == 2 && TN__ROW_RGB8 == 3 &&
                   TN__ROW_RGBA8 == 4 && TN__ROW_PALETTE8 == 11 && TN__ROW_GREY16 == 12 &&
                   TN__ROW_GREY_ALPHA16 == 13 && TN__ROW_RGB16 == 14 && TN__ROW_RGBA16 == 15,
               "kinds of rows as in PACK.md");

/* By their numbers on disk. */
static const char *const formats[] = {NULL, "png", "bmp", "webp", "tiff"};
enum { N_FORMATS = sizeof formats / sizeof formats[0] };

bool tn__stripes_is(tn__bytes bytes)
{
    return bytes.size >= sizeof magic && memcmp(bytes.data, magic, VERSION_AT) == 0;
}

int32_t tn__stripes_format(const char *format)
{
    int32_t number = N_FORMATS - 1;
    while (number > 0 && strcmp(formats[number], format) != 0)
        number--;
    return number;
}

int32_t tn__stripes_pixel(int32_t kind)
{
    static const int8_t pixels[TN__ROW_KINDS] = {
        [TN__ROW_GREY8] = 1,        [TN__ROW_GREY_ALPHA8] = 2, [TN__ROW_RGB8] = 3,
        [TN__ROW_RGBA8] = 4,        [TN__ROW_PALETTE8] = 1,    [TN__ROW_GREY16] = 2,
        [TN__ROW_GREY_ALPHA16] = 4, [TN__ROW_RGB16] = 6,       [TN__ROW_RGBA16] = 8,
    };
    return kind > 0 && kind < TN__ROW_KINDS ? pixels[kind] : 0;
}

int32_t tn__stripes_count(const tn__stripes_image *image)
{
    return (int32_t)(((int64_t)image->info.h + image->n_rows - 1) / image->n_rows);
}

size_t tn__stripes_row_bytes(const tn__stripes_image *image)
{
    return 1 + (size_t)image->info.w * (size_t)tn__stripes_pixel(image->kind);
}

static int fail_head(const char *what)
{
    tn__fail(TN_EDECODE, "striped image: %s", what);
    return TN_EDECODE;
}

/* Sizes that no file can have, or that would make a stripe too long. */
static bool check_sizes(const tn__stripes_image *image)
{
    const tn__info *const info = &image->info;
    return info->w > 0 && info->h > 0 && image->n_rows > 0 &&
           image->n_rows <= TN__STRIPES_ROWS_MOST && tn__stripes_pixel(image->kind) > 0 &&
           (int64_t)info->w * tn__stripes_pixel(image->kind) <= MOST_ROW_BYTES;
}

static bool check_image(const tn__stripes_image *image)
{
    const tn__info *const info = &image->info;
    const bool has_colours = image->kind == TN__ROW_PALETTE8;
    const bool is_wide = image->kind == TN__ROW_GREY16 || image->kind == TN__ROW_GREY_ALPHA16 ||
                         image->kind == TN__ROW_RGB16 || image->kind == TN__ROW_RGBA16;
    const bool one_number = has_colours || image->kind == TN__ROW_GREY8;
    return (info->channels == 1 || info->channels == 3 || info->channels == 4) &&
           info->bits == (is_wide ? 16 : 8) && info->orientation >= 1 && info->orientation <= 8 &&
           has_colours == (image->n_colours > 0) && image->n_colours <= TN__STRIPES_COLOURS_MOST &&
           (one_number || !tn__info_has_mode(info, TN_INDICES));
}

/* Reads the fixed fields. */
static int read_image(const uint8_t *data, tn__stripes_image *image)
{
    const uint8_t format = data[TN__STRIPES_FORMAT], flags = data[TN__STRIPES_FLAGS];
    const uint32_t w = tn__get_32(data + TN__STRIPES_W), h = tn__get_32(data + TN__STRIPES_H);
    const uint32_t n_rows = tn__get_32(data + TN__STRIPES_STRIPE_ROWS);
    *image = (tn__stripes_image){
        .kind = data[TN__STRIPES_KIND],
        .n_rows = n_rows <= TN__STRIPES_ROWS_MOST ? (int32_t)n_rows : 0,
        .n_colours = tn__get_16(data + TN__STRIPES_COLOURS),
    };
    if (format == 0 || format >= N_FORMATS)
        return fail_head("its format is unknown");
    image->info = (tn__info){
        .w = w <= INT32_MAX ? (int32_t)w : 0,
        .h = h <= INT32_MAX ? (int32_t)h : 0,
        .channels = data[TN__STRIPES_CHANNELS],
        .bits = data[TN__STRIPES_BITS],
        .file_channels = data[TN__STRIPES_FILE_CHANNELS],
        .file_bits = data[TN__STRIPES_FILE_BITS],
        .has_palette = flags & TN__STRIPES_HAS_PALETTE,
        .progressive = flags & TN__STRIPES_PROGRESSIVE,
        .orientation = data[TN__STRIPES_ORIENTATION],
        .no_aid = TN__AID_FORMAT,
        .format = formats[format],
    };
    return check_sizes(image) && check_image(image) ? TN_OK : fail_head("its header is impossible");
}

/* Finds palette and table, which follow the fixed fields, and checks the checksum of all three. */
static int find_parts(tn__stripes_record *record, bool head)
{
    const tn__bytes bytes = record->bytes;
    const uint64_t size = tn__get_64(bytes.data + TN__STRIPES_SIZE);
    const uint64_t n_colours = (uint64_t)record->image.n_colours;
    const uint64_t table_at = TN__STRIPES_HEAD + n_colours * TN__STRIPES_COLOUR;
    const uint64_t stripes_at =
        table_at + (uint64_t)tn__stripes_count(&record->image) * TN__STRIPES_ENTRY;
    if (head ? size < bytes.size : size != bytes.size)
        return tn__fail(TN_EDECODE, "striped image: it has %zu bytes, but its header says %llu",
                        bytes.size, (unsigned long long)size);
    if (stripes_at > bytes.size)
        return fail_head(head ? "its head exceeds the bytes that were read"
                              : "its parts exceed its size");
    memcpy(record->image.palette, bytes.data + TN__STRIPES_HEAD, n_colours * TN__STRIPES_COLOUR);
    record->table = bytes.data + table_at;
    record->stripes_at = (size_t)stripes_at;
    return tn__checksum(bytes.data + TN__STRIPES_SIZE, (size_t)stripes_at - TN__STRIPES_SIZE) ==
                   tn__get_64(bytes.data + TN__STRIPES_CHECKSUM)
               ? TN_OK
               : fail_head("its header is damaged");
}

/* The stripes must follow each other without gaps, up to the end of the record. */
static int check_stripes(const tn__stripes_record *record)
{
    const int32_t n = tn__stripes_count(&record->image);
    uint32_t before = 0;
    for (int32_t k = 0; k < n; k++) {
        const uint32_t end = tn__get_32(record->table + (size_t)k * TN__STRIPES_ENTRY);
        if (end <= before)
            return fail_head("its stripes overlap");
        before = end;
    }
    return record->stripes_at + (uint64_t)before ==
                   tn__get_64(record->bytes.data + TN__STRIPES_SIZE)
               ? TN_OK
               : fail_head("its stripes do not fill it");
}

int tn__stripes_read(tn__bytes bytes, bool head, tn__stripes_record *record)
{
    if (!tn__stripes_is(bytes) || bytes.size < TN__STRIPES_HEAD)
        return fail_head("it is truncated");
    if (bytes.data[VERSION_AT] != magic[VERSION_AT])
        return tn__fail(TN_EDECODE, "striped image of version %d; this build reads version %d",
                        bytes.data[VERSION_AT], magic[VERSION_AT]);
    *record = (tn__stripes_record){.bytes = bytes,
                                   .file_size = tn__get_64(bytes.data + TN__STRIPES_FILE_SIZE),
                                   .file_hash = bytes.data + TN__STRIPES_FILE_HASH};
    int status = read_image(bytes.data, &record->image);
    if (status == TN_OK)
        status = find_parts(record, head);
    return status == TN_OK ? check_stripes(record) : status;
}

int tn__stripes_stripe(const tn__stripes_record *record, int32_t stripe, tn__bytes *out)
{
    const uint8_t *const entry = record->table + (size_t)stripe * TN__STRIPES_ENTRY;
    const uint32_t begin = stripe > 0 ? tn__get_32(entry - TN__STRIPES_ENTRY) : 0;
    *out = (tn__bytes){record->bytes.data + record->stripes_at + begin, tn__get_32(entry) - begin};
    if ((uint32_t)tn__checksum(out->data, out->size) == tn__get_32(entry + 4))
        return TN_OK;
    return tn__fail(TN_EDECODE, "striped image: stripe %d is damaged", stripe);
}

static void put_head(const tn__stripes_image *image, tn__bytes file, uint64_t size, uint8_t *at)
{
    const tn__info *const info = &image->info;
    memcpy(at, magic, sizeof magic);
    tn__put_64(at + TN__STRIPES_SIZE, size);
    tn__put_64(at + TN__STRIPES_FILE_SIZE, file.size);
    tn__hash_128(file.data, file.size, at + TN__STRIPES_FILE_HASH);
    tn__put_32(at + TN__STRIPES_W, (uint32_t)info->w);
    tn__put_32(at + TN__STRIPES_H, (uint32_t)info->h);
    tn__put_32(at + TN__STRIPES_STRIPE_ROWS, (uint32_t)image->n_rows);
    tn__put_16(at + TN__STRIPES_COLOURS, (uint16_t)image->n_colours);
    at[TN__STRIPES_FORMAT] = (uint8_t)tn__stripes_format(info->format);
    at[TN__STRIPES_KIND] = (uint8_t)image->kind;
    at[TN__STRIPES_CHANNELS] = (uint8_t)info->channels;
    at[TN__STRIPES_BITS] = (uint8_t)info->bits;
    at[TN__STRIPES_FILE_CHANNELS] = (uint8_t)info->file_channels;
    at[TN__STRIPES_FILE_BITS] = (uint8_t)info->file_bits;
    at[TN__STRIPES_ORIENTATION] = (uint8_t)info->orientation;
    at[TN__STRIPES_FLAGS] = (uint8_t)((info->has_palette ? TN__STRIPES_HAS_PALETTE : 0) |
                                      (info->progressive ? TN__STRIPES_PROGRESSIVE : 0));
}

int tn__stripes_write(const tn__stripes_image *image, tn__bytes file, const tn__blob *table,
                      const tn__blob *stripes, tn__blob *out)
{
    out->size = 0;
    int status = tn__blob_add(out, NULL, TN__STRIPES_HEAD);
    if (status == TN_OK)
        status = tn__blob_add(out, image->palette, (size_t)image->n_colours * TN__STRIPES_COLOUR);
    if (status == TN_OK)
        status = tn__blob_add(out, table->bytes, table->size);
    const size_t stripes_at = out->size;
    if (status == TN_OK)
        status = tn__blob_add(out, stripes->bytes, stripes->size);
    if (status != TN_OK)
        return status;
    put_head(image, file, out->size, out->bytes);
    tn__put_64(out->bytes + TN__STRIPES_CHECKSUM,
               tn__checksum(out->bytes + TN__STRIPES_SIZE, stripes_at - TN__STRIPES_SIZE));
    return TN_OK;
}
