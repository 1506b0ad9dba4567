/* SPDX-License-Identifier: MIT */
/* The program's Lua state: loads tench's own Lua files, and evaluates recipes.
 *
 * Anybody may have written a recipe. The module tench.cli.confine evaluates it in a child process
 * (confine.h), where the operating system enforces limits. The Lua state has two limits of its own,
 * which are reached first: it counts instructions, so that the message can name the line, and it
 * counts its memory, because under a sanitizer address space has no limit. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>
#include <luajit.h>
#include <lualib.h>

#include "cli/cli.h"
#include "cli/confine.h"
#include "cli/state.h"

/* A Lua file of tench, embedded as its text. */
typedef struct module {
    const char *name;  /* for require */
    const char *chunk; /* "=[tench]/" and the path below lua/; no recipe's name begins like this */
    const unsigned char *text;
    size_t n_bytes;
} module;

#include "lua_files.inc" /* modules[], n_modules: made by embed.cmake */

typedef struct memory {
    size_t used, limit; /* limit 0: none */
    bool was_refused;   /* a request went over the limit */
    double instructions_left;
} memory;

enum { HOOK_STEP = 1000 }; /* instructions between two checks */
/* A recipe only describes; it needs far less than this. */
enum { MAX_CPU_S = 5, MAX_WALL_MS = 60000 };
enum { MAX_MEMORY_BYTES = 512 << 20, MAX_ANSWER_BYTES = 1 << 20, MAX_ERROR_BYTES = 4096 };
enum { MAX_NOTE_BYTES = 1 << 17 }; /* what print may send, with the headers of the frames */
static const double MAX_INSTRUCTIONS = 50e6;

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
    const bool too_much =
        m->limit && new_size > old_size && m->used - old_size + new_size > m->limit;
    void *const moved = too_much ? NULL : realloc(block, new_size);
    if (moved)
        m->used += new_size - old_size;
    else
        m->was_refused = true;
    return moved;
}

static memory *memory_of(lua_State *lua)
{
    void *context = NULL;
    lua_getallocf(lua, &context);
    return context;
}

/* Pushes the current line of the recipe: "recipe.lua:3: ", or "". */
static void push_line(lua_State *lua)
{
    lua_Debug frame;
    lua_pushliteral(lua, "");
    for (int level = 0; lua_getstack(lua, level, &frame); level++) {
        lua_getinfo(lua, "Sl", &frame);
        if (frame.source[0] == '@') {
            lua_pushfstring(lua, "%s:%d: ", frame.short_src, frame.currentline);
            return;
        }
    }
}

static void count_instructions(lua_State *lua, lua_Debug *record)
{
    (void)record;
    memory *const m = memory_of(lua);
    m->instructions_left -= HOOK_STEP;
    if (m->instructions_left > 0)
        return;
    lua_sethook(lua, NULL, 0, 0);
    push_line(lua);
    lua_pushfstring(lua, "the recipe takes more than %f instructions (--trust lifts the limits)",
                    MAX_INSTRUCTIONS);
    lua_concat(lua, 2);
    lua_error(lua);
}

static int child_out = -1; /* in the child: the descriptor for notes and the answer */

static void send_result(lua_State *lua, int status, int out)
{
    size_t n_bytes = 0;
    const char *const text =
        lua_type(lua, -1) == LUA_TSTRING ? lua_tolstring(lua, -1, &n_bytes) : "no message";
    if (status == 0)
        tn__confined_answer(out, text, n_bytes);
    else
        tn__confined_fail(out, text, n_bytes < MAX_ERROR_BYTES ? n_bytes : MAX_ERROR_BYTES);
}

static void send_memory_error(int out)
{
    char text[64];
    snprintf(text, sizeof text, "the recipe used more than %d MiB of memory",
             MAX_MEMORY_BYTES >> 20);
    tn__confined_stop(out, text);
}

/* In the child: calls the function at index 1, which returns a text. The compiler is off, because
 * compiled code does not run hooks. */
static void evaluate(void *context, int out)
{
    lua_State *const lua = context;
    memory *const m = memory_of(lua);
    child_out = out;
    luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_FLUSH);
    m->instructions_left = MAX_INSTRUCTIONS;
    m->limit = MAX_MEMORY_BYTES;
    lua_sethook(lua, count_instructions, LUA_MASKCOUNT, HOOK_STEP);
    lua_pushvalue(lua, 1);
    const int status = lua_pcall(lua, 0, 1, 0);
    lua_sethook(lua, NULL, 0, 0);
    if (status != 0 && m->was_refused)
        send_memory_error(out);
    else
        send_result(lua, status, out);
}

/* In the parent: calls the function at index 2 with a note. An error in it is dropped, because the
 * child must be ended first. */
static void hand_on(void *context, const char *bytes, size_t n_bytes)
{
    lua_State *const lua = context;
    lua_pushvalue(lua, 2);
    lua_pushlstring(lua, bytes, n_bytes);
    lua_pcall(lua, 1, 0, 0);
    lua_settop(lua, 2);
}

/* run(f, note): calls f() in a child process, and note(text) here for each note that it sends.
 * Returns true and the text that f returned, false and the message that it raised, or nil and the
 * reason why there is no answer. */
static int run(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    luaL_checktype(lua, 2, LUA_TFUNCTION);
    lua_settop(lua, 2);
    const tn__confinement given = {
        .cpu_s = MAX_CPU_S,
        .wall_ms = MAX_WALL_MS,
        .address_bytes = MAX_MEMORY_BYTES,
        .answer_bytes = MAX_ANSWER_BYTES,
        .note_bytes = MAX_NOTE_BYTES,
        .body = evaluate,
        .note = hand_on,
        .context = lua,
    };
    tn__answer answer;
    if (tn__confine(&given, &answer) != TN_OK) {
        lua_pushnil(lua);
        lua_pushstring(lua, tncli_error());
        return 2;
    }
    lua_pushboolean(lua, !answer.failed);
    lua_pushlstring(lua, answer.text, answer.length);
    free(answer.text);
    return 2;
}

/* note(text): sends a text from the child to its parent. */
static int note(lua_State *lua)
{
    size_t n_bytes;
    const char *const text = luaL_checklstring(lua, 1, &n_bytes);
    tn__confined_note(child_out, text, n_bytes);
    return 0;
}

static int open_confine(lua_State *lua)
{
    static const luaL_Reg functions[] = {{"run", run}, {"note", note}, {NULL, NULL}};
    lua_newtable(lua);
    luaL_register(lua, NULL, functions);
    lua_pushinteger(lua, MAX_ANSWER_BYTES);
    lua_setfield(lua, -2, "answer_bytes");
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
    lua_pushcfunction(lua, open_confine);
    lua_setfield(lua, -2, "tench.cli.confine");
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
