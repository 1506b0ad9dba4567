/* SPDX-License-Identifier: MIT */
/* Decompresses pages. See unpack.h. */
#include "data/parquet/unpack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/error.h"
#include "data/parquet/snappy.h"

static int unpack_snappy(tn__unpacker *unpacker, const uint8_t *in, size_t n_in, uint8_t *out,
                         size_t n_out)
{
    (void)unpacker;
    const uint8_t *at = in;
    uint64_t length;
    if (!tn__snappy_length(&at, in + n_in, &length) || length < n_out ||
        !tn__snappy_decode(at, in + n_in, out, n_out))
        return tn__fail(TN_EDECODE, "its snappy data is damaged");
    return TN_OK;
}

/* Begins a page of gzip. False: there is no memory. */
static bool open_gzip(tn__unpacker *unpacker)
{
    if (!unpacker->inflate)
        unpacker->inflate = malloc(sizeof *unpacker->inflate);
    if (unpacker->inflate)
        tn__inflate_open(unpacker->inflate, TN__FLATE_GZIP);
    return unpacker->inflate != NULL;
}

static bool open_zstd(tn__unpacker *unpacker)
{
    if (!unpacker->zstd)
        unpacker->zstd = ZSTD_createDCtx();
    if (unpacker->zstd)
        ZSTD_DCtx_reset(unpacker->zstd, ZSTD_reset_session_only);
    return unpacker->zstd != NULL;
}

int tn__unpacker_open(tn__unpacker *unpacker, int32_t codec)
{
    if (unpacker->codec != codec)
        tn__unpacker_free(unpacker);
    unpacker->codec = codec;
    return (codec == TN__PARQUET_GZIP ? open_gzip(unpacker) : open_zstd(unpacker))
               ? TN_OK
               : tn__fail_memory("a decoder of pages", sizeof *unpacker->inflate);
}

void tn__unpacker_free(tn__unpacker *unpacker)
{
    free(unpacker->inflate);
    unpacker->inflate = NULL;
    ZSTD_freeDCtx(unpacker->zstd);
    unpacker->zstd = NULL;
}

static int run_gzip(tn__inflate *inflate, tn__inflate_io *io)
{
    return tn__inflate_run(inflate, io) == TN__FLATE_BAD
               ? tn__fail(TN_EDECODE, "its gzip data is damaged: %s", inflate->reason)
               : TN_OK;
}

static int run_zstd(ZSTD_DCtx *zstd, tn__inflate_io *io)
{
    ZSTD_inBuffer from = {io->in, (size_t)(io->in_end - io->in), 0};
    ZSTD_outBuffer to = {.size = (size_t)(io->out_end - io->out)};
    to.dst = io->out;
    size_t left = 0;
    for (size_t before = 1;
         to.pos < to.size && from.pos + to.pos != before && !ZSTD_isError(left);) {
        before = from.pos + to.pos;
        left = ZSTD_decompressStream(zstd, &to, &from);
    }
    io->in += from.pos;
    io->out += to.pos;
    return ZSTD_isError(left)
               ? tn__fail(TN_EDECODE, "its zstd data is damaged: %s", ZSTD_getErrorName(left))
               : TN_OK;
}

int tn__unpacker_run(tn__unpacker *unpacker, tn__inflate_io *io)
{
    return unpacker->codec == TN__PARQUET_GZIP ? run_gzip(unpacker->inflate, io)
                                               : run_zstd(unpacker->zstd, io);
}

int tn__unpack_too_early(int32_t codec)
{
    return tn__fail(TN_EDECODE, "its %s data ends too early",
                    codec == TN__PARQUET_GZIP ? "gzip" : "zstd");
}

static int unpack_all(tn__unpacker *unpacker, int32_t codec, const uint8_t *in, size_t n_in,
                      uint8_t *out, size_t n_out)
{
    tn__inflate_io io = {.in = in, .in_end = in + n_in, .window = out};
    io.out = out;
    io.out_end = out + n_out;
    int status = tn__unpacker_open(unpacker, codec);
    if (status == TN_OK)
        status = tn__unpacker_run(unpacker, &io);
    if (status == TN_OK && io.out < io.out_end)
        status = tn__unpack_too_early(codec);
    return status;
}

static int unpack_gzip(tn__unpacker *unpacker, const uint8_t *in, size_t n_in, uint8_t *out,
                       size_t n_out)
{
    return unpack_all(unpacker, TN__PARQUET_GZIP, in, n_in, out, n_out);
}

static int unpack_zstd(tn__unpacker *unpacker, const uint8_t *in, size_t n_in, uint8_t *out,
                       size_t n_out)
{
    return unpack_all(unpacker, TN__PARQUET_ZSTD, in, n_in, out, n_out);
}

static int unpack_stored(tn__unpacker *unpacker, const uint8_t *in, size_t n_in, uint8_t *out,
                         size_t n_out)
{
    (void)unpacker;
    if (n_in < n_out)
        return tn__fail(TN_EDECODE, "a page ends too early");
    if (n_out > 0)
        memcpy(out, in, n_out);
    return TN_OK;
}

/* A codec: how it decompresses, and the most bytes that one byte can become. */
static const struct {
    int (*unpack)(tn__unpacker *unpacker, const uint8_t *in, size_t n_in, uint8_t *out,
                  size_t n_out);
    int64_t ratio;
} codecs[] = {
    [TN__PARQUET_STORED] = {unpack_stored, 1},
    /* A copy of 64 bytes takes 3. */
    [TN__PARQUET_SNAPPY] = {unpack_snappy, 22},
    /* A copy of 258 bytes takes 2 bits. */
    [TN__PARQUET_GZIP] = {unpack_gzip, 1032},
    /* A block of 128 KiB equal bytes takes 4. */
    [TN__PARQUET_ZSTD] = {unpack_zstd, 32768},
};
enum { N_CODECS = sizeof codecs / sizeof *codecs };

int tn__parquet_check_codec(int32_t codec)
{
    static const char *const names[] = {[3] = "LZO", [4] = "brotli", [5] = "LZ4", [7] = "LZ4"};
    if (codec >= 0 && codec < N_CODECS && codecs[codec].unpack)
        return TN_OK;
    const bool is_known = codec > 0 && codec < 8 && names[codec];
    return tn__fail(TN_EDECODE,
                    "its pages are compressed with %s: write the file again with snappy or zstd",
                    is_known ? names[codec] : "an unknown codec");
}

int64_t tn__parquet_most(int32_t codec, int64_t n_stored)
{
    const int64_t ratio = codecs[codec].ratio;
    return n_stored > INT64_MAX / ratio ? INT64_MAX : n_stored * ratio;
}

int tn__parquet_unpack(tn__unpacker *unpacker, int32_t codec, const uint8_t *in, size_t n_in,
                       uint8_t *out, size_t n_out)
{
    return codecs[codec].unpack(unpacker, in, n_in, out, n_out);
}
