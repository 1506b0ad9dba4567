/* SPDX-License-Identifier: MIT */
/* Slots: places of the ring, each holding one batch while it is made and used.
 *
 * All memory of a slot is one allocation, made once: the tensors' bytes, then the row records. The
 * size follows from the transform's output and is checked before. */
#ifndef TENCH_LOAD_SLOT_H
#define TENCH_LOAD_SLOT_H

#include <stddef.h>
#include <stdint.h>

#include "load/fault.h"
#include "load/schedule.h"
#include "plan/plan.h"
#include "tench.h"

enum { TN__TENSOR_IMAGE = 0, TN__TENSOR_LABEL = 1, TN__TENSORS = 2 };

/* Life of a slot: free → filling → ready → out (with the consumer) → free. A batch that is given up
 * while workers make rows of it drains: the slot is not used again before they are done. */
enum { TN__FREE = 0, TN__FILLING, TN__READY, TN__OUT, TN__DRAINING };

/* Sizes of a loader's slots. */
typedef struct tn__layout {
    tn_tensor sample; /* output of one sample, without the batch dimension */
    int32_t rows;
    size_t row_bytes; /* of the image tensor */
    size_t label_at, row_at, outcome_at, plan_at;
    size_t n_bytes;
} tn__layout;

/* How making a row ended. */
typedef struct tn__outcome {
    tn__note *faults; /* attempts that failed, oldest first; NULL almost always */
    int32_t code;     /* TN_OK, or why the row could not be made */
} tn__outcome;

typedef struct tn__slot {
    uint64_t generation; /* of the batch that is out; 0: none. The consumer's alone. */
    int32_t state;
    int32_t unclaimed; /* rows that no worker has taken */
    int32_t left;      /* rows that are not finished */
    int32_t in_work;   /* rows that workers have now */
    int32_t n_faulty;  /* rows with faults */
    tn__span span;
    int64_t epoch;
    uint8_t *memory;
    tn_tensor tensor[TN__TENSORS];
    tn_row *row;
    tn__outcome *outcome;
    tn__plan *plan; /* of each row; valid where its outcome is TN_OK */
    tn__text explained;
} tn__slot;

/* TN_ELIMIT when a slot would not fit in memory that can be addressed. */
int tn__layout_make(tn__layout *layout, const tn_tensor *sample, int32_t rows);
/* Allocates; TN_ENOMEM. */
int tn__slot_init(tn__slot *slot, const tn__layout *layout);
void tn__slot_free(tn__slot *slot);
/* Empties the slot for a batch. */
void tn__slot_open(tn__slot *slot, int64_t epoch, const tn__span *span);

#endif
