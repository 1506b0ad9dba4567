-- LuaRocks: `luarocks --lua-version 5.1 make` in a checkout, on a system where `./dev build` works (it
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
-- The library lies in the rock; a copy, not CMake's link to it, lies where LuaRocks deploys C modules from.
build = {
    type = "command",
    build_command = "cmake -S . -B build.luarocks -G Ninja -DTENCH_TESTS=OFF"
        .. " -DCMAKE_INSTALL_PREFIX=$(PREFIX) -DCMAKE_INSTALL_LIBDIR=library"
        .. " -DTENCH_LUA_DIR=$(LUADIR) -DTENCH_LUA_LIBDIR=$(LIBDIR)"
        .. " && cmake --build build.luarocks",
    install_command = "cmake --install build.luarocks"
        .. " && cp --remove-destination $(PREFIX)/library/libtench.so $(LIBDIR)/libtench.so",
}
