-- SPDX-License-Identifier: MIT
-- Makes a pack from a data set, and restores the files of a pack.

local lib = require "tench.lib"
local options = require "tench.options"
local records = require "tench.record"
local specs = require "tench.spec"
local task = require "tench.task"
local C, ffi = lib.C, lib.ffi

---@class tench.packed
---@field samples integer number of samples in the data set
---@field done integer samples that are packed or unpacked
---@field resumed integer samples that an earlier, stopped run had packed; part of done
---@field coefficients integer files that this run packed as coefficients
---@field jpeg_bytes integer size of these files
---@field coefficient_bytes integer size of their records
---@field file_bytes integer size of all files of this run
---@field pack_bytes integer size of all records, those of the earlier run included
---@field kept integer samples in complete shards, which a later run keeps
---@field kept_bytes integer size of their records
---@field pixels integer files that this run packed as pixels
---@field pixel_file_bytes integer size of these files
---@field pixel_bytes integer size of their records, and of the kept files
---@field kept_files integer files packed as pixels that the pack keeps too
---@field notes string[] sentences that the user should read
---@field stopped boolean whether `tick` stopped it
local packs = {}

packs.fields = specs.fields("pack")
local COUNTS = { "samples", "done", "resumed", "coefficients", "jpeg_bytes", "coefficient_bytes",
    "file_bytes", "pack_bytes", "kept", "kept_bytes", "pixels", "pixel_file_bytes", "pixel_bytes",
    "kept_files" }
local new_packed = records.kind{ noun = "packing",
    fields = options.joined(COUNTS, { "stopped", "notes" }) }

local function finish(out, _, facts)
    out.stopped = out.stopped and facts.whole ~= C.TN_YES
    out.notes = {}
    for note in ffi.string(facts.notes):gmatch "[^\n]+" do
        out.notes[#out.notes + 1] = note
    end
end

local function runner(noun, fields, start)
    return task.runner{
        noun = noun, fields = fields, start = start, options = "tn_" .. noun .. "_options",
        facts = "tn_pack_facts", read = C.tn_pack_facts_of, counts = COUNTS, finish = finish,
        record = new_packed,
    }
end

--- Packs a tn_dataset.
---@param dataset ffi.cdata*
---@param given tench.pack_options
---@return tench.packed
packs.create = runner("pack", packs.fields, C.tn_pack_start)

--- Restores the files of a tn_dataset that is a pack.
---@param dataset ffi.cdata*
---@param given tench.unpack_options
---@return tench.packed
packs.restore = runner("unpack", specs.fields("unpack"), C.tn_unpack_start)

return packs
