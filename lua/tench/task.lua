-- SPDX-License-Identifier: MIT
-- Work that threads do in the background while Lua waits: indexing, verification, packing.

local lib = require "tench.lib"
local errors = require "tench.error"
local struct = require "tench.struct"
local C = lib.C

local task = {}

-- A wait longer than this would not see Ctrl-C: hooks run between slices only.
local SLICE_MS = 100

---@class tench.task what the library calls the parts of one kind of work
---@field wait function C function (handle, timeout_ms)
---@field stop function C function (handle)
---@field read function C function (handle, facts)
---@field facts string name of the struct that it fills, which has `done` and `samples`

--- Waits for the end of the work. Never compiled: that would not run the hook behind Ctrl-C.
---@param handle ffi.cdata*
---@param kind tench.task
---@param tick function? tick(done, samples), called ten times a second; true stops the work
---@return ffi.cdata* facts what it came to
---@return boolean stopped
function task.run(handle, kind, tick)
    local facts, stopped = struct.new(kind.facts), false
    while true do
        local status = kind.wait(handle, SLICE_MS)
        errors.check(kind.read(handle, facts))
        if status ~= C.TN_ETIMEOUT then
            errors.check(status)
            return facts, stopped
        end
        if tick and not stopped and tick(tonumber(facts.done), tonumber(facts.samples)) then
            stopped = true
            errors.check(kind.stop(handle))
        end
    end
end
jit.off(task.run)

return task
