/* SPDX-License-Identifier: MIT */
/* Converts float to f16 and bf16, to nearest even, with integers only: the same bits as F16C and
 * every device.
 *
 * A NaN becomes 0x7FFF in both, because hardware does not agree about NaN payloads. */
#ifndef TENCH_PX_HALF_H
#define TENCH_PX_HALF_H

#include <string.h>

#include "px/fn.h"

TN_PX uint32_t tn_px_float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

TN_PX float tn_px_bits_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* bits >> shift, rounded to nearest even; 1 <= shift <= 31. */
TN_PX uint32_t tn_px_shift_even(uint32_t bits, uint32_t shift)
{
    const uint32_t half = 1u << (shift - 1);
    const uint32_t odd = (bits >> shift) & 1u;
    return (bits + half - 1u + odd) >> shift;
}

TN_PX uint16_t tn_px_f16(float value)
{
    const uint32_t bits = tn_px_float_bits(value);
    const uint32_t sign = (bits >> 16) & 0x8000u;
    const uint32_t magnitude = bits & 0x7FFFFFFFu;
    if (magnitude > 0x7F800000u)
        return 0x7FFFu;
    if (magnitude >= 0x47800000u) /* 65536 and above */
        return (uint16_t)(sign | 0x7C00u);
    if (magnitude >= 0x38800000u) /* 2^-14, the smallest normal; a carry may reach infinity */
        return (uint16_t)(sign | tn_px_shift_even(magnitude - 0x38000000u, 13));
    if (magnitude < 0x33000000u) /* below half of the smallest subnormal */
        return (uint16_t)sign;
    const uint32_t mantissa = (magnitude & 0x7FFFFFu) | 0x800000u;
    return (uint16_t)(sign | tn_px_shift_even(mantissa, 126u - (magnitude >> 23)));
}

TN_PX float tn_px_f16_float(uint16_t half)
{
    const uint32_t sign = ((uint32_t)half & 0x8000u) << 16;
    const uint32_t exponent = ((uint32_t)half >> 10) & 31u;
    const uint32_t mantissa = (uint32_t)half & 0x3FFu;
    if (exponent == 31u)
        return tn_px_bits_float(sign | 0x7F800000u | mantissa << 13);
    if (exponent > 0u)
        return tn_px_bits_float(sign | ((exponent + 112u) << 23) | mantissa << 13);
    const float magnitude = (float)mantissa * (1.0f / 16777216.0f);
    return sign ? -magnitude : magnitude;
}

TN_PX uint16_t tn_px_bf16(float value)
{
    const uint32_t bits = tn_px_float_bits(value);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u)
        return 0x7FFFu;
    return (uint16_t)tn_px_shift_even(bits, 16);
}

TN_PX float tn_px_bf16_float(uint16_t bits)
{
    return tn_px_bits_float((uint32_t)bits << 16);
}

#endif
