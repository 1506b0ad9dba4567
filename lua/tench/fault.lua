-- SPDX-License-Identifier: MIT
-- Faults: the facts about a failure, or about a sample that cannot be used.

local lib = require "tench.lib"
local errors = require "tench.error"
local records = require "tench.record"
local struct = require "tench.struct"
local C, ffi = lib.C, lib.ffi

---@class tench.fault
---@field code string for example "TN_EDECODE"
---@field stage string "read", "decode", …
---@field name string of the file, its own bytes
---@field message string for people; names in it are escaped as by tench.show_name
---@field position integer? place in an epoch's order; nil outside of epochs
---@field sample integer? from 1; nil if no sample is concerned
---@field epoch integer? for the faults of a loader
---@field system_error integer? errno, if the system refused something
---@field is_machines boolean? for the last failure: true if the process or the machine failed (open
--- files, memory, network), not a sample
local new_fault = records.kind{ noun = "fault", fields = { "code", "stage", "name", "sample",
    "epoch", "position", "message", "system_error", "is_machines" } }

local faults = {}

-- Reads a tn_error_info or a tn_fault.
local function fault_of(known)
    return new_fault{
        code = ffi.string(C.tn_status_name(known.code)),
        stage = ffi.string(known.stage),
        name = ffi.string(known.name),
        message = ffi.string(known.message),
        position = struct.known(known.position),
        sample = struct.sample(known.sample),
        system_error = known.system_error ~= 0 and known.system_error or nil,
    }
end

--- Returns the facts about the last failure in this thread.
---@return tench.fault? failure nil if nothing has failed
function faults.last()
    local info = struct.new("tn_error_info")
    if C.tn_error_details(info) ~= C.TN_OK or info.code == 0 then
        return nil
    end
    local failure = fault_of(info)
    failure.is_machines = info.is_machines == C.TN_YES
    return failure
end

--- Reads a list of faults that the library keeps.
---@param handle ffi.cdata* of the object that keeps them
---@param fill function C function (handle, index, fault)
---@param count number|ffi.cdata*
---@return tench.fault[]
function faults.list(handle, fill, count)
    local list, fault = {}, struct.new("tn_fault")
    for index = 0, tonumber(count) - 1 do
        errors.check(fill(handle, index, fault))
        list[index + 1] = fault_of(fault)
        list[index + 1].epoch = struct.known(fault.epoch)
    end
    return records.list(list)
end

return faults
