/* SPDX-License-Identifier: MIT */
/* Reads a baseline scan. See scan.h. */
#include "codec/jpeg/scan.h"

#include <string.h>

enum { MARKER_RST0 = 0xd0, MARKER_EOI = 0xd9, RESTARTS = 8 };
/* Encoders write dequantised DC coefficients up to 1024. From 8192 on, libjpeg's short cut for
 * blocks without AC coefficients overflows. */
enum { MAX_DC = 8191, MAX_COEFFICIENT = 32767 };
enum { STORE_BYTES = 64 }; /* bytes that may be written after the unstuffed ones and the zeros */

static int32_t dc_limit(const tn__jpeg_frame *frame, const tn__jpeg_component *component)
{
    const int32_t quantiser = frame->quantiser[component->quantiser][0];
    return quantiser ? MAX_DC / quantiser : MAX_COEFFICIENT;
}

static void add_places(const tn__jpeg_frame *frame, int32_t c, size_t strip_at, size_t row_size,
                       tn__jpeg_tables *tables)
{
    const tn__jpeg_component *const component = &frame->component[c];
    for (int32_t k = 0; k < component->h * component->v; k++)
        tables->layout.place[tables->layout.n_places++] = (tn__jpeg_place){
            .dc = &tables->dc[component->dc],
            .ac = &tables->ac[component->ac],
            .component = c,
            .across = component->h,
            .column = k % component->h,
            .strip_at = strip_at + (size_t)(k / component->h) * row_size,
            .dc_limit = dc_limit(frame, component),
        };
}

void tn__jpeg_tables_make(const tn__jpeg_frame *frame, const size_t strip_at[],
                          const size_t row_size[], bool skips, tn__jpeg_tables *tables)
{
    const tn__jpeg_kernels *const kernels = tn__jpeg_kernels_get();
    bool made_dc[TN__JPEG_TABLES] = {false}, made_ac[TN__JPEG_TABLES] = {false};
    tables->layout.n_places = 0;
    for (int32_t c = 0; c < frame->n_components; c++) {
        const int32_t dc = frame->component[c].dc, ac = frame->component[c].ac;
        if (!made_dc[dc])
            kernels->make_dc(frame->dc[dc], &tables->dc[dc]);
        if (!made_ac[ac])
            kernels->make_ac(frame->ac[ac], &tables->ac[ac]);
        if (!made_ac[ac] && skips)
            kernels->make_skip(&tables->ac[ac]);
        made_dc[dc] = made_ac[ac] = true;
        add_places(frame, c, strip_at[c], row_size[c], tables);
    }
}

size_t tn__jpeg_scan_bytes(size_t n_bytes)
{
    return n_bytes + TN__JPEG_ZEROS + STORE_BYTES;
}

tn__jpeg_scan tn__jpeg_scan_make(const tn__jpeg_frame *frame, const tn__jpeg_tables *tables,
                                 tn__bytes bytes, uint8_t *memory)
{
    return (tn__jpeg_scan){
        .frame = frame, .tables = tables, .bytes = bytes, .limit = bytes.size, .unstuffed = memory};
}

/* Opens the interval that begins at `begin`, at a bit of its first byte. */
static void open_interval(tn__jpeg_scan *scan, size_t begin, int32_t bit)
{
    const uint8_t *const data = scan->bytes.data;
    uint8_t *end;
    scan->begin = begin;
    scan->end = (size_t)(tn__jpeg_kernels_get()->unstuff(data + begin, data + scan->limit,
                                                         scan->unstuffed, &end) -
                         data);
    scan->counted = scan->counted_full = 0;
    tn__jpeg_stream_open(&scan->stream, scan->unstuffed, end, bit);
}

void tn__jpeg_scan_start(tn__jpeg_scan *scan)
{
    scan->limit = scan->bytes.size;
    scan->mcu = 0;
    scan->left = scan->frame->restart_interval;
    open_interval(scan, scan->frame->scan_at, 0);
}

/* Returns the restart marker that must precede the next MCU. */
static int32_t marker_due(const tn__jpeg_scan *scan)
{
    return MARKER_RST0 + (int32_t)((scan->mcu / scan->frame->restart_interval - 1) % RESTARTS);
}

