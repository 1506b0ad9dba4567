/* SPDX-License-Identifier: MIT */
/* The program's Lua state. */
#ifndef TENCH_CLI_STATE_H
#define TENCH_CLI_STATE_H

#include <lua.h>

/* Opens a Lua state with the standard libraries and all of tench's Lua files; NULL: out of memory.
 * A process can have one. */
lua_State *tn__state_create(void);

#endif
