/* SPDX-License-Identifier: MIT */
/* The JPEG of a record, written anew row of MCUs after row. See packed.h. */
#include <string.h>

#include "base/error.h"
#include "codec/jpeg/emit.h"
#include "codec/jpeg/packed.h"
#include "codec/jpeg/strip.h"
#include "tench.h"

/* A record on its way back. */
struct restorer {
    tn__packed record;
    tn__strip strip;
    tn__packed_walk walk;
};

static int read_row(void *argument, int32_t c, int32_t k)
{
    struct restorer *const restorer = argument;
    tn__pack_row row;
    const int status = tn__packed_walk_next(&restorer->record, &restorer->walk, c, &row);
    if (status != TN_OK)
        return status;
    const uint8_t *at = row.blocks;
    for (int32_t b = 0; b < row.n; at += row.size[b], b++)
        tn__pack_read(&row, b, at, &restorer->strip.blocks.row[c][k][b]);
    return TN_OK;
}

static int emit_rows(struct restorer *restorer, tn__blob *out)
{
    const tn__jpeg_frame *const frame = &restorer->record.frame;
    tn__jpeg_emitter emitter;
    tn__jpeg_emit_begin(&emitter, frame, restorer->record.filling);
    int status = TN_OK;
    for (int32_t row = 0; row < frame->mcu_rows && status == TN_OK; row++) {
        status = tn__packed_walk_begin(&restorer->record, row, &restorer->walk);
        if (status == TN_OK)
            status = tn__strip_visit(frame, read_row, restorer);
        if (status == TN_OK)
            status = tn__packed_walk_end(&restorer->walk);
        if (status == TN_OK)
            status = tn__jpeg_emit_row(&emitter, &restorer->strip.blocks, out);
        if (status == TN__NOT_MINE)
            status = tn__packed_damaged(row);
    }
    return status == TN_OK ? tn__jpeg_emit_end(&emitter, out) : status;
}

static int check_restored(const tn__packed *record, const tn__blob *out)
{
    uint8_t hash[16];
    tn__hash_128(out->bytes, out->size, hash);
    if (out->size == record->jpeg_size && memcmp(hash, record->jpeg_hash, sizeof hash) == 0)
        return TN_OK;
    return tn__fail(TN_EDECODE, "packed JPEG: what was restored is not the file that was packed");
}

int tn__packed_restore(tn__bytes bytes, tn__blob *out)
{
    struct restorer restorer = {.walk = {0}};
    tn__packed *const record = &restorer.record;
    out->size = 0;
    int status = tn__packed_read(bytes, false, record);
    if (status != TN_OK)
        return status;
    status = tn__strip_make(&record->frame, &restorer.strip);
    if (status == TN_OK)
        status = tn__blob_add(out, record->header.data, record->header.size);
    if (status == TN_OK)
        status = emit_rows(&restorer, out);
    if (status == TN_OK)
        status = tn__blob_add(out, record->trailer.data, record->trailer.size);
    if (status == TN_OK)
        status = check_restored(record, out);
    tn__strip_free(&restorer.strip);
    return status;
}
