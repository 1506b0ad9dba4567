/* SPDX-License-Identifier: MIT */
/* Makes Parquet files. See make_parquet.h. parquet.thrift names the fields, whose numbers stand
 * here; they are written in thrift's compact form. */
#include "make_parquet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { PLAIN_CODEC = 0, SNAPPY = 1, GZIP = 2, ZSTD = 6 };
enum { I32 = 5, I64 = 6, BINARY = 8, LIST = 9, STRUCT = 12 };
enum { BYTE_ARRAY = 6, PAGE_ROWS = 50, GROUP_ROWS = 200, SNAPPY_BLOCK = 1 << 16 };

static void put_byte(tn__blob *out, unsigned value)
{
    put(out, &(uint8_t){(uint8_t)value}, 1);
}

static void put_varint(tn__blob *out, uint64_t value)
{
    for (; value > 127; value >>= 7)
        put_byte(out, (value & 127) | 128);
    put_byte(out, (unsigned)value);
}

/* The head of a field that lies `step` numbers after the one before it. */
static void put_head(tn__blob *out, unsigned step, unsigned type)
{
    put_byte(out, step << 4 | type);
}

static void put_number(tn__blob *out, unsigned step, unsigned type, uint64_t value)
{
    put_head(out, step, type);
    put_varint(out, value << 1);
}

static void put_string(tn__blob *out, const char *text)
{
    put_varint(out, strlen(text));
    put(out, text, strlen(text));
}

static void put_list(tn__blob *out, unsigned step, unsigned type, size_t n)
{
    put_head(out, step, LIST);
    put_byte(out, (n < 15 ? (unsigned)n : 15u) << 4 | type);
    if (n >= 15)
        put_varint(out, n);
}

static void compress_snappy(tn__blob *out, const tn__blob *plain)
{
    put_varint(out, plain->size);
    for (size_t at = 0; at < plain->size; at += SNAPPY_BLOCK) {
        const size_t left = plain->size - at, n = left < SNAPPY_BLOCK ? left : SNAPPY_BLOCK;
        put_byte(out, 61 << 2); /* a literal whose length has two bytes */
        put_16(out, (uint16_t)(n - 1));
        put(out, plain->bytes + at, n);
    }
}

static void compress_zstd(tn__blob *out, const tn__blob *plain)
{
    const size_t room = ZSTD_compressBound(plain->size);
    void *const packed = malloc(room);
    const size_t n = packed ? ZSTD_compress(packed, room, plain->bytes, plain->size, 1) : 0;
    if (!packed || ZSTD_isError(n)) {
        fprintf(stderr, "a page could not be compressed\n");
        exit(EXIT_FAILURE);
    }
    put(out, packed, n);
    free(packed);
}

static void compress_gzip(tn__blob *out, const tn__blob *plain)
{
    enum { WINDOW = 15, WRAPPER = 16, MEMORY = 8 };
    z_stream stream = {.next_in = plain->bytes, .avail_in = (uInt)plain->size};
    int done = deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, WINDOW + WRAPPER, MEMORY,
                            Z_DEFAULT_STRATEGY);
    const size_t room = done == Z_OK ? deflateBound(&stream, (uLong)plain->size) : 0;
    uint8_t *const packed = malloc(room + 1);
    stream.next_out = packed;
    stream.avail_out = (uInt)room;
    done = packed && done == Z_OK ? deflate(&stream, Z_FINISH) : done;
    if (done != Z_STREAM_END) {
        fprintf(stderr, "a page could not be compressed\n");
        exit(EXIT_FAILURE);
    }
    put(out, packed, stream.total_out);
    deflateEnd(&stream);
    free(packed);
}

