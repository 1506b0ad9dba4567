/* SPDX-License-Identifier: MIT */
/* NVTX: ranges on the time line of a tool, as Nsight Systems.
 *
 * NVTX 3 is an agreement, not a library: the tool names a library of its own in
 * NVTX_INJECTION64_PATH, and the program hands that a table, into which it puts its functions. So
 * nothing is linked, and nothing need be installed. (NVTX 2, libnvToolsExt.so.1, did the same by
 * that variable, and is gone from CUDA 13.) The ranges are in the domain "tench"; they are those of
 * a trace that belong to a thread. */
#ifndef TENCH_BASE_NVTX_H
#define TENCH_BASE_NVTX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Looks for a tool, once in a process. True: it wants ranges. */
bool tn__nvtx_is_wanted(void);
/* A range of this thread, in those that it has begun and not ended; `number` is shown with it. Only
 * where they are wanted. */
void tn__nvtx_push(const char *name, int64_t number);
void tn__nvtx_pop(void);
/* Adds a line that says which tool there is, or why none. */
void tn__nvtx_report(tn__text *out);

#endif
