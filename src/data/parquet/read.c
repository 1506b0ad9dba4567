/* SPDX-License-Identifier: MIT */
/* Reads samples from compressed pages. See read.h.
 *
 * The number of a coding has how the bytes are stored in its lowest 2 bits, and how many bytes come
 * before them above these. In blocks of snappy these are fewer than a block has; a greater number
 * is FIRST_LITERAL and the length of the first literal. */
#include "data/parquet/read.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/parquet/snappy.h"
#include "data/parquet/unpack.h"

enum { HOW_BITS = 2, MOST_SKIP = 1 << 30, FIRST_LITERAL = TN__SNAPPY_BLOCK - 1 };

bool tn__parquet_coding(const tn__stored *stored, size_t n_bytes, tn__coding *out)
{
    *out = (tn__coding){0};
    if (stored->how == TN__STORED_PLAIN)
        return true;
    const bool are_literals = stored->how == TN__STORED_LITERALS;
    const uint32_t how = are_literals ? 0 : (uint32_t)stored->how - TN__STORED_BLOCKS;
    const uint32_t skip = are_literals ? stored->skip + FIRST_LITERAL : stored->skip;
    *out = (tn__coding){true, skip << HOW_BITS | how, (int64_t)n_bytes};
    return skip < MOST_SKIP;
}

static uint32_t skip_of(const tn__listed_place *place)
{
    return place->coding.number >> HOW_BITS;
}

static int32_t how_of(const tn__listed_place *place)
{
    const int32_t how = TN__STORED_BLOCKS + (int32_t)(place->coding.number & ((1 << HOW_BITS) - 1));
    return how == TN__STORED_BLOCKS && skip_of(place) > FIRST_LITERAL ? TN__STORED_LITERALS : how;
}

static int read_stored(tn__files *files, const tn__listed_place *place, tn__buffer *buffer)
{
    int64_t length;
    const tn__extent whole = {.offset = place->offset,
                              .length = place->length,
                              .max_bytes = place->length,
                              .room = SIZE_MAX};
    return tn__files_read(files, place->file, whole, buffer, &length);
}

/* Makes room for n bytes, and notes the state of the file. */
static int reserve(tn__buffer *buffer, size_t n, tn__file_state state)
{
    const int status = tn__buffer_reserve(buffer, n);
    if (status == TN_OK)
        buffer->state = state;
    return status;
}

/* Reads blocks of snappy into the buffer, and decompresses them behind themselves: no other memory
 * is needed. */
static int read_blocks(tn__files *files, const tn__listed_place *place, size_t n,
                       tn__buffer *buffer)
{
    const size_t skip = skip_of(place), n_stored = (size_t)place->length;
    int status = tn__buffer_reserve(buffer, n_stored + skip + n);
    if (status == TN_OK)
        status = read_stored(files, place, buffer);
    if (status != TN_OK)
        return status;
    uint8_t *const end = buffer->bytes + n_stored;
    if (!tn__snappy_decode(buffer->bytes, end, end, skip + n))
        return tn__fail(TN_EDECODE, "its snappy data is damaged");
    memmove(buffer->bytes, end + skip, n);
    return reserve(buffer, n, buffer->state);
}

/* Reads literals of snappy, and removes the tags between them. */
static int read_literals(tn__files *files, const tn__listed_place *place, size_t n,
                         tn__buffer *buffer)
{
    enum { TAG = 5 };
    const size_t most = n + (n / TN__LONG_LITERAL + 1) * TAG;
    const tn__extent part = {.offset = place->offset,
                             .length = place->length,
                             .max_bytes = place->length,
                             .room = most,
                             .n_bytes = most};
    int64_t length;
    const int status = tn__files_read(files, place->file, part, buffer, &length);
    if (status != TN_OK)
        return status;
    if (!tn__snappy_join(buffer->bytes, buffer->size, skip_of(place) - FIRST_LITERAL, n))
        return tn__fail(TN_EDECODE, "its snappy data is damaged");
    return reserve(buffer, n, buffer->state);
}

/* Decompresses a page of snappy up to the end of the sample: its blocks depend on each other, so
 * all that comes before is needed. Few writers make such pages. */
static int read_page(tn__files *files, const tn__listed_place *place, size_t n, tn__buffer *buffer)
{
    const size_t skip = skip_of(place);
    tn__buffer stored = {0};
    uint8_t *const page = malloc(skip + n + 1);
    if (!page)
        return tn__fail_memory("a page", skip + n);
    int status = read_stored(files, place, &stored);
    if (status == TN_OK)
        status =
            tn__parquet_unpack(NULL, TN__PARQUET_SNAPPY, stored.bytes, stored.size, page, skip + n);
    if (status == TN_OK)
        status = reserve(buffer, n, stored.state);
    if (status == TN_OK)
        memcpy(buffer->bytes, page + skip, n);
    tn__buffer_free(&stored);
    free(page);
    return status;
}

static int read_stream(tn__streams *streams, tn__files *files, const tn__listed_place *place,
                       size_t n, tn__buffer *buffer)
{
    const int32_t codec = how_of(place) == TN__STORED_GZIP ? TN__PARQUET_GZIP : TN__PARQUET_ZSTD;
    const int status = tn__buffer_reserve(buffer, n);
    return status == TN_OK ? tn__streams_read(streams, files, place, codec,
                                              place->coding.number >> HOW_BITS, buffer)
                           : status;
}

int tn__parquet_read_coded(void *reader, tn__files *files, const tn__listed_place *place,
                           tn__extent extent, tn__buffer *buffer, int64_t *length)
{
    *length = place->coding.content;
    if (*length > extent.max_bytes)
        return tn__fail(TN_ELIMIT, "%lld bytes; the limit is %lld", (long long)*length,
                        (long long)extent.max_bytes);
    const size_t content = (size_t)*length;
    const bool is_head = content > extent.room && content > extent.n_bytes;
    const size_t n = is_head ? extent.n_bytes : content;
    int status;
    switch (how_of(place)) {
    case TN__STORED_BLOCKS: status = read_blocks(files, place, n, buffer); break;
    case TN__STORED_LITERALS: status = read_literals(files, place, n, buffer); break;
    case TN__STORED_SNAPPY: status = read_page(files, place, n, buffer); break;
    default: status = read_stream(reader, files, place, n, buffer);
    }
    buffer->file_bytes = *length;
    return status;
}
