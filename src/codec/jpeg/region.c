/* SPDX-License-Identifier: MIT */
/* Regions of a JPEG: blocks, planes, pixels. See region.h. */
#include "codec/jpeg/region.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "codec/rows.h"
#include "cpu/photo_rows.h"
#include "tench.h"

enum { SLACK = 64 }; /* bytes that row functions may write after a row */
enum { MARGINS = 2 * 16 + 4 + TN__JPEG_GROUP_W }; /* whole MCUs, neighbours, whole groups */

struct range {
    int32_t begin, end;
};

/* Finds the component's samples that n pixels from `first` on use. */
static struct range samples_needed(int32_t first, int32_t n, int32_t spread, int32_t size)
{
    if (spread == 1)
        return (struct range){first, first + n};
    const int32_t begin = first / 2 - 1, end = (first + n - 1) / 2 + 2;
    return (struct range){begin > 0 ? begin : 0, end < size ? end : size};
}

static struct range blocks_of(struct range samples)
{
    return (struct range){samples.begin / 8, (samples.end + 7) / 8};
}

static struct range columns_of(const tn__jpeg_component *component, tn_px_rect need)
{
    return blocks_of(samples_needed(need.x, need.w, component->spread_x, component->w));
}

static struct range rows_of(const tn__jpeg_component *component, tn_px_rect need)
{
    return blocks_of(samples_needed(need.y, need.h, component->spread_y, component->h_samples));
}

static void cover(int32_t *begin, int32_t *end, struct range blocks, int32_t factor)
{
    const int32_t first = blocks.begin / factor, past = (blocks.end + factor - 1) / factor;
    *begin = first < *begin ? first : *begin;
    *end = past > *end ? past : *end;
}

static void find_mcus(const tn__jpeg_frame *frame, tn__jpeg_region *region)
{
    region->mcu_begin = region->row_begin = INT32_MAX;
    region->mcu_end = region->row_end = 0;
    for (int32_t c = 0; c < frame->n_components; c++) {
        const tn__jpeg_component *const component = &frame->component[c];
        cover(&region->mcu_begin, &region->mcu_end, columns_of(component, region->need),
              component->h);
        cover(&region->row_begin, &region->row_end, rows_of(component, region->need), component->v);
    }
}

static bool is_full(const tn__jpeg_component *component)
{
    return component->spread_x == 1 && component->spread_y == 1;
}

int32_t tn__jpeg_plane_quarters(const tn__jpeg_frame *frame)
{
    int32_t quarters = frame->n_components == 1 ? 8 : 0;
    for (int32_t c = 0; c < frame->n_components; c++) {
        const tn__jpeg_component *const component = &frame->component[c];
        quarters += 4 / (component->spread_x * component->spread_y);
        quarters += is_full(component) ? 0 : 4;
    }
    return quarters;
}

size_t tn__jpeg_region_bytes(const tn__info *info, const tn__want *want)
{
    const tn_px_rect need = want->need;
    const bool opaque = tn__info_channels(info, want->mode) == 4;
    const size_t quarters = info->own[TN__JPEG_PLANE_QUARTERS] + (opaque ? 4 : 0);
    const size_t w = (size_t)need.w + MARGINS, h = (size_t)need.h + MARGINS;
    const size_t row = w + (size_t)3 * SLACK, rows = 2 * TN__JPEG_MAX_COMPONENTS;
    const size_t edges = (size_t)4 * SLACK;
    return (row * h * quarters + 3) / 4 + rows * (row + edges);
}

/* Takes the memory of a plane, with SLACK bytes before and after it. */
static uint8_t *take_plane(tn__arena *arena, ptrdiff_t stride, int32_t h)
{
    uint8_t *const bytes = tn__arena_take(arena, (size_t)stride * (size_t)h + (size_t)2 * SLACK);
    return bytes ? bytes + SLACK : NULL;
}

