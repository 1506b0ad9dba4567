/* SPDX-License-Identifier: MIT */
/* Element types of tensors. */
#ifndef TENCH_BASE_DTYPE_H
#define TENCH_BASE_DTYPE_H

#include "px/finish.h"
#include "tench.h"

#define TN__SAME(name) ((int)TN_PX_##name == (int)TN_##name)
_Static_assert(TN__SAME(U8) && TN__SAME(F16) && TN__SAME(BF16) && TN__SAME(F32) && TN__SAME(NCHW) &&
                   TN__SAME(NHWC),
               "the kernels use the numbers of the public header");
#undef TN__SAME

/* Bytes of one element; 0 for a type that does not exist. */
static inline int32_t tn__dtype_bytes(int32_t dtype)
{
    if (dtype == TN_I64 || dtype == TN_U16)
        return dtype == TN_I64 ? 8 : 2;
    return dtype >= TN_U8 && dtype <= TN_F32 ? (int32_t)tn_px_dtype_bytes(dtype) : 0;
}

#endif
