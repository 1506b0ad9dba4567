/* SPDX-License-Identifier: MIT */
/* Devices by name. See device.h. */
#include "dev/device.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/write.h"
#include "cuda/shim.h"

enum { MAX_INDEX = 1023 };

/* What "auto" tries comes first. */
static const tn__device_ops *const devices[] = {&tn__device_cuda, &tn__device_fake};
enum { N_DEVICES = sizeof devices / sizeof devices[0], N_AUTO = 1 };

/* On a thread of the host, whose standard error may be a file. */
static void tell(void)
{
    sigset_t before;
    tn__write_shield(&before);
    fprintf(stderr, "tench: device = \"auto\" is the CPU: %s\n", tn__error_last()->message);
    tn__write_unshield(&before);
}

/* The first device that is there; why the last one was not is told once. */
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

/* "cuda:1": the number, 0 if there is none, -1 if it is not one. */
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
        if (strlen(devices[d]->name) == length && memcmp(devices[d]->name, name, length) == 0)
            return devices[d];
    return NULL;
}

int tn__device_launch(const tn__finish_work *work, tn__launch *out)
{
    const tn_px_finish *const constants = work->constants;
    if (tn__launch_of(constants, work->rows, out))
        return TN_OK;
    return tn__fail(TN_ELIMIT, "a batch of %d rows of %dx%d is more than a kernel's grid holds",
                    (int)work->rows, (int)constants->w, (int)constants->h);
}

tn__numa tn__device_numa(const tn__device_ops *ops, const tn__device *device)
{
    return device && ops->numa ? ops->numa(device) : (tn__numa){.node = -1};
}

int tn__device_open(const char *name, tn__opened *out)
{
    *out = (tn__opened){0};
    if (strcmp(name, "cpu") == 0)
        return TN_OK;
    if (strcmp(name, "auto") == 0) {
        open_any(out);
        return TN_OK;
    }
    const tn__device_ops *const ops = find(name);
    const int32_t index = index_of(name);
    if (!ops || index < 0)
        return tn__fail(TN_EDEVICE,
                        "device \"%s\" is unknown; known: cpu, cuda (cuda:1, …), auto, fake", name);
    *out = (tn__opened){ops, ops->open(index), index};
    return out->device ? TN_OK : tn__error_last()->code;
}
