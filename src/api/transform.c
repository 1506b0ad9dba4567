/* SPDX-License-Identifier: MIT */
/* Public calls on transforms: they check their arguments, then call the engine. */
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

int32_t tn_transform_output(const tn_transform *transform, int32_t channels, tn_tensor *out)
{
    if (!transform || !out)
        return tn__fail(TN_EINVAL, "tn_transform_output: %s is NULL",
                        transform ? "out" : "transform");
    return tn__transform_output(transform, channels, out);
}

int32_t tn_transform_rows(const tn_transform *transform, int32_t samples)
{
    if (!transform)
        return tn__fail(TN_EINVAL, "tn_transform_rows: transform is NULL");
    if (samples < 0)
        return tn__fail(TN_EINVAL, "tn_transform_rows: samples is %d; it must not be negative",
                        samples);
    return tn__transform_rows(transform, samples);
}

int32_t tn_transform_tensor(const tn_transform *transform, int32_t index, int32_t samples,
                            int32_t channels, int32_t classes, tn_tensor *out)
{
    if (!transform || !out)
        return tn__fail(TN_EINVAL, "tn_transform_tensor: %s is NULL",
                        transform ? "out" : "transform");
    if (index < 0)
        return tn__fail(TN_EINVAL, "tn_transform_tensor: index is %d; it must not be negative",
                        index);
    if (classes < 0)
        return tn__fail(TN_EINVAL, "tn_transform_tensor: classes is %d; it must not be negative",
                        classes);
    if (samples < 1 || samples > TN_MAX_BATCH_SIZE)
        return tn__fail(TN_EINVAL, "tn_transform_tensor: samples is %d, not in 1…%d", samples,
                        TN_MAX_BATCH_SIZE);
    const int status = tn__transform_check(transform, channels, classes);
    if (status != TN_OK)
        return status;
    return tn__transform_tensor(transform, index, samples, channels, classes, out);
}
