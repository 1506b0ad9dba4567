/* SPDX-License-Identifier: MIT */
/* The devices that tench knows, found by name. */
#ifndef TENCH_DEV_DEVICES_H
#define TENCH_DEV_DEVICES_H

#include "dev/device.h"

typedef struct tn__opened {
    const tn__device_ops *ops;
    tn__device *device;
    int32_t index;
} tn__opened;

/* Entries of the registry; NULL after the last one. */
const tn__spec *tn__device_spec(int32_t index);
/* Opens the device named "fake", "cuda" or "cuda:1"; a name without a number means number 0.
 * out->device is NULL for "cpu". It is NULL too for "auto" where no device works: then standard
 * error says why, once a process. TN_EDEVICE; the message lists the known names. */
int tn__device_open(const char *name, tn__opened *out);

#endif
