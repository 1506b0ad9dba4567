/* SPDX-License-Identifier: MIT */
/* Slots: places of the ring, each holding one batch while it is made and used.
 *
 * All memory of a slot is one allocation, made once: the tensors' bytes, then the row records. The
 * size follows from the transform's output and is checked before. With a device the tensors are
 * there: the slot then has the records alone, and borrows a staging buffer while rows are made and
 * an output from then on (load/pump.h). */
#ifndef TENCH_LOAD_SLOT_H
#define TENCH_LOAD_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/fault.h"
#include "load/schedule.h"
#include "make/sample.h"
#include "op/transform.h"
#include "tench.h"

/* Life of a slot: free → filling → ready → out (with the consumer) → free. With a device it is sent
 * after ready (the device has been told all that is to be done), and finished once the host has
 * seen that it is done. A batch that is given up while workers make rows of it drains: the slot is
 * not used again before they are done. */
enum { TN__FREE = 0, TN__FILLING, TN__READY, TN__SENT, TN__FINISHED, TN__OUT, TN__DRAINING };

enum { TN__MIN_STAGING = 4096 }; /* bytes: a kernel's table crosses in one too */
/* A batch before its last write: records, boxes that they have no room for, what the host wrote of
 * its tensors (labels, targets), pixels. It crosses to a device, or where rows are mixed stays in
 * the slot. */
typedef struct tn__staging_layout {
    size_t boxes_at, labels_at, pixels_at; /* the records are at 0 */
    size_t boxes_bytes, pixels_bytes;      /* of a row */
    size_t n_bytes;
} tn__staging_layout;

/* Sizes of a loader's slots. */
typedef struct tn__layout {
    tn_tensor tensor[TN__TENSORS]; /* of a whole batch, without data */
    int32_t n_tensors;
    int32_t samples;  /* of a whole batch: at least as many as the image tensor has rows */
    size_t row_bytes; /* of the image tensor */
    size_t label_at, target_at, tensor_bytes; /* of all tensors: images, labels, targets */
    bool shipped;                             /* the tensors are on a device */
    size_t row_at, outcome_at, plan_at;
    size_t n_bytes;             /* of a slot's memory */
    tn__staging_layout staging; /* with a device, or where rows are mixed */
    size_t staging_at;          /* in the slot's memory, without a device */
    int32_t device_id;
} tn__layout;

/* How making a row ended. */
typedef struct tn__outcome {
    tn__note *faults; /* attempts that failed, oldest first; NULL almost always */
    int32_t code;     /* TN_OK, or why the row could not be made */
} tn__outcome;

typedef struct tn__slot {
    uint64_t generation; /* of the batch that is out; 0: none. The consumer's alone. */
    int32_t state;
    double since;      /* when it came to it, while there is a trace */
    double filled_at;  /* with a device: when all rows were made */
    bool mixing;       /* all rows are staged, and are now mixed and written; else they are made */
    int32_t unclaimed; /* rows that no worker has taken */
    int32_t left;      /* rows that are not finished */
    int32_t in_work;   /* rows that workers have now */
    int32_t n_faulty;  /* rows with faults */
    int32_t holders;   /* while it is out: the consumer, and tensors given to other libraries */
    int32_t staging;   /* with a device: where rows are made; -1: none */
    int32_t output;    /* and where the batch is; -1: none */
    int32_t rows;      /* that the consumer gets of the span's, the first ones */
    tn__span span;
    int64_t epoch;
    uint8_t *memory;
    int64_t *labels; /* that the host writes */
    float *targets;  /* behind them; NULL: none */
    tn_tensor tensor[TN__TENSORS];
    tn_row *row;
    tn__outcome *outcome;
    tn__plan *plan; /* of each row; valid where its outcome is TN_OK */
    tn__text explained;
} tn__slot;

/* TN_ELIMIT when a slot would not fit in memory that can be addressed. */
int tn__layout_make(tn__layout *layout, const tn_tensor *tensors, int32_t n_tensors,
                    int32_t samples);
/* Stages rows in the slot, so that they can be mixed; a record has at most `boxes` boxes.
 * TN_ELIMIT.
 */
int tn__layout_stage(tn__layout *layout, int32_t boxes);
/* Moves the tensors to a device; a record has at most `boxes` boxes. TN_ELIMIT. */
int tn__layout_ship(tn__layout *layout, int32_t boxes);
/* Where a row is staged: in a staging buffer at `memory`. */
tn__row_output tn__layout_row_output(const tn__layout *layout, uint8_t *memory, int32_t row);
/* Tells where the host writes labels and targets: the labels are at `labels`. */
void tn__slot_write_at(tn__slot *slot, const tn__layout *layout, uint8_t *labels);
/* Allocates; TN_ENOMEM. */
int tn__slot_init(tn__slot *slot, const tn__layout *layout);
void tn__slot_free(tn__slot *slot);
/* Places the tensors at `data`, on a device of that kind. */
void tn__slot_place(tn__slot *slot, const tn__layout *layout, uint8_t *data, int32_t device);
/* Empties the slot for a batch of so many rows; its state is the ring's. */
void tn__slot_open(tn__slot *slot, int64_t epoch, const tn__span *span, int32_t rows);

#endif
