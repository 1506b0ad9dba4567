/* SPDX-License-Identifier: MIT */
/* Decompresses pages. See unpack.h. */
#include "data/parquet/unpack.h"

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

static int fail_codec(int32_t codec)
{
    static const char *const names[] = {[3] = "LZO", [4] = "brotli", [5] = "LZ4", [7] = "LZ4"};
    const bool is_known = codec > 0 && codec < 8 && names[codec];
    return tn__fail(TN_EDECODE,
                    "its pages are compressed with %s: write the file again with snappy or zstd",
                    is_known ? names[codec] : "an unknown codec");
}

int tn__parquet_unpack(int32_t codec, const uint8_t *in, size_t n_in, uint8_t *out, size_t n_out)
{
    switch (codec) {
    case TN__PARQUET_STORED: return unpack_stored(in, n_in, out, n_out);
    case TN__PARQUET_SNAPPY: return unpack_snappy(in, n_in, out, n_out);
    case TN__PARQUET_GZIP: return unpack_gzip(in, n_in, out, n_out);
    case TN__PARQUET_ZSTD: return unpack_zstd(in, n_in, out, n_out);
    default: return fail_codec(codec);
    }
}
