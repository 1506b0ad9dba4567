/* SPDX-License-Identifier: MIT */
/* Devices by name. See devices.h. */
#include "dev/devices.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/write.h"
#include "dev/cuda.h"
#include "dev/fake.h"
#include "tench.h"

enum { MAX_INDEX = 1023 };

/* "auto" tries the first N_AUTO. */
static const tn__device_ops *const devices[] = {&tn__device_cuda, &tn__device_fake};
enum { N_DEVICES = sizeof devices / sizeof devices[0], N_AUTO = 1 };

/* Runs on the host's thread, and its standard error may be a file: a full disk must not kill it. */
static void tell(void)
{
    sigset_t before;
    tn__write_shield(&before);
    fprintf(stderr, "tench: device = \"auto\" uses the CPU: %s\n", tn__error_last()->message);
    tn__write_unshield(&before);
}

/* Opens the first device that works. If none works, reports once why the last one failed. */
static void open_any(tn__opened *out)
{
    static atomic_bool told;
    const tn__error before = *tn__error_last();
    for (int32_t d = 0; d < N_AUTO && !out->device; d++)
        *out = (tn__opened){devices[d], devices[d]->open(0), 0};
    if (!out->device && !atomic_exchange(&told, true))
        tell();
    tn__error_raise(&before);
}

/* The number in "cuda:1"; 0 without a number, -1 if it is not a number. */
static int32_t index_of(const char *name)
{
    const char *const colon = strchr(name, ':');
    if (!colon)
        return 0;
    char *end;
    const long index = strtol(colon + 1, &end, 10);
    const bool is_number = colon[1] >= '0' && colon[1] <= '9' && *end == 0;
    return is_number && index <= MAX_INDEX ? (int32_t)index : -1;
}

static const tn__device_ops *find(const char *name)
{
    const size_t length = strcspn(name, ":");
    for (int32_t d = 0; d < N_DEVICES; d++)
        if (tn__spec_is(&devices[d]->spec, name, length))
            return devices[d];
    return NULL;
}

static const tn__spec cpu = {
    .name = "cpu",
    .doc = "No device: batches are made in the memory of the host.",
};
static const tn__spec automatic = {
    .name = "auto",
    .doc = "The first device that works, else the CPU; standard error then says why there is none.",
};

const tn__spec *tn__device_spec(int32_t index)
{
    if (index == 0)
        return &cpu;
    if (index == 1)
        return &automatic;
    return index >= 2 && index < 2 + N_DEVICES ? &devices[index - 2]->spec : NULL;
}

int tn__device_open(const char *name, tn__opened *out)
{
    *out = (tn__opened){0};
    if (strcmp(name, cpu.name) == 0)
        return TN_OK;
    if (strcmp(name, automatic.name) == 0) {
        open_any(out);
        return TN_OK;
    }
    const tn__device_ops *const ops = find(name);
    const int32_t index = index_of(name);
    if (!ops)
        return tn__spec_unknown(TN_EDEVICE, tn__device_spec, "device", name);
    if (index < 0)
        return tn__fail(TN_EDEVICE, "device \"%s\": a number from 0 to %d must follow the colon",
                        name, MAX_INDEX);
    *out = (tn__opened){ops, ops->open(index), index};
    return out->device ? TN_OK : tn__error_last()->code;
}
