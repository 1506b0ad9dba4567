/* SPDX-License-Identifier: MIT */
/* Nodes into canonical text: the ops in their order, of each the parameters that differ from their
 * defaults, in the order of the table. Parsing it gives the same nodes again. */
#include <string.h>

#include "op/transform.h"

static void add_choice(const tn__param *param, int32_t choice, tn__text *text)
{
    const char *at = param->choices;
    for (int32_t index = 0; index < choice; index++) {
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    tn__text_add_bytes(text, at, strcspn(at, " "));
}

static void add_numbers(const tn__value *value, int32_t n, const char *separator, tn__text *text)
{
    for (int32_t i = 0; i < n; i++) {
        if (i > 0)
            tn__text_add(text, separator);
        tn__text_number(text, value->number[i]);
    }
}

void tn__format_value(const tn__param *param, const tn__value *value, tn__text *text)
{
    const bool equal = value->n == 2 && value->number[0] == value->number[1];
    switch (param->kind) {
    case TN__FLAG: tn__text_add(text, value->number[0] != 0 ? "yes" : "no"); break;
    case TN__CHOICE: add_choice(param, value->choice, text); break;
    case TN__SIZE: add_numbers(value, equal ? 1 : 2, "x", text); break;
    case TN__RANGE: add_numbers(value, equal ? 1 : 2, ",", text); break;
    default:
        if (value->text[0])
            tn__text_add(text, value->text);
        else
            add_numbers(value, value->n, ",", text);
    }
}

static bool same_value(const tn__value *a, const tn__value *b)
{
    if (a->n != b->n || a->choice != b->choice || strcmp(a->text, b->text) != 0)
        return false;
    for (int32_t i = 0; i < a->n; i++)
        if (a->number[i] != b->number[i])
            return false;
    return true;
}

static bool is_default(const tn__op *op, const tn__param *param, const tn__value *value)
{
    tn__value initial = {0};
    if (!param->initial)
        return false;
    if (param->initial[0] &&
        tn__parse_value(op->name, param, param->initial, strlen(param->initial), &initial) != 0)
        return false;
    return same_value(value, &initial);
}

void tn__format_ops(const tn__node *nodes, int32_t n_nodes, tn__text *text)
{
    for (int32_t node = 0; node < n_nodes; node++) {
        const tn__op *const op = nodes[node].op;
        if (node > 0)
            tn__text_add(text, "; ");
        tn__text_add(text, op->name);
        for (int32_t p = 0; op->params[p].name; p++) {
            if (is_default(op, &op->params[p], &nodes[node].value[p]))
                continue;
            tn__text_printf(text, " %s=", op->params[p].name);
            tn__format_value(&op->params[p], &nodes[node].value[p], text);
        }
    }
}
