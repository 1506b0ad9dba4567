/* SPDX-License-Identifier: MIT */
/* The program's inner parts: its start, its Lua state. */
#ifndef TENCH_CLI_PROGRAM_H
#define TENCH_CLI_PROGRAM_H

#include <lua.h>

/* Notes the time that tncli_seconds counts from, and makes SIGXFSZ an error of the write. */
void tn__program_begin(void);

/* A Lua state with the standard libraries and all of tench's Lua files; NULL: out of memory.
 * The process can have one. */
lua_State *tn__state_create(void);

#endif
