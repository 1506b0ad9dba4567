/* SPDX-License-Identifier: MIT */
/* What this library is: its version, its ABI number and its own declarations. */
#include "tench.h"

/* Bytes, not a string literal: no length limit, and the header may hold UTF-8. */
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
