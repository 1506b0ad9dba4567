/* SPDX-License-Identifier: MIT */
/* Window steps: cut a rectangle out of the source, and pad it where it reaches beyond. See
 * window.h.
 *
 * They pad like numpy's pad, which torchvision uses. Along each axis the source continues with a
 * constant, with its edge pixel, or mirrored, with or without a second edge pixel. The mirrored
 * source repeats, so a margin may be wider than the source. */
#include "op/window.h"

#include <string.h>

#include "op/geometry.h"

enum { NOWHERE = -1 };

tn__step *tn__window_append(const tn__node *node, tn__plan *plan, tn_px_rect box)
{
    tn__step *const step = tn__node_step(node, plan, box.w, box.h);
    if (!step)
        return NULL;
    step->q[TN__WINDOW_X] = box.x;
    step->q[TN__WINDOW_Y] = box.y;
    step->q[TN__WINDOW_W] = box.w;
    step->q[TN__WINDOW_H] = box.h;
    return step;
}

/* Maps coordinate i of the endless axis to a pixel of a source of n pixels. */
static int32_t place(int32_t i, int32_t n, int32_t mode)
{
    if (i >= 0 && i < n)
        return i;
    if (mode == TN__PAD_CONSTANT)
        return NOWHERE;
    if (mode == TN__PAD_EDGE || n == 1)
        return i < 0 ? 0 : n - 1;
    const int32_t turn = mode == TN__PAD_REFLECT ? 2 * (n - 1) : 2 * n;
    const int32_t phase = (i % turn + turn) % turn;
    if (phase < n)
        return phase;
    return mode == TN__PAD_REFLECT ? turn - phase : turn - 1 - phase;
}

/* Finds the smallest interval of the source that pixels first…first + count - 1 depend on. It is
 * never empty. */
static void reach(int32_t first, int32_t count, int32_t n, int32_t mode, int32_t *low,
                  int32_t *length)
{
    int32_t least = n, most = NOWHERE;
    for (int32_t i = first; i < first + count; i++) {
        const int32_t at = place(i, n, mode);
        if (at == NOWHERE)
            continue;
        least = at < least ? at : least;
        most = at > most ? at : most;
    }
    if (most == NOWHERE) /* all pixels are constant: read any one */
        least = most = first < 0 ? 0 : n - 1;
    *low = least;
    *length = most - least + 1;
}

tn_px_rect tn__window_need(const tn__step *step)
{
    const tn_px_rect out = step->out;
    tn_px_rect in;
    reach(step->q[TN__WINDOW_X] + out.x, out.w, step->source_w, step->q[TN__WINDOW_MODE], &in.x,
          &in.w);
    reach(step->q[TN__WINDOW_Y] + out.y, out.h, step->source_h, step->q[TN__WINDOW_MODE], &in.y,
          &in.h);
    return in;
}

/* Sets n values of 8 or 16 bits. */
static void fill(uint8_t *to, int32_t bits, int32_t value, int32_t n)
{
    uint16_t *const wide = (uint16_t *)(void *)to;
    if (bits == 8)
        memset(to, value, (size_t)n);
    for (int32_t x = 0; bits == 16 && x < n; x++)
        wide[x] = (uint16_t)value;
}

/* Makes one row of the result. `row` is the address that column 0 of the whole source would have.
 */
static void fill_row(const tn__step *step, int32_t channel, int32_t bits, const uint8_t *row,
                     uint8_t *to)
{
    const ptrdiff_t bytes = bits / 8;
    const int32_t first = step->q[TN__WINDOW_X] + step->out.x, n = step->source_w,
                  count = step->out.w;
    int32_t before = first < 0 ? -first : 0;
    before = before > count ? count : before;
    int32_t end = n - first; /* where the source ends in the row */
    end = end < before ? before : end > count ? count : end;
    if (end > before)
        memcpy(to + before * bytes, row + (first + before) * bytes,
               (size_t)(end - before) * (size_t)bytes);
    for (int32_t x = 0; x < count; x++) {
        if (x == before)
            x = end;
        if (x >= count)
            break;
        const int32_t at = place(first + x, n, step->q[TN__WINDOW_MODE]);
        if (at == NOWHERE)
            fill(to + x * bytes, bits, step->q[TN__WINDOW_FILL + channel], 1);
        else
            memcpy(to + x * bytes, row + at * bytes, (size_t)bytes);
    }
}

int tn__window_run(const tn__step *step, const tn_px_image *src, tn_px_image *dst,
                   const tn__tools *tools)
{
    (void)tools;
    for (int32_t c = 0; c < src->channels; c++) {
        for (int32_t y = 0; y < step->out.h; y++) {
            uint8_t *const to = dst->plane[c] + y * dst->stride;
            const int32_t at = place(step->q[TN__WINDOW_Y] + step->out.y + y, step->source_h,
                                     step->q[TN__WINDOW_MODE]);
            if (at == NOWHERE)
                fill(to, src->bits, step->q[TN__WINDOW_FILL + c], step->out.w);
            else
                fill_row(step, c, src->bits,
                         src->plane[c] + (at - src->y0) * src->stride -
                             (ptrdiff_t)src->x0 * (src->bits / 8),
                         to);
        }
    }
    return TN_OK;
}

/* A window inside the source only shows its pixels. */
int32_t tn__window_shows(const tn__step *step)
{
    const tn_px_rect out = step->out;
    const int32_t x = step->q[TN__WINDOW_X] + out.x, y = step->q[TN__WINDOW_Y] + out.y;
    const bool inside =
        x >= 0 && y >= 0 && out.w <= step->source_w - x && out.h <= step->source_h - y;
    return inside ? TN__SHOWN : TN__ALTERED;
}

void tn__window_explain(const tn__step *step, const tn_px_finish *write, tn__text *text)
{
    (void)write;
    tn__explain_box(step, text);
}

void tn__window_affine(const tn__step *step, double out[6])
{
    const double map[6] = {1, 0, -step->q[TN__WINDOW_X], 0, 1, -step->q[TN__WINDOW_Y]};
    memcpy(out, map, sizeof map);
}
