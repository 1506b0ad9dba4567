/* SPDX-License-Identifier: MIT */
/* What the files of the CUDA device share. The device itself is in device.h: tn__device_cuda. */
#ifndef TENCH_DEV_CUDA_H
#define TENCH_DEV_CUDA_H

#include "base/text.h"
#include "dev/cuda_driver.h"
#include "dev/device.h"

/* Compares small batches with the CPU, bit for bit. `stream` is the one that fetches. TN_EDEVICE:
 * the device is not to be used. */
int tn__cuda_test(tn__device *device, void *stream);
/* Adds lines about kernels, driver and devices, the self-test's outcome among them. Never fails. */
void tn__cuda_report(tn__text *out);

#endif
