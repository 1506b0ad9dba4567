/* SPDX-License-Identifier: MIT */
/* NVTX: shows ranges on the time line of a tool such as Nsight Systems.
 *
 * NVTX 3 is a protocol, not a library. The tool names its own library in NVTX_INJECTION64_PATH. The
 * program loads that library and gives it a table, to which it writes its functions. So nothing is
 * linked or installed. (NVTX 2, libnvToolsExt.so.1, used the same variable; CUDA 13 has dropped
 * it.) The ranges belong to the domain "tench". They are the stage spans of a trace that belong to
 * a thread. */
#ifndef TENCH_BASE_NVTX_H
#define TENCH_BASE_NVTX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Looks for a tool, once in a process. True: a tool wants ranges. */
bool tn__nvtx_is_wanted(void);
/* Begins a range inside those that this thread has open; the tool shows `number` with it. Call it
 * only if a tool wants ranges. */
void tn__nvtx_push(const char *name, int64_t number);
void tn__nvtx_pop(void);
/* Adds a line that names the tool, or says why there is none. */
void tn__nvtx_report(tn__text *out);

#endif
