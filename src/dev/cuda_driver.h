/* SPDX-License-Identifier: MIT */
/* The CUDA driver, opened with dlopen: a program that holds this runs where there is none.
 *
 * Whatever is missing (library, device, version, function) is an error whose message says what was
 * found and what would help. */
#ifndef TENCH_DEV_CUDA_DRIVER_H
#define TENCH_DEV_CUDA_DRIVER_H

#include <stdint.h>

#include "dev/cuda_api.h"

enum { TN__CUDA_LEAST = 12000 }; /* the oldest driver whose functions we know: CUDA 12.0 */

typedef struct tn__cuda_driver {
    tn__cu_api api;
    int version; /* of CUDA that the driver offers, as 13000 for 13.0 */
} tn__cuda_driver;

/* Opens the library and initialises it. `least`: the oldest version that will do, as 13000. TN_OK,
 * or TN_EDEVICE. The library stays open: a driver cannot be unloaded safely. */
int tn__cuda_driver_open(tn__cuda_driver *driver, const char *library, int least);
/* The process's own: libcuda.so.1, opened at the first call. NULL: TN_EDEVICE; the next call tries
 * again. From any thread. */
const tn__cuda_driver *tn__cuda_driver_get(int least);
/* Fails with "WHAT: NAME (number), text" of a result that is not TN__CU_OK. TN_ENOMEM where memory
 * ran out, else TN_EDEVICE. */
int tn__cuda_fail(const tn__cuda_driver *driver, int result, const char *what);

#endif
