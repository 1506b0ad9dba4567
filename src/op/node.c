/* SPDX-License-Identifier: MIT */
/* Nodes: values, steps, and the children of policies. See node.h. */
#include "op/node.h"

#include <stdlib.h>

#include "base/limits.h"
#include "op/op.h"

static void free_values(tn__node *nodes, int32_t n_nodes)
{
    for (int32_t node = 0; node < n_nodes; node++)
        for (int32_t p = 0; p < TN__MAX_PARAMS; p++)
            tn__value_free(&nodes[node].value[p]);
}

void tn__nodes_free(tn__node *nodes, int32_t n_nodes)
{
    for (int32_t node = 0; node < n_nodes; node++) {
        free_values(nodes[node].children, nodes[node].n_children);
        free(nodes[node].children);
    }
    free_values(nodes, n_nodes);
}

const tn__value *tn__node_value(const tn__node *node, const char *name)
{
    return tn__arguments_value(&node->op->spec, node->value, name);
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

int tn__node_draw_child(const tn__node *policy, int32_t child, uint16_t use, tn__plan *plan,
                        const tn__draws *draws)
{
    const tn__node *const node = &policy->children[child];
    const int32_t first = plan->n_steps;
    tn__draws own;
    tn__draws_begin(&own, draws->key, plan->place.position, (uint32_t)plan->place.view,
                    tn__node_address(policy), use);
    const int status = node->op->draw(node, plan, &own);
    for (int32_t s = first; s < plan->n_steps; s++)
        plan->steps[s].sub = use;
    return status;
}
