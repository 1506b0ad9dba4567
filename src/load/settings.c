/* SPDX-License-Identifier: MIT */
/* A loader's options, checked and completed. See settings.h. */
#include "load/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "data/order.h"
#include "dev/devices.h"
#include "load/pool.h"

enum { OUTPUTS = TN_MIN_OUTPUTS, MORE_OUTPUTS = 5 }; /* on a device */

static int check_outputs(const tn_loader_options *options)
{
    if (options->max_outputs && options->max_outputs < options->outputs)
        return tn__fail(TN_EINVAL, "max_outputs is %d; it must be at least outputs (%d)",
                        options->max_outputs, options->outputs);
    return TN_OK;
}

static int check_subset(const tn_loader_options *options, int64_t n_samples)
{
    if (!options->subset && options->n_subset != 0)
        return tn__fail(TN_EINVAL, "n_subset is %lld, but subset is NULL",
                        (long long)options->n_subset);
    if (options->n_subset < 0 || options->n_subset > INT64_MAX / (int64_t)sizeof(int64_t))
        return tn__fail(TN_EINVAL, "n_subset is %lld; it must be 0 to 2^60",
                        (long long)options->n_subset);
    for (int64_t i = 0; i < options->n_subset; i++)
        if (options->subset[i] < 0 || options->subset[i] >= n_samples)
            return tn__fail(TN_EINVAL, "subset[%lld] is %lld; samples are 0 to %lld", (long long)i,
                            (long long)options->subset[i], (long long)n_samples - 1);
    return TN_OK;
}

/* All rows of a batch have the same channels and bits. */
static int check_mode(const tn__settings *settings)
{
    const int32_t mode = settings->dataset->mode;
    if (mode == TN_KEEP)
        return tn__fail(
            TN_EINVAL, "a loader cannot use the mode keep, in which each file decides its channels "
                       "and bits; open the data set with input_img_mode RGB, L, RGBA or index");
    return tn__transform_takes(settings->transform, tn__dataset_channels(settings->dataset), 8,
                               mode == TN_INDICES);
}

static int copy_subset(const tn_loader_options *options, tn__settings *settings)
{
    if (!options->subset)
        return TN_OK;
    const size_t n_bytes = (size_t)options->n_subset * sizeof(int64_t);
    settings->subset = malloc(n_bytes ? n_bytes : 1);
    if (!settings->subset)
        return tn__fail_memory("a subset", n_bytes);
    if (n_bytes)
        memcpy(settings->subset, options->subset, n_bytes);
    settings->n_subset = options->n_subset;
    return TN_OK;
}

/* Gives the label tensor the form of the source's labels. */
static int shape_labels(const tn__settings *settings, tn_tensor *labels)
{
    const tn__label_shape shape = settings->dataset->source->label_shape;
    if (shape.kind != TN_LABEL_INT && tn__transform_mixing(settings->transform))
        return tn__fail(TN_EINVAL, "%s: the samples have %s as labels; mixing needs one class each",
                        tn__transform_mixing(settings->transform)->op->spec.name,
                        tn__label_kind_name(shape.kind));
    if (shape.kind != TN_LABEL_INTS && shape.kind != TN_LABEL_FLOATS)
        return TN_OK;
    labels->dtype = shape.kind == TN_LABEL_INTS ? TN_I64 : TN_F32;
    labels->ndim = 2;
    labels->shape[1] = shape.most > 0 ? shape.most : 1;
    labels->strides[0] = labels->shape[1];
    labels->strides[1] = 1;
    return TN_OK;
}

/* Lays out a slot for the tensors of a whole batch. */
static int plan_tensors(tn__settings *settings, int32_t channels, int32_t batch_size)
{
    const tn__source *const source = settings->dataset->source;
    const int32_t classes = source->n_classes;
    tn_tensor tensors[TN__TENSORS];
    int32_t n = 0;
    int status = tn__transform_check(settings->transform, channels, classes);
    while (status == TN_OK && n < TN__TENSORS) {
        status = tn__transform_tensor(settings->transform, n, batch_size, channels, classes,
                                      &tensors[n]);
        n += status == TN_OK;
    }
    if (status == TN_OK || status == TN_END)
        status = shape_labels(settings, &tensors[TN__TENSOR_LABEL]);
    if (status != TN_OK)
        return status;
    return tn__layout_make(&settings->layout, tensors, n, batch_size);
}

