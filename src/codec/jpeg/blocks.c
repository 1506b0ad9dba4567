/* SPDX-License-Identifier: MIT */
/* Decodes the blocks of a region: from entropy-coded data to samples. See blocks.h.
 *
 * If there is an index, the decoder tries it first: it reads each row of MCUs from an entry before
 * the region to one after it, two rows side by side. Otherwise it reads the scan from its start and
 * skips blocks outside the region. It may build an index meanwhile. */
#include "codec/jpeg/blocks.h"

#include <string.h>

#include "base/error.h"
#include "codec/jpeg/scan.h"
#include "tench.h"

/* TWO: number of rows that are decoded side by side if an index tells where both begin. SEAM_BYTES:
 * the byte in which the last MCU of a stretch ends also belongs to the next stretch, and perhaps
 * its stuffing does too. */
enum { TWO = 2, SEAM_BYTES = 2 };

struct job {
    const tn__jpeg_frame *frame;
    const tn__jpeg_region *region;
    tn__bytes bytes;
    tn__jpeg_tables *tables;
    size_t strip_at[TN__JPEG_MAX_COMPONENTS]; /* offset in a strip, in coefficients */
    size_t row_size[TN__JPEG_MAX_COMPONENTS]; /* size of a block row, in coefficients */
    size_t strip_size;
    int16_t *strip[TWO]; /* coefficients of a row of MCUs inside the region */
    uint8_t *unstuffed;  /* space for the scan, and for the ends of two stretches of it */
    tn__jpeg_index *build;
};

static size_t entry_bytes(int32_t rows, int32_t columns)
{
    return ((size_t)rows * (size_t)columns + 1) * sizeof(tn__jpeg_entry);
}

/* Upper bound of a strip's bytes for all sampling factors. */
static size_t strip_bytes(int32_t w)
{
    const size_t groups = (size_t)w / TN__JPEG_GROUP_W + 4;
    return groups * TN__JPEG_GROUP_SIZE * sizeof(int16_t) * TN__JPEG_MAX_PLACES;
}

static size_t unstuffed_bytes(size_t encoded_bytes)
{
    return encoded_bytes + TWO * tn__jpeg_scan_bytes(SEAM_BYTES);
}

size_t tn__jpeg_blocks_bytes(int32_t w, int32_t h, size_t encoded_bytes)
{
    return sizeof(tn__jpeg_tables) + TWO * strip_bytes(w) + unstuffed_bytes(encoded_bytes) +
           sizeof(tn__jpeg_index) + entry_bytes((h + 7) / 8, TN__JPEG_MAX_COLUMNS) +
           (size_t)8 * TN_PX_ALIGN;
}

static void lay_out_strips(struct job *job)
{
    for (int32_t c = 0; c < job->frame->n_components; c++) {
        job->strip_at[c] = job->strip_size;
        job->row_size[c] = (size_t)job->region->plane[c].n_groups * TN__JPEG_GROUP_SIZE;
        job->strip_size += job->row_size[c] * (size_t)job->frame->component[c].v;
    }
}

static int take_memory(struct job *job, tn__arena *arena)
{
    const tn__jpeg_region *const region = job->region;
    const bool skips = job->build || region->mcu_begin > 0 || region->row_begin > 0 ||
                       region->mcu_end < job->frame->mcus;
    lay_out_strips(job);
    job->tables = tn__arena_take(arena, sizeof *job->tables);
    for (int32_t k = 0; k < TWO; k++)
        job->strip[k] = tn__arena_take(arena, job->strip_size * sizeof(int16_t));
    job->unstuffed = tn__arena_take(arena, unstuffed_bytes(job->bytes.size - job->frame->scan_at));
    if (!job->tables || !job->strip[0] || !job->strip[1] || !job->unstuffed)
        return tn__error_last()->code;
    tn__jpeg_tables_make(job->frame, job->strip_at, job->row_size, skips, job->tables);
    return TN_OK;
}

