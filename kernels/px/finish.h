/* SPDX-License-Identifier: MIT */
/* The last write of a batch, one value at a time. The row functions of the CPU and the kernel of a
 * device compute the same, faster.
 *
 * Staging holds samples as u8, with one record for each. A value of the output takes these steps:
 * 1. load the sample's byte, mirrored if the record says so; 2. mix it with the partner's byte in
 * u8; 3. normalise and round to the output's dtype; 4. erase; 5. mix with the partner's value after
 * steps 1, 3 and 4; 6. store. A recipe has step 2 or step 5, or neither. Steps 3 to 5 round to the
 * output's dtype after every operation. u8 output is not normalised, and erasing writes bytes to
 * it. */
#ifndef TENCH_PX_FINISH_H
#define TENCH_PX_FINISH_H

#include "px/half.h"
#include "px/image.h"
#include "px/mix.h"
#include "px/norm.h"

enum {
    TN_PX_PLAIN = 0, /* u8 as it is */
    TN_PX_FMA = 1,   /* one fused multiply-add, rounded to the dtype */
    TN_PX_TABLE = 2  /* 256 values a channel */
};
/* The same numbers as TN_U8 … and TN_NCHW … of tench.h; base/dtype.h checks it. */
enum { TN_PX_U8 = 1, TN_PX_F16 = 2, TN_PX_BF16 = 3, TN_PX_F32 = 4 };
enum { TN_PX_NCHW = 1, TN_PX_NHWC = 2 };

/* Kernels take it by value. */
typedef struct tn_px_finish {
    uint64_t plane;        /* bytes between staged planes; unused for channels side by side */
    int32_t kind;          /* TN_PX_PLAIN … */
    int32_t dtype, layout; /* of the output: TN_PX_U8 …, TN_PX_NCHW … */
    int32_t mix;           /* TN_PX_MIX_NONE … */
    int32_t channels, w, h;
    int32_t staged;                    /* TN_PX_NCHW: planes, TN_PX_NHWC: channels side by side */
    int32_t stride;                    /* bytes between staged rows */
    uint32_t fill[TN_PX_MAX_CHANNELS]; /* bits of the value that const erasing writes */
    float scale[TN_PX_MAX_CHANNELS];   /* TN_PX_FMA: 1/(255 std) */
    float bias[TN_PX_MAX_CHANNELS];    /* TN_PX_FMA: -mean/std, computed in double */
    float spread[TN_PX_MAX_CHANNELS];  /* of noise in u8 output: 255 std */
    float centre[TN_PX_MAX_CHANNELS];  /* of noise in u8 output: 255 mean */
} tn_px_finish;

/* Bytes of one value. */
TN_PX uint32_t tn_px_dtype_bytes(int32_t dtype)
{
    return dtype == TN_PX_F32 ? 4 : dtype == TN_PX_U8 ? 1 : 2;
}

/* Converts a float to the bits of a dtype other than u8, and back. */
TN_PX uint32_t tn_px_bits(int32_t dtype, float value)
{
    if (dtype == TN_PX_F16)
        return tn_px_f16(value);
    if (dtype == TN_PX_BF16)
        return tn_px_bf16(value);
    return tn_px_float_bits(value);
}

TN_PX float tn_px_value(int32_t dtype, uint32_t bits)
{
    if (dtype == TN_PX_F16)
        return tn_px_f16_float((uint16_t)bits);
    if (dtype == TN_PX_BF16)
        return tn_px_bf16_float((uint16_t)bits);
    return tn_px_bits_float(bits);
}

/* Step 1. */
TN_PX uint8_t tn_px_staged(const tn_px_finish *finish, const uint8_t *staging,
                           const tn_px_record *record, int32_t c, int32_t y, int32_t x)
{
    const int32_t column = record->flip ? finish->w - 1 - x : x;
    const uint8_t *const row = staging + record->offset + (uint64_t)y * (uint32_t)finish->stride;
    if (finish->staged == TN_PX_NHWC)
        return row[column * finish->channels + c];
    return row[(uint64_t)c * finish->plane + (uint32_t)column];
}

/* Steps 1 and 2. */
TN_PX uint8_t tn_px_mixed(const tn_px_finish *finish, const uint8_t *staging,
                          const tn_px_record *records, int32_t row, int32_t c, int32_t y, int32_t x)
{
    const tn_px_record *const own = &records[row];
    const int how = finish->mix == TN_PX_MIX_U8 ? tn_px_mix_at(own, row, y, x) : TN_PX_OWN;
    if (how == TN_PX_OWN)
        return tn_px_staged(finish, staging, own, c, y, x);
    const uint8_t other = tn_px_staged(finish, staging, &records[own->partner], c, y, x);
    if (how == TN_PX_PARTNER)
        return other;
    return tn_px_mix_u8(tn_px_staged(finish, staging, own, c, y, x), other, own->lambda);
}

