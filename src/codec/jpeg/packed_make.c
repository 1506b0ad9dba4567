/* SPDX-License-Identifier: MIT */
/* Packing a JPEG, and writing it anew. See packed.h.
 *
 * Both go by rows of MCUs: the coefficients of one are read, packed, and coded again; then the next
 * row's take their place. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "codec/jpeg/emit.h"
#include "codec/jpeg/packed.h"
#include "codec/jpeg/scan.h"
#include "tench.h"

enum { MARKER = 0xff, END_OF_IMAGE = 0xd9 };

/* What packing and restoring need for a row of MCUs. */
struct strip {
    const tn__jpeg_frame *frame;
    tn__jpeg_blocks blocks;
    int16_t *groups; /* as the entropy decoder writes them; when packing */
    size_t at[TN__JPEG_MAX_COMPONENTS], row_size[TN__JPEG_MAX_COMPONENTS], size;
};

static int32_t blocks_across(const tn__jpeg_frame *frame, int32_t c)
{
    return frame->mcus * frame->component[c].h;
}

/* Block rows of a row of MCUs, one after the other. */
static int for_block_rows(const tn__jpeg_frame *frame,
                          int (*visit)(void *argument, int32_t c, int32_t k), void *argument)
{
    int status = TN_OK;
    for (int32_t c = 0; c < frame->n_components; c++)
        for (int32_t k = 0; k < frame->component[c].v && status == TN_OK; k++)
            status = visit(argument, c, k);
    return status;
}

static int take_row(void *argument, int32_t c, int32_t k)
{
    struct strip *const strip = argument;
    const size_t n_bytes = (size_t)blocks_across(strip->frame, c) * sizeof(tn__pack_block);
    strip->blocks.row[c][k] = malloc(n_bytes);
    return strip->blocks.row[c][k] ? TN_OK : tn__fail_memory("coefficients", n_bytes);
}

static int make_strip(const tn__jpeg_frame *frame, struct strip *strip)
{
    *strip = (struct strip){.frame = frame};
    for (int32_t c = 0; c < frame->n_components; c++) {
        const int32_t groups = (blocks_across(frame, c) + TN__JPEG_GROUP - 1) / TN__JPEG_GROUP;
        strip->at[c] = strip->size;
        strip->row_size[c] = (size_t)groups * TN__JPEG_GROUP_SIZE;
        strip->size += strip->row_size[c] * (size_t)frame->component[c].v;
    }
    return for_block_rows(frame, take_row, strip);
}

static void free_strip(struct strip *strip)
{
    for (int32_t c = 0; c < TN__JPEG_MAX_COMPONENTS; c++) {
        free(strip->blocks.row[c][0]);
        free(strip->blocks.row[c][1]);
    }
}

/* Blocks out of their groups. */
static int sort_row(void *argument, int32_t c, int32_t k)
{
    const struct strip *const strip = argument;
    const int16_t *const groups = strip->groups + strip->at[c] + (size_t)k * strip->row_size[c];
    for (int32_t b = 0; b < blocks_across(strip->frame, c); b++) {
        tn__pack_block *const block = &strip->blocks.row[c][k][b];
        const int16_t *const in = groups + (ptrdiff_t)(b / TN__JPEG_GROUP) * TN__JPEG_GROUP_SIZE +
                                  (ptrdiff_t)8 * (b % TN__JPEG_GROUP);
        for (ptrdiff_t y = 0; y < 8; y++)
            memcpy(block->natural + 8 * y, in + y * TN__JPEG_GROUP_W, 8 * sizeof(int16_t));
    }
    return TN_OK;
}

/* A JPEG on its way into a record. */
struct maker {
    tn__bytes jpeg;
    tn__jpeg_frame frame;
    int32_t layout;
    struct strip strip;
    tn__jpeg_tables *tables;
    tn__jpeg_scan scan;
    tn__jpeg_emitter emitter;
    uint64_t weight[TN__JPEG_MAX_COMPONENTS][64]; /* sums of sizes, by natural index */
    tn__pack_order order[TN__JPEG_MAX_COMPONENTS];
    tn__blob rows;  /* packed */
    tn__blob table; /* of rows */
    tn__blob again; /* the scan, coded again */
};

static int pack_row(void *argument, int32_t c, int32_t k)
{
    struct maker *const maker = argument;
    tn__blob *const rows = &maker->rows;
    const int32_t n = blocks_across(&maker->frame, c);
    const size_t most = (size_t)n * (TN__PACK_FIXED + TN__PACK_BLOCK_MAX);
    const int status = tn__blob_reserve(rows, most);
    if (status != TN_OK)
        return status;
    uint8_t *const fixed = rows->bytes + rows->size;
    uint8_t *at = fixed + tn__pack_fixed_bytes(n);
    for (int32_t b = 0; b < n; b++) {
        const int32_t size = tn__pack_write(maker->layout, &maker->order[c], n, b,
                                            &maker->strip.blocks.row[c][k][b], fixed, at);
        if (size < 0)
            return TN__NOT_MINE;
        at += size;
    }
    rows->size = (size_t)(at - rows->bytes);
    return TN_OK;
}

