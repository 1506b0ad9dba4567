/* SPDX-License-Identifier: MIT */
/* Packed JPEGs: the codec, which decodes any region without entropy decoding; restoring; packing.
 * See packed.h.
 *
 * A record contains the header of the file unchanged. The codec derives everything but the
 * coefficients from it, as it would from the file itself, and so gets the same pixels.
 *
 * Packing goes by rows of MCUs. It reads the coefficients of one row, packs them, and encodes them
 * again, to see that they give the file's bytes. Then the next row takes their place. */
#include "codec/jpeg/packed.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "codec/exif.h"
#include "codec/jpeg/emit.h"
#include "codec/jpeg/libjpeg.h"
#include "codec/jpeg/region.h"
#include "codec/jpeg/scan.h"
#include "cpu/checksum.h"
#include "tench.h"

enum { VERSION_AT = 7, MAGIC_BYTES = 8 };
_Static_assert(TN__PACKED_TAIL + TN__READ_PADDING >= TN__PACK_SLACK, "blocks may look that far");

static const uint8_t magic[MAGIC_BYTES] = {0x8a, 'T', 'N', 'C', 'O', 'E', 'F', 1};

/* True if the bytes begin like a record of any version. */
static bool sniff(tn__bytes bytes)
{
    return bytes.size >= MAGIC_BYTES && memcmp(bytes.data, magic, VERSION_AT) == 0;
}

/* A record with a checked head. */
struct record {
    tn__bytes bytes;
    tn__jpeg_frame frame;
    int32_t layout;
    int32_t filling;
    uint64_t jpeg_size;
    const uint8_t *jpeg_hash; /* XXH3, 128 bits, canonical */
    tn__bytes header, trailer;
    tn__pack_order order[TN__JPEG_MAX_COMPONENTS];
    const uint8_t *table; /* ends and checksums of the rows */
    size_t rows_at;
};

/* A position among the block rows of a row of MCUs. */
struct walk {
    const uint8_t *at, *end;
    int32_t mcu_row;
};

static int fail_head(const char *what)
{
    tn__fail(TN_EDECODE, "packed JPEG: %s", what);
    return TN_EDECODE;
}

static int fail_row(int32_t mcu_row)
{
    tn__fail(TN_EDECODE, "packed JPEG: the coefficients of row %d of MCUs are damaged", mcu_row);
    return TN_EDECODE;
}

/* Finds the parts that the fixed fields describe; `bytes` must contain all of them. */
static int find_parts(tn__bytes bytes, bool head, struct record *record)
{
    const uint8_t *const data = bytes.data;
    const uint64_t size = tn__get_64(data + TN__PACKED_SIZE);
    const uint64_t header = tn__get_32(data + TN__PACKED_HEADER_SIZE);
    const uint64_t trailer = tn__get_32(data + TN__PACKED_TRAILER_SIZE);
    const uint64_t n_rows = tn__get_32(data + TN__PACKED_ROWS);
    const uint64_t header_at =
        TN__PACKED_ORDERS + (uint64_t)data[TN__PACKED_COMPONENTS] * TN__PACKED_ORDER_SIZE;
    const uint64_t table_at = header_at + header + trailer;
    const uint64_t rows_at = table_at + n_rows * TN__PACKED_ROW_ENTRY;
    if (head ? size < bytes.size : size != bytes.size)
        return tn__fail(TN_EDECODE, "packed JPEG: it has %zu bytes, but its header says %llu",
                        bytes.size, (unsigned long long)size);
    if (rows_at > bytes.size)
        return fail_head(head ? "its head exceeds the bytes that were read"
                              : "its parts exceed its size");
    record->header = (tn__bytes){data + header_at, (size_t)header};
    record->trailer = (tn__bytes){data + header_at + header, (size_t)trailer};
    record->table = data + table_at;
    record->rows_at = (size_t)rows_at;
    if (tn__checksum(data + TN__PACKED_SIZE, (size_t)rows_at - TN__PACKED_SIZE) !=
        tn__get_64(data + TN__PACKED_CHECKSUM))
        return fail_head("its header is damaged");
    return TN_OK;
}

/* The rows must follow each other without gaps, and zeros must follow the last one. */
static int check_rows(const struct record *record, uint64_t size)
{
    uint32_t before = 0;
    for (int32_t row = 0; row < record->frame.mcu_rows; row++) {
        const uint32_t end = tn__get_32(record->table + (size_t)row * TN__PACKED_ROW_ENTRY);
        if (end < before)
            return fail_head("its rows overlap");
        before = end;
    }
    if (record->rows_at + (uint64_t)before + TN__PACKED_TAIL != size)
        return fail_head("its rows do not fill it");
    return TN_OK;
}

