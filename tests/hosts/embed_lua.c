/* SPDX-License-Identifier: MIT */
/* A C program with its own LuaJIT state that links the library. require "tench" must find the
 * library in the program itself. Runs a Lua script with arguments. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <tench.h>

static void set_arguments(lua_State *lua, int argc, char **argv)
{
    lua_newtable(lua);
    for (int i = 1; i < argc; i++) {
        lua_pushstring(lua, argv[i]);
        lua_rawseti(lua, -2, i - 1);
    }
    lua_setglobal(lua, "arg");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s SCRIPT [ARGUMENT…]\n", argv[0]);
        return 2;
    }
    lua_State *lua = luaL_newstate();
    if (!lua)
        return 1;
    luaL_openlibs(lua);
    set_arguments(lua, argc, argv);
    int failed = luaL_dofile(lua, argv[1]);
    if (failed)
        fprintf(stderr, "%s\n", lua_tostring(lua, -1));
    printf("tench %s in a program with LuaJIT: %s\n", tn_version(), failed ? "failed" : "ok");
    lua_close(lua);
    return failed ? 1 : 0;
}
