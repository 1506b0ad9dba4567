-- SPDX-License-Identifier: MIT
-- Makes a coefficient pack from a data set, and restores the files of a pack.

local lib = require "tench.lib"
local errors = require "tench.error"
local options = require "tench.options"
local records = require "tench.record"
local struct = require "tench.struct"
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
---@field notes string[] sentences that the user should read
---@field stopped boolean whether `tick` stopped it
local packs = {}

packs.fields = {
    { name = "path", kind = "text" },
    { name = "layout", kind = "choice", choices = { "fast", "small" }, default = "fast" },
    { name = "threads", kind = "integer", min = 0, max = C.TN_MAX_THREADS, default = 0 },
    { name = "shard_bytes", kind = "int64", zero = true, min = C.TN_MIN_SHARD_BYTES,
        default = 2 ^ 28 },
    { name = "splits", kind = "flag", default = true },
    { name = "tick", kind = "call" },
}
local COUNTS = { "samples", "done", "resumed", "coefficients", "jpeg_bytes", "coefficient_bytes",
    "file_bytes", "pack_bytes", "kept", "kept_bytes" }
local new_packed = records.kind{ noun = "packing",
    fields = options.joined(COUNTS, { "stopped", "notes" }) }

-- Packing and unpacking both need the path of a new folder.
local function require_path(values)
    if not values.path then
        errors.fail("pack: path is missing: it names the new folder")
    end
end

local function start_pack(dataset, values)
    require_path(values)
    local given = struct.new("tn_pack_options")
    given.layout = values.layout == "small" and C.TN_PACK_SMALL or C.TN_PACK_FAST
    given.threads = values.threads
    given.shard_bytes = values.shard_bytes
    given.path = values.path
    given.splits = struct.flag(values.splits)
    return C.tn_pack_start(dataset, given)
end

local function start_unpack(pack, values)
    require_path(values)
    local given = struct.new("tn_unpack_options")
    given.threads = values.threads
    given.path = values.path
    return C.tn_unpack_start(pack, given)
end

local function finish(out, _, facts)
    out.stopped = out.stopped and facts.whole ~= C.TN_YES
    out.notes = {}
    for note in ffi.string(facts.notes):gmatch "[^\n]+" do
        out.notes[#out.notes + 1] = note
    end
end

local function runner(start)
    return task.runner{
        noun = "pack", fields = packs.fields, start = start, facts = "tn_pack_facts",
        read = C.tn_pack_facts_of, counts = COUNTS, finish = finish, record = new_packed,
    }
end

--- Packs a tn_dataset.
---@param dataset ffi.cdata*
---@param given table path; layout "fast" or "small"; threads; shard_bytes; splits: false packs the
--- data set as one, without its splits; tick(done, total): called ten times a second, stops the
--- work by returning true
---@return tench.packed
packs.create = runner(start_pack)

--- Restores the files of a tn_dataset that is a pack.
---@param dataset ffi.cdata*
---@param given table path; threads; tick
---@return tench.packed
packs.restore = runner(start_unpack)

return packs
