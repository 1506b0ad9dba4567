/* SPDX-License-Identifier: MIT */
/* From entropy-coded data to samples by a random access index: each row of MCUs is read from an
 * entry before the region to one behind it, two rows side by side. */
#include "codec/jpeg/blocks_job.h"

/* Columns of an index that cover the region, and the MCUs that they begin and end with. */
struct stretch {
    int32_t first, past, begin, end;
};

static struct stretch find_stretch(const tn__blocks *job, const tn__jpeg_index *index)
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

/* Places the readers at their entries. Stretches of one file do not overlap, so they have room
 * beside each other; entries that say otherwise are wrong. */
static bool seek_parts(const tn__blocks *job, struct stretch stretch, struct part parts[],
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
        memory += tn__jpeg_scan_bytes(n_bytes + TN__BLOCKS_SEAM_BYTES);
        room -= n_bytes;
    }
    return true;
}

/* Reads the MCUs of all parts: those before the region, its own, and those up to the entry behind
 * it. */
static void read_parts(const tn__blocks *job, struct stretch stretch, struct part parts[],
                       int32_t n)
{
    const int32_t begin = job->region->mcu_begin, end = job->region->mcu_end;
    const int32_t before = begin - stretch.begin, behind = stretch.end - end;
    if (n == TN__BLOCKS_TWO) {
        tn__jpeg_scan *const scans[TN__BLOCKS_TWO] = {&parts[0].scan, &parts[1].scan};
        int16_t *const strips[TN__BLOCKS_TWO] = {parts[0].strip, parts[1].strip};
        tn__jpeg_scan_skip_two(scans, before);
        tn__jpeg_scan_keep_two(scans, strips, 0, end - begin);
        tn__jpeg_scan_skip_two(scans, behind);
    } else {
        tn__jpeg_scan_skip(&parts[0].scan, before);
        tn__jpeg_scan_keep(&parts[0].scan, parts[0].strip, 0, end - begin);
        tn__jpeg_scan_skip(&parts[0].scan, behind);
    }
}

/* Decodes rows of MCUs between two entries each; false: damaged, or not ended where the index says.
 */
static bool decode_parts(const tn__blocks *job, struct stretch stretch, struct part parts[],
                         int32_t n)
{
    if (!seek_parts(job, stretch, parts, n))
        return false;
    for (int32_t k = 0; k < n; k++)
        tn__blocks_clear(job, parts[k].strip);
    read_parts(job, stretch, parts, n);
    for (int32_t k = 0; k < n; k++) {
        const tn__jpeg_entry place = tn__jpeg_scan_place(&parts[k].scan);
        if (!tn__jpeg_scan_is_clean(&parts[k].scan) || !is_same(&place, parts[k].to))
            return false;
        tn__blocks_transform(job, parts[k].row, parts[k].strip);
    }
    return true;
}

/* True if the index has the file's own geometry. */
static bool fits(const tn__jpeg_frame *frame, const tn__jpeg_index *index)
{
    return index->entry && index->rows == frame->mcu_rows && index->step > 0 &&
           index->columns == (frame->mcus + index->step - 1) / index->step;
}

bool tn__blocks_decode_indexed(const tn__blocks *job, const tn__jpeg_index *index)
{
    if (!fits(job->frame, index))
        return false;
    const tn__jpeg_region *const region = job->region;
    const struct stretch stretch = find_stretch(job, index);
    struct part parts[TN__BLOCKS_TWO];
    int32_t n = TN__BLOCKS_TWO;
    for (int32_t row = region->row_begin; row < region->row_end; row += n) {
        n = region->row_end - row < TN__BLOCKS_TWO ? 1 : TN__BLOCKS_TWO;
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
