/* SPDX-License-Identifier: MIT */
/* Modules for tests/c/test_modules.c: one that works, and with FAKE_ABI one of another version. */
#include <stdio.h>

#include "module/services.h"

#ifndef FAKE_ABI
#define FAKE_ABI TN__MODULE_ABI
#endif

static void versions(char *out, size_t size)
{
    snprintf(out, size, "libfake 1.2.3");
}

__attribute__((visibility("default"))) tn__module_enter tench_module;

const tn__module_face *tench_module(const tn__services *services)
{
    static const struct tn__codec *const none[] = {NULL};
    static const tn__module_face face = {FAKE_ABI, none, versions};
    return services ? &face : NULL;
}
