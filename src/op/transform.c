/* SPDX-License-Identifier: MIT */
/* Makes transforms, and tells what they give. See transform.h. */
#include "op/transform.h"

#include <stdlib.h>

#include "base/dtype.h"
#include "base/error.h"
#include "base/limits.h"
#include "op/parse.h"

static const int32_t counts[TN__COUNTS] = {1, 3, 4};

/* The place of a number of channels in `counts`; -1: no image has so many. */
static int32_t place_of(int32_t channels)
{
    for (int32_t place = 0; place < TN__COUNTS; place++)
        if (counts[place] == channels)
            return place;
    return -1;
}

static bool fits(const tn__value *value, int32_t channels)
{
    return value->n == 1 || value->n == channels;
}

static void spread(const tn__value *value, int32_t channels, double *out)
{
    for (int32_t c = 0; c < channels; c++)
        out[c] = value->number[value->n == 1 ? 0 : c];
}

static void init_finish(tn_transform *transform)
{
    const tn__last_write *const write = &transform->write;
    for (int f = 0; f < TN__COUNTS; f++) {
        const int32_t channels = counts[f];
        double mean[TN_PX_MAX_CHANNELS], std[TN_PX_MAX_CHANNELS];
        tn__finish_init(&transform->staging[f], TN_U8, TN_NCHW, channels, NULL, NULL, false);
        if (!write->normalise) {
            tn__finish_init(&transform->finish[f], write->dtype, write->layout, channels, NULL,
                            NULL, write->is_timm);
        } else if (fits(&write->mean, channels) && fits(&write->std, channels)) {
            spread(&write->mean, channels, mean);
            spread(&write->std, channels, std);
            tn__finish_init(&transform->finish[f], write->dtype, write->layout, channels, mean, std,
                            write->is_timm);
        }
    }
}

static void settle_last_write(tn_transform *transform)
{
    transform->write = (tn__last_write){.dtype = TN_U8, .layout = TN_NCHW};
    for (int32_t n = 0; n < transform->n_nodes; n++)
        if (transform->nodes[n].op->finish)
            transform->nodes[n].op->finish(&transform->nodes[n], &transform->write);
    init_finish(transform);
}

/* Checks the sizes that do not depend on the image. */
static int check_sizes(const tn_transform *transform)
{
    int32_t w = 0, h = 0;
    for (int32_t n = 0; n < transform->n_nodes; n++) {
        const tn__op *const op = transform->nodes[n].op;
        if (op->size)
            op->size(&transform->nodes[n], &w, &h);
        if (tn__limits_image(op->spec.name, "a result", w, h, TN_PX_MAX_CHANNELS) != TN_OK)
            return TN_ELIMIT;
    }
    return tn__limits_image("transform", "an output", w, h,
                            TN_PX_MAX_CHANNELS * tn__dtype_bytes(transform->write.dtype));
}

static int fill(tn_transform *transform, const char *ops)
{
    const int status = tn__parse_ops(ops, transform->nodes, &transform->n_nodes);
    if (status != TN_OK)
        return status;
    tn__text text = {0};
    tn__text_add(&text, ""); /* without ops the text is empty, not NULL */
    tn__format_ops(transform->nodes, transform->n_nodes, &text);
    if (text.failed) {
        tn__text_free(&text);
        return tn__fail_memory("a transform's text", text.length);
    }
    transform->text = text.chars;
    settle_last_write(transform);
    return check_sizes(transform);
}

static void drop(tn_transform *transform)
{
    tn__nodes_free(transform->nodes, transform->n_nodes);
    free(transform->text);
    free(transform);
}

tn_transform *tn__transform_make(const char *ops)
{
    tn_transform *const transform = calloc(1, sizeof *transform);
    if (!transform) {
        tn__fail_memory("a transform", sizeof *transform);
        return NULL;
    }
    atomic_init(&transform->references, 1);
    if (fill(transform, ops) != TN_OK) {
        drop(transform);
        return NULL;
    }
    return transform;
}

tn_transform *tn__transform_keep(tn_transform *transform)
{
    atomic_fetch_add_explicit(&transform->references, 1, memory_order_relaxed);
    return transform;
}

