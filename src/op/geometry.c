/* SPDX-License-Identifier: MIT */
/* Rounding, limits and small helpers of geometry ops. See geometry.h. */
#include "op/geometry.h"

#include <math.h>

#include "base/error.h"
#include "base/limits.h"

double tn__half_even(double value)
{
    return nearbyint(value); /* the default rounding mode, which nothing changes, is half to even */
}

int tn__result_size(const char *op, double w, double h, int32_t *out_w, int32_t *out_h)
{
    const double wide = w < 1 ? 1 : w, high = h < 1 ? 1 : h;
    if (wide > TN__MAX_SIDE || high > TN__MAX_SIDE)
        return tn__fail(TN_ELIMIT, "%s: a result of %.0f x %.0f is over the limit of %d a side", op,
                        wide, high, TN__MAX_SIDE);
    if (tn__limits_image(op, "a result", wide, high, TN_PX_MAX_CHANNELS) != TN_OK)
        return TN_ELIMIT;
    *out_w = (int32_t)wide;
    *out_h = (int32_t)high;
    return TN_OK;
}

void tn__box_sides(double area, double ratio, double *w, double *h)
{
    *w = tn__half_even(sqrt(area * ratio));
    *h = tn__half_even(sqrt(area / ratio));
}

int32_t tn__size_h(const tn__value *size)
{
    return (int32_t)size->number[0];
}

int32_t tn__size_w(const tn__value *size)
{
    return (int32_t)size->number[1];
}

void tn__size_given(const tn__node *node, int32_t *w, int32_t *h)
{
    const tn__value *const size = tn__node_value(node, "size");
    *w = tn__size_w(size);
    *h = tn__size_h(size);
}

int32_t tn__centre(int32_t whole, int32_t length)
{
    if (length > whole)
        return -((length - whole) / 2);
    return (int32_t)tn__half_even((whole - length) / 2.0);
}

void tn__explain_box(const tn__step *step, tn__text *text)
{
    tn__text_printf(text, ",\"box\":[%d,%d,%d,%d]", step->q[0], step->q[1], step->q[2], step->q[3]);
}

int32_t tn__takes_all(const tn__node *node)
{
    (void)node;
    return TN__TAKES_ALL;
}
