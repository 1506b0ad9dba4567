/* SPDX-License-Identifier: MIT */
/* The program's inner parts: its start, its Lua state, its output files. */
#ifndef TENCH_CLI_PROGRAM_H
#define TENCH_CLI_PROGRAM_H

#include <stdio.h>

#include <lua.h>

/* Notes the time that tncli_seconds counts from. */
void tn__program_begin(void);

/* A Lua state with the standard libraries and all of tench's Lua files; NULL: out of memory.
 * The process can have one. */
lua_State *tn__state_create(void);

/* A file that appears under its name only when it is whole. */
typedef struct tn__output {
    FILE *file;
    const char *path; /* borrowed */
    char *temporary;
} tn__output;

/* Opens a temporary file beside `path`. TN_EIO, TN_ENOMEM. */
int tn__output_open(tn__output *output, const char *path);
/* Closes it; renames it if `status` is TN_OK, else removes it. Returns `status` or TN_EIO. */
int tn__output_close(tn__output *output, int status);

#endif
