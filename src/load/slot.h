/* SPDX-License-Identifier: MIT */
/* Slots: places of the ring, each for one batch while it is made and used.
 *
 * A slot has one allocation, made once: the bytes of the tensors, then the records of the rows. Its
 * size follows from the transform's output and is checked first. With a device the tensors are on
 * the device: the slot has the records only, and borrows a staging buffer while workers make its
 * rows, then an output (pump.h). */
#ifndef TENCH_LOAD_SLOT_H
#define TENCH_LOAD_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/fault.h"
#include "load/schedule.h"
#include "make/run.h"
#include "op/transform.h"
#include "tench.h"

/* States of a slot: free → filling → ready → out (the consumer has it) → free. A batch whose rows
 * are mixed on the host is in `mixing` after filling. With a device a batch is sent after ready
 * (all of the device's work is queued), and finished once the host has seen the end of that work. A
 * batch that is given up while workers make its rows drains: the slot is used again only after
 * them. */
enum {
    TN__FREE = 0,
    TN__FILLING,
    TN__MIXING,
    TN__READY,
    TN__SENT,
    TN__FINISHED,
    TN__OUT,
    TN__DRAINING
};

enum { TN__MIN_STAGING = 4096 }; /* bytes: the kernel's table must fit */
/* A batch before it is finished: records, further boxes of the records, labels and targets, pixels.
 * It crosses to a device in a staging buffer; where the host mixes rows it stays in the slot. */
typedef struct tn__staging_layout {
    size_t boxes_at, labels_at, pixels_at; /* the records are at 0 */
    size_t boxes_bytes, pixels_bytes;      /* of a row */
    size_t n_bytes;
} tn__staging_layout;

/* Sizes of a loader's slots. */
typedef struct tn__layout {
    tn_tensor tensor[TN__TENSORS]; /* of a whole batch, without data */
    int32_t n_tensors;
    int32_t samples;    /* of a whole batch: at least as many as the image tensor has rows */
    size_t row_bytes;   /* of the image tensor */
    size_t label_bytes; /* of a row of the label tensor */
    size_t label_at, target_at, tensor_bytes; /* of all tensors: images, labels, targets */
    bool shipped;                             /* the tensors are on a device */
    size_t row_at, given_at, outcome_at, name_at, plan_at;
    size_t n_bytes;             /* of a slot's memory */
    tn__staging_layout staging; /* with a device, or where rows are mixed */
    size_t staging_at;          /* in the slot's memory, without a device */
    int32_t device_id;
} tn__layout;

/* How the making of a row ended. */
typedef struct tn__outcome {
    tn__fault_note *faults; /* attempts that failed, oldest first; NULL almost always */
    int32_t status;         /* TN_OK, or the failure of the row */
} tn__outcome;

typedef struct tn__slot {
    uint64_t generation; /* of the batch that is out; 0: none. Only the consumer uses it. */
    int32_t state;
    int32_t unclaimed;    /* rows that no worker has claimed */
    int32_t left;         /* rows that are not finished */
    int32_t in_work;      /* threads that work on the slot now */
    int32_t n_faulty;     /* rows with faults */
    int32_t holders;      /* while it is out: the consumer, and tensors given to other libraries */
    bool has_space;       /* it took one of the ring's `space`, and has not given it back */
    int32_t staging;      /* number of the staging buffer; -1: none */
    int32_t output;       /* number of the output; -1: none */
    int32_t rows;         /* rows that the consumer gets: the first ones of the span */
    double filled_at;     /* when the last row was made */
    int32_t traced_state; /* the state that the trace has seen, and its start */
    double traced_since;
    tn__span span;
    int64_t epoch;
    uint8_t *memory;
    uint8_t *labels; /* where the host writes them */
    float *targets;  /* after the labels; NULL: none */
    tn_tensor tensor[TN__TENSORS];
    const tn_tensor *tensors[TN__TENSORS]; /* pointers to these, for the consumer */
    tn_row *row;
    const tn_row **rows_given; /* pointers to the rows, for the consumer */
    tn__outcome *outcome;
    tn__text *name; /* for each row: its sample's name */
    int32_t n_names;
    tn__plan *plan; /* for each row: its plan; valid if its outcome is TN_OK */
    tn__text explained;
} tn__slot;

/* One row that a worker has claimed. */
typedef struct tn__turn {
    int32_t slot, row;
    int64_t number; /* how many rows were claimed before it in the epoch; unused if it mixes */
    bool mixes;     /* the row is made, and is now mixed with another */
    bool traced;    /* the worker keeps the stages of the turn */
    tn__place place;
} tn__turn;

/* TN_ELIMIT when a slot would be larger than the address space allows. */
int tn__layout_make(tn__layout *layout, const tn_tensor *tensors, int32_t n_tensors,
                    int32_t samples);
/* Adds space in the slot to stage rows until they are mixed; a record has at most `boxes` boxes.
 * TN_ELIMIT. */
int tn__layout_stage(tn__layout *layout, int32_t boxes);
/* Moves the tensors to a device; a record has at most `boxes` boxes. TN_ELIMIT. */
int tn__layout_ship(tn__layout *layout, int32_t boxes);
/* Where a row is staged, in a staging buffer at `memory`. */
tn__row_output tn__layout_row_output(const tn__layout *layout, uint8_t *memory, int32_t row);
/* Sets where the host writes labels and targets. */
void tn__slot_write_at(tn__slot *slot, const tn__layout *layout, uint8_t *labels);
/* Allocates the slot's memory. TN_ENOMEM. */
int tn__slot_init(tn__slot *slot, const tn__layout *layout);
void tn__slot_free(tn__slot *slot);
/* Sets where the tensors are: at `data`, on a device of that kind. */
void tn__slot_place(tn__slot *slot, const tn__layout *layout, uint8_t *data, int32_t device);
/* Empties the slot for a batch of so many rows. The ring sets its state. */
void tn__slot_open(tn__slot *slot, int64_t epoch, const tn__span *span, int32_t rows);
/* True if one of the rows could not be made. */
bool tn__slot_has_failed(const tn__slot *slot);

#endif
