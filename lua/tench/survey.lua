-- SPDX-License-Identifier: MIT
-- Surveys: what the headers of a data set's files say, read once and copied into a plain table.

local lib = require "tench.lib"
local errors = require "tench.error"
local options = require "tench.options"
local C, ffi = lib.C, lib.ffi

---@class tench.survey
---@field samples integer
---@field unread integer files that cannot be read
---@field undecoded integer files that are not images that can be decoded
---@field over_limit integer images over the data set's limits
---@field turned integer images whose EXIF orientation is not 1
---@field file_bytes integer sum over the files whose header could be read
---@field width table {min, median, max}; so are height, pixels and bytes
---@field kinds table[] {format, channels, bits, progressive, count}, the most frequent first
---@field faults table[] {code, stage, name, message, sample}, in the order of the samples
local surveys = {}

local FIELDS = {
    { name = "threads", kind = "integer", min = 0, max = 4096, default = 0 },
    { name = "progress", kind = "flag", default = false },
}

local function spread_of(spread)
    return {
        min = tonumber(spread.min), median = tonumber(spread.median), max = tonumber(spread.max),
    }
end

local function kinds_of(handle, count)
    local kinds, kind = {}, ffi.new("tn_file_kind")
    kind.size = ffi.sizeof(kind)
    for index = 0, count - 1 do
        errors.check(C.tn_survey_kind(handle, index, kind))
        kinds[index + 1] = {
            format = ffi.string(kind.format),
            channels = kind.channels,
            bits = kind.bits,
            progressive = kind.progressive == C.TN_YES,
            count = tonumber(kind.count),
        }
    end
    return kinds
end

local function faults_of(handle, count)
    local faults, fault = {}, ffi.new("tn_fault")
    fault.size = ffi.sizeof(fault)
    for index = 0, count - 1 do
        errors.check(C.tn_survey_fault(handle, index, fault))
        faults[index + 1] = {
            code = ffi.string(C.tn_status_name(fault.code)),
            stage = ffi.string(fault.stage),
            name = ffi.string(fault.name),
            message = ffi.string(fault.message),
            sample = tonumber(fault.sample) + 1,
        }
    end
    return faults
end

--- Surveys a tn_dataset.
---@param dataset ffi.cdata*
---@param given table?
---@return tench.survey
function surveys.create(dataset, given)
    local values = options.read("survey", FIELDS, given)
    local handle = ffi.gc(errors.made(C.tn_survey_create(dataset, values.threads,
        values.progress and C.TN_YES or C.TN_NO)), C.tn_survey_destroy)
    local facts = ffi.new("tn_survey_facts")
    facts.size = ffi.sizeof(facts)
    errors.check(C.tn_survey_facts_of(handle, facts))
    local survey = {
        kinds = kinds_of(handle, facts.n_kinds),
        faults = faults_of(handle, tonumber(facts.faults)),
    }
    for _, name in ipairs { "samples", "unread", "undecoded", "over_limit", "turned",
        "file_bytes" } do
        survey[name] = tonumber(facts[name])
    end
    for _, name in ipairs { "width", "height", "pixels", "bytes" } do
        survey[name] = spread_of(facts[name])
    end
    C.tn_survey_destroy(ffi.gc(handle, nil))
    return survey
end

return surveys