/* Reads the next row of MCUs; TN__NOT_MINE: it is damaged. */
static int read_mcu_row(struct maker *maker)
{
    memset(maker->strip.groups, 0, maker->strip.size * sizeof(int16_t));
    tn__jpeg_scan_keep(&maker->scan, maker->strip.groups, 0, maker->frame.mcus);
    if (!tn__jpeg_scan_is_clean(&maker->scan))
        return TN__NOT_MINE;
    return for_block_rows(&maker->frame, sort_row, &maker->strip);
}

static int weigh_row(void *argument, int32_t c, int32_t k)
{
    struct maker *const maker = argument;
    const tn__pack_block *const blocks = maker->strip.blocks.row[c][k];
    for (int32_t b = 0; b < blocks_across(&maker->frame, c); b++)
        for (int32_t i = 0; i < 64; i++)
            maker->weight[c][i] += (uint64_t)abs(blocks[b].natural[i]);
    return TN_OK;
}

/* The heaviest first, of equal ones the first in the zig-zag. */
static void make_order(const uint64_t weight[64], tn__pack_order *order)
{
    uint8_t natural[64];
    memcpy(natural, tn__jpeg_natural, sizeof natural);
    for (int32_t k = 2; k < 64; k++) {
        const uint8_t index = natural[k];
        int32_t place = k;
        for (; place > 1 && weight[natural[place - 1]] < weight[index]; place--)
            natural[place] = natural[place - 1];
        natural[place] = index;
    }
    (void)tn__pack_order_read(natural, order);
}

/* A first pass over the file. */
static int find_orders(struct maker *maker)
{
    int status = TN_OK;
    tn__jpeg_scan_start(&maker->scan);
    for (int32_t row = 0; row < maker->frame.mcu_rows && status == TN_OK; row++) {
        status = read_mcu_row(maker);
        if (status == TN_OK)
            status = for_block_rows(&maker->frame, weigh_row, maker);
    }
    for (int32_t c = 0; c < maker->frame.n_components; c++)
        make_order(maker->weight[c], &maker->order[c]);
    return status;
}

static int pack_mcu_row(struct maker *maker)
{
    const size_t before = maker->rows.size;
    uint8_t entry[TN__PACKED_ROW_ENTRY];
    int status = read_mcu_row(maker);
    if (status == TN_OK)
        status = for_block_rows(&maker->frame, pack_row, maker);
    if (status == TN_OK)
        status = tn__jpeg_emit_row(&maker->emitter, &maker->strip.blocks, &maker->again);
    if (status != TN_OK)
        return status;
    if (maker->rows.size > UINT32_MAX)
        return TN__NOT_MINE;
    tn__put_32(entry, (uint32_t)maker->rows.size);
    tn__put_32(entry + 4, (uint32_t)tn__pack_kernels_get()->hash(maker->rows.bytes + before,
                                                                 maker->rows.size - before));
    return tn__blob_add(&maker->table, entry, sizeof entry);
}

/* Packs all rows, coding them again with this filling. TN__NOT_MINE: the scan came out another one,
 * or does not end with the end marker. */
static int pack_rows(struct maker *maker, int32_t filling)
{
    const size_t scan_size = maker->jpeg.size - maker->frame.scan_at;
    const uint8_t *const scan = maker->jpeg.data + maker->frame.scan_at;
    maker->rows.size = maker->table.size = maker->again.size = 0;
    tn__jpeg_emit_begin(&maker->emitter, &maker->frame, filling);
    tn__jpeg_scan_start(&maker->scan);
    int status = TN_OK;
    for (int32_t row = 0; row < maker->frame.mcu_rows && status == TN_OK; row++)
        status = pack_mcu_row(maker);
    if (status == TN_OK)
        status = tn__jpeg_emit_end(&maker->emitter, &maker->again);
    if (status != TN_OK)
        return status;
    const size_t n = maker->again.size;
    const bool same = n + 2 <= scan_size && memcmp(maker->again.bytes, scan, n) == 0 &&
                      scan[n] == MARKER && scan[n + 1] == END_OF_IMAGE;
    return same ? TN_OK : TN__NOT_MINE;
}