/* Step 3. */
TN_PX uint32_t tn_px_normalised(const tn_px_finish *finish, const uint32_t *table, int32_t c,
                                uint8_t value)
{
    if (finish->kind == TN_PX_PLAIN)
        return value;
    if (finish->kind == TN_PX_TABLE)
        return table[c * 256 + value];
    return tn_px_bits(finish->dtype, tn_px_norm(value, finish->scale[c], finish->bias[c]));
}

/* Converts noise to the output's bits. */
TN_PX uint32_t tn_px_noise_bits(const tn_px_finish *finish, int32_t c, float noise)
{
    if (finish->dtype != TN_PX_U8)
        return tn_px_bits(finish->dtype, noise);
    const float value = rintf(fmaf(noise, finish->spread[c], finish->centre[c]));
    return value < 0.0f ? 0u : value > 255.0f ? 255u : (uint32_t)value;
}

/* Returns what erasing writes for box `b`. */
TN_PX uint32_t tn_px_erased(const tn_px_finish *finish, const tn_px_record *record, int32_t b,
                            int32_t c, int32_t y, int32_t x)
{
    if (record->erase == TN_PX_ERASE_CONST)
        return finish->fill[c];
    return tn_px_noise_bits(finish, c, tn_px_noise(record, b, c, y, x));
}

/* Steps 1 to 4. */
TN_PX uint32_t tn_px_sample_value(const tn_px_finish *finish, const uint8_t *staging,
                                  const tn_px_record *records, const uint32_t *table, int32_t row,
                                  int32_t c, int32_t y, int32_t x)
{
    const int32_t b = tn_px_erasing_box(&records[row], staging, y, x);
    if (b >= 0)
        return tn_px_erased(finish, &records[row], b, c, y, x);
    return tn_px_normalised(finish, table, c, tn_px_mixed(finish, staging, records, row, c, y, x));
}

/* Step 5 for two values. */
TN_PX uint32_t tn_px_mix_bits(int32_t dtype, uint32_t own, uint32_t partner, float lambda)
{
    const float a = tn_px_value(dtype, own) * lambda;
    const float b = tn_px_value(dtype, partner) * (1.0f - lambda);
    return tn_px_bits(dtype, tn_px_value(dtype, tn_px_bits(dtype, a)) +
                                 tn_px_value(dtype, tn_px_bits(dtype, b)));
}

/* Returns the bits of one value of the output: row `row`, channel c, line y, column x. `table`
 * holds 256 values for each channel; only TN_PX_TABLE uses it. */
TN_PX uint32_t tn_px_finish_value(const tn_px_finish *finish, const uint8_t *staging,
                                  const tn_px_record *records, const uint32_t *table, int32_t row,
                                  int32_t c, int32_t y, int32_t x)
{
    const tn_px_record *const own = &records[row];
    const int how = finish->mix == TN_PX_MIX_FLOAT ? tn_px_mix_at(own, row, y, x) : TN_PX_OWN;
    if (how == TN_PX_OWN)
        return tn_px_sample_value(finish, staging, records, table, row, c, y, x);
    const int32_t partner = (int32_t)own->partner;
    const uint32_t other = tn_px_sample_value(finish, staging, records, table, partner, c, y, x);
    if (how == TN_PX_PARTNER)
        return other;
    return tn_px_mix_bits(finish->dtype,
                          tn_px_sample_value(finish, staging, records, table, row, c, y, x), other,
                          own->lambda);
}

/* Returns that value's index from the start of the batch. */
TN_PX uint64_t tn_px_finish_place(const tn_px_finish *finish, int32_t row, int32_t c, int32_t y,
                                  int32_t x)
{
    const uint64_t w = (uint32_t)finish->w, h = (uint32_t)finish->h;
    const uint64_t channels = (uint32_t)finish->channels;
    if (finish->layout == TN_PX_NHWC)
        return (((uint64_t)row * h + (uint64_t)y) * w + (uint64_t)x) * channels + (uint64_t)c;
    return (((uint64_t)row * channels + (uint64_t)c) * h + (uint64_t)y) * w + (uint64_t)x;
}

#endif
