/* SPDX-License-Identifier: MIT */
/* The program's Lua state: tench's own Lua files, and limits for what is not tench's own.
 *
 * A recipe is a program that somebody else may have written. While one is evaluated (module
 * tench.cli.guard), the state counts its instructions, the time it computes and the memory that it
 * takes beyond what there was. One instruction can be a long call of C, as table.insert into a long
 * table: hence the time. Once a limit is passed every further instruction raises the error again,
 * so that a recipe cannot catch it and go on. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <lauxlib.h>
#include <luajit.h>
#include <lualib.h>

#include "cli/cli.h"
#include "cli/program.h"

/* A Lua file of tench, embedded as its text. */
typedef struct module {
    const char *name;  /* as require has it */
    const char *chunk; /* "@" and the file below lua/: errors look at it to tell whose line it is */
    const unsigned char *text;
    size_t n_bytes;
} module;

#include "lua_files.inc" /* modules[], n_modules: made by embed.cmake */

typedef struct memory {
    size_t used, limit; /* limit 0: none */
    double instructions_left;
    double cpu_seconds_end;
} memory;

enum { HOOK_STEP = 1000 }; /* instructions between two looks */

static void *allocate(void *context, void *block, size_t old_size, size_t new_size)
{
    memory *const m = context;
    if (!block)
        old_size = 0;
    if (new_size == 0) {
        free(block);
        m->used -= old_size;
        return NULL;
    }
    if (m->limit && new_size > old_size && m->used - old_size + new_size > m->limit)
        return NULL;
    void *const moved = realloc(block, new_size);
    if (moved)
        m->used += new_size - old_size;
    return moved;
}

static memory *memory_of(lua_State *lua)
{
    void *context = NULL;
    lua_getallocf(lua, &context);
    return context;
}

static void count_instructions(lua_State *lua, lua_Debug *record)
{
    (void)record;
    memory *const m = memory_of(lua);
    m->instructions_left -= HOOK_STEP;
    const bool late = tncli_cpu_seconds() > m->cpu_seconds_end;
    if (m->instructions_left > 0 && !late)
        return;
    lua_sethook(lua, count_instructions, LUA_MASKCOUNT, 1);
    luaL_error(lua, "it takes more %s than a recipe may (--trust lifts the limit)",
               late ? "time" : "instructions");
}

/* guard(max_bytes, max_instructions, max_cpu_seconds, f, …): pcall(f, …) within limits, with the
 * compiler off, as compiled code does not look at hooks. */
static int guard(lua_State *lua)
{
    memory *const m = memory_of(lua);
    const double max_bytes = luaL_checknumber(lua, 1);
    m->instructions_left = luaL_checknumber(lua, 2);
    m->cpu_seconds_end = tncli_cpu_seconds() + luaL_checknumber(lua, 3);
    luaL_checkany(lua, 4);
    lua_gc(lua, LUA_GCCOLLECT, 0);
    luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_FLUSH);
    lua_sethook(lua, count_instructions, LUA_MASKCOUNT, HOOK_STEP);
    m->limit = m->used + (size_t)max_bytes;
    const int status = lua_pcall(lua, lua_gettop(lua) - 4, LUA_MULTRET, 0);
    m->limit = 0;
    lua_sethook(lua, NULL, 0, 0);
    luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_ON);
    if (status == LUA_ERRMEM) {
        lua_settop(lua, 3);
        lua_pushliteral(lua, "it takes more memory than a recipe may (--trust lifts the limit)");
    }
    lua_pushboolean(lua, status == 0);
    lua_insert(lua, 4);
    return lua_gettop(lua) - 3;
}

static int open_guard(lua_State *lua)
{
    lua_pushcfunction(lua, guard);
    return 1;
}

/* package.preload[name] for an embedded file: compiles it when it is required. */
static int open_module(lua_State *lua)
{
    const module *const found = lua_touserdata(lua, lua_upvalueindex(1));
    if (luaL_loadbuffer(lua, (const char *)found->text, found->n_bytes, found->chunk) != 0)
        return lua_error(lua);
    lua_pushvalue(lua, 1);
    lua_call(lua, 1, 1);
    return 1;
}

static void add_modules(lua_State *lua)
{
    lua_getglobal(lua, "package");
    lua_getfield(lua, -1, "preload");
    for (size_t i = 0; i < n_modules; i++) {
        union {
            const module *shared;
            void *plain;
        } found = {.shared = &modules[i]};
        lua_pushlightuserdata(lua, found.plain);
        lua_pushcclosure(lua, open_module, 1);
        lua_setfield(lua, -2, modules[i].name);
    }
    lua_pushcfunction(lua, open_guard);
    lua_setfield(lua, -2, "tench.cli.guard");
    lua_pop(lua, 2);
}

lua_State *tn__state_create(void)
{
    static memory process_memory;
    lua_State *const lua = lua_newstate(allocate, &process_memory);
    if (!lua)
        return NULL;
    luaL_openlibs(lua);
    add_modules(lua);
    return lua;
}
