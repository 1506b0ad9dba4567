/* SPDX-License-Identifier: MIT */
/* Operations on vectors of 256 or 512 bits whose intrinsics differ only in their prefix. The
 * including file defines the type `vec` and VEC(name), which names an intrinsic. Widening and
 * narrowing work within each 128 bits. */
#ifndef TENCH_CPU_VECTOR_X86_H
#define TENCH_CPU_VECTOR_X86_H

#include <stdint.h>

#define VEC_INLINE __attribute__((always_inline)) static inline

VEC_INLINE vec vec_set8(int32_t a)
{
    return VEC(set1_epi8)((int8_t)a);
}

VEC_INLINE vec vec_set16(int32_t a)
{
    return VEC(set1_epi16)((int16_t)a);
}

VEC_INLINE vec vec_set32(int32_t a)
{
    return VEC(set1_epi32)(a);
}

VEC_INLINE vec vec_add8(vec a, vec b)
{
    return VEC(add_epi8)(a, b);
}

VEC_INLINE vec vec_add16(vec a, vec b)
{
    return VEC(add_epi16)(a, b);
}

VEC_INLINE vec vec_sub16(vec a, vec b)
{
    return VEC(sub_epi16)(a, b);
}

VEC_INLINE vec vec_mul16(vec a, vec b)
{
    return VEC(mullo_epi16)(a, b);
}

VEC_INLINE vec vec_mulhigh16(vec a, vec b)
{
    return VEC(mulhi_epi16)(a, b);
}

VEC_INLINE vec vec_add32(vec a, vec b)
{
    return VEC(add_epi32)(a, b);
}

VEC_INLINE vec vec_sub32(vec a, vec b)
{
    return VEC(sub_epi32)(a, b);
}

/* a.even * b.even + a.odd * b.odd, for neighbouring numbers. */
VEC_INLINE vec vec_multiply_add(vec a, vec b)
{
    return VEC(madd_epi16)(a, b);
}

/* The same for unsigned bytes of a and signed bytes of b. */
VEC_INLINE vec vec_multiply_add8(vec a, vec b)
{
    return VEC(maddubs_epi16)(a, b);
}

/* Interleaves the lower halves, or the upper halves, of a and b. */
VEC_INLINE vec vec_low8(vec a, vec b)
{
    return VEC(unpacklo_epi8)(a, b);
}

VEC_INLINE vec vec_high8(vec a, vec b)
{
    return VEC(unpackhi_epi8)(a, b);
}

VEC_INLINE vec vec_low16(vec a, vec b)
{
    return VEC(unpacklo_epi16)(a, b);
}

VEC_INLINE vec vec_high16(vec a, vec b)
{
    return VEC(unpackhi_epi16)(a, b);
}

VEC_INLINE vec vec_low32(vec a, vec b)
{
    return VEC(unpacklo_epi32)(a, b);
}

VEC_INLINE vec vec_high32(vec a, vec b)
{
    return VEC(unpackhi_epi32)(a, b);
}

VEC_INLINE vec vec_low64(vec a, vec b)
{
    return VEC(unpacklo_epi64)(a, b);
}

VEC_INLINE vec vec_high64(vec a, vec b)
{
    return VEC(unpackhi_epi64)(a, b);
}

/* Saturates: 32 bits to 16 signed bits, and 16 bits to 8 unsigned bits. */
VEC_INLINE vec vec_narrow32(vec a, vec b)
{
    return VEC(packs_epi32)(a, b);
}

VEC_INLINE vec vec_narrow16(vec a, vec b)
{
    return VEC(packus_epi16)(a, b);
}

#endif
