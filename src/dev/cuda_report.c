/* SPDX-License-Identifier: MIT */
/* What there is of CUDA, in words: for tench doctor. */
#include "base/error.h"
#include "cuda/image.h"
#include "dev/cuda.h"

enum { MOST_DEVICES = 16 };

static void report_devices(const tn__cuda_driver *driver, tn__text *out)
{
    int count = 0;
    if (driver->api.cuDeviceGetCount(&count) != TN__CU_OK || count == 0)
        tn__text_add(out, "the driver finds no device\n");
    for (int32_t d = 0; d < count && d < MOST_DEVICES; d++) {
        tn__device *const device = tn__device_cuda.open(d);
        tn__text_printf(out, "cuda:%d: ", (int)d);
        if (device) {
            tn__device_cuda.describe(device, out);
            tn__text_printf(out, "cuda:%d: makes the same bytes as the CPU (self-test)\n", (int)d);
        } else {
            tn__text_printf(out, "%s\n", tn__error_last()->message);
        }
        tn__device_cuda.close(device);
    }
}

void tn__cuda_report(tn__text *out)
{
    const tn__cuda_image image = tn__cuda_image_get();
    const tn__error before = *tn__error_last();
    if (image.bytes)
        tn__text_printf(out, "kernels for %s, made by CUDA %d.%d, %.0f kB\n", image.archs,
                        image.toolkit / 1000, image.toolkit % 1000 / 10,
                        (double)image.n_bytes / 1e3);
    else
        tn__text_printf(out, "no kernels: %s\n", image.archs);
    const tn__cuda_driver *const driver = tn__cuda_driver_get(image.toolkit / 1000 * 1000);
    if (!driver)
        tn__text_printf(out, "%s\n", tn__error_last()->message);
    else
        report_devices(driver, out);
    tn__error_raise(&before);
}
