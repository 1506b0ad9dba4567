/* SPDX-License-Identifier: MIT */
/* The own JPEG decoder's entry in the table of codecs: baseline files, region by region.
 *
 * Entropy-coded data can be entered at its start and at an index's entries only, so what lies
 * before a region is passed over, and what lies behind it is not looked at. Whatever is not taken,
 * or is found damaged, goes to libjpeg, whose pixels and verdict count: there is no error of our
 * own. */
#include "codec/codec.h"

#include <string.h>

#include "base/error.h"
#include "codec/exif.h"
#include "codec/jpeg/region.h"
#include "codec/jpeg/scan.h"
#include "tench.h"

/* Rows that are decoded side by side where an index says where both begin. */
enum { TWO = 2 };

struct job {
    tn__jpeg_frame frame;
    tn__jpeg_region region;
    tn__jpeg_tables *tables;
    size_t strip_at[TN__JPEG_MAX_COMPONENTS]; /* in a strip, in coefficients */
    size_t row_size[TN__JPEG_MAX_COMPONENTS]; /* of a block row */
    size_t strip_size;
    int16_t *strip[TWO]; /* coefficients of a row of MCUs, inside the region */
    tn__jpeg_index *build;
};

static bool sniff(tn__bytes bytes)
{
    return tn__codec_libjpeg.sniff(bytes);
}

static int probe(tn__bytes bytes, tn__info *info)
{
    tn__jpeg_frame frame;
    if (!tn__jpeg_frame_read(bytes, &frame))
        return TN__NOT_MINE;
    *info = (tn__info){
        .w = frame.w,
        .h = frame.h,
        .channels = frame.n_components,
        .bits = 8,
        .orientation = tn__exif_orientation(bytes),
        .encoded_bytes = bytes.size - frame.scan_at,
        .plane_quarters = tn__jpeg_plane_quarters(&frame),
        .format = "jpeg",
    };
    return TN_OK;
}

static size_t index_bytes(int32_t rows, int32_t columns)
{
    return ((size_t)rows * (size_t)columns + 1) * sizeof(tn__jpeg_entry);
}

/* Upper bound of a strip's bytes, in any sampling. */
static size_t strip_bytes(int32_t w)
{
    const size_t groups = (size_t)w / TN__JPEG_GROUP_W + 4;
    return groups * TN__JPEG_GROUP_SIZE * sizeof(int16_t) * TN__JPEG_MAX_PLACES;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    const size_t fallback = tn__codec_libjpeg.scratch(info, want);
    const size_t own =
        tn__jpeg_region_bytes(info->plane_quarters, want->need) + sizeof(tn__jpeg_tables) +
        TWO * strip_bytes(want->need.w) + TWO * tn__jpeg_scan_bytes(info->encoded_bytes) +
        index_bytes((info->h + 7) / 8, TN__JPEG_MAX_COLUMNS) + (size_t)8 * TN_PX_ALIGN;
    return own > fallback ? own : fallback;
}

static void lay_out_strips(struct job *job)
{
    for (int32_t c = 0; c < job->frame.n_components; c++) {
        job->strip_at[c] = job->strip_size;
        job->row_size[c] = (size_t)job->region.plane[c].n_groups * TN__JPEG_GROUP_SIZE;
        job->strip_size += job->row_size[c] * (size_t)job->frame.component[c].v;
    }
}

static int take_memory(struct job *job, tn__arena *arena)
{
    const tn__jpeg_region *const region = &job->region;
    const bool skips = job->build || region->mcu_begin > 0 || region->row_begin > 0 ||
                       region->mcu_end < job->frame.mcus;
    lay_out_strips(job);
    job->tables = tn__arena_take(arena, sizeof *job->tables);
    for (int32_t k = 0; k < TWO; k++)
        job->strip[k] = tn__arena_take(arena, job->strip_size * sizeof(int16_t));
    if (!job->tables || !job->strip[0] || !job->strip[1])
        return tn__error_last()->code;
    tn__jpeg_tables_make(&job->frame, job->strip_at, job->row_size, skips, job->tables);
    return TN_OK;
}

static void clear(const struct job *job, int16_t *strip)
{
    memset(strip, 0, job->strip_size * sizeof(int16_t));
}