void tn__transform_drop(tn_transform *transform)
{
    if (!transform ||
        atomic_fetch_sub_explicit(&transform->references, 1, memory_order_acq_rel) > 1)
        return;
    drop(transform);
}

static const tn__finish *wrong_count(const tn__last_write *write, const char *name,
                                     const tn__value *value, int32_t channels)
{
    tn__fail(TN_EINVAL,
             "%s: %s has %d numbers, the images have %d channel%s: give one number, or one "
             "for each channel (timm would silently take their average)",
             write->normalise->op->spec.name, name, value->n, channels, channels == 1 ? "" : "s");
    return NULL;
}

static int refuse(const tn__node *node, int32_t missing)
{
    const char *const name = node->op->spec.name;
    if (missing & TN__TAKES_INDICES)
        return tn__fail(TN_EINVAL,
                        "%s does not take the numbers of the mode index with these parameters: it "
                        "would compute values that are in no palette",
                        name);
    if (missing & TN__TAKES_WIDE)
        return tn__fail(TN_EINVAL, "%s takes images of 8 bits, but this one has 16 (mode keep)",
                        name);
    return tn__fail(TN_EINVAL,
                    "%s takes images of 1 or 3 channels with these parameters, but this one has 4 "
                    "(RGBA)",
                    name);
}

static int check_node(const tn__node *node, int32_t wanted)
{
    const int32_t takes = node->op->takes ? node->op->takes(node) : 0;
    return wanted & ~takes ? refuse(node, wanted & ~takes) : TN_OK;
}

/* A policy takes what its children take. These are not policies. */
static int check_nodes(const tn__node *nodes, int32_t n_nodes, int32_t wanted)
{
    int status = TN_OK;
    for (int32_t n = 0; n < n_nodes && status == TN_OK; n++) {
        const tn__node *const node = &nodes[n];
        if (node->n_children == 0)
            status = check_node(node, wanted);
        for (int32_t c = 0; c < node->n_children && status == TN_OK; c++)
            status = check_node(&node->children[c], wanted);
    }
    return status;
}

int tn__transform_takes(const tn_transform *transform, int32_t channels, int32_t bits, bool indices)
{
    const int32_t wanted = (channels == 4 ? TN__TAKES_ALPHA : 0) |
                           (bits == 16 ? TN__TAKES_WIDE : 0) | (indices ? TN__TAKES_INDICES : 0);
    if (wanted && check_nodes(transform->nodes, transform->n_nodes, wanted) != TN_OK)
        return TN_EINVAL;
    return tn__transform_finish(transform, channels) ? TN_OK : TN_EINVAL;
}

int32_t tn__transform_dtype(const tn_transform *transform, int32_t bits)
{
    return bits == 16 ? TN_U16 : transform->write.dtype;
}

const tn__finish *tn__transform_finish(const tn_transform *transform, int32_t channels)
{
    const tn__last_write *const write = &transform->write;
    const int32_t place = place_of(channels);
    if (place < 0) {
        tn__fail(TN_EINVAL, "images must have 1, 3 or 4 channels, not %d", channels);
        return NULL;
    }
    if (write->normalise && !fits(&write->mean, channels))
        return wrong_count(write, "mean", &write->mean, channels);
    if (write->normalise && !fits(&write->std, channels))
        return wrong_count(write, "std", &write->std, channels);
    return &transform->finish[place];
}

const tn__finish *tn__transform_staging(const tn_transform *transform, int32_t channels)
{
    return &transform->staging[place_of(channels)];
}

int tn__transform_constants(const tn_transform *transform, int32_t channels, int32_t w, int32_t h,
                            tn_px_finish *out)
{
    const tn__finish *const finish = tn__transform_finish(transform, channels);
    if (!finish)
        return TN_EINVAL;
    *out = finish->px;
    out->w = w;
    out->h = h;
    out->staged = TN_PX_NCHW;
    out->stride = w;
    out->plane = (uint32_t)w * (uint64_t)h;
    const tn__node *const mixing = tn__transform_mixing(transform);
    out->mix = mixing ? mixing->op->batch->place(mixing) : TN_PX_MIX_NONE;
    return TN_OK;
}