/* Reads and checks everything before the rows. `head`: `bytes` may be only the beginning of the
 * record. TN_EDECODE: the message says what is damaged. */
static int read_record(tn__bytes bytes, bool head, struct record *record)
{
    if (!sniff(bytes) || bytes.size < TN__PACKED_ORDERS)
        return fail_head("it is truncated");
    if (bytes.data[VERSION_AT] != magic[VERSION_AT]) {
        tn__fail(TN_EDECODE, "packed JPEG of version %d; this build reads version %d",
                 bytes.data[VERSION_AT], magic[VERSION_AT]);
        return TN_EDECODE;
    }
    *record = (struct record){.bytes = bytes,
                              .jpeg_size = tn__get_64(bytes.data + TN__PACKED_JPEG_SIZE),
                              .jpeg_hash = bytes.data + TN__PACKED_JPEG_HASH,
                              .layout = bytes.data[TN__PACKED_LAYOUT],
                              .filling = bytes.data[TN__PACKED_FILLING]};
    const int status = find_parts(bytes, head, record);
    if (status != TN_OK)
        return status;
    if (record->layout != TN__PACK_FAST && record->layout != TN__PACK_SMALL)
        return tn__fail(TN_EDECODE, "packed JPEG: its layout is %d, which is unknown",
                        record->layout);
    if (record->filling > 1 || !tn__jpeg_frame_read(record->header, &record->frame) ||
        record->frame.scan_at != record->header.size ||
        bytes.data[TN__PACKED_COMPONENTS] != record->frame.n_components ||
        tn__get_32(bytes.data + TN__PACKED_ROWS) != (uint32_t)record->frame.mcu_rows)
        return fail_head("its header is not that of a packed file");
    for (int32_t c = 0; c < record->frame.n_components; c++)
        if (!tn__pack_order_read(bytes.data + TN__PACKED_ORDERS +
                                     (ptrdiff_t)c * TN__PACKED_ORDER_SIZE,
                                 &record->order[c]))
            return fail_head("an order of its coefficients is invalid");
    return check_rows(record, tn__get_64(bytes.data + TN__PACKED_SIZE));
}

/* Checks the bytes of a row of MCUs and moves to its first block row. TN_EDECODE. */
static int walk_begin(const struct record *record, int32_t mcu_row, struct walk *walk)
{
    const uint8_t *const entry = record->table + (size_t)mcu_row * TN__PACKED_ROW_ENTRY;
    const uint8_t *const rows = record->bytes.data + record->rows_at;
    const uint32_t begin = mcu_row > 0 ? tn__get_32(entry - TN__PACKED_ROW_ENTRY) : 0;
    *walk = (struct walk){.at = rows + begin, .end = rows + tn__get_32(entry), .mcu_row = mcu_row};
    const uint64_t found = tn__checksum(walk->at, (size_t)(walk->end - walk->at));
    return (uint32_t)found == tn__get_32(entry + 4) ? TN_OK : fail_row(mcu_row);
}

/* Reads the next block row, which belongs to component c. TN_EDECODE. */
static int walk_next(const struct record *record, struct walk *walk, int32_t c, tn__pack_row *row)
{
    const int32_t n_blocks = record->frame.mcus * record->frame.component[c].h;
    const size_t left = (size_t)(walk->end - walk->at);
    if (left < tn__pack_fixed_bytes(n_blocks))
        return fail_row(walk->mcu_row);
    tn__pack_row_open(record->layout, &record->order[c], n_blocks, walk->at, row);
    const size_t size =
        tn__pack_fixed_bytes(n_blocks) + tn__pack_kernels_get()->sum(row->size, n_blocks);
    if (size > left)
        return fail_row(walk->mcu_row);
    walk->at += size;
    return TN_OK;
}

/* Checks that nothing follows the last block row. TN_EDECODE. */
static int walk_end(const struct walk *walk)
{
    return walk->at == walk->end ? TN_OK : fail_row(walk->mcu_row);
}

static int probe(tn__bytes bytes, tn__info *info)
{
    struct record record;
    const int status = read_record(bytes, true, &record);
    if (status != TN_OK)
        return status;
    *info = (tn__info){
        .w = record.frame.w,
        .h = record.frame.h,
        .channels = record.frame.n_components,
        .bits = 8,
        .file_channels = record.frame.n_components,
        .file_bits = 8,
        .orientation = tn__exif_orientation(record.header),
        .own = {[TN__JPEG_PLANE_QUARTERS] = (uint64_t)tn__jpeg_plane_quarters(&record.frame)},
        .format = "packed jpeg",
        .no_aid = TN__AID_FORMAT,
    };
    return TN_OK;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    return tn__jpeg_region_bytes(info, want);
}

