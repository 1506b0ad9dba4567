/* SPDX-License-Identifier: MIT */
/* Checks the size of images. See limits.h. */
#include "base/limits.h"

#include "base/error.h"

int tn__limits_image(const char *op, const char *what, double w, double h, int64_t pixel_bytes)
{
    static const double mib = 1 << 20;
    const double n_pixels = w * h, n_mib = n_pixels * (double)pixel_bytes / mib;
    if (n_pixels > TN_MAX_PIXELS)
        return tn__fail(TN_ELIMIT, "%s: %s of %.0f x %.0f is over the limit of %d pixels", op, what,
                        w, h, TN_MAX_PIXELS);
    if (n_mib > TN_MAX_IMAGE_MIB)
        return tn__fail(TN_ELIMIT, "%s: %s of %.0f x %.0f is over the limit of %d MiB", op, what, w,
                        h, TN_MAX_IMAGE_MIB);
    return TN_OK;
}
