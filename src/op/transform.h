/* SPDX-License-Identifier: MIT */
/* A transform: the parsed ops, and the constants of the last write. It never changes after
 * creation, so threads share it; references are counted. */
#ifndef TENCH_OP_TRANSFORM_H
#define TENCH_OP_TRANSFORM_H

#include <stdatomic.h>

#include "cpu/finish.h"
#include "op/op.h"
#include "px/finish.h"

enum { TN__COUNTS = 3 }; /* numbers of channels that images can have */

struct tn_transform {
    atomic_int references;
    int32_t n_nodes;
    tn__node nodes[TN__MAX_NODES];
    tn__last_write write;
    tn__finish finish[TN__COUNTS];  /* for 1, 3 and 4 channels; unset if mean or std do not fit */
    tn__finish staging[TN__COUNTS]; /* for staged samples: u8 planes, unchanged */
    char *text;                     /* canonical */
};

/* tn_transform_create and tn_transform_destroy without their checks. */
tn_transform *tn__transform_make(const char *ops);
void tn__transform_drop(tn_transform *transform);
tn_transform *tn__transform_keep(tn_transform *transform);
/* Tensors of a batch, in their order. A batch has the target where an op mixes its rows. */
enum { TN__TENSOR_IMAGE = 0, TN__TENSOR_LABEL = 1, TN__TENSOR_TARGET = 2, TN__TENSORS = 3 };

/* TN_EINVAL if an op does not take such images; the message names it. */
int tn__transform_takes(const tn_transform *transform, int32_t channels, int32_t bits,
                        bool indices);
/* Element type of the output. Images of 16 bits stay as they are, because no op that converts takes
 * them. */
int32_t tn__transform_dtype(const tn_transform *transform, int32_t bits);

/* The last write of images of 8 bits with so many channels: 1, 3 or 4. NULL with TN_EINVAL recorded
 * if mean or std have another count of numbers. */
const tn__finish *tn__transform_finish(const tn_transform *transform, int32_t channels);

/* The same for staged samples. It never fails. */
const tn__finish *tn__transform_staging(const tn_transform *transform, int32_t channels);

/* The constants that finish staged samples of w × h. It fails like tn__transform_finish, which also
 * has the table for the kind TN_PX_TABLE. */
int tn__transform_constants(const tn_transform *transform, int32_t channels, int32_t w, int32_t h,
                            tn_px_finish *out);

/* The batch op; NULL: there is none. */
const tn__node *tn__transform_mixing(const tn_transform *transform);
/* Rows of a batch that has so many samples. */
int32_t tn__transform_rows(const tn_transform *transform, int32_t samples);
/* tn_transform_output without its checks. */
int tn__transform_output(const tn_transform *transform, int32_t channels, tn_tensor *out);
/* Checks that the transform can make batches from images with so many channels and from a data set
 * with so many classes. TN_EINVAL. */
int tn__transform_check(const tn_transform *transform, int32_t channels, int32_t classes);
/* Tensor `index` of a batch of so many samples, without data; TN_END after the last. The caller has
 * called tn__transform_check. */
int tn__transform_tensor(const tn_transform *transform, int32_t index, int32_t samples,
                         int32_t channels, int32_t classes, tn_tensor *out);
/* Boxes of one sample's record, at most. */
int32_t tn__transform_boxes(const tn_transform *transform);
/* Size of the output; 0, 0 if it depends on the image. */
void tn__transform_size(const tn_transform *transform, int32_t *w, int32_t *h);

#endif
