/* SPDX-License-Identifier: MIT */
/* The kernels of cuda/finish.cu, which of them makes a batch, and the same text run by the CPU. */
#ifndef TENCH_CUDA_SHIM_H
#define TENCH_CUDA_SHIM_H

#include <stdbool.h>

#include "cuda/grid.h"
#include "px/finish.h"

/* A launch: what a driver wants to know. */
typedef struct tn__launch {
    int32_t kernel; /* index for the two below */
    tn_dim grid, block;
} tn__launch;

/* What a kernel is called with. `out` is at least 16-byte aligned. Staged samples are read in words
 * of 4 bytes, aligned, of which a byte at least is the sample's: `staging` is aligned as `out`, and
 * long enough for the last one's. */
typedef struct tn__arguments {
    tn_px_finish finish;
    const uint8_t *staging;
    const tn_px_record *records;
    const uint32_t *table;
    uint8_t *out;
    int32_t rows;
} tn__arguments;

int32_t tn__kernels(void);
/* Name of a kernel in the fat binary. Static. */
const char *tn__kernel_name(int32_t kernel);
/* The fast form where there is one, or the general one. rows > 0; false: more than a grid holds. */
bool tn__launch_of(const tn_px_finish *finish, int32_t rows, tn__launch *out);
/* The general one in any case. */
bool tn__launch_general(const tn_px_finish *finish, int32_t rows, tn__launch *out);
/* Runs the grid here, thread after thread. */
void tn__launch_run(const tn__launch *launch, const tn__arguments *with);

#endif
