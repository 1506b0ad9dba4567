/* SPDX-License-Identifier: MIT */
/* Tars, zips and TFRecord files, and the table of all kinds. See containers.h. */
#include "containers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/bytes.h"
#include "flate/checksums.h"
#include "make_lmdb.h"
#include "make_parquet.h"
#include "make_tar.h"

void put(tn__blob *out, const void *bytes, size_t n_bytes)
{
    if (tn__blob_add(out, bytes, n_bytes) != TN_OK) {
        fprintf(stderr, "no memory for a container\n");
        exit(EXIT_FAILURE);
    }
}

void put_16(tn__blob *out, uint16_t value)
{
    uint8_t bytes[2];
    tn__put_16(bytes, value);
    put(out, bytes, sizeof bytes);
}

void put_32(tn__blob *out, uint32_t value)
{
    uint8_t bytes[4];
    tn__put_32(bytes, value);
    put(out, bytes, sizeof bytes);
}

void put_64(tn__blob *out, uint64_t value)
{
    uint8_t bytes[8];
    tn__put_64(bytes, value);
    put(out, bytes, sizeof bytes);
}

static void write_tar(tn__blob *out, const member *members, size_t n)
{
    for (size_t m = 0; m < n; m++)
        tar_add(out, members[m].name, '0', members[m].bytes, members[m].size);
    tar_end(out);
}

enum { STORED = 0, DEFLATED = 8, LOCAL_HEAD = 30 };

static void write_zip_facts(tn__blob *out, const member *of, uint16_t method, size_t n_packed)
{
    put_16(out, 20); /* version that is needed */
    put_16(out, 0);
    put_16(out, method);
    put_32(out, 0); /* time */
    put_32(out, tn__crc32(0, of->bytes, of->size));
    put_32(out, (uint32_t)n_packed);
    put_32(out, (uint32_t)of->size);
    put_16(out, (uint16_t)strlen(of->name));
    put_16(out, 0); /* extra bytes */
}

/* Deflates without a wrapper; the result is the caller's. */
static uint8_t *deflate_raw(const member *of, size_t *n_packed)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)of->bytes, .avail_in = (uInt)of->size};
    if (deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        exit(EXIT_FAILURE);
    const size_t room = deflateBound(&stream, of->size);
    uint8_t *const packed = malloc(room);
    if (!packed)
        exit(EXIT_FAILURE);
    stream.next_out = packed;
    stream.avail_out = (uInt)room;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
        exit(EXIT_FAILURE);
    *n_packed = stream.total_out;
    deflateEnd(&stream);
    return packed;
}

static void write_zip_member(tn__blob *out, tn__blob *directory, const member *of, uint16_t method)
{
    const uint32_t at = (uint32_t)out->size;
    size_t n_packed = of->size;
    uint8_t *const packed = method == DEFLATED ? deflate_raw(of, &n_packed) : NULL;
    put(out, "PK\3\4", 4);
    write_zip_facts(out, of, method, n_packed);
    put(out, of->name, strlen(of->name));
    put(out, packed ? packed : of->bytes, n_packed);
    put(directory, "PK\1\2", 4);
    put_16(directory, 20);
    write_zip_facts(directory, of, method, n_packed);
    put(directory, NULL, 10); /* comment, disk, attributes */
    put_32(directory, at);
    put(directory, of->name, strlen(of->name));
    free(packed);
}

static void write_zip(tn__blob *out, const member *members, size_t n, uint16_t method)
{
    tn__blob directory = {0};
    for (size_t m = 0; m < n; m++)
        write_zip_member(out, &directory, &members[m], method);
    const uint32_t at = (uint32_t)out->size;
    put(out, directory.bytes, directory.size);
    put(out, "PK\5\6\0\0\0\0", 8);
    put_16(out, (uint16_t)n);
    put_16(out, (uint16_t)n);
    put_32(out, (uint32_t)directory.size);
    put_32(out, at);
    put_16(out, 0);
    tn__blob_free(&directory);
}

static void write_stored_zip(tn__blob *out, const member *members, size_t n)
{
    write_zip(out, members, n, STORED);
}

static void write_deflated_zip(tn__blob *out, const member *members, size_t n)
{
    write_zip(out, members, n, DEFLATED);
}

/* Adds a field of protobuf with a length. */
static void put_field(tn__blob *out, uint8_t number, const void *bytes, size_t n_bytes)
{
    put(out, &(uint8_t){(uint8_t)(number << 3 | 2)}, 1);
    for (size_t rest = n_bytes; rest > 0 || n_bytes == 0; rest >>= 7) {
        put(out, &(uint8_t){(uint8_t)((rest & 127) | (rest > 127 ? 128 : 0))}, 1);
        if (rest <= 127)
            break;
    }
    put(out, bytes, n_bytes);
}

/* Puts `inner` as field `number` of a message in its place. */
static void wrap(tn__blob *inner, uint8_t number)
{
    tn__blob outer = {0};
    put_field(&outer, number, inner->bytes, inner->size);
    tn__blob_free(inner);
    *inner = outer;
}

static void put_sum(tn__blob *out, const void *bytes, size_t n_bytes)
{
    const uint32_t sum = tn__crc32c(0, bytes, n_bytes);
    put_32(out, (sum >> 15 | sum << 17) + 0xa282ead8u);
}

/* Each record is an Example with one feature, the image. */
static void write_tfrecord(tn__blob *out, const member *members, size_t n)
{
    for (size_t m = 0; m < n; m++) {
        tn__blob example = {0}, entry = {0};
        put_field(&example, 1, members[m].bytes, members[m].size); /* BytesList.value */
        wrap(&example, 1);                                         /* Feature.bytes_list */
        put_field(&entry, 1, "image", 5);
        put_field(&entry, 2, example.bytes, example.size);
        tn__blob_free(&example);
        wrap(&entry, 1); /* Features.feature */
        wrap(&entry, 1); /* Example.features */
        const size_t at = out->size;
        put_64(out, entry.size);
        put_sum(out, out->bytes + at, 8);
        put(out, entry.bytes, entry.size);
        put_sum(out, entry.bytes, entry.size);
        tn__blob_free(&entry);
    }
}

const container containers[N_CONTAINERS] = {
    {"tar", "tar", "tar.tar", write_tar},
    {"WebDataset", "wds", "wds.tar", write_tar},
    {"zip", "zip", "stored.zip", write_stored_zip},
    {"deflated zip", "zip", "deflated.zip", write_deflated_zip},
    {"TFRecord", "tfrecord", "a.tfrecord", write_tfrecord},
    {"LMDB", "lmdb", "data.mdb", write_lmdb},
    {"Parquet", "parquet", "plain.parquet", write_plain_parquet},
    {"Parquet, snappy", "parquet", "snappy.parquet", write_snappy_parquet},
    {"Parquet, zstd", "parquet", "zstd.parquet", write_zstd_parquet},
};