static void decode_blocks(const struct record *record, const tn__jpeg_region *region, int32_t c,
                          int32_t block_row, const tn__pack_row *row)
{
    const tn__pack_kernels *const kernels = tn__pack_kernels_get();
    const tn__jpeg_plane *const plane = &region->plane[c];
    const int32_t first = plane->column + plane->group_begin * TN__JPEG_GROUP;
    kernels->decode(row, row->blocks + kernels->sum(row->size, first < row->n ? first : row->n),
                    first, plane->group_end - plane->group_begin,
                    record->frame.quantiser[record->frame.component[c].quantiser],
                    tn__jpeg_plane_at(plane, block_row, plane->group_begin), plane->stride);
}

static int decode_row(const struct record *record, const tn__jpeg_region *region, int32_t mcu_row)
{
    struct walk walk;
    int status = walk_begin(record, mcu_row, &walk);
    for (int32_t c = 0; c < record->frame.n_components && status == TN_OK; c++) {
        const tn__jpeg_plane *const plane = &region->plane[c];
        const int32_t v = record->frame.component[c].v;
        for (int32_t k = 0; k < v && status == TN_OK; k++) {
            const int32_t block_row = mcu_row * v + k;
            tn__pack_row row;
            status = walk_next(record, &walk, c, &row);
            if (status == TN_OK && block_row >= plane->row_begin && block_row < plane->row_end)
                decode_blocks(record, region, c, block_row, &row);
        }
    }
    return status == TN_OK ? walk_end(&walk) : status;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    struct record record;
    tn__jpeg_region region;
    *damage = 0;
    int status = read_record(bytes, false, &record);
    if (status != TN_OK)
        return status;
    if (!tn__jpeg_frame_holds(&record.frame, want->need))
        return tn__fail(TN_EINVAL, "region %d,%d %dx%d is not inside the image of %dx%d",
                        want->need.x, want->need.y, want->need.w, want->need.h, record.frame.w,
                        record.frame.h);
    status = tn__jpeg_region_make(&record.frame, info, want, arena, &region);
    for (int32_t row = region.row_begin; row < region.row_end && status == TN_OK; row++)
        status = decode_row(&record, &region, row);
    if (status != TN_OK)
        return status;
    return tn__jpeg_region_finish(&record.frame, &region, arena, out);
}

/* The blocks of one row of MCUs; packing and restoring reuse it for each row. */
struct strip {
    const tn__jpeg_frame *frame;
    tn__jpeg_blocks blocks;
    int16_t *groups; /* only for packing: blocks in the form that the entropy decoder writes */
    /* In coefficients: the offset of a component's groups, the size of its block rows, and the
     * total size. */
    size_t at[TN__JPEG_MAX_COMPONENTS], row_size[TN__JPEG_MAX_COMPONENTS], size;
};

/* Blocks in a block row of component c. */
static int32_t blocks_across(const tn__jpeg_frame *frame, int32_t c)
{
    return frame->mcus * frame->component[c].h;
}

/* Calls `visit` for each block row of a row of MCUs: row k of component c. Stops at the first
 * status that is not TN_OK, and returns it. */
static int visit_rows(const tn__jpeg_frame *frame,
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

/* Takes memory for the blocks, but not for the groups. TN_ENOMEM: the caller must call free_strip
 * in this case too. */
static int make_strip(const tn__jpeg_frame *frame, struct strip *strip)
{
    *strip = (struct strip){.frame = frame};
    for (int32_t c = 0; c < frame->n_components; c++) {
        const int32_t groups = (blocks_across(frame, c) + TN__JPEG_GROUP - 1) / TN__JPEG_GROUP;
        strip->at[c] = strip->size;
        strip->row_size[c] = (size_t)groups * TN__JPEG_GROUP_SIZE;
        strip->size += strip->row_size[c] * (size_t)frame->component[c].v;
    }
    return visit_rows(frame, take_row, strip);
}

static void free_strip(struct strip *strip)
{
    for (int32_t c = 0; c < TN__JPEG_MAX_COMPONENTS; c++) {
        free(strip->blocks.row[c][0]);
        free(strip->blocks.row[c][1]);
    }
}

/* A record that is being restored. */
struct restorer {
    struct record record;
    struct strip strip;
    struct walk walk;
};

static int read_row(void *argument, int32_t c, int32_t k)
{
    struct restorer *const restorer = argument;
    tn__pack_row row;
    const int status = walk_next(&restorer->record, &restorer->walk, c, &row);
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
        status = walk_begin(&restorer->record, row, &restorer->walk);
        if (status == TN_OK)
            status = visit_rows(frame, read_row, restorer);
        if (status == TN_OK)
            status = walk_end(&restorer->walk);
        if (status == TN_OK)
            status = tn__jpeg_emit_row(&emitter, &restorer->strip.blocks, out);
        if (status == TN__NOT_MINE)
            status = fail_row(row);
    }
    return status == TN_OK ? tn__jpeg_emit_end(&emitter, out) : status;
}

