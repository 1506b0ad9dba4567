-- SPDX-License-Identifier: MIT
-- Verification: reads and decodes every sample whole, and lists what is wrong.

local lib = require "tench.lib"
local errors = require "tench.error"
local options = require "tench.options"
local records = require "tench.record"
local specs = require "tench.spec"
local struct = require "tench.struct"
local task = require "tench.task"
local C, ffi = lib.C, lib.ffi

---@class tench.verified
---@field samples integer number of samples in the data set
---@field done integer samples looked at
---@field damaged integer files that cannot be read or decoded
---@field guessed integer files that decode, but the decoder had to guess some pixels
---@field changed integer files that have changed since they were indexed
---@field misindexed integer files whose index is damaged or gives other pixels
---@field indexed integer files that were also decoded by their index
---@field file_bytes integer of the files that could be read
---@field stopped boolean whether `tick` stopped it
---@field findings tench.finding[] in the order of the samples

---@class tench.finding
---@field kind "damaged"|"guessed"|"changed"|"misindexed" what is wrong with the file
---@field code string a status, "TN_OK" for a guess
---@field guesses integer how often the decoder had to guess
---@field row integer? row of pixels with the first error, about
---@field byte integer? byte of the file with the first error, about
---@field sample integer? from 1
---@field stage string "read", "decode" or another stage of the work
---@field name string of the file
---@field message string what is wrong, in a sentence
local new_finding = records.kind{ noun = "finding", fields = { "kind", "code", "stage", "name",
    "sample", "byte", "row", "guesses", "message" } }
local verifier = {}

verifier.fields = specs.fields("verify")
local COUNTS = { "samples", "done", "damaged", "guessed", "changed", "misindexed", "indexed",
    "file_bytes" }
local new_verified = records.kind{ noun = "verification",
    fields = options.joined(COUNTS, { "stopped", "findings" }) }
local FOUND = { "damaged", "guessed", "changed", "misindexed" }

local function findings_of(handle, count)
    local findings, found = {}, struct.new("tn_finding")
    for place = 0, count - 1 do
        errors.check(C.tn_verify_finding(handle, place, found))
        findings[place + 1] = new_finding{
            kind = FOUND[found.kind],
            code = ffi.string(C.tn_status_name(found.code)),
            guesses = found.guesses,
            row = struct.known(found.row),
            byte = struct.known(found.byte),
            sample = struct.sample(found.sample),
            stage = ffi.string(found.stage),
            name = ffi.string(found.name),
            message = ffi.string(found.message),
        }
    end
    return records.list(findings)
end

local function finish(out, handle, facts)
    out.findings = findings_of(handle, tonumber(facts.findings))
end

--- Verifies a tn_dataset.
---@param dataset ffi.cdata*
---@param given tench.verify_options?
---@return tench.verified
verifier.create = task.runner{
    noun = "verify", fields = verifier.fields, start = C.tn_verify_start,
    options = "tn_verify_options", facts = "tn_verify_facts",
    read = C.tn_verify_facts_of, counts = COUNTS, finish = finish, record = new_verified,
}

return verifier
