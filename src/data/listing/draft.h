/* SPDX-License-Identifier: MIT */
/* A draft: the samples that one thread found in a file, in the order of the file. Drafts together
 * become a listing. */
#ifndef TENCH_DATA_LISTING_DRAFT_H
#define TENCH_DATA_LISTING_DRAFT_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "data/labels.h"
#include "data/listing/listing.h"

/* A sample as it is added. The texts are copied. */
typedef struct tn__found {
    const char *name; /* path inside the container; NUL is not part of it */
    size_t n_name;
    int64_t offset, length; /* in the draft's file */
    tn__coding coding;
    const char *class_name; /* NULL: `label` is the label */
    size_t n_class_name;
    int64_t label;          /* -1: none */
    const tn__label *typed; /* NULL: the label is an integer, as above */
} tn__found;

typedef struct tn__drafted {
    uint64_t name; /* offset in `names` */
    int64_t offset, length;
    int64_t label; /* if it is under -1: class -2 - label of the draft */
} tn__drafted;

typedef struct tn__draft {
    uint32_t file;
    int64_t n, capacity;
    tn__drafted *samples;
    tn__coding *codings; /* of the samples; NULL: none is coded */
    tn__text names;      /* each with its NUL */
    tn__labels labels;   /* of the samples, unless these are integers */
    tn__blob weights;    /* of the samples, as float (source.h); empty: they have none */
    /* The classes that the samples name, each once. */
    tn__text class_names;
    size_t n_classes, class_capacity;
    uint64_t *class_at;     /* offsets in class_names */
    uint32_t *class_places; /* 2 class_capacity places, found by hash: a class plus one; 0: free */
    int64_t left_out[TN__LEFT_OUT]; /* counts of what is not a sample */
} tn__draft;

/* Adds a sample. TN_EDECODE: its name or its class has a NUL in it, or its label is below -1 or
 * no class; TN_ELIMIT: the name is too long, or the file; TN_ENOMEM. */
int tn__draft_add(tn__draft *draft, const tn__found *found);
/* Gives a sample that was added without a label its own. Called for each sample, in their order.
 * TN_EDECODE, TN_EINVAL: its label is as it must not be; TN_ENOMEM. */
int tn__draft_label(tn__draft *draft, int64_t sample, const tn__label *label);
/* Takes back the labels and classes of all samples: they have none. */
void tn__draft_forget_labels(tn__draft *draft);
void tn__draft_free(tn__draft *draft);

#endif