static int plan_output(tn__settings *settings, const tn_loader_options *options, int64_t n_samples)
{
    const int32_t channels = tn__dataset_channels(settings->dataset);
    tn_tensor sample = {0};
    int status = tn__transform_output(settings->transform, channels, &sample);
    if (status != TN_OK)
        return status;
    const bool planar = settings->transform->write.layout != TN_NHWC;
    const tn__schedule_options schedule = {
        .n_samples = n_samples,
        .batch_size = options->batch_size,
        .repeats = options->repeats,
        .rank = options->rank,
        .world_size = options->world_size,
        .drop_last = options->drop_last == TN_YES,
        .even_ranks = options->even_ranks == TN_YES,
    };
    settings->h = (int32_t)sample.shape[planar ? 1 : 0];
    settings->w = (int32_t)sample.shape[planar ? 2 : 1];
    status = tn__schedule_make(&settings->schedule, &schedule);
    if (status != TN_OK)
        return status;
    return plan_tensors(settings, channels, options->batch_size);
}

static int32_t default_depth(int32_t threads, int32_t batch_size)
{
    const int32_t rows = 2 * threads;
    const int32_t slots = rows / batch_size + (rows % batch_size != 0) + 2;
    return slots > 3 ? slots : 3;
}

/* Opens the device and moves the tensors there. */
static int plan_device(tn__settings *settings, const tn_loader_options *options)
{
    tn__opened opened;
    int status = tn__device_open(options->device, &opened);
    if (status != TN_OK || !opened.device)
        return status;
    settings->ops = opened.ops;
    settings->device = opened.device;
    settings->layout.device_id = opened.index;
    const int32_t most = options->max_outputs;
    settings->outputs = options->outputs         ? options->outputs
                        : most && most < OUTPUTS ? most
                                                 : OUTPUTS;
    settings->max_outputs = most ? most : settings->outputs + MORE_OUTPUTS;
    status = tn__layout_ship(&settings->layout, tn__transform_boxes(settings->transform));
    if (status != TN_OK)
        settings->ops->close(settings->device);
    return status;
}

/* Sets the depth. TN_ELIMIT if the ring would be larger than the address space allows. */
static int plan_depth(tn__settings *settings, const tn_loader_options *options)
{
    const int32_t threads = options->threads ? options->threads : tn__pool_default_threads();
    settings->depth = options->depth ? options->depth : default_depth(threads, options->batch_size);
    const int32_t slots = settings->depth + MORE_OUTPUTS + options->outputs + options->max_outputs;
    if (settings->layout.n_bytes > SIZE_MAX / 4 / (size_t)slots)
        return tn__fail(TN_ELIMIT, "%d slots of %zu bytes do not fit in memory", settings->depth,
                        settings->layout.n_bytes);
    return TN_OK;
}

/* Makes slots larger where the host mixes rows, because rows are then staged in the slot. */
static int plan_mixing(tn__settings *settings, const tn_loader_options *options)
{
    const int32_t channels = tn__dataset_channels(settings->dataset);
    if (!settings->mixing || settings->device)
        return TN_OK;
    int status = tn__transform_constants(settings->transform, channels, settings->w, settings->h,
                                         &settings->constants);
    if (status == TN_OK)
        status = tn__layout_stage(&settings->layout, tn__transform_boxes(settings->transform));
    return status == TN_OK ? plan_depth(settings, options) : status;
}

/* Collects the weights of the samples that are drawn, if the order needs them. */
static int plan_weights(tn__settings *settings)
{
    const float *const all = settings->dataset->source->weights;
    const int64_t n = settings->subset ? settings->n_subset : settings->schedule.n_samples;
    if (settings->order != TN__WEIGHTED_1 || n == 0)
        return TN_OK;
    if (!all)
        return tn__fail(TN_EINVAL,
                        "order \"%s\" needs weights, and the data set has none; a list has them "
                        "with weight=COLUMN, and items with a weight each",
                        tn__order_name(settings->order));
    float *const weights = malloc((size_t)n * sizeof *weights);
    if (!weights)
        return tn__fail_memory("weights", (size_t)n * sizeof *weights);
    for (int64_t i = 0; i < n; i++)
        weights[i] = all[tn__settings_sample(settings, i)];
    const int status = tn__comb_make(weights, n, &settings->comb);
    return status == TN_EINVAL ? tn__error_prefix("order \"%s\"", tn__order_name(settings->order))
                               : status;
}

/* Checks that each sample that is drawn has a class, if rows are mixed: without one, the targets of
 * a row would not add up to 1. */
