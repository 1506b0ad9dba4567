/* SPDX-License-Identifier: MIT */
/* The CUDA device: the device table on the CUDA driver, which is opened at run time. */
#ifndef TENCH_DEV_CUDA_H
#define TENCH_DEV_CUDA_H

#include "base/text.h"
#include "dev/device.h"

extern const tn__device_ops tn__device_cuda;

/* Adds lines about kernels, driver and devices, with the result of each device's self-test. Never
 * fails. */
void tn__cuda_report(tn__text *out);

#endif
