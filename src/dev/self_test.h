/* SPDX-License-Identifier: MIT */
/* The self-test of a device: it makes small batches, and their bytes must equal the CPU's.
 *
 * The test makes each dtype in the fast and in the general form, mirrored, mixed and erased with
 * noise. So a driver, a compiler or a card that rounds differently is found before it trains a
 * model. */
#ifndef TENCH_DEV_SELF_TEST_H
#define TENCH_DEV_SELF_TEST_H

#include "dev/device.h"

/* Runs the test on `stream`, which must be the stream that fetches. TN_EDEVICE: the device must
 * not be used. */
int tn__self_test(const tn__device_ops *ops, tn__device *device, void *stream);

#endif
