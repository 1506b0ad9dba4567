-- LuaRocks: `luarocks --lua-version 5.1 make` in a checkout, where `./dev build` has been run once (it
-- installs what the build needs).
rockspec_format = "3.0"
package = "tench"
version = "dev-1"
source = { url = "git+file://." }
description = {
    summary = "An image loader for training and evaluation, for LuaJIT",
    license = "MIT",
}
supported_platforms = { "linux" }
dependencies = { "lua == 5.1" }
build = {
    type = "cmake",
    variables = {
        CMAKE_BUILD_TYPE = "Release",
        CMAKE_INSTALL_PREFIX = "$(PREFIX)",
        CMAKE_INSTALL_LIBDIR = "lib",
        TENCH_LUA_DIR = "$(LUADIR)",
        TENCH_LUA_LIBDIR = "$(LIBDIR)",
        TENCH_TESTS = "OFF",
    },
}
