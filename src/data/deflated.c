/* SPDX-License-Identifier: MIT */
/* Inflates samples. See deflated.h. */
#include "data/deflated.h"

#include <stdlib.h>

#include "base/error.h"
#include "flate/checksums.h"
#include "flate/inflate.h"

/* Reads the data, or the first n_bytes of more. */
static int read_stored(tn__files *files, const tn__listed_place *place, int64_t max_bytes,
                       size_t n_bytes, tn__buffer *stored)
{
    int64_t length;
    const tn__extent extent = {.offset = place->offset,
                               .length = place->length,
                               .max_bytes = max_bytes,
                               .room = n_bytes,
                               .n_bytes = n_bytes};
    return tn__files_read(files, place->file, extent, stored, &length);
}

/* Like Python's zipfile, takes the checksum's word for it that the contents are whole. */
static int judge(const tn__coding *coding, const tn__inflate *inflate, int status,
                 const tn__buffer *buffer, size_t n_missing)
{
    const bool is_whole = (int64_t)buffer->size == coding->content;
    if (n_missing > 0 && status == TN__FLATE_BAD)
        return tn__fail(TN_EDECODE, "its deflate data are damaged: %s", inflate->reason);
    if (n_missing > 0)
        return tn__fail(TN_EDECODE, "its deflate data end %zu bytes too early", n_missing);
    if (is_whole && tn__crc32(0, buffer->bytes, buffer->size) != coding->number)
        return tn__fail(TN_EDECODE, "its bytes do not have the checksum that the zip has of them");
    return TN_OK;
}

/* Inflates until the buffer is full. */
static int inflate_into(const tn__coding *coding, const tn__buffer *stored, tn__buffer *buffer)
{
    tn__inflate *const inflate = malloc(sizeof *inflate);
    if (!inflate)
        return tn__fail_memory("inflating", sizeof *inflate);
    tn__inflate_open(inflate, TN__FLATE_RAW);
    tn__inflate_io io = {.in = stored->bytes,
                         .in_end = stored->bytes + stored->size,
                         .window = buffer->bytes,
                         .out = buffer->bytes,
                         .out_end = buffer->bytes + buffer->size};
    const int ended = tn__inflate_run(inflate, &io);
    const int status = judge(coding, inflate, ended, buffer, (size_t)(io.out_end - io.out));
    free(inflate);
    return status;
}

/* For the head of a sample, this much of the data is enough unless its blocks are very short. */
static size_t part_for(size_t wanted)
{
    return 2 * wanted + 4096;
}

int tn__deflated_read(void *reader, tn__files *files, const tn__listed_place *place,
                      tn__extent extent, tn__buffer *buffer, int64_t *length)
{
    (void)reader;
    const uint64_t whole = (uint64_t)place->coding.content;
    *length = place->coding.content;
    if (*length > extent.max_bytes)
        return tn__fail(TN_ELIMIT, "%lld bytes; the limit is %lld", (long long)*length,
                        (long long)extent.max_bytes);
    const bool is_head = whole > extent.room && whole > extent.n_bytes;
    const size_t wanted = is_head ? extent.n_bytes : (size_t)whole;
    tn__buffer stored = {0};
    int status =
        read_stored(files, place, extent.max_bytes, is_head ? part_for(wanted) : SIZE_MAX, &stored);
    if (status == TN_OK)
        status = tn__buffer_reserve(buffer, wanted);
    if (status == TN_OK)
        status = inflate_into(&place->coding, &stored, buffer);
    if (status == TN_EDECODE && is_head && (int64_t)stored.size < place->length) {
        status = read_stored(files, place, extent.max_bytes, SIZE_MAX, &stored);
        if (status == TN_OK)
            status = inflate_into(&place->coding, &stored, buffer);
    }
    buffer->state = stored.state;
    buffer->file_bytes = *length;
    tn__buffer_free(&stored);
    return status;
}

int tn__deflated_inflate(const tn__coding *coding, const tn__buffer *stored, tn__buffer *buffer)
{
    const int status = tn__buffer_reserve(buffer, (size_t)coding->content);
    return status == TN_OK ? inflate_into(coding, stored, buffer) : status;
}
