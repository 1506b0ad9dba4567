-- SPDX-License-Identifier: MIT
-- Tasks: work on a whole data set that threads do in the background, while Lua waits.

local lib = require "tench.lib"
local errors = require "tench.error"
local options = require "tench.options"
local struct = require "tench.struct"
local C, ffi = lib.C, lib.ffi

local task = {}

-- The longest single wait: LuaJIT runs the hook for Ctrl-C only between two waits.
local SLICE_MS = 100

-- Waits for the end of a task, and returns whether tick stopped it.
local function wait(handle, tick)
    local progress, stopped = struct.new("tn_progress"), false
    while true do
        local status = C.tn_task_wait(handle, SLICE_MS)
        if status ~= C.TN_ETIMEOUT then
            errors.check(status)
            return stopped
        end
        errors.check(C.tn_task_progress(handle, progress))
        if tick and not stopped and tick(tonumber(progress.done), tonumber(progress.samples)) then
            stopped = true
            errors.check(C.tn_task_stop(handle))
        end
    end
end
jit.off(wait) -- compiled code does not run the hook for Ctrl-C

---@class tench.task_kind
---@field noun string which errors about options begin with
---@field fields table[] its options
---@field start fun(dataset: ffi.cdata*, values: table): ffi.cdata* calls the C start function
---@field facts string name of the C struct of facts
---@field read function C function (handle, facts)
---@field counts string[] names of facts that are numbers
---@field finish fun(out: table, handle: ffi.cdata*, facts: ffi.cdata*) adds all other facts
---@field record fun(out: table): table makes the result of its facts

--- A function that runs a task of one kind from its start to its end.
---@param kind tench.task_kind
---@return fun(dataset: ffi.cdata*, given: table?): table
function task.runner(kind)
    return function(dataset, given)
        local values = options.read(kind.noun, kind.fields, given)
        local handle = ffi.gc(errors.made(kind.start(dataset,
            struct.filled(kind.options, kind.fields, values))), C.tn_task_destroy)
        local stopped = wait(handle, values.tick)
        local facts = struct.new(kind.facts)
        errors.check(kind.read(handle, facts))
        local out = struct.numbers(facts, kind.counts)
        out.stopped = stopped
        kind.finish(out, handle, facts)
        C.tn_task_destroy(ffi.gc(handle, nil))
        return kind.record(out)
    end
end

return task
