-- SPDX-License-Identifier: MIT
-- Finds, loads and declares the library. No other file calls ffi.load or ffi.cdef.
--
-- The library itself gives its declarations (tn_cdef), so these files and the library cannot
-- disagree about a struct. tn_abi is compared before anything else. ffi.load ignores package.cpath,
-- and a chunk is told only its module name, so this file works out where to look.

local found_ffi, ffi = pcall(require, "ffi")
if not found_ffi then
    error("tench needs LuaJIT: this host runs " .. tostring(_VERSION) .. " without the ffi module",
        0)
end

local ABI = 5 -- of the header that these files were written for

---@class tench.lib
---@field C ffi.namespace* the library's functions and constants
---@field ffi table LuaJIT's ffi module
---@field path string where the library was found
local lib = { ffi = ffi }

-- These two must be declared before tn_cdef can be called. Declaring them again is harmless.
ffi.cdef "const char *tn_cdef(void); int32_t tn_abi(void);"

local function answers(namespace)
    return pcall(function()
        return namespace.tn_abi()
    end)
end

local function load_file(path)
    local ok, namespace = pcall(ffi.load, path)
    if not ok then
        return nil, tostring(namespace)
    end
    if not answers(namespace) then
        return nil, "it is not tench's library: tn_abi is missing"
    end
    return namespace, path
end

-- Returns the folder of this file with a slash, or nil if the host gives no file name.
local function own_folder()
    local source = debug and debug.getinfo(1, "S").source or ""
    return string.match(source, "^@(.*[/\\])[^/\\]*$")
end

-- LÖVE may keep the files in a zip archive, from which the system cannot load a library. So look
-- beside the game, then in its save folder.
local function love_files()
    local love = rawget(_G, "love")
    if type(love) ~= "table" or not love.filesystem then
        return {}
    end
    local here = love.filesystem.getRealDirectory("tench/lib.lua")
    local files = {}
    for _, folder in ipairs { here or false, love.filesystem.getSaveDirectory() } do
        if folder then
            files[#files + 1] = folder .. "/libtench.so"
        end
    end
    return files
end

local function checkout_files()
    local here = own_folder()
    if not here then
        return {}
    end
    return {
        here .. "libtench.so",
        here .. "../libtench.so",
        here .. "../../build/release/libtench.so",
        here .. "../../build/libtench.so",
    }
end

local function cpath_files()
    local path = package.searchpath and package.searchpath("libtench", package.cpath)
    return path and { path } or {}
end

-- The search stops at the first library that works. A TENCH_LIB that does not work is an error: the
-- user who set it wants that library and no other.
local function find()
    if answers(ffi.C) then
        return ffi.C, "the host program"
    end
    local tried = { "the host program: has no tench linked in" }
    local function try(path)
        local namespace, answer = load_file(path)
        if not namespace then
            tried[#tried + 1] = string.find(answer, path, 1, true) == 1 and answer
                or path .. ": " .. answer
        end
        return namespace, answer
    end
    local wanted = os and os.getenv and os.getenv("TENCH_LIB")
    if wanted and wanted ~= "" then
        local namespace, answer = load_file(wanted)
        if not namespace then
            error("tench: TENCH_LIB names " .. wanted .. ": " .. answer, 0)
        end
        return namespace, answer
    end
    tried[#tried + 1] = "the environment: TENCH_LIB is not set"
    for _, files in ipairs { love_files(), checkout_files(), cpath_files(), { "tench" } } do
        for _, path in ipairs(files) do
            local namespace, answer = try(path)
            if namespace then
                return namespace, answer
            end
        end
    end
    error("tench: the library was not found (in a checkout, ./dev build makes it); tried:\n  "
        .. table.concat(tried, "\n  "), 0)
end

-- A short name for a declaration text; two different texts have different names.
local function fingerprint(text)
    local hash = 0
    for place = 1, #text do
        hash = (hash * 31 + string.byte(text, place)) % 2 ^ 32
    end
    return string.format("%d_%08x", #text, hash)
end

-- A Lua state can declare each struct only once. The mark distinguishes a second require of the
-- same library (for example a hot reload) from the require of another library.
local function declare(namespace, path)
    local text = ffi.string(namespace.tn_cdef())
    local mark = "tn_cdef_is_" .. fingerprint(text)
    if pcall(ffi.typeof, mark) then
        return
    end
    if pcall(ffi.typeof, "tn_tensor") then
        error("tench: another tench is already loaded in this Lua state; " .. path
            .. " declares other structs", 0)
    end
    ffi.cdef(text .. "\ntypedef int32_t " .. mark .. ";")
end

local namespace, path = find()
local abi = namespace.tn_abi()
if abi ~= ABI then
    error(string.format("tench: these Lua files need ABI %d, but %s has ABI %d; "
        .. "install both from one version", ABI, path, abi), 0)
end
declare(namespace, path)
lib.C, lib.path = namespace, path

return lib
