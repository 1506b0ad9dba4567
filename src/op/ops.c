/* SPDX-License-Identifier: MIT */
/* The ordered table of ops, and what is asked of it. Adding an op: one file, one line here. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "op/geometry.h"
#include "op/op.h"

const tn__op *const tn__ops[] = {
    &tn__op_random_resized_crop,
    &tn__op_resize,
    &tn__op_resize_keep_ratio,
    &tn__op_center_crop,
    &tn__op_crop,
    &tn__op_center_crop_or_pad,
    &tn__op_random_crop_or_pad,
    &tn__op_trim_border,
    &tn__op_hflip,
    &tn__op_vflip,
    &tn__op_color_jitter,
    &tn__op_random_erasing,
    &tn__op_normalize,
    &tn__op_convert,
    &tn__op_mixup,
};
const int32_t tn__n_ops = (int32_t)(sizeof tn__ops / sizeof *tn__ops);

const tn__op *tn__op_find(const char *name, size_t length)
{
    for (int32_t op = 0; op < tn__n_ops; op++)
        if (tn__spec_is(&tn__ops[op]->spec, name, length))
            return tn__ops[op];
    return NULL;
}

const tn__op *tn__op_by_id(uint16_t id)
{
    for (int32_t op = 0; op < tn__n_ops; op++)
        if (tn__ops[op]->id == id)
            return tn__ops[op];
    return NULL;
}

const tn__value *tn__node_value(const tn__node *node, const char *name)
{
    const tn__param *const param = tn__spec_param(&node->op->spec, name, strlen(name));
    assert(param && "an op asks for a parameter of its own table");
    return &node->value[param - node->op->spec.params];
}

/* As many as leave room in a plan, where each takes a step for two boxes and others take one. */
enum { MAX_ERASING = 2 };
_Static_assert(TN__MAX_NODES - MAX_ERASING + MAX_ERASING * TN_MAX_ERASED / 2 <= TN__MAX_STEPS,
               "every recipe that parses fits a plan");
_Static_assert(MAX_ERASING *TN_MAX_ERASED <= TN_PX_MAX_BOXES, "all boxes fit a record");

/* A record has one way of erasing. */
static int check_erasing(const tn__node *nodes, int32_t node)
{
    if (nodes[node].occurrence >= MAX_ERASING)
        return tn__fail(TN_EINVAL, "random_erasing is given more than %d times", MAX_ERASING);
    const int32_t mode = tn__node_value(&nodes[node], "mode")->choice;
    for (int32_t i = 0; i < node; i++)
        if (nodes[i].id == TN__OP_RANDOM_ERASING &&
            tn__node_value(&nodes[i], "mode")->choice != mode)
            return tn__fail(TN_EINVAL, "random_erasing is given twice, with different modes");
    return TN_OK;
}

/* Where the stage of an op stands among the others. */
static int32_t rank_of(const tn__op *op)
{
    return op->stage == TN__BATCH ? 2 : op->stage == TN__FINISH ? 1 : 0;
}

/* Finish ops come late, batch ops last, and the last write happens once: normalised first, then
 * converted. */
static int check_place(const tn__node *nodes, int32_t node)
{
    const tn__op *const op = nodes[node].op;
    if (node == 0)
        return TN_OK;
    const tn__op *const before = nodes[node - 1].op;
    if (rank_of(op) < rank_of(before))
        return tn__fail(TN_EINVAL, "%s must come before %s: %s works on %s", op->spec.name,
                        before->spec.name, before->spec.name,
                        before->stage == TN__BATCH ? "whole batches" : "finished samples");
    const bool once =
        op->id == TN__OP_NORMALIZE || op->id == TN__OP_CONVERT || op->id == TN__OP_MIXUP;
    if (once && nodes[node].occurrence > 0)
        return tn__fail(TN_EINVAL, "%s is given twice", op->spec.name);
    for (int32_t i = 0; op->id == TN__OP_NORMALIZE && i < node; i++)
        if (nodes[i].id == TN__OP_CONVERT)
            return tn__fail(TN_EINVAL, "normalize must come before convert");
    return op->id == TN__OP_RANDOM_ERASING ? check_erasing(nodes, node) : TN_OK;
}

int tn__ops_check(tn__node *nodes, int32_t n_nodes)
{
    for (int32_t node = 0; node < n_nodes; node++) {
        nodes[node].occurrence = 0;
        for (int32_t i = 0; i < node; i++)
            nodes[node].occurrence =
                (uint16_t)(nodes[node].occurrence + (nodes[i].id == nodes[node].id));
        const int code = check_place(nodes, node);
        if (code != TN_OK)
            return code;
    }
    return TN_OK;
}
