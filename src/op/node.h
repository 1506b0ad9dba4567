/* SPDX-License-Identifier: MIT */
/* Nodes: ops with the arguments that a recipe gives them. */
#ifndef TENCH_OP_NODE_H
#define TENCH_OP_NODE_H

#include "base/rng.h"
#include "plan/plan.h"
#include "spec/arguments.h"

struct tn__op;

/* An op of a recipe, its arguments parsed and checked. */
typedef struct tn__node {
    const struct tn__op *op;
    uint16_t index;                  /* place in the recipe; a child has that of its policy */
    uint16_t occurrence;             /* 0 for the recipe's first op of this kind */
    tn__value value[TN__MAX_PARAMS]; /* in the order of op->spec.params */
    struct tn__node *children;       /* of a policy: the ops that it draws; the node owns them */
    int32_t n_children;
} tn__node;

/* Frees what the nodes own. */
void tn__nodes_free(tn__node *nodes, int32_t n_nodes);
/* Value of the op's parameter `name`. */
const tn__value *tn__node_value(const tn__node *node, const char *name);
/* The number that stands for the node in the address of its random numbers. */
uint32_t tn__node_address(const tn__node *node);
/* Steps that a draw of the node may append, at most. */
int32_t tn__node_max_steps(const tn__node *node);
/* For draw functions: appends a step that runs the node's op and makes an image of w × h. NULL with
 * TN_ELIMIT recorded if the image would be too large. */
tn__step *tn__node_step(const tn__node *node, tn__plan *plan, int32_t w, int32_t h);

/* For draw functions of policies: draws a child. Its random numbers are those of the policy's use
 * number `use`, from 1; use 0 is the policy's own. Each use of one sample needs its own number. */
int tn__node_draw_child(const tn__node *policy, int32_t child, uint16_t use, tn__plan *plan,
                        const tn__draws *draws);

#endif
