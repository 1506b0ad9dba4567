/* SPDX-License-Identifier: MIT */
/* What all devices share. See device.h. */
#include "dev/device.h"

#include "base/error.h"
#include "cuda/shim.h"

int tn__device_launch(const tn__finish_work *work, tn__launch *out)
{
    const tn_px_finish *const constants = work->constants;
    if (tn__launch_of(constants, work->rows, out))
        return TN_OK;
    return tn__fail(TN_ELIMIT, "a batch of %d rows of %dx%d exceeds the grid of a kernel",
                    (int)work->rows, (int)constants->w, (int)constants->h);
}

tn__numa tn__device_numa(const tn__device_ops *ops, const tn__device *device)
{
    return device && ops->numa ? ops->numa(device) : (tn__numa){.node = -1};
}
