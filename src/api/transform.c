/* SPDX-License-Identifier: MIT */
/* Public calls on transforms: they check their arguments, then call the engine. */
#include "op/transform.h"
#include "base/error.h"
#include "base/sized.h"

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
    static const char call[] = "tn_transform_output";
    if (!transform)
        return tn__fail(TN_EINVAL, "%s: transform is NULL", call);
    tn_tensor tensor;
    int status = tn__sized_check(call, "out", out, sizeof *out, 0);
    if (status == TN_OK)
        status = tn__transform_output(transform, channels, &tensor);
    if (status == TN_OK)
        tn__sized_write(out, &tensor, sizeof tensor);
    return status;
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
    static const char call[] = "tn_transform_tensor";
    if (!transform)
        return tn__fail(TN_EINVAL, "%s: transform is NULL", call);
    if (index < 0)
        return tn__fail(TN_EINVAL, "%s: index is %d; it must not be negative", call, index);
    if (classes < 0)
        return tn__fail(TN_EINVAL, "%s: classes is %d; it must not be negative", call, classes);
    if (samples < 1 || samples > TN_MAX_BATCH_SIZE)
        return tn__fail(TN_EINVAL, "%s: samples is %d, not in 1…%d", call, samples,
                        TN_MAX_BATCH_SIZE);
    tn_tensor tensor;
    int status = tn__sized_check(call, "out", out, sizeof *out, 0);
    if (status == TN_OK)
        status = tn__transform_check(transform, channels, classes);
    if (status == TN_OK)
        status = tn__transform_tensor(transform, index, samples, channels, classes, &tensor);
    if (status == TN_OK)
        tn__sized_write(out, &tensor, sizeof tensor);
    return status;
}
