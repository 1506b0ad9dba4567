/* SPDX-License-Identifier: MIT */
/* Declares per-pixel functions: one text, compiled as C11 and as CUDA C++.
 *
 * These headers keep to the subset that both languages share. They are built without contraction
 * (-ffp-contract=off, --fmad=false), so only fmaf makes a fused multiply-add. */
#ifndef TENCH_PX_FN_H
#define TENCH_PX_FN_H

#include <math.h>
#include <stdint.h>

#ifdef __CUDACC__
#define TN_PX static __host__ __device__ __forceinline__
#else
#define TN_PX static inline
#endif

#endif
