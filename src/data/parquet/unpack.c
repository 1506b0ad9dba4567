/* SPDX-License-Identifier: MIT */
/* Decompresses pages. See unpack.h. */
#include "data/parquet/unpack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/error.h"
#include "data/parquet/snappy.h"
#include "flate/inflate.h"

static int unpack_snappy(const uint8_t *in, size_t n_in, uint8_t *out, size_t n_out)
{
    const uint8_t *at = in;
    uint64_t length;
    if (!tn__snappy_length(&at, in + n_in, &length) || length < n_out ||
        !tn__snappy_decode(at, in + n_in, out, n_out))
        return tn__fail(TN_EDECODE, "its snappy data is damaged");
    return TN_OK;
}

static int unpack_gzip(const uint8_t *in, size_t n_in, uint8_t *out, size_t n_out)
{
    tn__inflate *const inflate = malloc(sizeof *inflate);
    if (!inflate)
        return tn__fail_memory("inflating", sizeof *inflate);
    tn__inflate_open(inflate, TN__FLATE_GZIP);
    tn__inflate_io io = {.in = in, .in_end = in + n_in, .window = out};
    io.out = out;
    io.out_end = out + n_out;
    int status = TN_OK;
    if (tn__inflate_run(inflate, &io) == TN__FLATE_BAD)
        status = tn__fail(TN_EDECODE, "its gzip data is damaged: %s", inflate->reason);
    else if (io.out < io.out_end)
        status = tn__fail(TN_EDECODE, "its gzip data ends too early");
    free(inflate);
    return status;
}

static int unpack_zstd(const uint8_t *in, size_t n_in, uint8_t *out, size_t n_out)
{
    ZSTD_DCtx *const context = ZSTD_createDCtx();
    if (!context)
        return tn__fail_memory("a zstd decoder", n_out);
    ZSTD_inBuffer from = {in, n_in, 0};
    ZSTD_outBuffer to = {.size = n_out};
    to.dst = out;
    int status = TN_OK;
    while (status == TN_OK && to.pos < to.size) {
        const size_t before = from.pos + to.pos, left = ZSTD_decompressStream(context, &to, &from);
        if (ZSTD_isError(left))
            status = tn__fail(TN_EDECODE, "its zstd data is damaged: %s", ZSTD_getErrorName(left));
        else if (from.pos + to.pos == before)
            status = tn__fail(TN_EDECODE, "its zstd data ends too early");
    }
    ZSTD_freeDCtx(context);
    return status;
}

static int unpack_stored(const uint8_t *in, size_t n_in, uint8_t *out, size_t n_out)
{
    if (n_in < n_out)
        return tn__fail(TN_EDECODE, "a page ends too early");
    if (n_out > 0)
        memcpy(out, in, n_out);
    return TN_OK;
}

/* A codec: how it decompresses, and the most bytes that one byte can become. */
static const struct {
    int (*unpack)(const uint8_t *in, size_t n_in, uint8_t *out, size_t n_out);
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

int tn__parquet_unpack(int32_t codec, const uint8_t *in, size_t n_in, uint8_t *out, size_t n_out)
{
    return codecs[codec].unpack(in, n_in, out, n_out);
}
