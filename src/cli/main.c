/* SPDX-License-Identifier: MIT */
/* The tench program: opens a Lua state with all of tench's Lua files, and passes the arguments to
 * tench.cli.main, which runs the verb and returns the exit code. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>

#include "cli/state.h"
#include "cli/system.h"
#include "tench.h"

enum { EXIT_INTERNAL = 5 }; /* as in tench.cli.exit */

/* If a standard stream is closed, the next file that is opened would get its number, and output
 * would go there. So each is opened on /dev/null, for the opposite direction: using it stays an
 * error. */
static void keep_streams_apart(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _exit(EXIT_INTERNAL);
}

static int run(lua_State *lua, int n_arguments, char **arguments)
{
    lua_getglobal(lua, "require");
    lua_pushliteral(lua, "tench.cli.main");
    if (lua_pcall(lua, 1, 1, 0) == 0) {
        for (int i = 1; i < n_arguments; i++)
            lua_pushstring(lua, arguments[i]);
        if (lua_pcall(lua, n_arguments > 0 ? n_arguments - 1 : 0, 1, 0) == 0)
            return (int)lua_tointeger(lua, -1);
    }
    const char *const message = lua_tostring(lua, -1);
    char shown[1024] = "without a message";
    if (message)
        tn_show_name(message, -1, shown, sizeof shown);
    fprintf(stderr, "tench: internal error: %s\n", shown);
    return EXIT_INTERNAL;
}

int main(int argc, char **argv)
{
    tn__program_begin();
    keep_streams_apart();
    lua_State *const lua = tn__state_create();
    if (!lua) {
        fputs("tench: out of memory for its Lua state\n", stderr);
        return EXIT_INTERNAL;
    }
    if (!lua_checkstack(lua, argc + 8)) {
        fputs("tench: too many arguments\n", stderr);
        return EXIT_FAILURE;
    }
    const int code = run(lua, argc, argv);
    lua_close(lua);
    return code;
}
