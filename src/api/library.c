/* SPDX-License-Identifier: MIT */
/* Public calls about the library and the process: version, ABI number, declarations, the kernels
 * and threads in use. */
#include "base/cpus.h"
#include "cpu/level.h"
#include "tench.h"

/* The header's text, as an array of bytes: a string literal would be limited in length, and the
 * header may contain UTF-8. */
static const unsigned char cdef_text[] = {
#include "cdef.inc"
    0};

int32_t tn_abi(void)
{
    return TN_ABI;
}

const char *tn_version(void)
{
    return
#include "version.inc"
        ;
}

const char *tn_cdef(void)
{
    return (const char *)cdef_text;
}

const char *tn_cpu_level(void)
{
    return tn__cpu_level_name();
}

int32_t tn_cpu_threads(void)
{
    return tn__cpu_threads();
}
