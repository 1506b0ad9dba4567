/* SPDX-License-Identifier: MIT */
/* convert: element type and layout of the output. It draws nothing, but settles the last write.
 * Without it the output is u8, nchw. */
#include "op/ops.h"

static const int32_t dtypes[] = {TN_F32, TN_U8, TN_F16, TN_BF16}; /* in the order of the choices */

static const tn__param params[] = {
    {.name = "dtype",
     .kind = TN__CHOICE,
     .initial = "f32",
     .choices = "f32 u8 f16 bf16",
     .doc = "element type; u8 has the pixels before normalisation"},
    {.name = "layout",
     .kind = TN__CHOICE,
     .initial = "nchw",
     .choices = "nchw nhwc",
     .doc = "order of the dimensions"},
    {.name = "compat",
     .kind = TN__CHOICE,
     .initial = "none",
     .choices = "none timm",
     .doc = "timm: the bits of timm's prefetcher, which rounds mean and std to the element type, "
            "and rounds again after each step"},
    {0}};

/* Floats are v/255, which is not a number of a palette. */
static int32_t takes(const tn__node *node)
{
    const bool plain = dtypes[tn__node_value(node, "dtype")->choice] == TN_U8;
    return plain ? TN__TAKES_ALPHA | TN__TAKES_INDICES : TN__TAKES_ALPHA;
}

static void finish(const tn__node *node, tn__last_write *write)
{
    write->dtype = dtypes[tn__node_value(node, "dtype")->choice];
    write->layout = tn__node_value(node, "layout")->choice == 0 ? TN_NCHW : TN_NHWC;
    write->is_timm = tn__node_value(node, "compat")->choice == 1;
}

static void tell(const tn__node *node, const tn__plan *plan, tn__text *text)
{
    (void)plan;
    for (int32_t p = 0; p < 2; p++) {
        tn__text_printf(text, ",\"%s\":\"", params[p].name);
        tn__value_format(&params[p], &node->value[p], text);
        tn__text_add(text, "\"");
    }
}

const tn__op tn__op_convert = {
    .id = TN__OP_CONVERT,
    .spec =
        {
            .name = "convert",
            .doc = "Sets the element type and the layout of the output.",
            .source = "timm 1.0.31 loader.py PrefetchLoader",
            .params = params,
        },
    .stage = TN__FINISH,
    .reach = TN__POINT,
    .takes = takes,
    .is_single = true,
    .finish = finish,
    .tell = tell,
};
