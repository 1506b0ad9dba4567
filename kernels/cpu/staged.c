/* SPDX-License-Identifier: MIT */
/* Writes rows of a staged batch. See staged.h.
 *
 * Mixing in u8 makes one line after the other and writes it at once. Mixing as floats finishes the
 * partner's row in scratch memory, then blends or pastes it into the own row. */
#include "cpu/staged.h"

#include <string.h>

static size_t row_bytes(const tn_px_finish *px)
{
    return (size_t)px->w * (size_t)px->h * (size_t)px->channels *
           (size_t)tn_px_dtype_bytes(px->dtype);
}

size_t tn__staged_scratch(const tn_px_finish *px)
{
    const size_t lines = 2 * (size_t)px->channels * (size_t)tn_px_stride(px->w, 8);
    return px->mix == TN_PX_MIX_FLOAT ? row_bytes(px) : lines;
}

static uint8_t *line_of(const tn__staged *staged, const tn_px_record *record, int32_t c, int32_t y)
{
    const tn_px_finish *const px = staged->px;
    return staged->staging + record->offset + (uint64_t)c * px->plane +
           (uint64_t)y * (uint32_t)px->stride;
}

static void gather_boxes(const tn__staged *staged, const tn_px_record *record, tn_px_box *boxes)
{
    for (int32_t b = 0; b < record->n_boxes; b++)
        boxes[b] = tn_px_record_box(record, staged->staging, b);
}

/* Writes a sample that is not mixed. */
static void finish_alone(const tn__staged *staged, const tn_px_record *record, void *out)
{
    tn_px_box boxes[TN_PX_MAX_BOXES];
    tn_px_image image = {.stride = staged->px->stride,
                         .w = staged->px->w,
                         .h = staged->px->h,
                         .channels = staged->px->channels,
                         .bits = 8};
    for (int32_t c = 0; c < image.channels; c++)
        image.plane[c] = line_of(staged, record, c, 0);
    gather_boxes(staged, record, boxes);
    tn__finish_sample(staged->finish, record, boxes, &image, out);
}

/* Returns line y of a channel. A mirrored sample's is written to `to`. */
static const uint8_t *turned(const tn__staged *staged, const tn_px_record *record, int32_t c,
                             int32_t y, uint8_t *to)
{
    const uint8_t *const line = line_of(staged, record, c, y);
    if (!record->flip)
        return line;
    tn__arrange_rows_get()->mirror(line, to, staged->px->w);
    return to;
}

/* Writes the mixed line y of a channel to `line`. */
static void mix_line(const tn__staged *staged, int32_t row, int32_t c, int32_t y, uint8_t *line,
                     uint8_t *aside)
{
    const tn_px_record *const own = &staged->records[row];
    const int32_t w = staged->px->w;
    const uint8_t *const mine = turned(staged, own, c, y, line);
    const uint8_t *const theirs = turned(staged, &staged->records[own->partner], c, y, aside);
    if (own->mix.w == 0) {
        tn__finish_rows_get()->mix_u8(mine, theirs, own->lambda, line, w);
        return;
    }
    if (mine != line)
        memcpy(line, mine, (size_t)w);
    if (tn_px_box_has(own->mix, y, own->mix.x))
        memcpy(line + own->mix.x, theirs + own->mix.x, own->mix.w);
}

static void finish_mixed(const tn__staged *staged, int32_t row, uint8_t *scratch, void *out)
{
    const tn_px_finish *const px = staged->px;
    const ptrdiff_t stride = tn_px_stride(px->w, 8);
    tn_px_record record = staged->records[row];
    tn_px_box boxes[TN_PX_MAX_BOXES];
    const uint8_t *lines[TN_PX_MAX_CHANNELS] = {NULL};
    record.flip = 0;
    const tn__writer writer = tn__writer_begin(staged->finish, &record, out);
    for (int32_t y = 0; y < px->h; y++) {
        for (int32_t c = 0; c < px->channels; c++) {
            uint8_t *const line = scratch + 2 * c * stride;
            mix_line(staged, row, c, y, line, line + stride);
            lines[c] = line;
        }
        tn__writer_row(&writer, y, lines);
    }
    gather_boxes(staged, &record, boxes);
    tn__writer_end(&writer, boxes);
}

static void blend(const tn_px_finish *px, float lambda, const void *partner, void *out)
{
    const tn__finish_rows *const rows = tn__finish_rows_get();
    const int64_t n = (int64_t)px->w * px->h * px->channels;
    switch (px->dtype) {
    case TN_PX_F16: rows->mix_f16(out, partner, lambda, n); break;
    case TN_PX_BF16: rows->mix_bf16(out, partner, lambda, n); break;
    default: rows->mix_f32(out, partner, lambda, n); break;
    }
}

static void paste(const tn_px_finish *px, tn_px_box box, const uint8_t *partner, uint8_t *out)
{
    const bool joined = px->layout == TN_PX_NHWC;
    const size_t bytes = (size_t)tn_px_dtype_bytes(px->dtype);
    const size_t turn = joined ? (size_t)px->channels * bytes : bytes; /* bytes of a pixel */
    for (int32_t plane = 0; plane < (joined ? 1 : px->channels); plane++)
        for (int32_t y = box.y; y < box.y + box.h; y++) {
            const size_t line = (size_t)plane * (size_t)px->h + (size_t)y;
            const size_t at = (line * (size_t)px->w + box.x) * turn;
            memcpy(out + at, partner + at, box.w * turn);
        }
}

void tn__staged_finish(const tn__staged *staged, int32_t row, void *scratch, void *out)
{
    const tn_px_finish *const px = staged->px;
    const tn_px_record *const own = &staged->records[row];
    const bool mixed = px->mix != TN_PX_MIX_NONE && own->partner != (uint32_t)row;
    if (mixed && px->mix == TN_PX_MIX_U8) {
        finish_mixed(staged, row, scratch, out);
        return;
    }
    finish_alone(staged, own, out);
    if (!mixed)
        return;
    finish_alone(staged, &staged->records[own->partner], scratch);
    if (own->mix.w == 0)
        blend(px, own->lambda, scratch, out);
    else
        paste(px, own->mix, scratch, out);
}
