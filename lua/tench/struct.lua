-- SPDX-License-Identifier: MIT
-- The library's structs: makes them with their size set, and reads them into plain tables.

local lib = require "tench.lib"
local C, ffi = lib.C, lib.ffi

local struct = {}

--- Makes a struct with its size set and zeros in all other fields.
---@param name string for example "tn_fault"
---@return ffi.cdata*
function struct.new(name)
    local made = ffi.new(name)
    made.size = ffi.sizeof(made)
    return made
end

--- Converts a flag for the structs of options.
---@param value any
---@return integer
function struct.flag(value)
    return value and C.TN_YES or C.TN_NO
end

-- Returns the place of a choice, from 1.
local function place_of(choices, value)
    for place, choice in ipairs(choices) do
        if choice == value then
            return place
        end
    end
end

--- Makes a struct of options from checked values. It borrows their texts.
---@param name string for example "tn_loader_options"
---@param fields table[] of options.lua
---@param values table<string, any>
---@return ffi.cdata*
function struct.filled(name, fields, values)
    local out = struct.new(name)
    for _, field in ipairs(fields) do
        local value = values[field.name]
        if field.field and value ~= nil then
            out[field.field] = field.kind == "flag" and struct.flag(value)
                or field.kind == "choice" and place_of(field.choices, value) or value
        end
    end
    return out
end

--- Converts a 64-bit integer for Lua: to a number if that is exact, else to an int64_t.
---@param integer number|ffi.cdata*
---@return integer|ffi.cdata*
function struct.exact(integer)
    local number = tonumber(integer)
    local is_exact = math.abs(number) <= 2 ^ 53 and ffi.cast("int64_t", number) == integer
    return is_exact and number or integer
end

--- Returns the next 64-bit integer.
---@param integer integer|ffi.cdata*
---@return integer|ffi.cdata*
function struct.next(integer)
    return struct.exact(ffi.cast("int64_t", integer) + 1)
end

--- Copies numbers out of a struct.
---@param from ffi.cdata*
---@param names string[]
---@return table<string, number>
function struct.numbers(from, names)
    local out = {}
    for _, name in ipairs(names) do
        out[name] = tonumber(from[name])
    end
    return out
end

--- Converts a number for which negative means unknown.
---@param number number|ffi.cdata*
---@return number|ffi.cdata*|nil number nil if it is unknown
function struct.known(number)
    return number >= 0 and struct.exact(number) or nil
end

--- Converts a sample's number for Lua, where samples count from 1.
---@param index number|ffi.cdata* from 0; negative: none
---@return integer?
function struct.sample(index)
    return index >= 0 and tonumber(index) + 1 or nil
end

return struct