/* Returns the length that the page has without compression. */
static size_t write_page(tn__blob *out, const member *members, size_t n, unsigned codec)
{
    tn__blob plain = {0}, packed = {0};
    const size_t before = out->size;
    for (size_t m = 0; m < n; m++) {
        put_32(&plain, (uint32_t)members[m].size);
        put(&plain, members[m].bytes, members[m].size);
    }
    if (codec == SNAPPY)
        compress_snappy(&packed, &plain);
    else if (codec == GZIP)
        compress_gzip(&packed, &plain);
    else if (codec == ZSTD)
        compress_zstd(&packed, &plain);
    const tn__blob *const body = codec == PLAIN_CODEC ? &plain : &packed;
    put_number(out, 1, I32, 0); /* a data page, version 1 */
    put_number(out, 1, I32, plain.size);
    put_number(out, 1, I32, body->size);
    put_head(out, 2, STRUCT);
    put_number(out, 1, I32, n);
    put_number(out, 1, I32, 0); /* PLAIN */
    put_number(out, 1, I32, 3); /* levels: RLE */
    put_number(out, 1, I32, 3);
    put(out, "\0", 2);
    const size_t size = out->size - before + plain.size;
    put(out, body->bytes, body->size);
    tn__blob_free(&plain);
    tn__blob_free(&packed);
    return size;
}

/* Writes the pages of a row group to `out` and its facts to `groups`. */
static void write_group(tn__blob *out, tn__blob *groups, const member *members, size_t n,
                        unsigned codec)
{
    const size_t at = out->size;
    size_t n_plain = 0;
    for (size_t m = 0; m < n; m += PAGE_ROWS)
        n_plain += write_page(out, members + m, n - m < PAGE_ROWS ? n - m : PAGE_ROWS, codec);
    put_list(groups, 1, STRUCT, 1);
    put_number(groups, 2, I64, at); /* the chunk */
    put_head(groups, 1, STRUCT);
    put_number(groups, 1, I32, BYTE_ARRAY);
    put_list(groups, 1, I32, 2);
    put_varint(groups, 0 << 1);
    put_varint(groups, 3 << 1);
    put_list(groups, 1, BINARY, 1);
    put_string(groups, "image");
    put_number(groups, 1, I32, codec);
    put_number(groups, 1, I64, n);
    put_number(groups, 1, I64, n_plain);
    put_number(groups, 1, I64, out->size - at);
    put_number(groups, 2, I64, at);
    put(groups, "\0", 2);
    put_number(groups, 1, I64, n_plain);
    put_number(groups, 1, I64, n);
    put(groups, "", 1);
}

static void write_schema(tn__blob *out)
{
    put_list(out, 1, STRUCT, 2);
    put_head(out, 4, BINARY);
    put_string(out, "schema");
    put_number(out, 1, I32, 1); /* child */
    put(out, "", 1);
    put_number(out, 1, I32, BYTE_ARRAY);
    put_number(out, 2, I32, 0); /* required */
    put_head(out, 1, BINARY);
    put_string(out, "image");
    put(out, "", 1);
}

static void write_parquet(tn__blob *out, const member *members, size_t n, unsigned codec)
{
    tn__blob groups = {0};
    put(out, "PAR1", 4);
    for (size_t m = 0; m < n; m += GROUP_ROWS)
        write_group(out, &groups, members + m, n - m < GROUP_ROWS ? n - m : GROUP_ROWS, codec);
    const size_t footer = out->size;
    put_number(out, 1, I32, 2);
    write_schema(out);
    put_number(out, 1, I64, n);
    put_list(out, 1, STRUCT, (n + GROUP_ROWS - 1) / GROUP_ROWS);
    put(out, groups.bytes, groups.size);
    put(out, "", 1);
    put_32(out, (uint32_t)(out->size - footer));
    put(out, "PAR1", 4);
    tn__blob_free(&groups);
}

void write_plain_parquet(tn__blob *out, const member *members, size_t n)
{
    write_parquet(out, members, n, PLAIN_CODEC);
}

void write_snappy_parquet(tn__blob *out, const member *members, size_t n)
{
    write_parquet(out, members, n, SNAPPY);
}

void write_gzip_parquet(tn__blob *out, const member *members, size_t n)
{
    write_parquet(out, members, n, GZIP);
}

void write_zstd_parquet(tn__blob *out, const member *members, size_t n)
{
    write_parquet(out, members, n, ZSTD);
}
