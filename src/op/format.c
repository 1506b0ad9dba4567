/* SPDX-License-Identifier: MIT */
/* Nodes into canonical text: the ops in their order, and of each op the parameters that differ from
 * their defaults, in the order of the table. Parsing it gives the same nodes again. */
#include "op/transform.h"

static void add_node(const tn__node *node, tn__text *text)
{
    const tn__spec *const spec = &node->op->spec;
    tn__text_add(text, spec->name);
    for (int32_t p = 0; spec->params[p].name; p++) {
        const tn__param *const param = &spec->params[p];
        if (tn__value_is_default(spec->name, param, &node->value[p]))
            continue;
        tn__text_printf(text, " %s=", param->name);
        tn__value_format(param, &node->value[p], text);
    }
}

void tn__format_ops(const tn__node *nodes, int32_t n_nodes, tn__text *text)
{
    for (int32_t node = 0; node < n_nodes; node++) {
        if (node > 0)
            tn__text_add(text, "; ");
        add_node(&nodes[node], text);
    }
}
