-- SPDX-License-Identifier: MIT
-- Counts the library's memory that Lua objects keep. Lua's collector sees only a few bytes of an
-- object that keeps many, so it would run too late. This file runs it when many bytes are kept.

local lib = require "tench.lib"
local ffi = lib.ffi

local memory = {}

-- Bytes that objects keep, and the number at which the collector runs.
local LEAST_LIMIT = 8 * 2 ^ 20
local kept, limit = 0, LEAST_LIMIT

-- By the address of an object: the bytes that it keeps, and the function that frees it.
local bytes_at, destroy_at = {}, {}

local function address_of(handle)
    return tonumber(ffi.cast("intptr_t", handle))
end

-- Also used as a finaliser, so it refers to nothing but its argument.
local function free(handle)
    local address = address_of(handle)
    local destroy = destroy_at[address]
    kept = kept - bytes_at[address]
    bytes_at[address], destroy_at[address] = nil, nil
    destroy(handle)
end

--- Counts the bytes of a new object of the library, and frees it when its handle is collected.
---@param handle ffi.cdata*
---@param bytes number
---@param destroy function C function (handle)
---@return ffi.cdata* handle
function memory.own(handle, bytes, destroy)
    local address = address_of(handle)
    bytes_at[address], destroy_at[address] = 0, destroy
    ffi.gc(handle, free)
    memory.grow(handle, bytes)
    return handle
end

--- Collects objects that users no longer hold. It collects twice, because a handle is collected one
--- cycle after its object. A full collection restarts a collector that the host has stopped, so it
--- is stopped again.
function memory.collect()
    local is_running = collectgarbage("isrunning")
    collectgarbage()
    collectgarbage()
    if not is_running then
        collectgarbage("stop")
    end
end

--- Counts more bytes for an object. May collect garbage. The limit grows with the bytes in use,
--- here and in Lua itself, so that the collector's work stays in proportion to the bytes allocated.
---@param handle ffi.cdata*
---@param bytes number
function memory.grow(handle, bytes)
    local address = address_of(handle)
    bytes_at[address] = bytes_at[address] + bytes
    kept = kept + bytes
    if kept > limit then
        memory.collect()
        limit = math.max(LEAST_LIMIT, 2 * kept, 1024 * collectgarbage("count"))
    end
end

--- Frees an object now.
---@param handle ffi.cdata*
function memory.free(handle)
    free(ffi.gc(handle, nil))
end

--- Returns the bytes that objects of this Lua state keep: all that were neither closed nor
--- collected.
---@return number
function memory.kept()
    return kept
end

return memory
