/* SPDX-License-Identifier: MIT */
/* What a pump sees of its device: what has crossed, what is made. For load/pump*.c; all is locked,
 * and the calls that ask the device are not meanwhile. */
#ifndef TENCH_LOAD_PUMP_WATCH_H
#define TENCH_LOAD_PUMP_WATCH_H

#include "load/pump.h"

/* Sendings that are remembered: those whose staging buffers cross, and the inputs that they cross
 * to. */
static inline int32_t tn__pump_sendings(int32_t depth)
{
    return depth + TN__INPUTS + 1;
}

/* This thread's failure is the end of all work on the device. */
void tn__pump_lose(tn__pump *pump);
/* Takes staging buffers back that have crossed; true if others have not. */
bool tn__pump_collect(tn__pump *pump);
/* For a trace: sees which kernels are through; true if others are not. */
bool tn__pump_watch(tn__pump *pump);
/* Where the consumer is the host itself: sees whether the next batch is there; true if it is not,
 * and was sent. */
bool tn__pump_confirm(tn__pump *pump);
/* The device was told of a batch, from `begun` on. */
void tn__pump_note_sent(tn__pump *pump, const tn__slot *slot, double begun);
/* The pump rests from now on, for whatever reason (TN__SPAN_…), or (0) no more. */
void tn__pump_note_rest(tn__pump *pump, int32_t why, double now);

#endif
