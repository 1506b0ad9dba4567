/* SPDX-License-Identifier: MIT */
/* Op text into nodes: `name key=value key=value; name …`.
 *
 * Ops are separated by ";" or newlines, words by blanks; a value holds no blank. There is one such
 * parser: Lua, C, the command line, saved recipes and states all come through it. */
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "op/transform.h"

static const char blanks[] = " \t\r";

/* Ops of timm that are known to be missing, so that the message can say so. */
static const char not_yet[] = "random_grayscale grayscale gaussian_blur auto_augment autoaugment "
                              "rand_augment randaugment aug_mix augmix random_pad "
                              "random_apply patchify";

/* A stretch of the text. */
typedef struct span {
    const char *at;
    size_t length;
} span;

/* What messages show of something that was written: all of it, or its beginning. */
static int shown(span word)
{
    return word.length < 60 ? (int)word.length : 60;
}

static bool in_list(const char *list, span word)
{
    while (list && *list) {
        const size_t length = strcspn(list, " ");
        if (length == word.length && memcmp(list, word.at, length) == 0)
            return true;
        list += length + strspn(list + length, " ");
    }
    return false;
}

static int unknown_op(span name)
{
    if (in_list(not_yet, name))
        return tn__fail(TN_EINVAL, "%.*s is not supported yet", shown(name), name.at);
    tn__nearest nearest = {.given = name.at, .length = name.length};
    for (int32_t op = 0; op < tn__n_ops; op++)
        tn__nearest_offer(&nearest, tn__ops[op]->name, strlen(tn__ops[op]->name));
    char question[96];
    return tn__fail(TN_EINVAL, "no op \"%.*s\"%s", shown(name), name.at,
                    tn__nearest_question(&nearest, question, sizeof question));
}

static int unknown_param(const tn__op *op, span key)
{
    if (in_list(op->missing, key))
        return tn__fail(TN_EINVAL, "%s: %.*s is not supported yet", op->name, shown(key), key.at);
    tn__nearest nearest = {.given = key.at, .length = key.length};
    tn__text names = {0};
    for (int32_t p = 0; op->params[p].name; p++) {
        tn__nearest_offer(&nearest, op->params[p].name, strlen(op->params[p].name));
        tn__text_printf(&names, "%s%s", p > 0 ? ", " : "", op->params[p].name);
    }
    char question[96];
    tn__fail(TN_EINVAL, "%s: no parameter \"%.*s\"%s (parameters: %s)", op->name, shown(key),
             key.at, tn__nearest_question(&nearest, question, sizeof question),
             names.chars ? names.chars : "none");
    tn__text_free(&names);
    return TN_EINVAL;
}

static int32_t find_param(const tn__op *op, span key)
{
    for (int32_t p = 0; op->params[p].name; p++)
        if (strlen(op->params[p].name) == key.length &&
            memcmp(op->params[p].name, key.at, key.length) == 0)
            return p;
    return -1;
}

/* The next word of `rest`, which then begins behind it; empty at the end. */
static span next_word(span *rest)
{
    size_t start = 0;
    while (start < rest->length && strchr(blanks, rest->at[start]))
        start++;
    size_t end = start;
    while (end < rest->length && !strchr(blanks, rest->at[end]))
        end++;
    const span word = {rest->at + start, end - start};
    rest->at += end;
    rest->length -= end;
    return word;
}

/* Reads one key=value into the node; `given` has a bit for each parameter that was set. */
static int read_argument(tn__node *node, span word, uint32_t *given)
{
    const tn__op *const op = node->op;
    const char *const equals = memchr(word.at, '=', word.length);
    if (!equals)
        return tn__fail(TN_EINVAL, "%s: \"%.*s\" is not key=value", op->name, shown(word), word.at);
    const span key = {word.at, (size_t)(equals - word.at)};
    const int32_t p = find_param(op, key);
    if (p < 0)
        return unknown_param(op, key);
    if (*given >> p & 1)
        return tn__fail(TN_EINVAL, "%s: %s is given twice", op->name, op->params[p].name);
    *given |= 1u << p;
    return tn__parse_value(op->name, &op->params[p], equals + 1, word.length - key.length - 1,
                           &node->value[p]);
}

/* Parameters that were not given get their defaults. */
static int fill_defaults(tn__node *node, uint32_t given)
{
    const tn__op *const op = node->op;
    for (int32_t p = 0; op->params[p].name; p++) {
        const char *const initial = op->params[p].initial;
        if (given >> p & 1)
            continue;
        if (!initial)
            return tn__fail(TN_EINVAL, "%s: \"%s\" is required", op->name, op->params[p].name);
        if (initial[0] == '\0')
            continue;
        const int code =
            tn__parse_value(op->name, &op->params[p], initial, strlen(initial), &node->value[p]);
        if (code != TN_OK)
            return code;
    }
    return TN_OK;
}

static int read_node(span name, span arguments, tn__node *node)
{
    const tn__op *const op = tn__op_find(name.at, name.length);
    if (!op)
        return unknown_op(name);
    *node = (tn__node){.op = op, .id = op->id};
    uint32_t given = 0;
    for (span word = next_word(&arguments); word.length > 0; word = next_word(&arguments)) {
        const int code = read_argument(node, word, &given);
        if (code != TN_OK)
            return code;
    }
    const int code = fill_defaults(node, given);
    return code == TN_OK && op->check ? op->check(node) : code;
}

int tn__parse_ops(const char *text, tn__node nodes[TN__MAX_NODES], int32_t *n_nodes)
{
    *n_nodes = 0;
    if (strnlen(text, TN__MAX_OPS_TEXT + 1) > TN__MAX_OPS_TEXT)
        return tn__fail(TN_EINVAL, "the ops' text is longer than %d bytes", TN__MAX_OPS_TEXT);
    while (*text) {
        span rest = {text, strcspn(text, ";\n")};
        text += rest.length + (text[rest.length] != '\0');
        const span name = next_word(&rest);
        if (name.length == 0)
            continue;
        if (*n_nodes == TN__MAX_NODES)
            return tn__fail(TN_EINVAL, "more than %d ops", TN__MAX_NODES);
        const int code = read_node(name, rest, &nodes[*n_nodes]);
        if (code != TN_OK)
            return code;
        ++*n_nodes;
    }
    return tn__ops_check(nodes, *n_nodes);
}