static int begin(struct maker *maker, tn__arena *arena)
{
    int status = make_strip(&maker->frame, &maker->strip);
    if (status != TN_OK)
        return status;
    maker->strip.groups = tn__arena_take(arena, maker->strip.size * sizeof(int16_t));
    maker->tables = tn__arena_take(arena, sizeof *maker->tables);
    uint8_t *const unstuffed =
        tn__arena_take(arena, tn__jpeg_scan_bytes(maker->jpeg.size - maker->frame.scan_at));
    if (!maker->strip.groups || !maker->tables || !unstuffed)
        return tn__error_last()->code;
    tn__jpeg_tables_make(&maker->frame, maker->strip.at, maker->strip.row_size, false,
                         maker->tables);
    maker->scan = tn__jpeg_scan_make(&maker->frame, maker->tables, maker->jpeg, unstuffed);
    return TN_OK;
}

static int add_orders(const struct maker *maker, tn__blob *out)
{
    int status = TN_OK;
    for (int32_t c = 0; c < maker->frame.n_components && status == TN_OK; c++)
        status = tn__blob_add(out, maker->order[c].natural, TN__PACKED_ORDER_SIZE);
    return status;
}

/* Orders, header, trailer and table, behind the fixed fields; then the rows. */
static int assemble(const struct maker *maker, int32_t filling, tn__blob *out)
{
    const size_t header_size = maker->frame.scan_at;
    const size_t trailer_at = header_size + maker->again.size;
    const size_t trailer_size = maker->jpeg.size - trailer_at;
    if (trailer_size > UINT32_MAX || header_size > UINT32_MAX)
        return TN__NOT_MINE;
    out->size = 0;
    int status = tn__blob_add(out, NULL, TN__PACKED_ORDERS);
    if (status == TN_OK)
        status = add_orders(maker, out);
    if (status == TN_OK)
        status = tn__blob_add(out, maker->jpeg.data, header_size);
    if (status == TN_OK)
        status = tn__blob_add(out, maker->jpeg.data + trailer_at, trailer_size);
    if (status == TN_OK)
        status = tn__blob_add(out, maker->table.bytes, maker->table.size);
    const size_t rows_at = out->size;
    if (status == TN_OK)
        status = tn__blob_add(out, maker->rows.bytes, maker->rows.size);
    if (status == TN_OK)
        status = tn__blob_add(out, NULL, TN__PACKED_TAIL);
    if (status != TN_OK)
        return status;
    uint8_t *const at = out->bytes;
    memcpy(at, tn__packed_magic, sizeof tn__packed_magic);
    tn__put_64(at + TN__PACKED_SIZE, out->size);
    tn__put_64(at + TN__PACKED_JPEG_SIZE, maker->jpeg.size);
    tn__hash_128(maker->jpeg.data, maker->jpeg.size, at + TN__PACKED_JPEG_HASH);
    tn__put_32(at + TN__PACKED_HEADER_SIZE, (uint32_t)header_size);
    tn__put_32(at + TN__PACKED_TRAILER_SIZE, (uint32_t)trailer_size);
    tn__put_32(at + TN__PACKED_ROWS, (uint32_t)maker->frame.mcu_rows);
    at[TN__PACKED_LAYOUT] = (uint8_t)maker->layout;
    at[TN__PACKED_FILLING] = (uint8_t)filling;
    at[TN__PACKED_COMPONENTS] = (uint8_t)maker->frame.n_components;
    tn__put_64(at + TN__PACKED_CHECKSUM,
               tn__pack_kernels_get()->hash(at + TN__PACKED_SIZE, rows_at - TN__PACKED_SIZE));
    return TN_OK;
}

int tn__packed_make(tn__bytes jpeg, int32_t layout, tn__arena *arena, tn__blob *out)
{
    struct maker maker = {.jpeg = jpeg, .layout = layout};
    if (!tn__jpeg_frame_read(jpeg, &maker.frame))
        return TN__NOT_MINE;
    int status = begin(&maker, arena);
    int32_t filling = 1;
    if (status == TN_OK)
        status = find_orders(&maker);
    if (status == TN_OK)
        status = pack_rows(&maker, filling);
    if (status == TN__NOT_MINE && tn__jpeg_scan_has_ended(&maker.scan)) {
        filling = 0;
        status = pack_rows(&maker, filling);
    }
    if (status == TN_OK)
        status = assemble(&maker, filling, out);
    free_strip(&maker.strip);
    tn__blob_free(&maker.rows);
    tn__blob_free(&maker.table);
    tn__blob_free(&maker.again);
    return status;
}

/* A record on its way back. */
struct restorer {
    tn__packed record;
    struct strip strip;
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
            status = for_block_rows(frame, read_row, restorer);
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
    status = make_strip(&record->frame, &restorer.strip);
    if (status == TN_OK)
        status = tn__blob_add(out, record->header.data, record->header.size);
    if (status == TN_OK)
        status = emit_rows(&restorer, out);
    if (status == TN_OK)
        status = tn__blob_add(out, record->trailer.data, record->trailer.size);
    if (status == TN_OK)
        status = check_restored(record, out);
    free_strip(&restorer.strip);
    return status;
}
