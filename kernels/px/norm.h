/* SPDX-License-Identifier: MIT */
/* Normalises one value by a fused multiply-add, which rounds once.
 *
 * scale = 1/(255 std) and bias = -mean/std are computed in double and rounded to float. */
#ifndef TENCH_PX_NORM_H
#define TENCH_PX_NORM_H

#include "px/fn.h"

TN_PX float tn_px_norm(uint8_t value, float scale, float bias)
{
    return fmaf((float)value, scale, bias);
}

#endif