/* The part of a row of MCUs that the region needs, from coefficients to samples. */
static void transform_row(const struct job *job, int32_t row, const int16_t *strip)
{
    const tn__jpeg_kernels *const kernels = tn__jpeg_kernels_get();
    for (int32_t c = 0; c < job->frame.n_components; c++) {
        const tn__jpeg_component *const component = &job->frame.component[c];
        const tn__jpeg_plane *const plane = &job->region.plane[c];
        for (int32_t k = 0; k < component->v; k++) {
            const int32_t block_row = row * component->v + k;
            if (block_row < plane->row_begin || block_row >= plane->row_end)
                continue;
            const int16_t *const groups = strip + job->strip_at[c] + (size_t)k * job->row_size[c] +
                                          (ptrdiff_t)plane->group_begin * TN__JPEG_GROUP_SIZE;
            kernels->idct(groups, plane->group_end - plane->group_begin,
                          job->frame.quantiser[component->quantiser],
                          tn__jpeg_plane_at(plane, block_row, plane->group_begin), plane->stride);
        }
    }
}

static int32_t limited(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* Reads the MCUs from `from` up to `to` of a row, and keeps those that the region needs. */
static void read_part(const struct job *job, tn__jpeg_scan *scan, int32_t from, int32_t to,
                      int16_t *strip)
{
    const int32_t first = limited(job->region.mcu_begin, from, to);
    const int32_t past = limited(job->region.mcu_end, from, to);
    tn__jpeg_scan_skip(scan, first - from);
    tn__jpeg_scan_keep(scan, strip, first - job->region.mcu_begin, past - first);
    tn__jpeg_scan_skip(scan, to - past);
}

/* The same for a whole row, whose places are noted. */
static void read_and_note(const struct job *job, tn__jpeg_scan *scan, int32_t row, int16_t *strip)
{
    const tn__jpeg_index *const build = job->build;
    const int32_t mcus = job->frame.mcus;
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

/* From the scan's start; false: something is damaged. */
static bool decode_plainly(const struct job *job, tn__jpeg_scan *scan)
{
    const tn__jpeg_region *const region = &job->region;
    const int32_t mcus = job->frame.mcus;
    tn__jpeg_scan_start(scan);
    for (int32_t row = 0; row < region->row_begin && job->build; row++)
        read_and_note(job, scan, row, NULL);
    if (!job->build)
        tn__jpeg_scan_skip(scan, (int64_t)region->row_begin * mcus);
    for (int32_t row = region->row_begin; row < region->row_end; row++) {
        const bool last = row + 1 == region->row_end && row + 1 < job->frame.mcu_rows;
        clear(job, job->strip[0]);
        if (job->build)
            read_and_note(job, scan, row, job->strip[0]);
        else
            read_part(job, scan, 0, last ? region->mcu_end : mcus, job->strip[0]);
        if (!tn__jpeg_scan_is_clean(scan))
            return false;
        transform_row(job, row, job->strip[0]);
    }
    return region->row_end < job->frame.mcu_rows || tn__jpeg_scan_has_ended(scan);
}

/* Reads the rest; false: the file is not to have an index. */
static bool finish_index(const struct job *job, tn__jpeg_scan *scan)
{
    for (int32_t row = job->region.row_end; row < job->frame.mcu_rows; row++)
        read_and_note(job, scan, row, NULL);
    job->build->entry[(ptrdiff_t)job->build->rows * job->build->columns] =
        tn__jpeg_scan_place(scan);
    return tn__jpeg_scan_has_ended(scan);
}

/* Columns of an index that cover the region, and the MCUs that they begin and end with. */
struct stretch {
    int32_t first, past, begin, end;
};

static struct stretch find_stretch(const struct job *job, const tn__jpeg_index *index)
{
    const int32_t first = job->region.mcu_begin / index->step;
    const int32_t past = (job->region.mcu_end + index->step - 1) / index->step;
    return (struct stretch){.first = first,
                            .past = past,
                            .begin = first * index->step,
                            .end = past < index->columns ? past * index->step : job->frame.mcus};
}

static bool is_same(const tn__jpeg_entry *a, const tn__jpeg_entry *b)
{
    return a->byte == b->byte && a->bit == b->bit && a->dc[0] == b->dc[0] && a->dc[1] == b->dc[1] &&
           a->dc[2] == b->dc[2];
}

/* Decodes up to two rows of MCUs between two entries each; false: damaged, or they do not end where
 * the index says. */
static bool decode_rows(const struct job *job, const tn__jpeg_index *index, struct stretch stretch,
                        tn__jpeg_scan *scans[TWO], int32_t row, int32_t n)
{
    int16_t *strips[TWO] = {job->strip[0], job->strip[1]};
    const int32_t begin = job->region.mcu_begin, end = job->region.mcu_end;
    const tn__jpeg_entry *ends[TWO] = {0};
    for (int32_t k = 0; k < n; k++) {
        const tn__jpeg_entry *const entries = index->entry + (ptrdiff_t)(row + k) * index->columns;
        ends[k] = entries + stretch.past;
        tn__jpeg_scan_seek(scans[k], (int64_t)(row + k) * job->frame.mcus + stretch.begin,
                           entries + stretch.first, ends[k]);
        tn__jpeg_scan_skip(scans[k], begin - stretch.begin);
        clear(job, strips[k]);
    }
    if (n == TWO)
        tn__jpeg_scan_keep_two(scans, strips, 0, end - begin);
    else
        tn__jpeg_scan_keep(scans[0], strips[0], 0, end - begin);
    for (int32_t k = 0; k < n; k++) {
        tn__jpeg_scan_skip(scans[k], stretch.end - end);
        const tn__jpeg_entry place = tn__jpeg_scan_place(scans[k]);
        if (!tn__jpeg_scan_is_clean(scans[k]) || !is_same(&place, ends[k]))
            return false;
        transform_row(job, row + k, strips[k]);
    }
    return true;
}

/* True if the index has the file's own geometry. */
static bool fits(const tn__jpeg_frame *frame, const tn__jpeg_index *index)
{
    return index->entry && index->rows == frame->mcu_rows && index->step > 0 &&
           index->columns == (frame->mcus + index->step - 1) / index->step;
}

static bool decode_by_index(const struct job *job, const tn__jpeg_index *index,
                            tn__jpeg_scan *scans[TWO])
{
    const tn__jpeg_region *const region = &job->region;
    const struct stretch stretch = find_stretch(job, index);
    int32_t n = TWO;
    for (int32_t row = region->row_begin; row < region->row_end; row += n) {
        n = region->row_end - row < TWO ? 1 : TWO;
        if (!decode_rows(job, index, stretch, scans, row, n))
            return false;
    }
    /* Row pairs end with the last row, in the reader that had it. */
    return region->row_end < job->frame.mcu_rows || stretch.end < job->frame.mcus ||
           tn__jpeg_scan_has_ended(scans[n - 1]);
}

/* Memory for an index of `columns` entries a row, and its geometry. */
static int begin_index(struct job *job, int32_t columns, tn__arena *arena, tn__jpeg_index *index)
{
    const tn__jpeg_frame *const frame = &job->frame;
    *index = (tn__jpeg_index){.rows = frame->mcu_rows};
    columns = limited(columns, 1, TN__JPEG_MAX_COLUMNS);
    index->step = (frame->mcus + columns - 1) / columns;
    index->columns = (frame->mcus + index->step - 1) / index->step;
    index->entry = tn__arena_take(arena, index_bytes(index->rows, index->columns));
    job->build = index;
    return index->entry ? TN_OK : tn__error_last()->code;
}

/* With the index if there is one that proves right, else plainly; TN__NOT_MINE: damaged. */
static int decode_blocks(struct job *job, tn__bytes bytes, tn__access *access, tn__arena *arena)
{
    tn__jpeg_scan scan[TWO];
    tn__jpeg_scan *scans[TWO] = {&scan[0], &scan[1]};
    const tn__jpeg_index *const index = access ? access->index : NULL;
    for (int32_t k = 0; k < (index ? TWO : 1); k++) {
        const int status = tn__jpeg_scan_make(&job->frame, job->tables, bytes, arena, scans[k]);
        if (status != TN_OK)
            return status;
    }
    if (index && fits(&job->frame, index) && decode_by_index(job, index, scans))
        return TN_OK;
    if (index)
        access->rejected = true;
    if (!decode_plainly(job, scans[0]))
        return TN__NOT_MINE;
    if (job->build && !finish_index(job, scans[0]))
        job->build->entry = NULL;
    return TN_OK;
}

static bool is_inside(const tn__jpeg_frame *frame, tn_px_rect need)
{
    return need.x >= 0 && need.y >= 0 && need.w > 0 && need.h > 0 && need.w <= frame->w &&
           need.h <= frame->h && need.x <= frame->w - need.w && need.y <= frame->h - need.h;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)info;
    struct job job = {0};
    if (!tn__jpeg_frame_read(bytes, &job.frame) || !is_inside(&job.frame, want->need))
        return TN__NOT_MINE;
    int status = tn__jpeg_region_make(&job.frame, want->need, want->mode, arena, &job.region);
    if (status == TN_OK && access && access->build > 0 && bytes.size <= UINT32_MAX)
        status = begin_index(&job, access->build, arena, &access->built);
    if (status == TN_OK)
        status = take_memory(&job, arena);
    if (status == TN_OK)
        status = decode_blocks(&job, bytes, access, arena);
    if (status == TN_OK)
        status = tn__jpeg_region_finish(&job.frame, &job.region, arena, out);
    if (status != TN_OK && access)
        access->built = (tn__jpeg_index){0};
    *damage = 0;
    return status;
}

const tn__codec tn__codec_baseline = {
    .name = "baseline",
    .sniff = sniff,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