const tn__node *tn__transform_mixing(const tn_transform *transform)
{
    for (int32_t n = 0; n < transform->n_nodes; n++)
        if (transform->nodes[n].op->batch)
            return &transform->nodes[n];
    return NULL;
}

int32_t tn__transform_rows(const tn_transform *transform, int32_t samples)
{
    const tn__node *const node = tn__transform_mixing(transform);
    return node ? node->op->batch->rows(node, samples) : samples;
}

/* Strides of a contiguous tensor, in elements. */
static void set_strides(tn_tensor *tensor)
{
    int64_t stride = 1;
    for (int32_t d = tensor->ndim - 1; d >= 0; d--) {
        tensor->strides[d] = stride;
        stride *= tensor->shape[d];
    }
}

int tn__transform_output(const tn_transform *transform, int32_t channels, tn_tensor *out)
{
    if (tn__transform_takes(transform, channels, 8, false) != TN_OK)
        return TN_EINVAL;
    int32_t w, h;
    tn__transform_size(transform, &w, &h);
    if (w == 0)
        return tn__fail(
            TN_EINVAL,
            "the output's size depends on the image: end the geometry with an op of "
            "fixed size, for example random_resized_crop, center_crop or resize mode=exact "
            "(ops: %s)",
            transform->text);
    const bool planar = transform->write.layout != TN_NHWC;
    *out = (tn_tensor){
        .name = "image",
        .dtype = transform->write.dtype,
        .device = TN_DEVICE_CPU,
        .ndim = 3,
        .shape = {planar ? channels : h, planar ? h : w, planar ? w : channels},
    };
    set_strides(out);
    return TN_OK;
}

int tn__transform_check(const tn_transform *transform, int32_t channels, int32_t classes)
{
    const tn__node *const node = tn__transform_mixing(transform);
    tn_tensor sample = {0};
    const int status = tn__transform_output(transform, channels, &sample);
    if (status != TN_OK || !node)
        return status;
    return node->op->batch->check(node, sample.dtype, classes);
}

static int describe_images(const tn_transform *transform, int32_t rows, int32_t channels,
                           tn_tensor *out)
{
    tn_tensor sample = {0};
    const int status = tn__transform_output(transform, channels, &sample);
    if (status != TN_OK)
        return status;
    *out = sample;
    out->ndim = sample.ndim + 1;
    out->shape[0] = rows;
    for (int32_t d = 0; d < sample.ndim; d++)
        out->shape[d + 1] = sample.shape[d];
    set_strides(out);
    return TN_OK;
}

int tn__transform_tensor(const tn_transform *transform, int32_t index, int32_t samples,
                         int32_t channels, int32_t classes, tn_tensor *out)
{
    const tn__node *const node = tn__transform_mixing(transform);
    const int32_t rows = tn__transform_rows(transform, samples);
    if (index == TN__TENSOR_IMAGE)
        return describe_images(transform, rows, channels, out);
    *out = (tn_tensor){.device = TN_DEVICE_CPU, .shape = {rows}};
    if (index == TN__TENSOR_LABEL) {
        out->name = "label";
        out->dtype = TN_I64;
        out->ndim = 1;
    } else if (index == TN__TENSOR_TARGET && node) {
        const int32_t own = node->op->batch->classes(node);
        out->name = "target";
        out->dtype = TN_F32;
        out->ndim = 2;
        out->shape[1] = own ? own : classes;
    } else {
        return TN_END;
    }
    set_strides(out);
    return TN_OK;
}

int32_t tn__transform_boxes(const tn_transform *transform)
{
    int32_t most = 0;
    for (int32_t n = 0; n < transform->n_nodes; n++)
        if (transform->nodes[n].op->max_boxes)
            most += transform->nodes[n].op->max_boxes(&transform->nodes[n]);
    return most;
}

void tn__transform_size(const tn_transform *transform, int32_t *w, int32_t *h)
{
    *w = *h = 0;
    for (int32_t n = 0; n < transform->n_nodes; n++)
        if (transform->nodes[n].op->size)
            transform->nodes[n].op->size(&transform->nodes[n], w, h);
}