int tn__jpeg_region_make(const tn__jpeg_frame *frame, const tn__info *info, const tn__want *want,
                         tn__arena *arena, tn__jpeg_region *region)
{
    const tn_px_rect need = want->need;
    *region = (tn__jpeg_region){.need = need, .channels = tn__info_channels(info, want->mode)};
    find_mcus(frame, region);
    for (int32_t c = 0; c < frame->n_components; c++) {
        const tn__jpeg_component *const component = &frame->component[c];
        const struct range columns = columns_of(component, need), rows = rows_of(component, need);
        tn__jpeg_plane *const plane = &region->plane[c];
        const int32_t n_blocks = (region->mcu_end - region->mcu_begin) * component->h;
        plane->row_begin = rows.begin;
        plane->row_end = rows.end;
        plane->column = region->mcu_begin * component->h;
        plane->n_groups = (n_blocks + TN__JPEG_GROUP - 1) / TN__JPEG_GROUP;
        plane->group_begin = (columns.begin - plane->column) / TN__JPEG_GROUP;
        plane->group_end = (columns.end - plane->column + TN__JPEG_GROUP - 1) / TN__JPEG_GROUP;
        plane->stride = tn_px_stride(plane->n_groups * TN__JPEG_GROUP_W, 8) + SLACK;
        plane->samples = take_plane(arena, plane->stride, 8 * (rows.end - rows.begin));
        if (!plane->samples)
            return tn__error_last()->code;
    }
    return TN_OK;
}

/* What the conversion of samples to pixels needs. */
struct finisher {
    const tn__jpeg_frame *frame;
    const tn__jpeg_region *region;
    const tn__jpeg_kernels *kernels;
    tn_px_image *out;
    uint8_t *line[TN__JPEG_MAX_COMPONENTS];  /* upsampled rows */
    uint8_t *pixel[TN__JPEG_MAX_COMPONENTS]; /* rows of RGB, to be converted to L */
};

/* Returns the sample (x, y) of the component. */
static uint8_t *sample_at(const tn__jpeg_plane *plane, int32_t x, int32_t y)
{
    return plane->samples + (ptrdiff_t)(y - 8 * plane->row_begin) * plane->stride +
           (x - 8 * plane->column);
}

/* At the sides of the image the outermost samples replace missing neighbours. */
static void extend_sides(const tn__jpeg_component *component, const tn__jpeg_plane *plane,
                         tn_px_rect need)
{
    const struct range x = samples_needed(need.x, need.w, component->spread_x, component->w);
    const struct range y =
        samples_needed(need.y, need.h, component->spread_y, component->h_samples);
    for (int32_t row = y.begin; row < y.end; row++) {
        uint8_t *const first = sample_at(plane, x.begin, row);
        uint8_t *const last = sample_at(plane, x.end - 1, row);
        if (x.begin == 0)
            first[-1] = first[0];
        if (x.end == component->w)
            last[1] = last[0];
    }
}

/* libjpeg does not smooth components that are narrower. */
static bool is_smooth(const tn__jpeg_component *component)
{
    return component->spread_x == 1 || component->w > 2;
}

/* Writes each sample twice, also down the rows if the component is halved there. */
static const uint8_t *repeat_row(const tn__jpeg_component *component, const tn__jpeg_plane *plane,
                                 tn_px_rect need, int32_t y, uint8_t *line)
{
    const uint8_t *const row = sample_at(plane, 0, y / component->spread_y);
    for (int32_t x = 0; x < need.w; x++)
        line[x] = row[(need.x + x) / component->spread_x];
    return line;
}

/* Returns row y of the component's pixels, from need.x on. */
static const uint8_t *component_row(const struct finisher *job, int32_t c, int32_t y)
{
    const tn__jpeg_component *const component = &job->frame->component[c];
    const tn__jpeg_plane *const plane = &job->region->plane[c];
    const tn_px_rect need = job->region->need;
    uint8_t *const line = job->line[c];
    if (is_full(component))
        return sample_at(plane, need.x, y);
    if (!is_smooth(component))
        return repeat_row(component, plane, need, y, line);
    const int32_t x = need.x / component->spread_x, odd = need.x % component->spread_x;
    const int32_t n = (need.x + need.w - 1) / component->spread_x - x + 1;
    const int32_t row = y / component->spread_y, last = component->h_samples - 1;
    const uint8_t *const near = sample_at(plane, x, row);
    if (component->spread_y == 1) {
        job->kernels->h2v1(near, line, n);
        return line + odd;
    }
    int32_t far_row = y % 2 ? row + 1 : row - 1;
    far_row = far_row < 0 ? 0 : far_row > last ? last : far_row;
    const uint8_t *const far = sample_at(plane, x, far_row);
    if (component->spread_x == 2)
        job->kernels->h2v2(near, far, line, n);
    else
        job->kernels->h1v2(near, far, y % 2 ? 2 : 1, line, n);
    return line + odd;
}

