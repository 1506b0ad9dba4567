/* SPDX-License-Identifier: MIT */
/* Reads the text of ops, and writes it. See parse.h.
 *
 * A ";" or a newline separates ops, blanks separate words; a value has no blanks. This is the only
 * parser: Lua, C, the command line, saved recipes and states use it. */
#include "op/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/words.h"
#include "op/ops.h"

static const char blanks[] = " \t\r";

/* Ops of timm that tench lacks. The message then says so. */
static const char not_yet[] = "random_grayscale grayscale gaussian_blur auto_augment autoaugment "
                              "rand_augment randaugment aug_mix augmix random_pad "
                              "random_apply patchify";

/* How much of a word a message shows: all of it, or its beginning. */
static int shown(tn__word word)
{
    return word.length < 60 ? (int)word.length : 60;
}

static int unknown_op(tn__word name)
{
    if (tn__words_find(not_yet, name) >= 0)
        return tn__fail(TN_EINVAL, "%.*s is not supported yet", shown(name), name.at);
    tn__nearest nearest = {.given = name.at, .length = name.length};
    for (int32_t op = 0; op < tn__n_ops; op++)
        tn__nearest_offer(&nearest, tn__ops[op]->spec.name, strlen(tn__ops[op]->spec.name));
    char question[96];
    return tn__fail(TN_EINVAL, "no op \"%.*s\"%s", shown(name), name.at,
                    tn__nearest_question(&nearest, question, sizeof question));
}

static int unknown_param(const tn__spec *spec, tn__word key)
{
    if (tn__words_find(spec->missing, key) >= 0)
        return tn__fail(TN_EINVAL, "%s: %.*s is not supported yet", spec->name, shown(key), key.at);
    tn__nearest nearest = {.given = key.at, .length = key.length};
    tn__text names = {0};
    for (const tn__param *param = spec->params; param->name; param++) {
        tn__nearest_offer(&nearest, param->name, strlen(param->name));
        tn__text_printf(&names, "%s%s", param > spec->params ? ", " : "", param->name);
    }
    char question[96];
    tn__fail(TN_EINVAL, "%s: no parameter \"%.*s\"%s (parameters: %s)", spec->name, shown(key),
             key.at, tn__nearest_question(&nearest, question, sizeof question),
             names.chars ? names.chars : "none");
    tn__text_free(&names);
    return TN_EINVAL;
}

/* Takes the next word off `rest`. At the end the word is empty. */
static tn__word next_word(tn__word *rest)
{
    size_t start = 0;
    while (start < rest->length && strchr(blanks, rest->at[start]))
        start++;
    size_t end = start;
    while (end < rest->length && !strchr(blanks, rest->at[end]))
        end++;
    const tn__word word = {rest->at + start, end - start};
    rest->at += end;
    rest->length -= end;
    return word;
}

/* Reads one key=value into the node, and sets the parameter's bit in `given`. */
static int read_argument(tn__node *node, tn__word word, uint32_t *given)
{
    const tn__spec *const spec = &node->op->spec;
    const char *const equals = memchr(word.at, '=', word.length);
    if (!equals)
        return tn__fail(TN_EINVAL, "%s: \"%.*s\" is not key=value", spec->name, shown(word),
                        word.at);
    const tn__word key = {word.at, (size_t)(equals - word.at)};
    const tn__param *const param = tn__spec_param(spec, key.at, key.length);
    if (!param)
        return unknown_param(spec, key);
    const ptrdiff_t p = param - spec->params;
    if (*given >> p & 1)
        return tn__fail(TN_EINVAL, "%s: %s is given twice", spec->name, param->name);
    *given |= 1u << p;
    return tn__value_parse(spec->name, param, equals + 1, word.length - key.length - 1,
                           &node->value[p]);
}

/* Sets the parameters that were not given to their defaults. */
static int fill_defaults(tn__node *node, uint32_t given)
{
    const tn__spec *const spec = &node->op->spec;
    int status = TN_OK;
    for (int32_t p = 0; spec->params[p].name && status == TN_OK; p++)
        if (!(given >> p & 1))
            status = tn__value_default(spec->name, &spec->params[p], &node->value[p]);
    return status;
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
    uint32_t given = 0;
    for (tn__word word = next_word(&arguments); word.length > 0; word = next_word(&arguments)) {
        status = read_argument(node, word, &given);
        if (status != TN_OK)
            return status;
    }
    status = fill_defaults(node, given);
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
        const tn__word name = next_word(&rest);
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
