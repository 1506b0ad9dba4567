/* SPDX-License-Identifier: MIT */
/* A loader's settings: its options, checked and completed. They never change. */
#ifndef TENCH_LOAD_SETTINGS_H
#define TENCH_LOAD_SETTINGS_H

#include "data/comb.h"
#include "data/dataset.h"
#include "dev/device.h"
#include "load/schedule.h"
#include "load/slot.h"
#include "load/state.h"
#include "op/transform.h"

typedef struct tn__settings {
    tn_dataset *dataset;
    tn_transform *transform;
    const tn__node *mixing; /* the transform's op that mixes rows; NULL: none */
    tn_px_finish constants; /* for rows that workers mix; unused on a device */
    int64_t seed;
    int32_t order; /* TN__FEISTEL_1 … */
    int32_t depth; /* slots; with a device, staging buffers */
    int32_t own_threads;
    bool skip;       /* substitutes replace faulty samples */
    int64_t *subset; /* NULL: all samples */
    int64_t n_subset;
    tn__comb comb;      /* of the samples that are drawn, for TN__WEIGHTED_1; else n is 0 */
    size_t large_bytes; /* limit of one image that waits at the pool's gate, with its file */
    int32_t w, h;       /* of the output */
    tn__schedule schedule;
    tn__layout layout;
    const tn__device_ops *ops; /* of the device; NULL: batches stay on the host */
    tn__device *device;
    int32_t outputs, max_outputs; /* number of outputs: at the start, and at most */
} tn__settings;

/* Checks the options, opens the device and keeps the data set and the transform. The caller has
 * checked the options' size. After a failure there is nothing to free. */
int tn__settings_make(tn__settings *settings, tn_dataset *dataset, tn_transform *transform,
                      const tn_loader_options *options);
/* Closes the device, releases data set and transform, frees the subset. */
void tn__settings_free(tn__settings *settings);
/* Fills format, order, rng, fingerprints, positions, batch_size and seed. TN_ENOMEM. */
int tn__settings_identify(const tn__settings *settings, tn__state *out);
/* The data set's sample for a number that the order gave. */
int64_t tn__settings_sample(const tn__settings *settings, int64_t drawn);

#endif