static int check_mixed(const tn__settings *settings)
{
    const tn__source *const source = settings->dataset->source;
    const int64_t n = settings->subset ? settings->n_subset : settings->schedule.n_samples;
    for (int64_t i = 0; settings->mixing && i < n; i++) {
        tn__label label;
        const int64_t sample = tn__settings_sample(settings, i);
        source->ops->label(source, sample, &label);
        if (label.value < 0)
            return tn__fail(TN_EINVAL,
                            "%s: sample %lld, \"%s\", is in no class; mixing needs one class each",
                            settings->mixing->op->spec.name, (long long)sample,
                            tn__source_name(source, sample));
    }
    return TN_OK;
}

int tn__settings_make(tn__settings *settings, tn_dataset *dataset, tn_transform *transform,
                      const tn_loader_options *options)
{
    const int64_t n_samples = dataset->source->n_samples;
    *settings = (tn__settings){
        .dataset = dataset,
        .transform = transform,
        .mixing = tn__transform_mixing(transform),
        .seed = options->seed,
        .order = tn__order_kind(options->order),
        .own_threads = options->threads,
        .skip = options->on_fault == TN_FAULT_SKIP,
        .large_bytes = (size_t)options->large_bytes,
    };
    int status = settings->order ? check_outputs(options) : TN_EINVAL;
    if (status == TN_OK)
        status = check_mode(settings);
    if (status == TN_OK)
        status = check_subset(options, n_samples);
    if (status == TN_OK)
        status = plan_output(settings, options, options->subset ? options->n_subset : n_samples);
    if (status == TN_OK)
        status = plan_depth(settings, options);
    if (status == TN_OK)
        status = copy_subset(options, settings);
    if (status == TN_OK)
        status = plan_weights(settings);
    if (status == TN_OK)
        status = check_mixed(settings);
    /* No later step can fail with a device, so no failure has to close it here. */
    if (status == TN_OK)
        status = plan_device(settings, options);
    if (status == TN_OK)
        status = plan_mixing(settings, options);
    if (status != TN_OK) {
        free(settings->subset);
        tn__comb_free(&settings->comb);
        return status;
    }
    tn__dataset_keep(dataset);
    tn__transform_keep(transform);
    return TN_OK;
}

static int fingerprint(const void *bytes, size_t n_bytes, char out[TN__STATE_TEXT])
{
    tn_hash *const hash = tn__hash_create();
    if (!hash)
        return TN_ENOMEM;
    tn__hash_add(hash, bytes, n_bytes);
    snprintf(out, TN__STATE_TEXT, "%016llx", (unsigned long long)tn__hash_64(hash));
    tn__hash_destroy(hash);
    return TN_OK;
}

/* The order with 48 bits of a hash of its weights, which another loader must have too. */
static void name_order(const tn__settings *settings, char out[TN__STATE_TEXT])
{
    const tn__comb *const comb = &settings->comb;
    const char *const name = tn__order_name(settings->order);
    if (comb->n == 0)
        snprintf(out, TN__STATE_TEXT, "%s", name);
    else
        snprintf(out, TN__STATE_TEXT, "%s %012llx", name,
                 (unsigned long long)tn__hash_of(comb->weights,
                                                 (size_t)comb->n * sizeof *comb->weights) >>
                     16);
}

int tn__settings_identify(const tn__settings *settings, tn__state *out)
{
    const tn__source *const source = settings->dataset->source;
    *out = (tn__state){
        .format = TN__STATE_FORMAT,
        .rng = TN__STATE_RNG,
        .subset = "all",
        .positions = settings->schedule.n_positions,
        .batch_size = settings->schedule.batch_size,
        .seed = settings->seed,
    };
    name_order(settings, out->order);
    snprintf(out->dataset, sizeof out->dataset, "%016llx", (unsigned long long)source->fingerprint);
    const char *const text = settings->transform->text;
    int status = fingerprint(text, strlen(text), out->transform);
    if (status == TN_OK && settings->subset)
        status = fingerprint(settings->subset,
                             (size_t)settings->n_subset * sizeof *settings->subset, out->subset);
    return status;
}

void tn__settings_free(tn__settings *settings)
{
    if (settings->device)
        settings->ops->close(settings->device);
    free(settings->subset);
    tn__comb_free(&settings->comb);
    tn__transform_drop(settings->transform);
    tn__dataset_release(settings->dataset);
}

int64_t tn__settings_sample(const tn__settings *settings, int64_t drawn)
{
    const int64_t index = drawn % settings->schedule.n_samples;
    return settings->subset ? settings->subset[index] : index;
}
