-- SPDX-License-Identifier: MIT
-- Raises errors where the user can act on them: at the nearest line outside tench's own files.
--
-- Functions here and in the modules that recipes can reach call string functions by their full
-- names: while a recipe runs, methods of strings are those of its restricted environment.

local lib = require "tench.lib"
local names = require "tench.names"
local struct = require "tench.struct"
local C, ffi = lib.C, lib.ffi

local errors = {}

local own = debug and string.match(debug.getinfo(1, "S").source, "^(.*[/\\])[^/\\]*$")
local door = own and string.gsub(own, "tench[/\\]$", "tench.lua")

local function is_own(source)
    return string.sub(source, 1, #own) == own or source == door
end

-- Level, as error() in the calling function counts, of the nearest frame that is not ours.
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

--- Raises a message at the user's line: one line, that does nothing to a terminal.
---@param format string as string.format's
---@param ... any
function errors.fail(format, ...)
    local message = select("#", ...) > 0 and string.format(format, ...) or format
    error(names.message(message), user_level())
end

local function details()
    local info = struct.new("tn_error_info")
    return C.tn_error_details(info) == 0 and info or nil
end

--- Raises the library's message unless the status is TN_OK or TN_END, which is handed through.
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

---@class tench.fault
---@field code string as "TN_EDECODE"
---@field stage string "read", "decode", …
---@field name string of the file, as it is
---@field message string for people: names in it are shown
---@field position integer? place in an epoch's order; nil outside of epochs
---@field sample integer? from 1; nil if it is about none
---@field epoch integer? of a loader's faults
---@field system_error integer? errno, where the system refused something
---@field is_machines boolean? of the last failure: it is the process's or the machine's trouble

-- Of a tn_error_info or a tn_fault.
local function fault_of(known)
    return {
        code = ffi.string(C.tn_status_name(known.code)),
        stage = ffi.string(known.stage),
        name = ffi.string(known.name),
        message = ffi.string(known.message),
        position = struct.known(known.position),
        sample = struct.sample(known.sample),
        system_error = known.system_error ~= 0 and known.system_error or nil,
    }
end

--- What is known of the last failure in this thread.
---@return tench.fault? failure nil if nothing has failed
function errors.last()
    local info = details()
    local failure = info and info.code ~= 0 and fault_of(info) or nil
    if failure then
        failure.is_machines = info.is_machines == C.TN_YES
    end
    return failure
end

--- A list of faults that the library keeps.
---@param handle ffi.cdata* of the object that keeps them
---@param fill function C function (handle, index, fault)
---@param count number|ffi.cdata*
---@return tench.fault[]
function errors.faults(handle, fill, count)
    local faults, fault = {}, struct.new("tn_fault")
    for index = 0, tonumber(count) - 1 do
        errors.check(fill(handle, index, fault))
        faults[index + 1] = fault_of(fault)
        faults[index + 1].epoch = struct.known(fault.epoch)
    end
    return faults
end

return errors
