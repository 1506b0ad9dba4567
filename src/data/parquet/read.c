/* SPDX-License-Identifier: MIT */
/* Reads samples from compressed pages. See read.h.
 *
 * The number of a coding has how the bytes are stored in its lowest 2 bits, and how many bytes come
 * before them above these. */
#include "data/parquet/read.h"

#include <string.h>

#include "base/error.h"
#include "data/parquet/snappy.h"
#include "data/parquet/unpack.h"

enum { HOW_BITS = 2, MOST_SKIP = 1 << 30 };

bool tn__parquet_coding(const tn__stored *stored, size_t n_bytes, tn__coding *out)
{
    *out = (tn__coding){0};
    if (stored->how == TN__STORED_PLAIN)
        return true;
    const uint32_t how = (uint32_t)stored->how - TN__STORED_BLOCKS;
    *out = (tn__coding){true, stored->skip << HOW_BITS | how, (int64_t)n_bytes};
    return stored->skip < MOST_SKIP;
}

/* Decompresses the first n_out bytes. */
static int unpack(int32_t how, const tn__buffer *stored, uint8_t *out, size_t n_out)
{
    const uint8_t *const in = stored->bytes;
    switch (how) {
    case TN__STORED_BLOCKS:
        return tn__snappy_decode(in, in + stored->size, out, n_out)
                   ? TN_OK
                   : tn__fail(TN_EDECODE, "its snappy data is damaged");
    case TN__STORED_SNAPPY:
        return tn__parquet_unpack(TN__PARQUET_SNAPPY, in, stored->size, out, n_out);
    case TN__STORED_GZIP: return tn__parquet_unpack(TN__PARQUET_GZIP, in, stored->size, out, n_out);
    default: return tn__parquet_unpack(TN__PARQUET_ZSTD, in, stored->size, out, n_out);
    }
}

/* Decompresses what comes before too, and moves the sample to the front. */
static int unpack_after(const tn__place *place, const tn__buffer *stored, size_t wanted,
                        tn__buffer *buffer)
{
    const size_t skip = place->coding.number >> HOW_BITS;
    const int32_t how = TN__STORED_BLOCKS + (int32_t)(place->coding.number & ((1 << HOW_BITS) - 1));
    int status = tn__buffer_reserve(buffer, skip + wanted);
    if (status == TN_OK)
        status = unpack(how, stored, buffer->bytes, skip + wanted);
    if (status != TN_OK)
        return status;
    memmove(buffer->bytes, buffer->bytes + skip, wanted);
    return tn__buffer_reserve(buffer, wanted);
}

int tn__parquet_read_coded(tn__files *files, const tn__place *place, tn__extent extent,
                           tn__buffer *buffer, int64_t *length)
{
    *length = place->coding.content;
    if (*length > extent.max_bytes)
        return tn__fail(TN_ELIMIT, "%lld bytes; the limit is %lld", (long long)*length,
                        (long long)extent.max_bytes);
    const size_t content = (size_t)*length;
    const bool is_head = content > extent.room && content > extent.n_bytes;
    const tn__extent whole = {place->offset, place->length, place->length, SIZE_MAX, 0};
    tn__buffer stored = {0};
    int64_t n_stored;
    int status = tn__files_read(files, place->file, whole, &stored, &n_stored);
    if (status == TN_OK)
        status = unpack_after(place, &stored, is_head ? extent.n_bytes : content, buffer);
    buffer->stamp = stored.stamp;
    buffer->inode = stored.inode;
    buffer->file_bytes = *length;
    tn__buffer_free(&stored);
    return status;
}
