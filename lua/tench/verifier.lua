-- SPDX-License-Identifier: MIT
-- Verification: every sample read and decoded whole, and what is wrong with them.

local lib = require "tench.lib"
local errors = require "tench.error"
local options = require "tench.options"
local task = require "tench.task"
local C, ffi = lib.C, lib.ffi

---@class tench.verified
---@field samples integer
---@field done integer samples looked at
---@field damaged integer files that cannot be read or decoded
---@field guessed integer files that decode, with pixels that were guessed
---@field changed integer files that are not as they were when they were indexed
---@field misindexed integer indexes that are damaged or of other pixels
---@field indexed integer files that were decoded by their index too
---@field file_bytes integer
---@field stopped boolean
---@field findings table[] {kind, code, guesses, row, byte, sample, stage, name, message}, in the
--- order of the samples; kind is "damaged", "guessed", "changed" or "misindexed"
local verifier = {}

local FIELDS = {
    { name = "threads", kind = "integer", min = 0, max = 1024, default = 0 },
    { name = "tick", kind = "any" },
}
local COUNTS = { "samples", "done", "damaged", "guessed", "changed", "misindexed", "indexed",
    "file_bytes" }
local KINDS = { "damaged", "guessed", "changed", "misindexed" }

-- What is not known is nil.
local function place_of(number)
    return number >= 0 and tonumber(number) or nil
end

local function findings_of(handle, count)
    local findings, found = {}, ffi.new("tn_finding")
    found.size = ffi.sizeof(found)
    for place = 0, count - 1 do
        errors.check(C.tn_verifier_finding(handle, place, found))
        findings[place + 1] = {
            kind = KINDS[found.kind],
            code = ffi.string(C.tn_status_name(found.code)),
            guesses = found.guesses,
            row = place_of(found.row),
            byte = place_of(found.byte),
            sample = found.sample >= 0 and tonumber(found.sample) + 1 or nil,
            stage = ffi.string(found.stage),
            name = ffi.string(found.name),
            message = ffi.string(found.message),
        }
    end
    return findings
end

--- Verifies a tn_dataset.
---@param dataset ffi.cdata*
---@param given table? threads; tick(done, total): called while it works, and true stops it
---@return tench.verified
function verifier.create(dataset, given)
    local values = options.read("verify", FIELDS, given)
    local handle = ffi.gc(errors.made(C.tn_verifier_start(dataset, values.threads)),
        C.tn_verifier_destroy)
    local facts = ffi.new("tn_verify_facts")
    facts.size = ffi.sizeof(facts)
    local stopped = task.run(handle, { wait = C.tn_verifier_wait, stop = C.tn_verifier_stop },
        values.tick and function()
            errors.check(C.tn_verifier_facts(handle, facts))
            return values.tick(tonumber(facts.done), tonumber(facts.samples))
        end)
    errors.check(C.tn_verifier_facts(handle, facts))
    local out = task.numbers(facts, COUNTS)
    out.stopped = stopped
    out.findings = findings_of(handle, tonumber(facts.findings))
    C.tn_verifier_destroy(ffi.gc(handle, nil))
    return out
end

return verifier
