/* SPDX-License-Identifier: MIT */
/* The ring: a loader's slots, and what happens to them next.
 *
 * The ring is passive. It holds state, takes no lock, wakes no thread, and calls no other part
 * of the loader. Its caller (feed.c) holds the pool's lock. Functions that change the ring return
 * what changed, as bits; the caller passes them to tn__feed_changed, which wakes the threads that
 * wait for it.
 *
 * Batches are numbered from 0 in an epoch. Three counters divide them: `opened` batches have a
 * slot, `sent` of these were sent to the device (without a device the counter is unused), and the
 * consumer took `taken` of them. */
#ifndef TENCH_LOAD_RING_H
#define TENCH_LOAD_RING_H

#include "data/order.h"
#include "load/settings.h"
#include "load/slot.h"

enum {
    TN__RING_ROWS = 1,  /* the rows that workers can claim */
    TN__RING_READY = 2, /* the batches on their way to the consumer */
    TN__RING_SPACE = 4, /* a slot, or the memory in which a batch's rows are made, is free */
    TN__RING_END = 8    /* the epoch is over */
};

typedef struct tn__ring {
    const tn__settings *settings;
    int32_t n_slots;
    tn__slot *slots; /* NULL until tn__ring_allocate */
    int32_t *queue;  /* the slot of batch j, for taken <= j < opened, at j mod n_slots */
    bool crosses;    /* batches cross to a device before the consumer gets them */
    bool mixes;      /* workers mix the rows of a batch after they made them all */
    int32_t space;   /* batches that can be opened: free staging buffers, or slots */
    int32_t max_out; /* slots that can be out at the same time */

    bool running;
    int64_t epoch, first; /* the epoch's first batch, in the numbers of all ranks */
    int64_t n_batches;    /* of this rank */
    int64_t opened, sent, taken;
    int64_t n_rows, claimed; /* of this rank's epoch: samples, and how many of them were claimed */
    bool on_stream; /* the consumer's stream waits for the device; otherwise its thread does */
    tn__error lost; /* the device's failure; code TN_OK: there is none */
    tn__order order;
} tn__ring;

void tn__ring_init(tn__ring *ring, const tn__settings *settings);
/* Allocates the slots that are not allocated yet. TN_ENOMEM. */
int tn__ring_allocate(tn__ring *ring);
void tn__ring_free(tn__ring *ring);

/* Starts an epoch at batch `first`. No epoch is running. */
unsigned tn__ring_start(tn__ring *ring, int64_t epoch, int64_t first);
/* Ends the epoch and gives up the batches that the consumer has not taken. Batches that are out
 * stay out. */
unsigned tn__ring_stop(tn__ring *ring);

/* Workers. */

/* How many batches the next row is ahead of the consumer; -1: no row can be claimed. */
int64_t tn__ring_lead(const tn__ring *ring);
/* Claims that row. */
unsigned tn__ring_claim(tn__ring *ring, tn__turn *turn);
/* The position of the row that is claimed as number `number`, 0 … n_rows - 1. */
int64_t tn__ring_position(const tn__ring *ring, int64_t number);
/* The row is made or mixed, and its slot's outcome says how that ended. */
unsigned tn__ring_finish(tn__ring *ring, const tn__turn *turn);
/* True if workers have rows to make, but no slot or staging buffer to make them in. */
bool tn__ring_is_starved(const tn__ring *ring);

/* The device. */

/* The batch that is sent next, if its rows are made. NULL: none. */
tn__slot *tn__ring_to_send(const tn__ring *ring);
/* No other thread may use the slot until tn__ring_end_send. The epoch may be stopped meanwhile. */
void tn__ring_begin_send(tn__slot *slot);
/* The batch was sent; or sending failed, and the ring is lost. The slot's staging buffer crosses
 * now, and the slot does not count in `space` any more. */
unsigned tn__ring_end_send(tn__ring *ring, tn__slot *slot);
/* The batch goes to the consumer without crossing, because one of its rows failed. */
unsigned tn__ring_skip_send(tn__ring *ring, tn__slot *slot);
/* The batch that was sent and that the consumer's thread waits for. NULL: none. */
tn__slot *tn__ring_to_confirm(const tn__ring *ring);
/* The device has finished the batch in the slot. */
unsigned tn__ring_confirm(tn__slot *slot);
/* A staging buffer has crossed, and rows can be made in it again. */
unsigned tn__ring_add_space(tn__ring *ring);
/* No more than `max` slots can be out: the device has no memory for more. */
unsigned tn__ring_limit_out(tn__ring *ring, int32_t max);
/* The recorded failure of the device ends all work; the first one is kept. */
unsigned tn__ring_lose(tn__ring *ring);

/* The consumer. */

/* True if the consumer need not wait: a batch is there, the epoch is over, the device has failed,
 * or all slots are out. */
bool tn__ring_is_ready(const tn__ring *ring);
/* True if the next batch is there. */
bool tn__ring_has_next(const tn__ring *ring);
/* Slot of batch j of taken … opened - 1. */
tn__slot *tn__ring_slot(const tn__ring *ring, int64_t j);
/* Sets what waits for the device: the consumer's stream or its thread. */
unsigned tn__ring_wait_on(tn__ring *ring, bool on_stream);
/* Hands the next batch out, and ends the epoch with the last one. */
unsigned tn__ring_take(tn__ring *ring, int32_t *slot);
/* The slot's last holder has put it back. */
unsigned tn__ring_put_back(tn__ring *ring, int32_t slot);
/* Slots that are out. */
int32_t tn__ring_out(const tn__ring *ring);

#endif
