/* SPDX-License-Identifier: MIT */
/* The registry of ops as callers see it: made once from the table, then static. */
#include <pthread.h>
#include <string.h>

#include "base/nearest.h"
#include "op/op.h"

enum { MAX_OPS = 128 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static tn_op_info infos[MAX_OPS];
static tn_param_info param_infos[MAX_OPS][TN__MAX_PARAMS];

static const char *stage_name(int32_t stage)
{
    static const char *const names[] = {"",       "geometry", "pixel",  "lut",
                                        "finish", "batch",    "policy", "hook"};
    return names[stage];
}

static const char *kind_name(int32_t kind)
{
    static const char *const names[] = {"",      "number",  "integer", "flag", "size",
                                        "range", "numbers", "choice",  "text"};
    return names[kind];
}

static tn_param_info describe_param(const tn__param *param)
{
    return (tn_param_info){
        .name = param->name,
        .doc = param->doc,
        .kind = kind_name(param->kind),
        .initial = !param->initial   ? ""
                   : *param->initial ? param->initial
                                     : "unset",
        .choices = param->choices ? param->choices : "",
        .min = param->kind == TN__SIZE ? 1 : param->min,
        .max = param->kind == TN__SIZE ? TN__MAX_SIZE : param->max,
    };
}

static void describe(void)
{
    for (int32_t op = 0; op < tn__n_ops && op < MAX_OPS; op++) {
        const tn__op *const entry = tn__ops[op];
        int32_t n = 0;
        for (; n < TN__MAX_PARAMS && entry->params[n].name; n++)
            param_infos[op][n] = describe_param(&entry->params[n]);
        infos[op] = (tn_op_info){
            .name = entry->name,
            .doc = entry->doc,
            .source = entry->source,
            .stage = stage_name(entry->stage),
            .n_params = n,
            .params = param_infos[op],
        };
    }
}

int32_t tn_op_count(void)
{
    return tn__n_ops;
}

const tn_op_info *tn_op_at(int32_t index)
{
    pthread_once(&once, describe);
    return index >= 0 && index < tn__n_ops ? &infos[index] : NULL;
}

const char *tn_op_nearest(const char *name)
{
    tn__nearest nearest = {.given = name, .length = name ? strlen(name) : 0};
    for (int32_t op = 0; op < tn__n_ops; op++)
        tn__nearest_offer(&nearest, tn__ops[op]->name, strlen(tn__ops[op]->name));
    return nearest.name ? nearest.name : "";
}
