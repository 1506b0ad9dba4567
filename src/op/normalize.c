/* SPDX-License-Identifier: MIT */
/* normalize: mean and standard deviation of the output, by name or as numbers. It draws nothing,
 * but settles the last write. */
#include <string.h>

#include "base/error.h"
#include "op/ops.h"

/* Named statistics from timm's constants.py, in the order of SET_NAMES. */
static const struct set {
    double mean[3], std[3];
} sets[] = {
    {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}},
    {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}},
    {{124 / 255.0, 117 / 255.0, 104 / 255.0},
     {1 / (.0167 * 255), 1 / (.0167 * 255), 1 / (.0167 * 255)}},
    {{0.48145466, 0.4578275, 0.40821073}, {0.26862954, 0.26130258, 0.27577711}},
};

#define SET_NAMES "imagenet inception dpn clip"

static const tn__param params[] = {{.name = "mean",
                                    .kind = TN__NUMBERS,
                                    .initial = "imagenet",
                                    .choices = SET_NAMES,
                                    .min = -1000,
                                    .max = 1000,
                                    .doc = "mean of a channel's values in 0…1: one number, one for "
                                           "each channel, or the name of a set"},
                                   {.name = "std",
                                    .kind = TN__NUMBERS,
                                    .initial = "imagenet",
                                    .choices = SET_NAMES,
                                    .min = 1e-6,
                                    .max = 1e6,
                                    .doc = "standard deviation, in the same form"},
                                   {0}};

/* The numbers of parameter "mean" or "std". If a name was given, its numbers. */
static tn__value numbers_of(const tn__node *node, const char *name)
{
    tn__value value = *tn__node_value(node, name);
    if (value.n == 0) {
        const struct set *const set = &sets[value.choice - 1];
        value.n = 3;
        memcpy(value.number, strcmp(name, "mean") == 0 ? set->mean : set->std, sizeof set->mean);
    }
    return value;
}

static int32_t takes(const tn__node *node)
{
    (void)node;
    return TN__TAKES_ALPHA;
}

static int check(const tn__node *node)
{
    const int32_t mean = numbers_of(node, "mean").n;
    const int32_t std = numbers_of(node, "std").n;
    if (mean > 1 && std > 1 && mean != std)
        return tn__fail(TN_EINVAL, "normalize: mean has %d numbers, std has %d", mean, std);
    return TN_OK;
}

static void add_numbers(const tn__node *node, const char *name, tn__text *text)
{
    const tn__value value = numbers_of(node, name);
    tn__text_printf(text, ",\"%s\":[", name);
    for (int32_t i = 0; i < value.n; i++) {
        if (i > 0)
            tn__text_add(text, ",");
        tn__text_number(text, value.number[i]);
    }
    tn__text_add(text, "]");
}

static void tell(const tn__node *node, const tn__plan *plan, tn__text *text)
{
    (void)plan;
    add_numbers(node, "mean", text);
    add_numbers(node, "std", text);
}

/* u8 output keeps the pixels as they are. */
static bool acts(const tn__plan *plan, const tn__last_write *write)
{
    (void)plan;
    return write->dtype != TN_U8;
}

static int check_order(const tn__node *nodes, int32_t node)
{
    for (int32_t i = 0; i < node; i++)
        if (nodes[i].op == &tn__op_convert)
            return tn__fail(TN_EINVAL, "normalize must come before convert");
    return TN_OK;
}

/* Replaces numbers that are all equal by a single one, which fits any number of channels. */
static tn__value collapsed(tn__value value)
{
    for (int32_t i = 1; i < value.n; i++)
        if (value.number[i] != value.number[0])
            return value;
    value.n = 1;
    return value;
}

static void finish(const tn__node *node, tn__last_write *write)
{
    write->normalise = node;
    write->mean = collapsed(numbers_of(node, "mean"));
    write->std = collapsed(numbers_of(node, "std"));
}

const tn__op tn__op_normalize = {
    .id = TN__OP_NORMALIZE,
    .spec =
        {
            .name = "normalize",
            .doc = "Subtracts the mean and divides by the standard deviation while the output is "
                   "written: fmaf(v, 1/(255 std), -mean/std). u8 output is not normalised.",
            .source = "torchvision 0.29 Normalize; timm 1.0.31 loader.py PrefetchLoader",
            .missing = "inplace",
            .params = params,
        },
    .stage = TN__FINISH,
    .reach = TN__POINT,
    .takes = takes,
    .is_single = true,
    .check = check,
    .check_order = check_order,
    .finish = finish,
    .tell = tell,
    .acts = acts,
};
