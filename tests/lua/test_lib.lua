-- SPDX-License-Identifier: MIT
-- The library is found, declared once, or refused with a reason. Child processes run if a new Lua
-- state is needed.

local tap = require "tap"
local ffi = require "ffi"
local lib = require "tench.lib"

local function capture(command)
    local pipe = assert(io.popen(command .. " 2>&1"))
    local text = pipe:read("*a")
    pipe:close()
    return text
end

local function luajit(environment, code)
    return capture(string.format("%s luajit -e '%s'", environment, code))
end

tap.test("TENCH_LIB decides", function()
    tap.equal(lib.path, os.getenv("TENCH_LIB"))
end)

tap.test("a TENCH_LIB that does not exist is an error with its name", function()
    local text = luajit("TENCH_LIB=/no/such/libtench.so", 'require "tench"')
    assert(text:find("TENCH_LIB names /no/such/libtench.so", 1, true), text)
end)

tap.test("a library that is not tench's is refused", function()
    local text = luajit("TENCH_LIB=libm.so.6", 'require "tench"')
    assert(text:find("not tench's library", 1, true), text)
end)

tap.test("every attempt is listed when nothing is found", function()
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute(string.format("mkdir -p %s && cp -r lua/tench.lua lua/tench %s", folder,
        folder)) == 0)
    local code = 'package.cpath = "/nowhere/?.so" require "tench"'
    local text = luajit(string.format('TENCH_LIB= LUA_PATH="%s/?.lua"', folder), code)
    os.execute("rm -r " .. folder)
    for _, attempt in ipairs { "host program", "TENCH_LIB is not set", folder .. "/tench/libtench",
        "libtench.so: cannot open" } do
        assert(text:find(attempt, 1, true), text)
    end
end)

tap.test("package.cpath is searched", function()
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute(string.format("mkdir -p %s/c && cp -r lua/tench.lua lua/tench %s && "
        .. "ln -s %s %s/c/libtench.so", folder, folder, lib.path, folder)) == 0)
    local code = string.format('package.cpath = "%s/c/?.so" print(require "tench".library)', folder)
    local text = luajit(string.format('TENCH_LIB= LUA_PATH="%s/?.lua"', folder), code)
    os.execute("rm -r " .. folder)
    tap.equal(text, folder .. "/c/libtench.so\n")
end)

tap.test("loading again in one state is harmless", function()
    for name in pairs(package.loaded) do
        if name:find("^tench") then
            package.loaded[name] = nil
        end
    end
    local again = require "tench.lib"
    assert(again ~= lib)
    tap.equal(again.C.tn_abi(), 5)
end)

tap.test("another tench's declarations are refused", function()
    local text = luajit("", 'require("ffi").cdef("typedef struct tn_tensor { int x; } tn_tensor;") '
        .. 'require "tench"')
    assert(text:find("another tench is already loaded", 1, true), text)
end)

tap.test("a Lua without ffi raises an error that says so", function()
    if os.execute("command -v lua5.1 >/dev/null 2>&1") ~= 0 then
        print("# skipped: there is no lua5.1 here")
        return
    end
    local text = capture("lua5.1 -e 'require \"tench\"'")
    assert(text:find("tench needs LuaJIT: this host runs Lua 5.1", 1, true), text)
end)

tap.test("no globals are made", function()
    local code = 'local before = {} for k in pairs(_G) do before[k] = true end require "tench" '
        .. 'for k in pairs(_G) do assert(before[k], k) end print("none")'
    tap.equal(luajit("", code), "none\n")
end)

tap.test("an ABI that differs is named", function()
    -- Makes a library with another tn_abi.
    if os.execute("command -v cc >/dev/null 2>&1") ~= 0 then
        print("# skipped: there is no C compiler here")
        return
    end
    local path = os.tmpname()
    local file = assert(io.open(path .. ".c", "w"))
    file:write("int tn_abi(void) { return 99; } const char *tn_cdef(void) { return \"\"; }\n")
    file:close()
    assert(os.execute(string.format("cc -shared -fPIC -o %s %s.c", path, path)) == 0)
    local text = luajit("LD_PRELOAD= TENCH_LIB=" .. path, 'require "tench"')
    os.remove(path)
    os.remove(path .. ".c")
    assert(text:find("need ABI 5, but " .. path .. " has ABI 99", 1, true), text)
end)

tap.test("the declarations are the library's", function()
    assert(ffi.sizeof("tn_tensor") > 0)
    assert(ffi.string(lib.C.tn_cdef()):find("tn_loader_next", 1, true))
end)

tap.done()
