-- SPDX-License-Identifier: MIT
-- Indexing ahead: the random access index of a data set, built before it is needed.

local lib = require "tench.lib"
local errors = require "tench.error"
local options = require "tench.options"
local task = require "tench.task"
local C, ffi = lib.C, lib.ffi

---@class tench.indexed
---@field samples integer
---@field done integer samples looked at
---@field built integer files that were indexed now
---@field known integer files that had their index
---@field other_formats integer files without an index because they are no JPEGs
---@field several_scans integer because they are progressive, or in several scans otherwise
---@field other_colours integer because they have inks
---@field unclean integer because they are damaged, or of a kind that only libjpeg decodes
---@field index_bytes integer on disk
---@field file_bytes integer of the files looked at
---@field path string of the index
---@field stopped boolean
---@field faults table[] {code, stage, name, message, sample}: files that cannot be read or decoded
local indexer = {}

local FIELDS = {
    { name = "threads", kind = "integer", min = 0, max = 1024, default = 0 },
    { name = "entries", kind = "integer", min = 1, max = 16, default = 4 },
    { name = "force", kind = "flag", default = false },
    { name = "tick", kind = "any" },
}
local COUNTS = { "samples", "done", "built", "known", "other_formats", "several_scans",
    "other_colours", "unclean", "warnings", "index_bytes", "file_bytes" }

local function faults_of(handle, count)
    local faults, fault = {}, ffi.new("tn_fault")
    fault.size = ffi.sizeof(fault)
    for place = 0, count - 1 do
        errors.check(C.tn_indexer_fault(handle, place, fault))
        faults[place + 1] = {
            code = ffi.string(C.tn_status_name(fault.code)),
            stage = ffi.string(fault.stage),
            name = ffi.string(fault.name),
            message = ffi.string(fault.message),
            sample = tonumber(fault.sample) + 1,
        }
    end
    return faults
end

local function facts_of(handle)
    local facts = ffi.new("tn_index_facts")
    facts.size = ffi.sizeof(facts)
    errors.check(C.tn_indexer_facts(handle, facts))
    local out = task.numbers(facts, COUNTS)
    out.path = ffi.string(facts.path)
    out.faults = faults_of(handle, tonumber(facts.faults))
    return out
end

local function start(dataset, values)
    local given = ffi.new("tn_index_options")
    given.size = ffi.sizeof(given)
    given.threads = values.threads
    given.entries = values.entries
    given.force = values.force and C.TN_YES or C.TN_NO
    return ffi.gc(errors.made(C.tn_indexer_start(dataset, given)), C.tn_indexer_destroy)
end

--- Indexes a tn_dataset.
---@param dataset ffi.cdata*
---@param given table? threads; entries per MCU row; force: all anew; tick(done, total): called
--- while it works, and true stops it
---@return tench.indexed
function indexer.create(dataset, given)
    local values = options.read("index", FIELDS, given)
    local handle = start(dataset, values)
    local facts = ffi.new("tn_index_facts")
    facts.size = ffi.sizeof(facts)
    local stopped = task.run(handle, { wait = C.tn_indexer_wait, stop = C.tn_indexer_stop },
        values.tick and function()
            errors.check(C.tn_indexer_facts(handle, facts))
            return values.tick(tonumber(facts.done), tonumber(facts.samples))
        end)
    local out = facts_of(handle)
    out.stopped = stopped
    C.tn_indexer_destroy(ffi.gc(handle, nil))
    return out
end

return indexer
