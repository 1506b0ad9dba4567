/* SPDX-License-Identifier: MIT */
/* How per-pixel functions are declared: one text, compiled as C11 and as CUDA C++.
 *
 * These headers keep to the common subset of both languages and are built without contraction
 * (-ffp-contract=off, --fmad=false): a fused multiply-add is one that is written fmaf. */
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
