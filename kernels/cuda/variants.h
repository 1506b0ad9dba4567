/* SPDX-License-Identifier: MIT */
/* Lists the kernels of finish.cu by name. */
#ifndef TENCH_CUDA_VARIANTS_H
#define TENCH_CUDA_VARIANTS_H

#include "cuda/group.h"

/* F(name, dtype, layout, channels, mix): the fast kernels. */
#define TN_FINISH_FAST(F)                                                                          \
    F(tn_finish_u8_nchw_3, TN_PX_U8, TN_PX_NCHW, 3, TN_PX_MIX_NONE)                                \
    F(tn_finish_u8_nchw_3_mix_u8, TN_PX_U8, TN_PX_NCHW, 3, TN_PX_MIX_U8)                           \
    F(tn_finish_u8_nhwc_3, TN_PX_U8, TN_PX_NHWC, 3, TN_PX_MIX_NONE)                                \
    F(tn_finish_u8_nhwc_3_mix_u8, TN_PX_U8, TN_PX_NHWC, 3, TN_PX_MIX_U8)                           \
    F(tn_finish_f16_nchw_3, TN_PX_F16, TN_PX_NCHW, 3, TN_PX_MIX_NONE)                              \
    F(tn_finish_f16_nchw_3_mix_u8, TN_PX_F16, TN_PX_NCHW, 3, TN_PX_MIX_U8)                         \
    F(tn_finish_f16_nchw_3_mix, TN_PX_F16, TN_PX_NCHW, 3, TN_PX_MIX_FLOAT)                         \
    F(tn_finish_f16_nhwc_3, TN_PX_F16, TN_PX_NHWC, 3, TN_PX_MIX_NONE)                              \
    F(tn_finish_f16_nhwc_3_mix_u8, TN_PX_F16, TN_PX_NHWC, 3, TN_PX_MIX_U8)                         \
    F(tn_finish_f16_nhwc_3_mix, TN_PX_F16, TN_PX_NHWC, 3, TN_PX_MIX_FLOAT)                         \
    F(tn_finish_bf16_nchw_3, TN_PX_BF16, TN_PX_NCHW, 3, TN_PX_MIX_NONE)                            \
    F(tn_finish_bf16_nchw_3_mix_u8, TN_PX_BF16, TN_PX_NCHW, 3, TN_PX_MIX_U8)                       \
    F(tn_finish_bf16_nchw_3_mix, TN_PX_BF16, TN_PX_NCHW, 3, TN_PX_MIX_FLOAT)                       \
    F(tn_finish_bf16_nhwc_3, TN_PX_BF16, TN_PX_NHWC, 3, TN_PX_MIX_NONE)                            \
    F(tn_finish_bf16_nhwc_3_mix_u8, TN_PX_BF16, TN_PX_NHWC, 3, TN_PX_MIX_U8)                       \
    F(tn_finish_bf16_nhwc_3_mix, TN_PX_BF16, TN_PX_NHWC, 3, TN_PX_MIX_FLOAT)                       \
    F(tn_finish_f32_nchw_3, TN_PX_F32, TN_PX_NCHW, 3, TN_PX_MIX_NONE)                              \
    F(tn_finish_f32_nchw_3_mix_u8, TN_PX_F32, TN_PX_NCHW, 3, TN_PX_MIX_U8)                         \
    F(tn_finish_f32_nchw_3_mix, TN_PX_F32, TN_PX_NCHW, 3, TN_PX_MIX_FLOAT)                         \
    F(tn_finish_f32_nhwc_3, TN_PX_F32, TN_PX_NHWC, 3, TN_PX_MIX_NONE)                              \
    F(tn_finish_f32_nhwc_3_mix_u8, TN_PX_F32, TN_PX_NHWC, 3, TN_PX_MIX_U8)                         \
    F(tn_finish_f32_nhwc_3_mix, TN_PX_F32, TN_PX_NHWC, 3, TN_PX_MIX_FLOAT)

/* F(name, dtype, joint, mix): the kernels for any shape. They handle three channels side by side,
 * or each channel by itself. */
#define TN_FINISH_GENERAL(F)                                                                       \
    F(tn_finish_u8_planes, TN_PX_U8, 1, TN_PX_MIX_NONE)                                            \
    F(tn_finish_u8_planes_mix_u8, TN_PX_U8, 1, TN_PX_MIX_U8)                                       \
    F(tn_finish_u8_joined, TN_PX_U8, 3, TN_PX_MIX_NONE)                                            \
    F(tn_finish_u8_joined_mix_u8, TN_PX_U8, 3, TN_PX_MIX_U8)                                       \
    F(tn_finish_f16_planes, TN_PX_F16, 1, TN_PX_MIX_NONE)                                          \
    F(tn_finish_f16_planes_mix_u8, TN_PX_F16, 1, TN_PX_MIX_U8)                                     \
    F(tn_finish_f16_planes_mix, TN_PX_F16, 1, TN_PX_MIX_FLOAT)                                     \
    F(tn_finish_f16_joined, TN_PX_F16, 3, TN_PX_MIX_NONE)                                          \
    F(tn_finish_f16_joined_mix_u8, TN_PX_F16, 3, TN_PX_MIX_U8)                                     \
    F(tn_finish_f16_joined_mix, TN_PX_F16, 3, TN_PX_MIX_FLOAT)                                     \
    F(tn_finish_bf16_planes, TN_PX_BF16, 1, TN_PX_MIX_NONE)                                        \
    F(tn_finish_bf16_planes_mix_u8, TN_PX_BF16, 1, TN_PX_MIX_U8)                                   \
    F(tn_finish_bf16_planes_mix, TN_PX_BF16, 1, TN_PX_MIX_FLOAT)                                   \
    F(tn_finish_bf16_joined, TN_PX_BF16, 3, TN_PX_MIX_NONE)                                        \
    F(tn_finish_bf16_joined_mix_u8, TN_PX_BF16, 3, TN_PX_MIX_U8)                                   \
    F(tn_finish_bf16_joined_mix, TN_PX_BF16, 3, TN_PX_MIX_FLOAT)                                   \
    F(tn_finish_f32_planes, TN_PX_F32, 1, TN_PX_MIX_NONE)                                          \
    F(tn_finish_f32_planes_mix_u8, TN_PX_F32, 1, TN_PX_MIX_U8)                                     \
    F(tn_finish_f32_planes_mix, TN_PX_F32, 1, TN_PX_MIX_FLOAT)                                     \
    F(tn_finish_f32_joined, TN_PX_F32, 3, TN_PX_MIX_NONE)                                          \
    F(tn_finish_f32_joined_mix_u8, TN_PX_F32, 3, TN_PX_MIX_U8)                                     \
    F(tn_finish_f32_joined_mix, TN_PX_F32, 3, TN_PX_MIX_FLOAT)

#endif
