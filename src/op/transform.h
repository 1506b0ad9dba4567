/* SPDX-License-Identifier: MIT */
/* A transform: the parsed op list and how a sample is finished. Immutable after creation, counted.
 */
#ifndef TENCH_OP_TRANSFORM_H
#define TENCH_OP_TRANSFORM_H

#include <stdatomic.h>

#include "cpu/finish.h"
#include "op/op.h"

struct tn_transform {
    atomic_int references;
    int32_t n_nodes;
    tn__node nodes[TN__MAX_NODES];
    int32_t dtype, layout; /* of the output */
    bool normalised;
    tn__value mean, std;  /* as given; one number stands for all channels */
    tn__finish finish[2]; /* for 1 and for 3 channels */
    char *text;           /* canonical */
};

tn_transform *tn__transform_keep(tn_transform *transform);
/* The node that a step came from. */
const tn__node *tn__transform_node(const tn_transform *transform, const tn__step *step);
/* Finishing for images of `channels` (1 or 3). */
const tn__finish *tn__transform_finish(const tn_transform *transform, int32_t channels);

/* op/parse.c: op text into nodes. */
int tn__parse_ops(const char *text, tn__node nodes[TN__MAX_NODES], int32_t *n_nodes);
/* op/format.c: nodes into canonical text. */
void tn__format_ops(const tn__node *nodes, int32_t n_nodes, tn__text *text);

#endif
