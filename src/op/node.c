/* SPDX-License-Identifier: MIT */
/* Nodes: what drawing asks of them. See node.h. */
#include "op/node.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "op/op.h"

const tn__value *tn__node_value(const tn__node *node, const char *name)
{
    const tn__param *const param = tn__spec_param(&node->op->spec, name, strlen(name));
    assert(param && "an op asks for a parameter of its own table");
    return &node->value[param - node->op->spec.params];
}

uint32_t tn__node_address(const tn__node *node)
{
    return (uint32_t)node->op->id << 16 | node->occurrence;
}

int32_t tn__node_max_steps(const tn__node *node)
{
    if (!node->op->draw)
        return 0;
    return node->op->max_steps ? node->op->max_steps(node) : 1;
}

tn__step *tn__node_step(const tn__node *node, tn__plan *plan, int32_t w, int32_t h)
{
    if (tn__limits_image(node->op->spec.name, "a result", w, h, plan->channels) != TN_OK)
        return NULL;
    tn__step *const step = tn__plan_append(plan, w, h);
    if (!step)
        return NULL;
    step->op = node->op->id;
    step->node = node->index;
    return step;
}
