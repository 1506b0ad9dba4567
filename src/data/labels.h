/* SPDX-License-Identifier: MIT */
/* The labels of all samples of a source, in memory. They are of one kind. An integer takes eight
 * bytes a sample; the other kinds take what their values take, and eight bytes more. */
#ifndef TENCH_DATA_LABELS_H
#define TENCH_DATA_LABELS_H

#include "base/blob.h"
#include "data/source.h"

/* What the labels of a container are: places in the choices of its parameter `labels`. */
#define TN__LABELS_CHOICES "auto class classes numbers text"
enum {
    TN__LABELS_AUTO, /* as they are written */
    TN__LABELS_CLASS,
    TN__LABELS_CLASSES,
    TN__LABELS_NUMBERS,
    TN__LABELS_TEXT
};

typedef struct tn__labels {
    tn__label_shape shape;
    int64_t n;
    tn__blob values;
    tn__blob starts; /* where the values of each label begin, as uint64_t; empty for
                        TN_LABEL_INT and TN_LABEL_FLOATS, whose labels have equal sizes */
} tn__labels;

/* Checks an integer of a file: -1 stands for no class, and nothing else may be below 0 or from
 * TN__MAX_CLASSES on. TN_EDECODE. */
int tn__labels_check(int64_t number);
/* Checks all integers of a label. TN_EDECODE. */
int tn__label_check(const tn__label *label);
/* Begins a list of labels of a kind. */
/* TN_EINVAL: there is a class map, which would have no effect on labels of that kind. */
int tn__labels_check_map(const char *class_map, int32_t kind);
void tn__labels_init(tn__labels *labels, int32_t kind);
/* Adds a copy of a label. A sample without a label has the integer -1, or no values. TN_EINVAL: the
 * label is of another kind, or has another number of floats than those before it; TN_ENOMEM. */
int tn__labels_add(tn__labels *labels, const tn__label *label);
/* Reads a label of the kind out->kind, not TN_LABEL_INT, from its integers, floats, or text with a
 * NUL. *out borrows the bytes. */
void tn__label_read(const uint8_t *bytes, uint64_t n_bytes, tn__label *out);
/* Its arrays and text are valid until the next addition. */
void tn__labels_at(const tn__labels *labels, int64_t sample, tn__label *out);
/* The largest integer among all labels; -1: there is none. */
int64_t tn__labels_largest(const tn__labels *labels);
void tn__labels_free(tn__labels *labels);

#endif
