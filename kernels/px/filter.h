/* SPDX-License-Identifier: MIT */
/* Resampling filters, and the weights that Pillow 13 computes from them, in double.
 *
 * Weights are constants of a resize. The host computes them once and gives every kernel 22-bit
 * integers, so devices need not agree about sin and cos. */
#ifndef TENCH_PX_FILTER_H
#define TENCH_PX_FILTER_H

#include "px/fn.h"

/* The ops list their choices in this order. */
enum {
    TN_FILTER_NEAREST = 0,
    TN_FILTER_BOX,
    TN_FILTER_BILINEAR,
    TN_FILTER_HAMMING,
    TN_FILTER_BICUBIC,
    TN_FILTER_LANCZOS,
    TN_FILTER_MKS2013,
    TN_FILTER_MKS2021
};
#define TN_FILTER_NAMES "nearest box bilinear hamming bicubic lanczos mks2013 mks2021"

#define TN_PX_PI 3.14159265358979323846

/* Distance at which the filter ends, in source pixels at scale 1. */
TN_PX double tn_px_filter_support(int32_t filter)
{
    switch (filter) {
    case TN_FILTER_BOX: return 0.5;
    case TN_FILTER_BICUBIC: return 2.0;
    case TN_FILTER_LANCZOS: return 3.0;
    case TN_FILTER_MKS2013: return 2.5;
    case TN_FILTER_MKS2021: return 4.5;
    default: return 1.0; /* bilinear, hamming */
    }
}

TN_PX double tn_px_filter_box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

TN_PX double tn_px_filter_bilinear(double x)
{
    const double t = fabs(x);
    return t < 1.0 ? 1.0 - t : 0.0;
}

/* A raised cosine window; Pillow keeps its two constants in single precision. */
TN_PX double tn_px_filter_hamming(double x)
{
    const double t = fabs(x) * TN_PX_PI;
    if (x == 0.0)
        return 1.0;
    if (fabs(x) >= 1.0)
        return 0.0;
    return sin(t) / t * ((double)0.54f + (double)0.46f * cos(t));
}

/* Cubic convolution with a = -1/2. */
TN_PX double tn_px_filter_bicubic(double x)
{
    const double a = -0.5, t = fabs(x);
    const double near = ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0;
    const double far = (((t - 5.0) * t + 8.0) * t - 4.0) * a;
    return t < 1.0 ? near : t < 2.0 ? far : 0.0;
}

TN_PX double tn_px_sinc(double x)
{
    return x == 0.0 ? 1.0 : sin(x * TN_PX_PI) / (x * TN_PX_PI);
}

TN_PX double tn_px_filter_lanczos(double x)
{
    return x >= -3.0 && x < 3.0 ? tn_px_sinc(x) * tn_px_sinc(x / 3.0) : 0.0;
}

/* Magic Kernel Sharp of 2013 and 2021 (J. Costella): quadratic pieces. */
TN_PX double tn_px_filter_mks2013(double x)
{
    const double t = fabs(x);
    if (t < 0.5)
        return 17.0 / 16.0 - 7.0 / 4.0 * t * t;
    if (t < 1.5)
        return (1.0 - t) * (7.0 / 4.0 - t);
    if (t < 2.5)
        return -1.0 / 8.0 * (t - 5.0 / 2.0) * (t - 5.0 / 2.0);
    return 0.0;
}

TN_PX double tn_px_filter_mks2021(double x)
{
    const double t = fabs(x);
    if (t < 0.5)
        return 577.0 / 576.0 - 239.0 / 144.0 * t * t;
    if (t < 1.5)
        return 35.0 / 36.0 * (t - 1.0) * (t - 239.0 / 140.0);
    if (t < 2.5)
        return 1.0 / 6.0 * (t - 2.0) * (65.0 / 24.0 - t);
    if (t < 3.5)
        return 1.0 / 36.0 * (t - 3.0) * (t - 15.0 / 4.0);
    if (t < 4.5)
        return -1.0 / 288.0 * (t - 9.0 / 2.0) * (t - 9.0 / 2.0);
    return 0.0;
}

TN_PX double tn_px_filter(int32_t filter, double x)
{
    switch (filter) {
    case TN_FILTER_BOX: return tn_px_filter_box(x);
    case TN_FILTER_BILINEAR: return tn_px_filter_bilinear(x);
    case TN_FILTER_HAMMING: return tn_px_filter_hamming(x);
    case TN_FILTER_BICUBIC: return tn_px_filter_bicubic(x);
    case TN_FILTER_LANCZOS: return tn_px_filter_lanczos(x);
    case TN_FILTER_MKS2013: return tn_px_filter_mks2013(x);
    default: return tn_px_filter_mks2021(x);
    }
}

/* One axis of a resize: n source pixels become m. */
typedef struct tn_px_axis {
    int32_t n, m;
    double scale;   /* source pixels per result pixel */
    double support; /* source pixels that a weight covers on each side */
    double inverse; /* filter units per source pixel */
} tn_px_axis;

/* Pillow keeps the box of the source in single precision. */
TN_PX tn_px_axis tn_px_axis_make(int32_t filter, int32_t n, int32_t m)
{
    tn_px_axis axis;
    axis.n = n;
    axis.m = m;
    axis.scale = (double)(float)n / (double)m;
    const double stretch = axis.scale > 1.0 ? axis.scale : 1.0;
    axis.support = tn_px_filter_support(filter) * stretch;
    axis.inverse = 1.0 / stretch;
    return axis;
}

TN_PX double tn_px_axis_centre(const tn_px_axis *axis, int32_t result)
{
    return ((double)result + 0.5) * axis->scale;
}

/* Returns the first source pixel that result pixel `result` uses. `_end` returns one past the last.
 */
TN_PX int32_t tn_px_axis_first(const tn_px_axis *axis, int32_t result)
{
    const double low = tn_px_axis_centre(axis, result) - axis->support + 0.5;
    return (int32_t)(low > 0.0 ? low : 0.0);
}

TN_PX int32_t tn_px_axis_end(const tn_px_axis *axis, int32_t result)
{
    const double high = tn_px_axis_centre(axis, result) + axis->support + 0.5;
    return (int32_t)(high < (double)axis->n ? high : (double)axis->n);
}

#endif
