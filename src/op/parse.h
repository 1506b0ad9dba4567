/* SPDX-License-Identifier: MIT */
/* The text of ops: `name key=value key=value; name …`. */
#ifndef TENCH_OP_PARSE_H
#define TENCH_OP_PARSE_H

#include "base/text.h"
#include "op/op.h"

enum { TN__MAX_OPS_TEXT = 65536 }; /* bytes */

/* Reads nodes from a text, and checks each alone and all together. The caller frees them with
 * tn__nodes_free; after a failure there are none. */
int tn__parse_ops(const char *text, tn__node nodes[TN__MAX_NODES], int32_t *n_nodes);
/* For the `adopt` hook of a policy: reads its children from a text. They must be ops that move
 * pixels. */
int tn__parse_children(const char *text, tn__node *policy);
/* Adds the canonical text of the nodes. It has the parameters that differ from their defaults, in
 * the order of the op's table. Parsing it gives the same nodes again. */
void tn__format_ops(const tn__node *nodes, int32_t n_nodes, tn__text *text);

#endif
