/* SPDX-License-Identifier: MIT */
/* Window steps: show a rectangle of the source, and pad it where it reaches beyond the source. */
#ifndef TENCH_OP_WINDOW_H
#define TENCH_OP_WINDOW_H

#include "op/op.h"

/* Padding modes, in the order of the ops' choices. Reflect does not repeat the edge pixel,
 * symmetric does. */
enum { TN__PAD_CONSTANT = 0, TN__PAD_EDGE, TN__PAD_REFLECT, TN__PAD_SYMMETRIC };
#define TN__PAD_NAMES "constant edge reflect symmetric"

/* Places in q of a window step: the rectangle, the padding mode, and the fill of each channel. */
enum {
    TN__WINDOW_X,
    TN__WINDOW_Y,
    TN__WINDOW_W,
    TN__WINDOW_H,
    TN__WINDOW_MODE,
    TN__WINDOW_FILL,
    TN__WINDOW_ENDS = TN__WINDOW_FILL + TN_PX_MAX_CHANNELS /* from here on q is the op's own */
};

/* Appends a step that shows `box`. It pads with 0, unless the caller sets mode and fill. */
tn__step *tn__window_append(const tn__node *node, tn__plan *plan, tn_px_rect box);
tn_px_rect tn__window_need(const tn__step *step);
int tn__window_run(const tn__step *step, const tn_px_image *src, tn_px_image *dst,
                   const tn__tools *tools);
int32_t tn__window_shows(const tn__step *step);
void tn__window_explain(const tn__step *step, const tn_px_finish *write, tn__text *text);
void tn__window_affine(const tn__step *step, double out[6]);

#endif
