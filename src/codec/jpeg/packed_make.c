/* SPDX-License-Identifier: MIT */
/* Packing a JPEG. See packed.h.
 *
 * It goes by rows of MCUs: the coefficients of one are read, packed, and coded again, to see that
 * the file's own bytes come out; then the next row's take their place. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "codec/jpeg/emit.h"
#include "codec/jpeg/packed.h"
#include "codec/jpeg/scan.h"
#include "codec/jpeg/strip.h"
#include "tench.h"

enum { MARKER = 0xff, END_OF_IMAGE = 0xd9 };

/* Blocks out of their groups. */
static int sort_row(void *argument, int32_t c, int32_t k)
{
    const tn__strip *const strip = argument;
    const int16_t *const groups = strip->groups + strip->at[c] + (size_t)k * strip->row_size[c];
    for (int32_t b = 0; b < tn__strip_across(strip->frame, c); b++) {
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
    tn__strip strip;
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
    const int32_t n = tn__strip_across(&maker->frame, c);
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
    return tn__strip_visit(&maker->frame, sort_row, &maker->strip);
}

static int weigh_row(void *argument, int32_t c, int32_t k)
{
    struct maker *const maker = argument;
    const tn__pack_block *const blocks = maker->strip.blocks.row[c][k];
    for (int32_t b = 0; b < tn__strip_across(&maker->frame, c); b++)
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
            status = tn__strip_visit(&maker->frame, weigh_row, maker);
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
        status = tn__strip_visit(&maker->frame, pack_row, maker);
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
    int status = tn__strip_make(&maker->frame, &maker->strip);
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

/* Orders, header, trailer and table, behind room for the fixed fields; then the rows, which begin
 * at *rows_at. */
static int add_parts(const struct maker *maker, tn__bytes header, tn__bytes trailer, tn__blob *out,
                     size_t *rows_at)
{
    out->size = 0;
    int status = tn__blob_add(out, NULL, TN__PACKED_ORDERS);
    if (status == TN_OK)
        status = add_orders(maker, out);
    if (status == TN_OK)
        status = tn__blob_add(out, header.data, header.size);
    if (status == TN_OK)
        status = tn__blob_add(out, trailer.data, trailer.size);
    if (status == TN_OK)
        status = tn__blob_add(out, maker->table.bytes, maker->table.size);
    *rows_at = out->size;
    if (status == TN_OK)
        status = tn__blob_add(out, maker->rows.bytes, maker->rows.size);
    return status == TN_OK ? tn__blob_add(out, NULL, TN__PACKED_TAIL) : status;
}

static int assemble(const struct maker *maker, int32_t filling, tn__blob *out)
{
    const size_t trailer_at = maker->frame.scan_at + maker->again.size;
    const tn__bytes header = {maker->jpeg.data, maker->frame.scan_at};
    const tn__bytes trailer = {maker->jpeg.data + trailer_at, maker->jpeg.size - trailer_at};
    if (trailer.size > UINT32_MAX || header.size > UINT32_MAX)
        return TN__NOT_MINE;
    size_t rows_at;
    const int status = add_parts(maker, header, trailer, out, &rows_at);
    if (status != TN_OK)
        return status;
    uint8_t *const at = out->bytes;
    memcpy(at, tn__packed_magic, sizeof tn__packed_magic);
    tn__put_64(at + TN__PACKED_SIZE, out->size);
    tn__put_64(at + TN__PACKED_JPEG_SIZE, maker->jpeg.size);
    tn__hash_128(maker->jpeg.data, maker->jpeg.size, at + TN__PACKED_JPEG_HASH);
    tn__put_32(at + TN__PACKED_HEADER_SIZE, (uint32_t)header.size);
    tn__put_32(at + TN__PACKED_TRAILER_SIZE, (uint32_t)trailer.size);
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
    tn__strip_free(&maker.strip);
    tn__blob_free(&maker.rows);
    tn__blob_free(&maker.table);
    tn__blob_free(&maker.again);
    return status;
}
