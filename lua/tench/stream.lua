-- SPDX-License-Identifier: MIT
-- Streams of a device: handles that the user owns.

local lib = require "tench.lib"
local errors = require "tench.error"
local ffi = lib.ffi

local streams = {}

--- Converts a stream for C. A null pointer is the default stream; nil is not a stream.
---@param stream ffi.cdata*|lightuserdata|nil
---@return ffi.cdata*|nil
function streams.pointer(stream)
    local kind = type(stream)
    if kind == "nil" then
        return nil
    end
    if kind ~= "cdata" and kind ~= "userdata" then
        errors.fail("a stream must be a pointer (cdata or lightuserdata), not %s", kind)
    end
    return ffi.cast("void *", stream)
end

return streams
