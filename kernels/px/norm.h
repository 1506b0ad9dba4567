/* SPDX-License-Identifier: MIT */
/* Normalisation of one value: a single fused multiply-add, rounded once.
 *
 * scale = 1/(255 std) and bias = -mean/std are made in double and rounded to float. */
#ifndef TENCH_PX_NORM_H
#define TENCH_PX_NORM_H

#include "px/fn.h"

TN_PX float tn_px_norm(uint8_t value, float scale, float bias)
{
    return fmaf((float)value, scale, bias);
}

#endif
