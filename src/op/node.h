/* SPDX-License-Identifier: MIT */
/* Nodes: ops with the arguments that a recipe gives them. */
#ifndef TENCH_OP_NODE_H
#define TENCH_OP_NODE_H

#include "plan/plan.h"
#include "spec/value.h"

enum { TN__MAX_PARAMS = 16 };

struct tn__op;

/* An op of a recipe, its arguments parsed and checked. */
typedef struct tn__node {
    const struct tn__op *op;
    uint16_t index;                  /* place in the recipe */
    uint16_t occurrence;             /* 0 for the recipe's first op of this kind */
    tn__value value[TN__MAX_PARAMS]; /* in the order of op->spec.params */
} tn__node;

/* Value of parameter `name`, which is one of the op's own. */
const tn__value *tn__node_value(const tn__node *node, const char *name);
/* The number that stands for the node in the address of its random numbers. */
uint32_t tn__node_address(const tn__node *node);
/* Steps that drawing the node may append, at most. */
int32_t tn__node_max_steps(const tn__node *node);
/* Appends a step that runs the node's op and makes an image of w × h. NULL with TN_ELIMIT recorded
 * if the image would be too large. For draw functions. */
tn__step *tn__node_step(const tn__node *node, tn__plan *plan, int32_t w, int32_t h);

#endif
