/* SPDX-License-Identifier: MIT */
/* Reads the first directory of a TIFF file. See directory.h. */
#include "codec/tiff/directory.h"

#include <string.h>

enum {
    TYPE_SHORT = 3,
    TYPE_LONG = 4,
    TYPE_SSHORT = 8,
    TYPE_SLONG = 9,
    TYPE_IFD = 13,
    TYPE_LONG8 = 16
};
enum { N_TAGS = 1 << 16 };

static const char heads[][5] = {"MM\0*", "II*", "MM*", "II\0*", "MM\0+", "II+"};

bool tn__tiff_sniff(tn__bytes file)
{
    for (size_t k = 0; k < sizeof heads / sizeof heads[0]; k++)
        if (file.size >= 4 && memcmp(file.data, heads[k], 4) == 0)
            return true;
    return false;
}

static uint64_t number(const tn__tiff *tiff, size_t at, size_t n_bytes)
{
    uint64_t value = 0;
    for (size_t k = 0; k < n_bytes; k++)
        value = value << 8 | tiff->file.data[at + (tiff->big_endian ? k : n_bytes - 1 - k)];
    return value;
}

static bool is_inside(const tn__tiff *tiff, uint64_t at, uint64_t n_bytes)
{
    return n_bytes <= tiff->file.size && at <= tiff->file.size - n_bytes;
}

bool tn__tiff_open(tn__bytes file, tn__tiff *tiff)
{
    *tiff = (tn__tiff){.file = file};
    if (!tn__tiff_sniff(file))
        return false;
    tiff->big_endian = file.data[0] == 'M';
    tiff->is_big = file.data[2] == '+';
    /* "MM\0+" has its mark in the fourth byte, and Pillow takes it for a plain TIFF. */
    const size_t place = tiff->is_big ? 8 : 4, n_bytes = tiff->is_big ? 8 : 4;
    if (!is_inside(tiff, place, n_bytes))
        return false;
    const uint64_t at = number(tiff, place, n_bytes);
    if (at == 0 || !is_inside(tiff, at, tiff->is_big ? 8 : 2))
        return false;
    tiff->directory = (size_t)at;
    return true;
}

static size_t type_bytes(uint64_t type)
{
    static const uint8_t bytes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8};
    return type < sizeof bytes ? bytes[type] : 0;
}

/* Bytes of n values; of an unknown type they have none. */
static uint64_t value_bytes(uint64_t type, uint64_t n)
{
    const size_t size = type_bytes(type);
    return size > 0 && n > UINT64_MAX / size ? UINT64_MAX : n * size;
}

/* The sizes of a directory's parts. */
typedef struct form {
    size_t count, entry, number; /* bytes of the count, of an entry, of an offset */
} form;

static form form_of(const tn__tiff *tiff)
{
    return tiff->is_big ? (form){8, 20, 8} : (form){2, 12, 4};
}

/* Where a directory has come. */
typedef struct walk {
    size_t at;     /* of the next entry */
    uint64_t left; /* entries */
    /* Bytes of values that do not fit into entries. Once they are more than the file has, no
     * further such entry counts. */
    uint64_t outside;
} walk;

/* Reads the values of the entry at the walk's place. False: the directory ends there. A type of 0
 * means that the entry does not count. */
static bool read_entry(const tn__tiff *tiff, walk *place, tn__tiff_tag *out)
{
    const form sizes = form_of(tiff);
    const uint64_t type = number(tiff, place->at + 2, 2),
                   n = number(tiff, place->at + 4, sizes.number);
    const size_t field = place->at + 4 + sizes.number;
    const uint64_t n_bytes = value_bytes(type, n);
    *out = (tn__tiff_tag){0};
    if (n_bytes == 0)
        return true;
    size_t start = field;
    if (n_bytes > sizes.number) {
        const uint64_t at = number(tiff, field, sizes.number);
        if (at > INT64_MAX)
            return true;
        if (n_bytes > tiff->file.size - place->outside) {
            place->outside = tiff->file.size; /* values of more bytes than the file has */
            return true;
        }
        place->outside += n_bytes;
        if (!is_inside(tiff, at, n_bytes))
            return false;
        start = (size_t)at;
    }
    *out = (tn__tiff_tag){(int32_t)type, n, {tiff->file.data + start, (size_t)n_bytes}};
    return true;
}

bool tn__tiff_is_whole(const tn__tiff *tiff)
{
    const form sizes = form_of(tiff);
    size_t at = tiff->directory + sizes.count;
    for (uint64_t left = number(tiff, tiff->directory, sizes.count); left > 0; left--) {
        if (!is_inside(tiff, at, sizes.entry))
            return false;
        const size_t field = at + 4 + sizes.number;
        const uint64_t n_bytes =
            value_bytes(number(tiff, at + 2, 2), number(tiff, at + 4, sizes.number));
        if (n_bytes > sizes.number && !is_inside(tiff, number(tiff, field, sizes.number), n_bytes))
            return false;
        at += sizes.entry;
    }
    return true;
}

bool tn__tiff_is_alone(const tn__tiff *tiff)
{
    const form sizes = form_of(tiff);
    const uint64_t n = number(tiff, tiff->directory, sizes.count);
    const uint64_t most = (tiff->file.size - tiff->directory) / sizes.entry;
    const size_t next = tiff->directory + sizes.count + (size_t)(n < most ? n : most) * sizes.entry;
    return n > most || !is_inside(tiff, next, sizes.number) ||
           number(tiff, next, sizes.number) == 0;
}

tn__tiff_tag tn__tiff_find(const tn__tiff *tiff, uint32_t tag)
{
    const form sizes = form_of(tiff);
    uint8_t seen[N_TAGS / 8] = {0};
    walk entries = {.at = tiff->directory + sizes.count,
                    .left = number(tiff, tiff->directory, sizes.count)};
    for (; entries.left > 0 && is_inside(tiff, entries.at, sizes.entry); entries.left--) {
        const uint32_t found = (uint32_t)number(tiff, entries.at, 2);
        tn__tiff_tag values = {0};
        if (!(seen[found / 8] >> found % 8 & 1) && !read_entry(tiff, &entries, &values))
            break;
        if (values.type && found == tag)
            return values;
        if (values.type)
            seen[found / 8] |= (uint8_t)(1 << found % 8);
        entries.at += sizes.entry;
    }
    return (tn__tiff_tag){0};
}

bool tn__tiff_is_numbers(const tn__tiff_tag *tag)
{
    switch (tag->type) {
    case TYPE_SHORT:
    case TYPE_LONG:
    case TYPE_SSHORT:
    case TYPE_SLONG:
    case TYPE_IFD:
    case TYPE_LONG8: return true;
    default: return false;
    }
}

uint64_t tn__tiff_value(const tn__tiff *tiff, const tn__tiff_tag *tag, uint64_t index)
{
    const size_t size = type_bytes((uint64_t)tag->type);
    const size_t at = (size_t)(tag->bytes.data - tiff->file.data) + (size_t)index * size;
    const uint64_t value = number(tiff, at, size);
    const bool is_signed = tag->type == TYPE_SSHORT || tag->type == TYPE_SLONG;
    return is_signed && value >> (8 * size - 1) ? UINT64_MAX : value;
}

bool tn__tiff_number(const tn__tiff *tiff, uint32_t tag, uint64_t otherwise, uint64_t *out)
{
    const tn__tiff_tag found = tn__tiff_find(tiff, tag);
    *out = otherwise;
    if (found.type == 0)
        return true;
    if (!tn__tiff_is_numbers(&found))
        return false;
    *out = tn__tiff_value(tiff, &found, 0);
    return true;
}