static uint8_t *out_row(const tn_px_image *out, int32_t channel, int32_t row)
{
    return out->plane[channel] + row * out->stride;
}

static void copy_row(const uint8_t *from, uint8_t *to, int32_t n)
{
    assert(from && to);
    if (from != to)
        memcpy(to, from, (size_t)n);
}

/* Makes one row of pixels; `y` counts from the top of the image. */
static void finish_row(const struct finisher *job, int32_t y)
{
    const tn_px_rect need = job->region->need;
    const int32_t row = y - need.y, n = job->frame->n_components;
    const uint8_t *in[TN__JPEG_MAX_COMPONENTS] = {0};
    uint8_t *pixel[TN__JPEG_MAX_COMPONENTS] = {0};
    const bool to_grey = job->region->channels == 1 && n == 3;
    for (int32_t c = 0; c < n; c++) {
        in[c] = component_row(job, c, y);
        pixel[c] = to_grey ? job->pixel[c] : out_row(job->out, c, row);
    }
    if (job->frame->colour == TN__JPEG_COLOUR_YCC)
        job->kernels->colour(in, pixel, need.w);
    else if (!to_grey)
        for (int32_t c = 0; c < job->out->channels; c++)
            copy_row(in[c < n ? c : 0], out_row(job->out, c, row), need.w);
    if (to_grey && job->frame->colour == TN__JPEG_COLOUR_YCC)
        tn__photo_rows_get()->luma(pixel[0], pixel[1], pixel[2], out_row(job->out, 0, row), need.w);
    else if (to_grey)
        tn__photo_rows_get()->luma(in[0], in[1], in[2], out_row(job->out, 0, row), need.w);
}

/* Finds the planes of the image: those of components in full resolution, or new ones. */
static int find_planes(const struct finisher *job, tn__arena *arena)
{
    const tn__jpeg_frame *const frame = job->frame;
    const tn_px_rect need = job->region->need;
    tn_px_image *const out = job->out;
    *out = (tn_px_image){.stride = tn_px_stride(need.w, 8) + SLACK,
                         .x0 = need.x,
                         .y0 = need.y,
                         .w = need.w,
                         .h = need.h,
                         .channels = job->region->channels == 1 ? 1 : 3,
                         .bits = 8};
    for (int32_t c = 0; c < frame->n_components; c++)
        if (is_full(&frame->component[c])) /* they all have the same stride */
            out->stride = job->region->plane[c].stride;
    for (int32_t c = 0; c < out->channels; c++) {
        const bool in_place = c < frame->n_components && is_full(&frame->component[c]);
        out->plane[c] = in_place ? sample_at(&job->region->plane[c], need.x, need.y)
                                 : take_plane(arena, out->stride, need.h);
        if (!out->plane[c])
            return tn__error_last()->code;
    }
    return TN_OK;
}

static int take_lines(struct finisher *job, tn__arena *arena)
{
    const size_t n_bytes = (size_t)job->region->need.w + (size_t)2 * SLACK;
    for (int32_t c = 0; c < job->frame->n_components; c++) {
        if (!is_full(&job->frame->component[c]) && !(job->line[c] = tn__arena_take(arena, n_bytes)))
            return tn__error_last()->code;
        if (job->region->channels == 1 && !(job->pixel[c] = tn__arena_take(arena, n_bytes)))
            return tn__error_last()->code;
    }
    return TN_OK;
}

int tn__jpeg_region_finish(const tn__jpeg_frame *frame, tn__jpeg_region *region, tn__arena *arena,
                           tn_px_image *out)
{
    struct finisher job = {
        .frame = frame, .region = region, .kernels = tn__jpeg_kernels_get(), .out = out};
    int status = find_planes(&job, arena);
    if (status == TN_OK)
        status = take_lines(&job, arena);
    if (status != TN_OK)
        return status;
    for (int32_t c = 0; c < frame->n_components; c++)
        if (frame->component[c].spread_x == 2)
            extend_sides(&frame->component[c], &region->plane[c], region->need);
    const bool as_decoded = frame->n_components == 1 && region->channels == 1;
    for (int32_t y = 0; y < region->need.h && !as_decoded; y++)
        finish_row(&job, region->need.y + y);
    return region->channels == 4 ? tn__rows_add_alpha(arena, out) : TN_OK;
}
