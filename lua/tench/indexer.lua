-- SPDX-License-Identifier: MIT
-- Builds the random access index of a data set ahead of its first use.

local lib = require "tench.lib"
local faults = require "tench.fault"
local options = require "tench.options"
local records = require "tench.record"
local specs = require "tench.spec"
local task = require "tench.task"
local C, ffi = lib.C, lib.ffi

---@class tench.indexed
---@field samples integer number of samples in the data set
---@field done integer samples looked at
---@field built integer files that were indexed now
---@field known integer files that had an index already
---@field other_formats integer files without an index: they are not JPEGs
---@field several_scans integer files without an index: they have several scans, as progressive ones
--- do
---@field other_colours integer files without an index: their colours are inks, as CMYK
---@field unclean integer files without an index: they are damaged, or only libjpeg decodes them
---@field index_bytes integer on disk
---@field file_bytes integer of the files looked at
---@field path string of the index
---@field stopped boolean whether `tick` stopped it
---@field warnings tench.fault[] parts of the index that could not be used or stored
---@field faults tench.fault[] files that cannot be read or decoded
local indexer = {}

indexer.fields = specs.fields("index")
local COUNTS = { "samples", "done", "built", "known", "other_formats", "several_scans",
    "other_colours", "unclean", "index_bytes", "file_bytes" }
local new_indexed = records.kind{ noun = "indexing",
    fields = options.joined(COUNTS, { "path", "stopped", "faults", "warnings" }) }

local function finish(out, handle, facts)
    out.path = ffi.string(facts.path)
    out.faults = faults.list(handle, C.tn_task_fault, facts.faults)
    out.warnings = faults.list(handle, C.tn_index_warning, facts.warnings)
end

--- Indexes a tn_dataset.
---@param dataset ffi.cdata*
---@param given tench.index_options?
---@return tench.indexed
indexer.create = task.runner{
    noun = "index", fields = indexer.fields, start = C.tn_index_start,
    options = "tn_index_options", facts = "tn_index_facts",
    read = C.tn_index_facts_of, counts = COUNTS, finish = finish, record = new_indexed,
}

return indexer
