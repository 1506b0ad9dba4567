/* SPDX-License-Identifier: MIT */
/* The declarations of cli.h, for ffi.cdef. */
#include "cli/cli.h"

static const unsigned char cdef_text[] = {
#include "cli_cdef.inc"
    0};

const char *tncli_cdef(void)
{
    return (const char *)cdef_text;
}
