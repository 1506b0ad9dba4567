-- SPDX-License-Identifier: MIT
-- Structs of the library: made with the size that they begin with, and read into plain tables.

local lib = require "tench.lib"
local C, ffi = lib.C, lib.ffi

local struct = {}

--- A struct that says its own size, and zeros.
---@param name string as "tn_fault"
---@return ffi.cdata*
function struct.new(name)
    local made = ffi.new(name)
    made.size = ffi.sizeof(made)
    return made
end

--- A flag as options have it.
---@param value any
---@return integer
function struct.flag(value)
    return value and C.TN_YES or C.TN_NO
end

--- A 64-bit integer as Lua has it: a number where that is exact, else an int64_t.
---@param integer number|ffi.cdata*
---@return integer|ffi.cdata*
function struct.exact(integer)
    local number = tonumber(integer)
    local is_exact = math.abs(number) <= 2 ^ 53 and ffi.cast("int64_t", number) == integer
    return is_exact and number or integer
end

--- The 64-bit integer after another one.
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

--- A number that is negative where it is not known.
---@param number number|ffi.cdata*
---@return number|ffi.cdata*|nil number nil where it is not known
function struct.known(number)
    return number >= 0 and struct.exact(number) or nil
end

--- A sample's number as Lua has it: it counts from 1.
---@param index number|ffi.cdata* from 0; negative: none
---@return integer?
function struct.sample(index)
    return index >= 0 and tonumber(index) + 1 or nil
end

return struct
