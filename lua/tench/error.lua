-- SPDX-License-Identifier: MIT
-- Raises errors at a line that the user can change: the nearest one outside tench's own files.
--
-- This module, and those that recipes can reach, call string functions by their full names. While a
-- recipe runs, the methods of strings are those of its restricted environment.

local lib = require "tench.lib"
local names = require "tench.names"
local C, ffi = lib.C, lib.ffi

local errors = {}

local own = debug and string.match(debug.getinfo(1, "S").source, "^(.*[/\\])[^/\\]*$")
local door = own and string.gsub(own, "tench[/\\]$", "tench.lua")

-- If ipairs or # calls a metamethod, a C function stands between it and the user.
local function is_own(source)
    return string.sub(source, 1, #own) == own or source == door or source == "=[C]"
end

-- The level of the nearest frame that is not ours, as error() in the calling function counts
-- levels.
local function user_level()
    if not own then
        return 3
    end
    local level = 3
    local info = debug.getinfo(level, "S")
    while info and is_own(info.source) do
        level = level + 1
        info = debug.getinfo(level, "S")
    end
    return level - 1
end

--- Raises a message at the user's line. The message is one line without control characters.
---@param format string as string.format's
---@param ... any
function errors.fail(format, ...)
    local message = select("#", ...) > 0 and string.format(format, ...) or format
    error(names.message(message), user_level())
end

--- Raises the library's message unless the status is TN_OK or TN_END. Returns these two.
---@param status integer
---@return integer status
function errors.check(status)
    if status < 0 then
        error(ffi.string(C.tn_error()), user_level())
    end
    return status
end

--- Raises the library's message if a creator returned NULL.
---@generic T
---@param pointer T
---@return T pointer
function errors.made(pointer)
    if pointer == nil then
        error(ffi.string(C.tn_error()), user_level())
    end
    return pointer
end

return errors
