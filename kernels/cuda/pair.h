/* SPDX-License-Identifier: MIT */
/* Two values at once in 16-bit dtypes: a device converts them by an instruction, which rounds as
 * px/half.h does and makes the same NaN. */
#ifndef TENCH_CUDA_PAIR_H
#define TENCH_CUDA_PAIR_H

#include "cuda/grid.h"
#include "px/finish.h"

/* The first value in the lower half. */
TN_PX uint32_t tn_pair_bits(int32_t dtype, float first, float second)
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    uint32_t bits;
    if (dtype == TN_PX_F16)
        asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(second), "f"(first));
    else
        asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(second), "f"(first));
    return bits;
#elif defined(__CUDA_ARCH__)
    if (dtype == TN_PX_F16) {
        uint16_t low, high;
        asm("cvt.rn.f16.f32 %0, %1;" : "=h"(low) : "f"(first));
        asm("cvt.rn.f16.f32 %0, %1;" : "=h"(high) : "f"(second));
        return low | (uint32_t)high << 16;
    }
#endif
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ < 800
    return tn_px_bits(dtype, first) | tn_px_bits(dtype, second) << 16;
#endif
}

/* Value `half` (0, 1) of a pair. */
TN_PX float tn_pair_value(int32_t dtype, uint32_t bits, int32_t half)
{
    const uint16_t one = (uint16_t)(bits >> (16 * half));
#ifdef __CUDA_ARCH__
    if (dtype == TN_PX_F16) {
        float value;
        asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(one));
        return value;
    }
#endif
    return tn_px_value(dtype, one);
}

/* tn_px_mix_bits of both. */
TN_PX uint32_t tn_pair_blend(int32_t dtype, uint32_t own, uint32_t partner, float lambda)
{
    const float rest = 1.0f - lambda;
    const uint32_t a = tn_pair_bits(dtype, tn_pair_value(dtype, own, 0) * lambda,
                                    tn_pair_value(dtype, own, 1) * lambda);
    const uint32_t b = tn_pair_bits(dtype, tn_pair_value(dtype, partner, 0) * rest,
                                    tn_pair_value(dtype, partner, 1) * rest);
    return tn_pair_bits(dtype, tn_pair_value(dtype, a, 0) + tn_pair_value(dtype, b, 0),
                        tn_pair_value(dtype, a, 1) + tn_pair_value(dtype, b, 1));
}

#endif
