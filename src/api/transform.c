/* SPDX-License-Identifier: MIT */
/* Exported calls on transforms: check, then call inward. */
#include "op/transform.h"
#include "base/error.h"

tn_transform *tn_transform_create(const char *text)
{
    if (!text)
        return tn__fail_null(TN_EINVAL, "tn_transform_create: text is NULL");
    return tn__transform_make(text);
}

void tn_transform_destroy(tn_transform *transform)
{
    tn__transform_drop(transform);
}

const char *tn_transform_text(const tn_transform *transform)
{
    return transform ? transform->text : "";
}

/* Contiguous, in the transform's layout. */
static void set_shape(const tn_transform *transform, int32_t channels, int32_t w, int32_t h,
                      tn_tensor *out)
{
    const int64_t planar[3] = {channels, h, w}, interleaved[3] = {h, w, channels};
    const int64_t *const shape = transform->layout == TN_NHWC ? interleaved : planar;
    int64_t stride = 1;
    out->ndim = 3;
    for (int d = 2; d >= 0; d--) {
        out->shape[d] = shape[d];
        out->strides[d] = stride;
        stride *= shape[d];
    }
}

int32_t tn_transform_output(const tn_transform *transform, int32_t channels, tn_tensor *out)
{
    if (!transform || !out)
        return tn__fail(TN_EINVAL, "tn_transform_output: %s is NULL",
                        transform ? "out" : "transform");
    if (!tn__transform_finish(transform, channels))
        return TN_EINVAL;
    int32_t w, h;
    tn__transform_size(transform, &w, &h);
    if (w == 0)
        return tn__fail(TN_EINVAL,
                        "the output's size depends on the image: end the geometry with an op of "
                        "fixed size, as random_resized_crop, center_crop or resize mode=exact "
                        "(ops: %s)",
                        transform->text);
    *out = (tn_tensor){.name = "image", .dtype = transform->dtype, .device = TN_DEVICE_CPU};
    set_shape(transform, channels, w, h, out);
    return TN_OK;
}