/* If decoding restarts at the next MCU, checks that the entry says so. The data after it could not
 * reveal the error: wrong predictors stay wrong by the same amount, up to an entry that may have
 * the same error. Elsewhere there is nothing to compare an entry with. */
static bool may_begin(const tn__jpeg_scan *scan, const tn__jpeg_entry *entry)
{
    const int32_t interval = scan->frame->restart_interval;
    const bool is_first = scan->mcu == 0;
    if (!is_first && (interval == 0 || scan->mcu % interval != 0))
        return true;
    for (int32_t c = 0; c < scan->frame->n_components; c++)
        if (entry->dc[c] != 0)
            return false;
    if (is_first)
        return entry->byte == scan->frame->scan_at && entry->bit == 0;
    /* The header precedes the scan, so the bytes before an entry exist. */
    const uint8_t *const marker = scan->bytes.data + entry->byte - 2;
    return entry->bit == 0 && marker[0] == 0xff && marker[1] == marker_due(scan);
}

void tn__jpeg_scan_seek(tn__jpeg_scan *scan, int64_t mcu, const tn__jpeg_entry *entry,
                        const tn__jpeg_entry *end)
{
    const int32_t interval = scan->frame->restart_interval;
    scan->mcu = mcu;
    scan->left = interval ? interval - (int32_t)(mcu % interval) : 0;
    if (entry->byte < scan->frame->scan_at || entry->byte > end->byte ||
        end->byte >= scan->bytes.size || entry->bit > 7 || !may_begin(scan, entry)) {
        scan->stream.damaged = true;
        return;
    }
    /* The last MCU may end inside the byte at `end`, which may be stuffed. */
    scan->limit = scan->bytes.size - end->byte > 2 ? (size_t)end->byte + 2 : scan->bytes.size;
    open_interval(scan, entry->byte, entry->bit);
    for (int32_t c = 0; c < scan->frame->n_components; c++)
        scan->stream.dc[c] = entry->dc[c];
}

static int64_t bits_left(const tn__jpeg_scan *scan)
{
    return 8 * (int64_t)(scan->stream.end - scan->unstuffed) -
           tn__jpeg_stream_bits(&scan->stream, scan->unstuffed);
}

/* Returns the marker after the interval if the interval was read to its last byte, else 0. *after:
 * the offset after the marker. */
static int32_t marker_after(const tn__jpeg_scan *scan, size_t *after)
{
    const int64_t left = bits_left(scan);
    size_t at = scan->end;
    while (at < scan->bytes.size && scan->bytes.data[at] == 0xff)
        at++;
    *after = at + 1;
    if (left < 0 || left > 7 || at == scan->end || at == scan->bytes.size)
        return 0;
    return scan->bytes.data[at];
}

/* Moves past the restart marker that is due. A damaged stream stays damaged. */
static void restart(tn__jpeg_scan *scan)
{
    if (scan->stream.damaged)
        return;
    size_t after;
    if (marker_after(scan, &after) != marker_due(scan)) {
        scan->stream.damaged = true;
        return;
    }
    scan->left = scan->frame->restart_interval;
    /* The marker may lie past the limit of a reader that began at an entry. */
    if (scan->limit < after)
        scan->limit = after;
    open_interval(scan, after, 0);
}

/* Returns how many of n MCUs can be read before the next marker. Moves past a marker that is due.
 */
static int32_t ready(tn__jpeg_scan *scan, int64_t n)
{
    const int32_t most = INT32_MAX;
    if (scan->frame->restart_interval == 0)
        return n < most ? (int32_t)n : most;
    if (scan->left == 0)
        restart(scan);
    return n < scan->left ? (int32_t)n : scan->left;
}

static void advance(tn__jpeg_scan *scan, int32_t n)
{
    scan->mcu += n;
    if (scan->frame->restart_interval)
        scan->left -= n;
}

void tn__jpeg_scan_skip(tn__jpeg_scan *scan, int64_t n)
{
    while (n > 0 && !scan->stream.damaged) {
        const int32_t now = ready(scan, n);
        tn__jpeg_kernels_get()->skip(&scan->stream, &scan->tables->layout, now);
        advance(scan, now);
        n -= now;
    }
}

