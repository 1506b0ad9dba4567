/* SPDX-License-Identifier: MIT */
/* Reads the text of ops, and writes it. See parse.h.
 *
 * A ";" or a newline separates ops; spec/arguments.h reads the arguments of each. This is the only
 * parser: Lua, C, the command line, saved recipes and states use it. */
#include "op/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/show.h"
#include "op/ops.h"
#include "spec/arguments.h"

/* Ops of timm that tench lacks. The message then says so. */
static const char not_yet[] = "random_grayscale grayscale gaussian_blur auto_augment autoaugment "
                              "rand_augment randaugment aug_mix augmix random_pad "
                              "random_apply patchify";

static int unknown_op(tn__word name)
{
    if (tn__words_find(not_yet, name) >= 0)
        return tn__fail(TN_EINVAL, "%.*s is not supported yet", tn__shown(name.length), name.at);
    tn__nearest nearest = {.given = name.at, .length = name.length};
    for (int32_t op = 0; op < tn__n_ops; op++)
        tn__nearest_offer(&nearest, tn__ops[op]->spec.name, strlen(tn__ops[op]->spec.name));
    char question[96];
    return tn__fail(TN_EINVAL, "no op \"%.*s\"%s", tn__shown(name.length), name.at,
                    tn__nearest_question(&nearest, question, sizeof question));
}

/* A policy draws ops that move pixels, and no other policies. */
static int check_child(const tn__op *policy, const tn__op *op)
{
    const char *const name = policy->spec.name, *const drawn = op->spec.name;
    if (op->stage > TN__PIXEL)
        return tn__fail(TN_EINVAL, "%s cannot draw %s, which moves no pixels", name, drawn);
    if (op->adopt)
        return tn__fail(TN_EINVAL, "%s cannot draw %s, which itself draws among ops", name, drawn);
    return TN_OK;
}

/* Reads one op: a child of `policy`, or, if that is NULL, an op of the recipe. */
static int read_node(tn__word name, tn__word arguments, const tn__node *policy, tn__node *node)
{
    const tn__op *const op = tn__op_find(name.at, name.length);
    *node = (tn__node){.op = op};
    if (!op)
        return unknown_op(name);
    int status = policy ? check_child(policy->op, op) : TN_OK;
    if (status != TN_OK)
        return status;
    status = tn__arguments_read(&op->spec, arguments, node->value);
    if (status == TN_OK && op->check)
        status = op->check(node);
    return status == TN_OK && op->adopt ? op->adopt(node) : status;
}

static int read_nodes(const char *text, const tn__node *policy, tn__node nodes[TN__MAX_NODES],
                      int32_t *n_nodes)
{
    *n_nodes = 0;
    while (*text) {
        tn__word rest = {text, strcspn(text, ";\n")};
        text += rest.length + (text[rest.length] != '\0');
        const tn__word name = tn__arguments_next(&rest);
        if (name.length == 0)
            continue;
        if (*n_nodes == TN__MAX_NODES)
            return tn__fail(TN_EINVAL, "the text has more than %d ops", TN__MAX_NODES);
        const int status = read_node(name, rest, policy, &nodes[(*n_nodes)++]);
        if (status != TN_OK)
            return status;
    }
    return TN_OK;
}

int tn__parse_ops(const char *text, tn__node nodes[TN__MAX_NODES], int32_t *n_nodes)
{
    *n_nodes = 0;
    if (strnlen(text, TN__MAX_OPS_TEXT + 1) > TN__MAX_OPS_TEXT)
        return tn__fail(TN_EINVAL, "the ops' text is longer than %d bytes", TN__MAX_OPS_TEXT);
    int status = read_nodes(text, NULL, nodes, n_nodes);
    if (status == TN_OK)
        status = tn__ops_check(nodes, *n_nodes);
    if (status == TN_OK)
        return TN_OK;
    tn__nodes_free(nodes, *n_nodes);
    *n_nodes = 0;
    return status;
}

int tn__parse_children(const char *text, tn__node *policy)
{
    tn__node *const children = calloc(TN__MAX_NODES, sizeof *children);
    if (!children)
        return tn__fail_memory("the ops of a policy", TN__MAX_NODES * sizeof *children);
    policy->children = children;
    return read_nodes(text, policy, children, &policy->n_children);
}

static void add_node(const tn__node *node, tn__text *text)
{
    tn__text_add(text, node->op->spec.name);
    tn__arguments_format(&node->op->spec, node->value, text);
}

void tn__format_ops(const tn__node *nodes, int32_t n_nodes, tn__text *text)
{
    for (int32_t node = 0; node < n_nodes; node++) {
        if (node > 0)
            tn__text_add(text, "; ");
        add_node(&nodes[node], text);
    }
}
