/* SPDX-License-Identifier: MIT */
/* The table of ops. See ops.h. To add an op, add its file, and one line here. */
#include "op/ops.h"

#include "base/error.h"

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

/* Order of the stages: ops that move pixels, finish ops, batch ops. */
static int32_t rank_of(const tn__op *op)
{
    return op->stage == TN__BATCH ? 2 : op->stage == TN__FINISH ? 1 : 0;
}

static int check_place(const tn__node *nodes, int32_t node)
{
    const tn__op *const op = nodes[node].op, *const before = node > 0 ? nodes[node - 1].op : op;
    if (rank_of(op) < rank_of(before))
        return tn__fail(TN_EINVAL, "%s must come before %s: %s works on %s", op->spec.name,
                        before->spec.name, before->spec.name,
                        before->stage == TN__BATCH ? "whole batches" : "finished samples");
    if (op->is_single && nodes[node].occurrence > 0)
        return tn__fail(TN_EINVAL, "%s is given twice", op->spec.name);
    if (node > 0 && before->stage == TN__BATCH)
        return tn__fail(TN_EINVAL, "%s cannot follow %s: rows of a batch are combined once",
                        op->spec.name, before->spec.name);
    return op->check_order ? op->check_order(nodes, node) : TN_OK;
}

static int check_room(const tn__node *nodes, int32_t n_nodes)
{
    int32_t steps = 0, boxes = 0;
    for (int32_t node = 0; node < n_nodes; node++) {
        const tn__op *const op = nodes[node].op;
        steps += tn__node_max_steps(&nodes[node]);
        boxes += op->max_boxes ? op->max_boxes(&nodes[node]) : 0;
    }
    if (steps > TN__MAX_STEPS)
        return tn__fail(TN_EINVAL,
                        "the ops may need %d steps for a sample; at most %d are possible", steps,
                        TN__MAX_STEPS);
    if (boxes > TN_PX_MAX_BOXES)
        return tn__fail(TN_EINVAL,
                        "the ops may erase %d boxes of a sample; at most %d are possible", boxes,
                        TN_PX_MAX_BOXES);
    return TN_OK;
}

int tn__ops_check(tn__node *nodes, int32_t n_nodes)
{
    for (int32_t node = 0; node < n_nodes; node++) {
        nodes[node].index = (uint16_t)node;
        for (int32_t c = 0; c < nodes[node].n_children; c++)
            nodes[node].children[c].index = (uint16_t)node;
        nodes[node].occurrence = 0;
        for (int32_t i = 0; i < node; i++)
            nodes[node].occurrence =
                (uint16_t)(nodes[node].occurrence + (nodes[i].op == nodes[node].op));
        const int status = check_place(nodes, node);
        if (status != TN_OK)
            return status;
    }
    return check_room(nodes, n_nodes);
}
