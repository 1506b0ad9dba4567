-- SPDX-License-Identifier: MIT
-- Memory of the library that Lua objects keep. The collector sees a few bytes of an object that
-- keeps many, so it would come too late: here the bytes are counted, and it is called when there
-- are many of them.

local lib = require "tench.lib"
local ffi = lib.ffi

local memory = {}

-- Bytes that are kept, and how many may be before the collector looks for some that are not used.
local LEAST_LIMIT = 8 * 2 ^ 20
local kept, limit = 0, LEAST_LIMIT

-- By the address of what keeps them: bytes, and the function that frees it.
local bytes_at, destroy_at = {}, {}

local function address_of(handle)
    return tonumber(ffi.cast("intptr_t", handle))
end

-- A finaliser too: it refers to nothing but what it is given.
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

--- Collects what users do not hold any more: twice, because a handle is collected one cycle after
--- its object. A collector that the host has stopped stays so, although this starts it.
function memory.collect()
    local is_running = collectgarbage("isrunning")
    collectgarbage()
    collectgarbage()
    if not is_running then
        collectgarbage("stop")
    end
end

--- An object keeps more bytes than were counted. May collect garbage. The limit grows with what is
--- in use, here and in Lua itself, so that the collector's work is in proportion to the bytes made.
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

--- Bytes that objects of this Lua state keep: those that were neither closed nor collected.
---@return number
function memory.kept()
    return kept
end

return memory
