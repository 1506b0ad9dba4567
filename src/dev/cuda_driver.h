/* SPDX-License-Identifier: MIT */
/* The CUDA driver, opened with dlopen, so that a program with this code also runs without a driver.
 *
 * If the library, the device, the version or a function is missing, the error's message says what
 * was found and what would help. */
#ifndef TENCH_DEV_CUDA_DRIVER_H
#define TENCH_DEV_CUDA_DRIVER_H

#include <stdint.h>

#include "dev/cuda_api.h"

enum { TN__CUDA_LEAST = 12000 }; /* the oldest driver that tench can use: CUDA 12.0 */

typedef struct tn__cuda_driver {
    tn__cu_api api;
    int version; /* of CUDA that the driver offers; 13000 for 13.0 */
} tn__cuda_driver;

/* Opens and initialises the library. `least` is the oldest version that will do, for example 13000.
 * TN_EDEVICE. The library stays open, because a driver cannot be unloaded safely. */
int tn__cuda_driver_open(tn__cuda_driver *driver, const char *library, int least);
/* The process's driver, libcuda.so.1; the first call opens it. NULL: TN_EDEVICE, and the next call
 * tries again. Any thread may call this. */
const tn__cuda_driver *tn__cuda_driver_get(int least);
/* Fails with the message "WHAT: NAME (number), text" for a result that is not TN__CU_OK. TN_ENOMEM
 * where memory ran out, otherwise TN_EDEVICE. */
int tn__cuda_fail(const tn__cuda_driver *driver, int result, const char *what);

#endif
