/* SPDX-License-Identifier: MIT */
/* Checks that several public calls share. See check.h. */
#include "api/check.h"

#include "base/error.h"
#include "base/sized.h"
#include "base/thread.h"

int tn__check_out(const char *call, const void *object, const void *out, size_t n_bytes)
{
    if (!object)
        return tn__fail(TN_EINVAL, "%s: the first argument is NULL", call);
    return tn__sized_check(call, "out", out, n_bytes, 0);
}

int tn__check_timeout(const char *call, int32_t timeout_ms)
{
    if (timeout_ms >= -1)
        return TN_OK;
    return tn__fail(TN_EINVAL, "%s: timeout_ms is %d; it must be -1 (for ever) or more", call,
                    timeout_ms);
}

int tn__check_place(const char *call, int64_t index, int64_t n)
{
    if (index >= 0 && index < n)
        return TN_OK;
    return tn__fail(TN_EINVAL, "%s: index is %lld; there are %lld", call, (long long)index,
                    (long long)n);
}

tn_fault tn__fault_of(const tn__finding *finding)
{
    return (tn_fault){
        .code = finding->code,
        .epoch = -1,
        .position = -1,
        .sample = finding->sample,
        .stage = finding->stage,
        .name = finding->name,
        .message = finding->message,
        .system_error = finding->system_error,
    };
}
