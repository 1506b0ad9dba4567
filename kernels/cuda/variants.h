/* SPDX-License-Identifier: MIT */
/* The kernels that finish.cu has, by name. */
#ifndef TENCH_CUDA_VARIANTS_H
#define TENCH_CUDA_VARIANTS_H

#include "cuda/group.h"

/* F(name, dtype, layout, channels, mix): the fast forms. One channel lies the same in both layouts.
 */
#define TN_FINISH_FAST(F)                                                                          \
    F(tn_finish_u8_nchw_3, TN_PX_U8, TN_PX_NCHW, 3, TN_PX_MIX_NONE)                                \
    F(tn_finish_u8_nchw_3_mix_u8, TN_PX_U8, TN_PX_NCHW, 3, TN_PX_MIX_U8)                           \
    F(tn_finish_u8_nhwc_3, TN_PX_U8, TN_PX_NHWC, 3, TN_PX_MIX_NONE)                                \
    F(tn_finish_u8_nhwc_3_mix_u8, TN_PX_U8, TN_PX_NHWC, 3, TN_PX_MIX_U8)                           \
    F(tn_finish_u8_1, TN_PX_U8, TN_PX_NCHW, 1, TN_PX_MIX_NONE)                                     \
    F(tn_finish_u8_1_mix_u8, TN_PX_U8, TN_PX_NCHW, 1, TN_PX_MIX_U8)                                \
    F(tn_finish_f16_nchw_3, TN_PX_F16, TN_PX_NCHW, 3, TN_PX_MIX_NONE)                              \
    F(tn_finish_f16_nchw_3_mix_u8, TN_PX_F16, TN_PX_NCHW, 3, TN_PX_MIX_U8)                         \
    F(tn_finish_f16_nchw_3_mix, TN_PX_F16, TN_PX_NCHW, 3, TN_PX_MIX_FLOAT)                         \
    F(tn_finish_f16_nhwc_3, TN_PX_F16, TN_PX_NHWC, 3, TN_PX_MIX_NONE)                              \
    F(tn_finish_f16_nhwc_3_mix_u8, TN_PX_F16, TN_PX_NHWC, 3, TN_PX_MIX_U8)                         \
    F(tn_finish_f16_nhwc_3_mix, TN_PX_F16, TN_PX_NHWC, 3, TN_PX_MIX_FLOAT)                         \
    F(tn_finish_f16_1, TN_PX_F16, TN_PX_NCHW, 1, TN_PX_MIX_NONE)                                   \
    F(tn_finish_f16_1_mix_u8, TN_PX_F16, TN_PX_NCHW, 1, TN_PX_MIX_U8)                              \
    F(tn_finish_f16_1_mix, TN_PX_F16, TN_PX_NCHW, 1, TN_PX_MIX_FLOAT)                              \
    F(tn_finish_bf16_nchw_3, TN_PX_BF16, TN_PX_NCHW, 3, TN_PX_MIX_NONE)                            \
    F(tn_finish_bf16_nchw_3_mix_u8, TN_PX_BF16, TN_PX_NCHW, 3, TN_PX_MIX_U8)                       \
    F(tn_finish_bf16_nchw_3_mix, TN_PX_BF16, TN_PX_NCHW, 3, TN_PX_MIX_FLOAT)                       \
    F(tn_finish_bf16_nhwc_3, TN_PX_BF16, TN_PX_NHWC, 3, TN_PX_MIX_NONE)                            \
    F(tn_finish_bf16_nhwc_3_mix_u8, TN_PX_BF16, TN_PX_NHWC, 3, TN_PX_MIX_U8)                       \
    F(tn_finish_bf16_nhwc_3_mix, TN_PX_BF16, TN_PX_NHWC, 3, TN_PX_MIX_FLOAT)                       \
    F(tn_finish_bf16_1, TN_PX_BF16, TN_PX_NCHW, 1, TN_PX_MIX_NONE)                                 \
    F(tn_finish_bf16_1_mix_u8, TN_PX_BF16, TN_PX_NCHW, 1, TN_PX_MIX_U8)                            \
    F(tn_finish_bf16_1_mix, TN_PX_BF16, TN_PX_NCHW, 1, TN_PX_MIX_FLOAT)                            \
    F(tn_finish_f32_nchw_3, TN_PX_F32, TN_PX_NCHW, 3, TN_PX_MIX_NONE)                              \
    F(tn_finish_f32_nchw_3_mix_u8, TN_PX_F32, TN_PX_NCHW, 3, TN_PX_MIX_U8)                         \
    F(tn_finish_f32_nchw_3_mix, TN_PX_F32, TN_PX_NCHW, 3, TN_PX_MIX_FLOAT)                         \
    F(tn_finish_f32_nhwc_3, TN_PX_F32, TN_PX_NHWC, 3, TN_PX_MIX_NONE)                              \
    F(tn_finish_f32_nhwc_3_mix_u8, TN_PX_F32, TN_PX_NHWC, 3, TN_PX_MIX_U8)                         \
    F(tn_finish_f32_nhwc_3_mix, TN_PX_F32, TN_PX_NHWC, 3, TN_PX_MIX_FLOAT)                         \
    F(tn_finish_f32_1, TN_PX_F32, TN_PX_NCHW, 1, TN_PX_MIX_NONE)                                   \
    F(tn_finish_f32_1_mix_u8, TN_PX_F32, TN_PX_NCHW, 1, TN_PX_MIX_U8)                              \
    F(tn_finish_f32_1_mix, TN_PX_F32, TN_PX_NCHW, 1, TN_PX_MIX_FLOAT)

/* F(name, dtype): the general forms. */
#define TN_FINISH_GENERAL(F)                                                                       \
    F(tn_finish_u8_any, TN_PX_U8)                                                                  \
    F(tn_finish_f16_any, TN_PX_F16)                                                                \
    F(tn_finish_bf16_any, TN_PX_BF16)                                                              \
    F(tn_finish_f32_any, TN_PX_F32)

#endif
