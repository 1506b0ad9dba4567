/* SPDX-License-Identifier: MIT */
/* The ordered table of ops, and the rules of a recipe that concern several ops. */
#ifndef TENCH_OP_OPS_H
#define TENCH_OP_OPS_H

#include "op/op.h"

/* One per op file. */
extern const tn__op tn__op_random_resized_crop, tn__op_resize, tn__op_resize_keep_ratio;
extern const tn__op tn__op_center_crop, tn__op_crop, tn__op_trim_border;
extern const tn__op tn__op_center_crop_or_pad, tn__op_random_crop_or_pad;
extern const tn__op tn__op_hflip, tn__op_vflip;
extern const tn__op tn__op_color_jitter;
extern const tn__op tn__op_random_erasing, tn__op_normalize, tn__op_convert;
extern const tn__op tn__op_mixup;

/* The ordered table. */
extern const tn__op *const tn__ops[];
extern const int32_t tn__n_ops;

/* Op with that name or alias; NULL: there is none. */
const tn__op *tn__op_find(const char *name, size_t length);
const tn__op *tn__op_by_id(uint16_t id);
/* Numbers the nodes, and checks the recipe as a whole: the order of its ops, and that all their
 * steps and boxes fit a plan. */
int tn__ops_check(tn__node *nodes, int32_t n_nodes);

#endif
