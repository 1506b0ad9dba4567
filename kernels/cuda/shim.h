/* SPDX-License-Identifier: MIT */
/* Lists the kernels of cuda/finish.cu, chooses one for a batch, and runs the same text on the CPU.
 */
#ifndef TENCH_CUDA_SHIM_H
#define TENCH_CUDA_SHIM_H

#include <stdbool.h>

#include "cuda/grid.h"
#include "px/finish.h"

/* A launch, as a driver needs it. */
typedef struct tn__launch {
    int32_t kernel; /* index for tn__kernel_name */
    tn_dim grid, block;
} tn__launch;

/* The arguments of a kernel. `out` is at least 16-byte aligned, and so is `staging`. Kernels read
 * staged samples in aligned words of 4 bytes that hold at least one byte of a sample, so `staging`
 * must extend to the end of the last such word. */
typedef struct tn__arguments {
    tn_px_finish finish;
    const uint8_t *staging;
    const tn_px_record *records;
    const uint32_t *table;
    uint8_t *out;
    int32_t rows;
} tn__arguments;

int32_t tn__kernels(void);
/* Returns the name of a kernel in the fat binary. Static. */
const char *tn__kernel_name(int32_t kernel);
/* Chooses the fast form if there is one, or else the general one. rows > 0. False: the batch needs
 * a larger grid than devices have. */
bool tn__launch_of(const tn_px_finish *finish, int32_t rows, tn__launch *out);
/* Chooses the general form. */
bool tn__launch_general(const tn_px_finish *finish, int32_t rows, tn__launch *out);
/* Runs the grid on the CPU, thread after thread. */
void tn__launch_run(const tn__launch *launch, const tn__arguments *with);

#endif