void tn__jpeg_scan_keep(tn__jpeg_scan *scan, int16_t *strip, int32_t column, int32_t n)
{
    while (n > 0 && !scan->stream.damaged) {
        const int32_t now = ready(scan, n);
        tn__jpeg_kernels_get()->keep(&scan->stream, &scan->tables->layout, strip, column, now);
        advance(scan, now);
        column += now;
        n -= now;
    }
}

/* True if both can read n MCUs, and at least one, before the next marker. */
static bool are_ready(tn__jpeg_scan *const scans[2], int32_t n)
{
    return n > 0 && ready(scans[0], n) == n && ready(scans[1], n) == n;
}

void tn__jpeg_scan_keep_two(tn__jpeg_scan *const scans[2], int16_t *const strips[2], int32_t column,
                            int32_t n)
{
    if (!are_ready(scans, n)) {
        tn__jpeg_scan_keep(scans[0], strips[0], column, n);
        tn__jpeg_scan_keep(scans[1], strips[1], column, n);
        return;
    }
    tn__jpeg_stream *const streams[2] = {&scans[0]->stream, &scans[1]->stream};
    tn__jpeg_kernels_get()->keep_two(streams, &scans[0]->tables->layout, strips, column, n);
    advance(scans[0], n);
    advance(scans[1], n);
}

void tn__jpeg_scan_skip_two(tn__jpeg_scan *const scans[2], int32_t n)
{
    if (!are_ready(scans, n)) {
        tn__jpeg_scan_skip(scans[0], n);
        tn__jpeg_scan_skip(scans[1], n);
        return;
    }
    tn__jpeg_stream *const streams[2] = {&scans[0]->stream, &scans[1]->stream};
    tn__jpeg_kernels_get()->skip_two(streams, &scans[0]->tables->layout, n);
    advance(scans[0], n);
    advance(scans[1], n);
}

static int64_t n_mcus(const tn__jpeg_frame *frame)
{
    return (int64_t)frame->mcus * frame->mcu_rows;
}

/* Counts pieces that are short enough for a count of one byte: so a vector counts as many bytes at
 * once as it has. */
static size_t count_full(const uint8_t *bytes, size_t n)
{
    enum { PIECE = 240 };
    size_t count = 0;
    while (n > 0) {
        const size_t n_piece = n < PIECE ? n : PIECE;
        uint8_t full = 0;
        for (size_t k = 0; k < n_piece; k++)
            full = (uint8_t)(full + (bytes[k] == 0xff));
        count += full;
        bytes += n_piece;
        n -= n_piece;
    }
    return count;
}

/* Returns the offset in the file of unstuffed byte `at` of the interval. In the file a zero follows
 * each 0xff. The function counts the 0xff from the end, or from the end of the last count,
 * whichever is nearer. */
static size_t offset_of(tn__jpeg_scan *scan, size_t at)
{
    const size_t n = (size_t)(scan->stream.end - scan->unstuffed);
    if (n - at < at - scan->counted)
        return scan->end - (n - at) - count_full(scan->unstuffed + at, n - at);
    scan->counted_full += count_full(scan->unstuffed + scan->counted, at - scan->counted);
    scan->counted = at;
    return scan->begin + at + scan->counted_full;
}

tn__jpeg_entry tn__jpeg_scan_place(tn__jpeg_scan *scan)
{
    tn__jpeg_entry place = {0};
    if (scan->frame->restart_interval && scan->left == 0 && scan->mcu < n_mcus(scan->frame))
        restart(scan);
    const int64_t bits = tn__jpeg_stream_bits(&scan->stream, scan->unstuffed);
    if (!tn__jpeg_scan_is_clean(scan))
        return place;
    place.byte = (uint32_t)offset_of(scan, (size_t)(bits / 8));
    place.bit = (uint8_t)(bits % 8);
    for (int32_t c = 0; c < scan->frame->n_components; c++)
        place.dc[c] = (int16_t)scan->stream.dc[c];
    return place;
}

bool tn__jpeg_scan_is_clean(const tn__jpeg_scan *scan)
{
    return !scan->stream.damaged && bits_left(scan) >= 0;
}

bool tn__jpeg_scan_has_ended(const tn__jpeg_scan *scan)
{
    size_t after;
    return tn__jpeg_scan_is_clean(scan) && scan->mcu == n_mcus(scan->frame) &&
           marker_after(scan, &after) == MARKER_EOI;
}