static void clear_strip(const struct job *job, int16_t *strip)
{
    memset(strip, 0, job->strip_size * sizeof(int16_t));
}

static void transform_row(const struct job *job, int32_t row, const int16_t *strip)
{
    const tn__jpeg_kernels *const kernels = tn__jpeg_kernels_get();
    for (int32_t c = 0; c < job->frame->n_components; c++) {
        const tn__jpeg_component *const component = &job->frame->component[c];
        const tn__jpeg_plane *const plane = &job->region->plane[c];
        for (int32_t k = 0; k < component->v; k++) {
            const int32_t block_row = row * component->v + k;
            if (block_row < plane->row_begin || block_row >= plane->row_end)
                continue;
            const int16_t *const groups = strip + job->strip_at[c] + (size_t)k * job->row_size[c] +
                                          (ptrdiff_t)plane->group_begin * TN__JPEG_GROUP_SIZE;
            kernels->idct(groups, plane->group_end - plane->group_begin,
                          job->frame->quantiser[component->quantiser],
                          tn__jpeg_plane_at(plane, block_row, plane->group_begin), plane->stride);
        }
    }
}

static int32_t limited(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* Reads the MCUs from `from` up to `to` of a row, and keeps the coefficients that the region needs.
 */
static void read_part(const struct job *job, tn__jpeg_scan *scan, int32_t from, int32_t to,
                      int16_t *strip)
{
    const int32_t first = limited(job->region->mcu_begin, from, to);
    const int32_t past = limited(job->region->mcu_end, from, to);
    tn__jpeg_scan_skip(scan, first - from);
    tn__jpeg_scan_keep(scan, strip, first - job->region->mcu_begin, past - first);
    tn__jpeg_scan_skip(scan, to - past);
}

/* Does the same for a whole row, and adds entries to the index. */
static void read_and_note(const struct job *job, tn__jpeg_scan *scan, int32_t row, int16_t *strip)
{
    const tn__jpeg_index *const build = job->build;
    const int32_t mcus = job->frame->mcus;
    for (int32_t column = 0; column < build->columns; column++) {
        const int32_t from = column * build->step;
        const int32_t to = limited(from + build->step, from, mcus);
        build->entry[(ptrdiff_t)row * build->columns + column] = tn__jpeg_scan_place(scan);
        if (strip)
            read_part(job, scan, from, to, strip);
        else
            tn__jpeg_scan_skip(scan, to - from);
    }
}

/* Decodes rows from the scan's start. False: they are damaged. */
static bool decode_rows(const struct job *job, tn__jpeg_scan *scan)
{
    const tn__jpeg_region *const region = job->region;
    const int32_t mcus = job->frame->mcus;
    tn__jpeg_scan_start(scan);
    for (int32_t row = 0; row < region->row_begin && job->build; row++)
        read_and_note(job, scan, row, NULL);
    if (!job->build)
        tn__jpeg_scan_skip(scan, (int64_t)region->row_begin * mcus);
    for (int32_t row = region->row_begin; row < region->row_end; row++) {
        const bool last = row + 1 == region->row_end && row + 1 < job->frame->mcu_rows;
        clear_strip(job, job->strip[0]);
        if (job->build)
            read_and_note(job, scan, row, job->strip[0]);
        else
            read_part(job, scan, 0, last ? region->mcu_end : mcus, job->strip[0]);
        if (!tn__jpeg_scan_is_clean(scan))
            return false;
        transform_row(job, row, job->strip[0]);
    }
    return region->row_end < job->frame->mcu_rows || tn__jpeg_scan_has_ended(scan);
}

/* The index columns that cover the region, and the MCUs between which they lie. */
struct stretch {
    int32_t first, past, begin, end;
};

static struct stretch find_stretch(const struct job *job, const tn__jpeg_index *index)
{
    const int32_t first = job->region->mcu_begin / index->step;
    const int32_t past = (job->region->mcu_end + index->step - 1) / index->step;
    return (struct stretch){.first = first,
                            .past = past,
                            .begin = first * index->step,
                            .end = past < index->columns ? past * index->step : job->frame->mcus};
}

static bool is_same(const tn__jpeg_entry *a, const tn__jpeg_entry *b)
{
    return a->byte == b->byte && a->bit == b->bit && a->dc[0] == b->dc[0] && a->dc[1] == b->dc[1] &&
           a->dc[2] == b->dc[2];
}

/* One of up to two rows of MCUs that are read by an index. */
struct part {
    tn__jpeg_scan scan;
    const tn__jpeg_entry *from, *to;
    int16_t *strip;
    int32_t row;
};

/* Moves the readers to their entries. Stretches of one file do not overlap, so together they fit
 * the memory; entries that contradict this are wrong. */
static bool seek_parts(const struct job *job, struct stretch stretch, struct part parts[],
                       int32_t n)
{
    size_t room = job->bytes.size - job->frame->scan_at;
    uint8_t *memory = job->unstuffed;
    for (int32_t k = 0; k < n; k++) {
        struct part *const part = &parts[k];
        if (part->from->byte < job->frame->scan_at || part->to->byte < part->from->byte ||
            part->to->byte - part->from->byte > room)
            return false;
        const size_t n_bytes = part->to->byte - part->from->byte;
        part->scan = tn__jpeg_scan_make(job->frame, job->tables, job->bytes, memory);
        tn__jpeg_scan_seek(&part->scan, (int64_t)part->row * job->frame->mcus + stretch.begin,
                           part->from, part->to);
        memory += tn__jpeg_scan_bytes(n_bytes + SEAM_BYTES);
        room -= n_bytes;
    }
    return true;
}

/* Reads the MCUs of all parts: those before the region, its own, and those up to the entry after
 * it. */
static void read_parts(const struct job *job, struct stretch stretch, struct part parts[],
                       int32_t n)
{
    const int32_t begin = job->region->mcu_begin, end = job->region->mcu_end;
    const int32_t before = begin - stretch.begin, after = stretch.end - end;
    if (n == TWO) {
        tn__jpeg_scan *const scans[TWO] = {&parts[0].scan, &parts[1].scan};
        int16_t *const strips[TWO] = {parts[0].strip, parts[1].strip};
        tn__jpeg_scan_skip_two(scans, before);
        tn__jpeg_scan_keep_two(scans, strips, 0, end - begin);
        tn__jpeg_scan_skip_two(scans, after);
    } else {
        tn__jpeg_scan_skip(&parts[0].scan, before);
        tn__jpeg_scan_keep(&parts[0].scan, parts[0].strip, 0, end - begin);
        tn__jpeg_scan_skip(&parts[0].scan, after);
    }
}

/* Decodes rows of MCUs between two entries each. False: they are damaged, or do not end where the
 * index says. */
static bool decode_parts(const struct job *job, struct stretch stretch, struct part parts[],
                         int32_t n)
{
    if (!seek_parts(job, stretch, parts, n))
        return false;
    for (int32_t k = 0; k < n; k++)
        clear_strip(job, parts[k].strip);
    read_parts(job, stretch, parts, n);
    for (int32_t k = 0; k < n; k++) {
        const tn__jpeg_entry place = tn__jpeg_scan_place(&parts[k].scan);
        if (!tn__jpeg_scan_is_clean(&parts[k].scan) || !is_same(&place, parts[k].to))
            return false;
        transform_row(job, parts[k].row, parts[k].strip);
    }
    return true;
}

/* True if the index has the geometry of the file. */
static bool fits(const tn__jpeg_frame *frame, const tn__jpeg_index *index)
{
    return index->entry && index->rows == frame->mcu_rows && index->step > 0 &&
           index->columns == (frame->mcus + index->step - 1) / index->step;
}

static bool decode_indexed(const struct job *job, const tn__jpeg_index *index)
{
    if (!fits(job->frame, index))
        return false;
    const tn__jpeg_region *const region = job->region;
    const struct stretch stretch = find_stretch(job, index);
    struct part parts[TWO];
    int32_t n = TWO;
    for (int32_t row = region->row_begin; row < region->row_end; row += n) {
        n = region->row_end - row < TWO ? 1 : TWO;
        for (int32_t k = 0; k < n; k++) {
            const tn__jpeg_entry *const entries =
                index->entry + (ptrdiff_t)(row + k) * index->columns;
            parts[k].row = row + k;
            parts[k].strip = job->strip[k];
            parts[k].from = entries + stretch.first;
            parts[k].to = entries + stretch.past;
        }
        if (!decode_parts(job, stretch, parts, n))
            return false;
    }
    return region->row_end < job->frame->mcu_rows || stretch.end < job->frame->mcus ||
           tn__jpeg_scan_has_ended(&parts[n - 1].scan);
}

/* Reads the rest of the scan. False: the file gets no index. */
static bool finish_index(const struct job *job, tn__jpeg_scan *scan)
{
    for (int32_t row = job->region->row_end; row < job->frame->mcu_rows; row++)
        read_and_note(job, scan, row, NULL);
    job->build->entry[(ptrdiff_t)job->build->rows * job->build->columns] =
        tn__jpeg_scan_place(scan);
    return tn__jpeg_scan_has_ended(scan);
}

/* Takes memory for an index of `columns` entries a row, and sets its geometry. */
static int begin_index(struct job *job, int32_t columns, tn__arena *arena)
{
    const tn__jpeg_frame *const frame = job->frame;
    tn__jpeg_index *const index = tn__arena_take(arena, sizeof *index);
    if (!index)
        return tn__error_last()->code;
    *index = (tn__jpeg_index){.rows = frame->mcu_rows};
    columns = limited(columns, 1, TN__JPEG_MAX_COLUMNS);
    index->step = (frame->mcus + columns - 1) / columns;
    index->columns = (frame->mcus + index->step - 1) / index->step;
    index->entry = tn__arena_take(arena, entry_bytes(index->rows, index->columns));
    job->build = index;
    return index->entry ? TN_OK : tn__error_last()->code;
}

/* Decodes from the scan's start. *built becomes the index if one was wanted and possible. False:
 * something that the region needs is damaged. */
static bool decode_from_start(const struct job *job, const tn__aid **built)
{
    tn__jpeg_scan scan = tn__jpeg_scan_make(job->frame, job->tables, job->bytes, job->unstuffed);
    if (!decode_rows(job, &scan))
        return false;
    if (job->build && finish_index(job, &scan))
        *built = tn__jpeg_aid(job->build);
    return true;
}

int tn__jpeg_blocks_decode(const tn__jpeg_frame *frame, const tn__jpeg_region *region,
                           tn__bytes bytes, tn__access *access, tn__arena *arena)
{
    struct job job = {.frame = frame, .region = region, .bytes = bytes};
    const tn__aid *const aid = access ? access->aid : NULL;
    const tn__aid *built = NULL;
    int status = TN_OK;
    if (access && access->build > 0 && bytes.size <= UINT32_MAX)
        status = begin_index(&job, access->build, arena);
    if (status == TN_OK)
        status = take_memory(&job, arena);
    if (status != TN_OK)
        return status;
    if (aid && decode_indexed(&job, tn__jpeg_index_of(aid)))
        return TN_OK;
    if (aid)
        access->rejected = true;
    bool is_decoded = decode_from_start(&job, &built);
    if (!is_decoded && job.build) {
        /* The index needs more of the file than the region does. It must not change the verdict.
         */
        job.build = NULL;
        is_decoded = decode_from_start(&job, &built);
    }
    if (access && built)
        access->built = built;
    return is_decoded ? TN_OK : TN__NOT_MINE;
}
