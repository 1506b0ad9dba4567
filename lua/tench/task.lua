-- SPDX-License-Identifier: MIT
-- Work that threads do in the background while Lua waits: indexing, verification.

local lib = require "tench.lib"
local errors = require "tench.error"
local C = lib.C

local task = {}

-- A wait longer than this would not see Ctrl-C: hooks run between slices only.
local SLICE_MS = 100

--- Waits for the end of the work. Never compiled: that would not run the hook behind Ctrl-C.
---@param handle ffi.cdata*
---@param calls table {wait, stop}: C functions of the handle
---@param tick function? called ten times a second; true stops the work
---@return boolean stopped
function task.run(handle, calls, tick)
    local stopped = false
    while true do
        local status = calls.wait(handle, SLICE_MS)
        if status ~= C.TN_ETIMEOUT then
            errors.check(status)
            return stopped
        end
        if tick and not stopped and tick() then
            stopped = true
            errors.check(calls.stop(handle))
        end
    end
end
jit.off(task.run)

--- Copies numbers out of a struct.
---@param struct ffi.cdata*
---@param names string[]
---@return table
function task.numbers(struct, names)
    local out = {}
    for _, name in ipairs(names) do
        out[name] = tonumber(struct[name])
    end
    return out
end

return task