static int check_restored(const struct record *record, const tn__blob *out)
{
    uint8_t hash[16];
    tn__hash_128(out->bytes, out->size, hash);
    if (out->size == record->jpeg_size && memcmp(hash, record->jpeg_hash, sizeof hash) == 0)
        return TN_OK;
    return tn__fail(TN_EDECODE, "packed JPEG: the restored file differs from the packed one");
}

int tn__packed_restore(tn__bytes bytes, tn__blob *out)
{
    struct restorer restorer = {.walk = {0}};
    struct record *const record = &restorer.record;
    out->size = 0;
    int status = read_record(bytes, false, record);
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

enum { MARKER = 0xff, END_OF_IMAGE = 0xd9 };

/* Copies blocks out of their groups. */
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

/* A JPEG that is being packed. */
struct maker {
    tn__bytes jpeg;
    tn__jpeg_frame frame;
    int32_t layout;
    struct strip strip;
    tn__jpeg_tables *tables;
    tn__jpeg_scan scan;
    tn__jpeg_emitter emitter;
    uint64_t weight[TN__JPEG_MAX_COMPONENTS][64]; /* sums of magnitudes, by natural index */
    tn__pack_order order[TN__JPEG_MAX_COMPONENTS];
    tn__blob rows;  /* packed rows */
    tn__blob table; /* ends and checksums of the rows */
    tn__blob again; /* the scan, encoded again */
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

/* Reads the next row of MCUs. TN__NOT_MINE: the row is damaged. */
static int read_mcu_row(struct maker *maker)
{
    memset(maker->strip.groups, 0, maker->strip.size * sizeof(int16_t));
    tn__jpeg_scan_keep(&maker->scan, maker->strip.groups, 0, maker->frame.mcus);
    if (!tn__jpeg_scan_is_clean(&maker->scan))
        return TN__NOT_MINE;
    return visit_rows(&maker->frame, sort_row, &maker->strip);
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

/* Sorts coefficients by weight, the heaviest first. Equal ones keep their zigzag order. */
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

/* Finds the order of each component's coefficients, by reading the whole file once. */
static int find_orders(struct maker *maker)
{
    int status = TN_OK;
    tn__jpeg_scan_start(&maker->scan);
    for (int32_t row = 0; row < maker->frame.mcu_rows && status == TN_OK; row++) {
        status = read_mcu_row(maker);
        if (status == TN_OK)
            status = visit_rows(&maker->frame, weigh_row, maker);
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
        status = visit_rows(&maker->frame, pack_row, maker);
    if (status == TN_OK)
        status = tn__jpeg_emit_row(&maker->emitter, &maker->strip.blocks, &maker->again);
    if (status != TN_OK)
        return status;
    if (maker->rows.size > UINT32_MAX)
        return TN__NOT_MINE;
    tn__put_32(entry, (uint32_t)maker->rows.size);
    tn__put_32(entry + 4,
               (uint32_t)tn__checksum(maker->rows.bytes + before, maker->rows.size - before));
    return tn__blob_add(&maker->table, entry, sizeof entry);
}

/* Packs all rows, and encodes them again with this padding bit. TN__NOT_MINE: the scan became
 * another one, or no end marker follows it. */
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

/* Adds orders, header, trailer and table after space for the fixed fields, and then the rows, which
 * begin at *rows_at. */
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
    memcpy(at, magic, sizeof magic);
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
               tn__checksum(at + TN__PACKED_SIZE, rows_at - TN__PACKED_SIZE));
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

const tn__codec tn__codec_packed = {
    .spec = &tn__jpeg_spec,
    .sniff = sniff,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
    .pack = tn__packed_make,
    .restore = tn__packed_restore,
};
