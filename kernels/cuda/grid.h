/* SPDX-License-Identifier: MIT */
/* What the text of a kernel needs in both of its languages: CUDA C++ for devices, and C11, where a
 * loop stands for the grid (cuda/shim.c).
 *
 * Kernels keep to the subset that both languages share, like px. A barrier divides a kernel in two.
 * In C, every thread of a block first runs to the barrier; then each thread runs again from the
 * start, and past the barrier. So the code before a barrier may run twice. */
#ifndef TENCH_CUDA_GRID_H
#define TENCH_CUDA_GRID_H

#include "px/half.h"

enum { TN_BLOCK = 256, TN_MOST_BLOCKS = 65535 }; /* limits: threads of a block, and blocks in y */

typedef struct tn_dim {
    uint32_t x, y, z;
} tn_dim;

/* A thread's place in its block, and the block's place in the grid. */
typedef struct tn_thread {
    uint32_t x, y;
    tn_dim block;
} tn_thread;

/* Eight and sixteen bytes, as kernels load and store them. */
typedef struct tn_two {
    uint32_t lo, hi;
} tn_two;

typedef struct tn_four {
    uint32_t word[4];
} tn_four;

#ifdef __CUDACC__

#define TN_KERNEL      extern "C" __global__ void
#define TN_ARGUMENT(t) const __grid_constant__ t
#define TN_RESTRICT    __restrict__
#define TN_SHARED      __shared__
#define TN_UNROLL      _Pragma("unroll")
#define TN_NO_UNROLL   _Pragma("unroll 1")
#define TN_BARRIER     __syncthreads()
/* Orders the computations on x after those on the previous x: one at a time needs fewer registers.
 */
#define TN_IN_TURN(x) asm volatile("" : "+r"(x))

TN_PX tn_two tn_load_two(const uint8_t *from)
{
    const uint2 both = __ldg((const uint2 *)from);
    const tn_two out = {both.x, both.y};
    return out;
}

TN_PX void tn_store_two(uint8_t *to, uint32_t lo, uint32_t hi)
{
    *(uint2 *)to = make_uint2(lo, hi);
}

TN_PX void tn_store_four(uint8_t *to, tn_four from)
{
    *(uint4 *)to = make_uint4(from.word[0], from.word[1], from.word[2], from.word[3]);
}

TN_PX uint32_t tn_load_one(const uint8_t *from)
{
    return __ldg((const uint32_t *)from);
}

/* Picks four bytes from bytes 0…3 of a and 4…7 of b; the lowest nibble selects the first. */
TN_PX uint32_t tn_pick(uint32_t a, uint32_t b, uint32_t nibbles)
{
    return __byte_perm(a, b, nibbles);
}

/* Returns four consecutive bytes of a and b, from byte 0 … 3 of a on. */
TN_PX uint32_t tn_slide(uint32_t a, uint32_t b, uint32_t byte)
{
    return __funnelshift_r(a, b, 8u * byte);
}

/* Reads the registers again at each call, so that no results stay in registers between calls. */
TN_PX tn_thread tn_this_thread(void)
{
    tn_thread out;
    asm volatile("mov.u32 %0, %%tid.x;" : "=r"(out.x));
    asm volatile("mov.u32 %0, %%tid.y;" : "=r"(out.y));
    asm volatile("mov.u32 %0, %%ctaid.x;" : "=r"(out.block.x));
    out.block.y = blockIdx.y;
    out.block.z = blockIdx.z;
    return out;
}

#define tn_block_size blockDim

#else

#define TN_KERNEL      static void
#define TN_ARGUMENT(t) const t
#define TN_RESTRICT    restrict
#define TN_SHARED      static _Thread_local
#define TN_UNROLL
#define TN_NO_UNROLL
#define TN_IN_TURN(x) (void)(x)
#define TN_BARRIER                                                                                 \
    if (tn__before_barrier)                                                                        \
    return

/* State of the thread that the loop is running. */
extern _Thread_local tn_thread tn__this_thread;
extern _Thread_local tn_dim tn__block_size;
extern _Thread_local int tn__before_barrier;
#define tn_block_size tn__block_size

static inline tn_thread tn_this_thread(void)
{
    return tn__this_thread;
}

static inline tn_two tn_load_two(const uint8_t *from)
{
    tn_two out;
    memcpy(&out, from, sizeof out);
    return out;
}

static inline uint32_t tn_load_one(const uint8_t *from)
{
    uint32_t out;
    memcpy(&out, from, sizeof out);
    return out;
}

static inline uint32_t tn_slide(uint32_t a, uint32_t b, uint32_t byte)
{
    return (uint32_t)(((uint64_t)b << 32 | a) >> (8u * byte));
}

static inline void tn_store_two(uint8_t *to, uint32_t lo, uint32_t hi)
{
    const tn_two both = {lo, hi};
    memcpy(to, &both, sizeof both);
}

static inline void tn_store_four(uint8_t *to, tn_four from)
{
    memcpy(to, &from, sizeof from);
}

static inline uint32_t tn_pick(uint32_t a, uint32_t b, uint32_t nibbles)
{
    const uint64_t both = (uint64_t)b << 32 | a;
    uint32_t out = 0;
    for (uint32_t i = 0; i < 4; i++)
        out |= (uint32_t)(both >> (8 * ((nibbles >> (4 * i)) & 7u)) & 255u) << (8 * i);
    return out;
}

#endif
#endif
