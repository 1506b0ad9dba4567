-- SPDX-License-Identifier: MIT
-- Coefficient packs: made from a data set, and made into a folder again.

local lib = require "tench.lib"
local errors = require "tench.error"
local options = require "tench.options"
local records = require "tench.record"
local struct = require "tench.struct"
local task = require "tench.task"
local C, ffi = lib.C, lib.ffi

---@class tench.packed
---@field samples integer
---@field done integer samples that are packed, or unpacked
---@field resumed integer of them, packed by an earlier run that was ended
---@field coefficients integer files packed as coefficients; these and all below: not the resumed
---@field jpeg_bytes integer of these files
---@field coefficient_bytes integer of their records
---@field file_bytes integer of all files
---@field pack_bytes integer of all records, the resumed among them
---@field kept integer samples in whole shards, which a later run keeps
---@field kept_bytes integer of their records
---@field notes string[] sentences that the caller should see
---@field stopped boolean
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

local KIND = {
    wait = C.tn_pack_job_wait, stop = C.tn_pack_job_stop, read = C.tn_pack_job_facts,
    facts = "tn_pack_facts",
}

local function start_pack(dataset, values)
    local given = struct.new("tn_pack_options")
    given.layout = values.layout == "small" and C.TN_PACK_SMALL or C.TN_PACK_FAST
    given.threads = values.threads
    given.shard_bytes = values.shard_bytes
    given.path = values.path
    given.splits = struct.flag(values.splits)
    return C.tn_pack_start(dataset, given)
end

local function start_unpack(dataset, values)
    return C.tn_unpack_start(dataset, values.path, values.threads)
end

local function work(start, dataset, given)
    local values = options.read("pack", packs.fields, given)
    if not values.path then
        errors.fail("pack: path is missing: the folder to be made")
    end
    local handle = ffi.gc(errors.made(start(dataset, values)), C.tn_pack_job_destroy)
    local facts, stopped = task.run(handle, KIND, values.tick)
    local out = struct.numbers(facts, COUNTS)
    out.stopped = stopped and facts.whole ~= C.TN_YES
    out.notes = {}
    for note in ffi.string(facts.notes):gmatch "[^\n]+" do
        out.notes[#out.notes + 1] = note
    end
    C.tn_pack_job_destroy(ffi.gc(handle, nil))
    return new_packed(out)
end

--- Packs a tn_dataset.
---@param dataset ffi.cdata*
---@param given table path; layout "fast" or "small"; threads; shard_bytes; splits: false makes one
--- data set of those there are; tick(done, total): is called ten times a second, and true stops the
--- work
---@return tench.packed
function packs.create(dataset, given)
    return work(start_pack, dataset, given)
end

--- Restores the files of a tn_dataset that is a pack.
---@param dataset ffi.cdata*
---@param given table path; threads; tick
---@return tench.packed
function packs.restore(dataset, given)
    return work(start_unpack, dataset, given)
end

return packs
