/* SPDX-License-Identifier: MIT */
/* The pump: the path of batches over a device. A thread sends each batch whose rows are made.
 *
 * A batch passes three kinds of memory, which live for different times. Workers fill a *staging
 * buffer* (pinned memory: records, labels, pixels as u8). The copy stream carries it to an *input*
 * on the device. The kernel, on the work stream, makes an *output* of the input; the consumer's
 * streams use the output. These events keep the three in order; each is made once:
 *
 *   h2d       the staging buffer has crossed: the host may make rows in it again
 *   arrived   the input has arrived: the kernel may read it
 *   used      the kernel is done: the next staging buffer may cross to this input
 *   ready     the output is ready: the consumer may use it
 *   released  the consumer is done: the kernel may write this output again
 *
 * State that the host shares is guarded by the pool's lock. The pump calls the device only while it
 * does not hold the lock. A failure of the device is final: ring->lost keeps it, and every later
 * call of the loader returns it. */
#ifndef TENCH_LOAD_PUMP_H
#define TENCH_LOAD_PUMP_H

#include "load/feed.h"
#include "load/path.h"

enum { TN__INPUTS = 2 };
enum { TN__MAX_OTHERS = 4 }; /* streams that use a batch, beside the first */

/* Allocates memory, streams and events on the device and starts the thread, which adds its use of
 * the feed. The pool exists and is not locked. NULL: failure recorded, nothing is left. */
tn__path *tn__pump_create(tn__feed *feed);

#endif
