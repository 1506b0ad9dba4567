/* SPDX-License-Identifier: MIT */
/* Reading packed JPEGs. See packed.h. */
#include "codec/jpeg/packed.h"

#include "base/error.h"
#include "tench.h"

enum { VERSION_AT = 7, MAGIC_BYTES = 8 };
_Static_assert(TN__PACKED_TAIL + TN__READ_BEHIND >= TN__PACK_SLACK, "blocks may look that far");

const uint8_t tn__packed_magic[MAGIC_BYTES] = {0x8a, 'T', 'N', 'C', 'O', 'E', 'F', 1};

bool tn__packed_sniff(tn__bytes bytes)
{
    return bytes.size >= MAGIC_BYTES && memcmp(bytes.data, tn__packed_magic, VERSION_AT) == 0;
}

static int fail_head(const char *what)
{
    return tn__fail(TN_EDECODE, "packed JPEG: %s", what);
}

int tn__packed_damaged(int32_t mcu_row)
{
    return tn__fail(TN_EDECODE, "packed JPEG: the coefficients of row %d of MCUs are damaged",
                    mcu_row);
}

static uint64_t hash(const uint8_t *bytes, size_t n_bytes)
{
    return tn__pack_kernels_get()->hash(bytes, n_bytes);
}

/* Finds the parts that the fixed fields speak of; all of them must be in `bytes`. */
static int find_parts(tn__bytes bytes, bool head, tn__packed *record)
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
        return tn__fail(TN_EDECODE, "packed JPEG: has %zu bytes, not the %llu that it says",
                        bytes.size, (unsigned long long)size);
    if (rows_at > bytes.size)
        return fail_head(head ? "its head is longer than what was read of it"
                              : "its parts are longer than itself");
    record->header = (tn__bytes){data + header_at, (size_t)header};
    record->trailer = (tn__bytes){data + header_at + header, (size_t)trailer};
    record->table = data + table_at;
    record->rows_at = (size_t)rows_at;
    if (hash(data + TN__PACKED_SIZE, (size_t)rows_at - TN__PACKED_SIZE) !=
        tn__get_64(data + TN__PACKED_CHECKSUM))
        return fail_head("its header is damaged");
    return TN_OK;
}

/* Rows lie one behind the other, and a tail of zeros behind them. */
static int check_rows(const tn__packed *record, uint64_t size)
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

int tn__packed_read(tn__bytes bytes, bool head, tn__packed *record)
{
    if (!tn__packed_sniff(bytes) || bytes.size < TN__PACKED_ORDERS)
        return fail_head("it is cut off");
    if (bytes.data[VERSION_AT] != tn__packed_magic[VERSION_AT])
        return tn__fail(TN_EDECODE, "packed JPEG of version %d; this build reads version %d",
                        bytes.data[VERSION_AT], tn__packed_magic[VERSION_AT]);
    *record = (tn__packed){.bytes = bytes,
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
        return fail_head("its header is not one of a packed file");
    for (int32_t c = 0; c < record->frame.n_components; c++)
        if (!tn__pack_order_read(bytes.data + TN__PACKED_ORDERS +
                                     (ptrdiff_t)c * TN__PACKED_ORDER_SIZE,
                                 &record->order[c]))
            return fail_head("an order of coefficients is none");
    return check_rows(record, tn__get_64(bytes.data + TN__PACKED_SIZE));
}

int tn__packed_walk_begin(const tn__packed *record, int32_t mcu_row, tn__packed_walk *walk)
{
    const uint8_t *const entry = record->table + (size_t)mcu_row * TN__PACKED_ROW_ENTRY;
    const uint8_t *const rows = record->bytes.data + record->rows_at;
    const uint32_t begin = mcu_row > 0 ? tn__get_32(entry - TN__PACKED_ROW_ENTRY) : 0;
    *walk =
        (tn__packed_walk){.at = rows + begin, .end = rows + tn__get_32(entry), .mcu_row = mcu_row};
    const uint64_t found = hash(walk->at, (size_t)(walk->end - walk->at));
    return (uint32_t)found == tn__get_32(entry + 4) ? TN_OK : tn__packed_damaged(mcu_row);
}

int tn__packed_walk_next(const tn__packed *record, tn__packed_walk *walk, int32_t c,
                         tn__pack_row *row)
{
    const int32_t n_blocks = record->frame.mcus * record->frame.component[c].h;
    const size_t left = (size_t)(walk->end - walk->at);
    if (left < tn__pack_fixed_bytes(n_blocks))
        return tn__packed_damaged(walk->mcu_row);
    tn__pack_row_open(record->layout, &record->order[c], n_blocks, walk->at, row);
    const size_t size =
        tn__pack_fixed_bytes(n_blocks) + tn__pack_kernels_get()->sum(row->size, n_blocks);
    if (size > left)
        return tn__packed_damaged(walk->mcu_row);
    walk->at += size;
    return TN_OK;
}

int tn__packed_walk_end(const tn__packed_walk *walk)
{
    return walk->at == walk->end ? TN_OK : tn__packed_damaged(walk->mcu_row);
}
