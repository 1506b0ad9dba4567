-- SPDX-License-Identifier: MIT
-- Surveys: the facts in the headers of all files of a data set.

local lib = require "tench.lib"
local errors = require "tench.error"
local faults = require "tench.fault"
local records = require "tench.record"
local specs = require "tench.spec"
local struct = require "tench.struct"
local task = require "tench.task"
local C, ffi = lib.C, lib.ffi

---@class tench.survey
---@field samples integer number of samples in the data set
---@field done integer samples whose header was read
---@field stopped boolean whether `tick` stopped it
---@field unread integer files that cannot be read
---@field undecoded integer files that are not images, or images that tench cannot decode
---@field over_limit integer images over the data set's limits
---@field turned integer images whose EXIF orientation is not 1
---@field file_bytes integer sum over the files whose header could be read
---@field width tench.spread of the images
---@field height tench.spread of the images
---@field pixels tench.spread width × height
---@field bytes tench.spread of the files
---@field kinds tench.kind[] the most frequent first
---@field faults tench.fault[] in the order of the samples
local new_survey = records.kind{ noun = "survey", fields = { "samples", "done", "stopped", "unread",
    "undecoded", "over_limit", "turned", "file_bytes", "width", "height", "pixels", "bytes",
    "kinds", "faults" } }
local surveys = {}

---@class tench.spread over the samples whose header could be read; all 0 if there are none
---@field min number smallest value
---@field median number median value
---@field max number largest value
local SPREAD = { "min", "median", "max" }
local new_spread = records.kind{ noun = "spread", fields = SPREAD }

---@class tench.kind files of one format, with the same channels, bits and coding
---@field format string for example "jpeg"
---@field channels integer in the file: 1 to 4; a file with 4 may have inks
---@field bits integer per channel
---@field palette boolean whether the pixels are numbers of a palette
---@field progressive boolean whether the image comes in several passes: progressive, interlaced
---@field count integer how many files of this kind there are
local new_kind = records.kind{ noun = "kind",
    fields = { "format", "channels", "bits", "palette", "progressive", "count" } }

local FIELDS = specs.fields("survey")

local COUNTS = { "samples", "done", "unread", "undecoded", "over_limit", "turned", "file_bytes" }

local function kinds_of(handle, count)
    local kinds, kind = {}, struct.new("tn_file_kind")
    for index = 0, count - 1 do
        errors.check(C.tn_survey_kind(handle, index, kind))
        kinds[index + 1] = new_kind{
            format = ffi.string(kind.format),
            channels = kind.channels,
            bits = kind.bits,
            palette = kind.palette == C.TN_YES,
            progressive = kind.progressive == C.TN_YES,
            count = tonumber(kind.count),
        }
    end
    return records.list(kinds)
end

local function finish(out, handle, facts)
    out.kinds = kinds_of(handle, facts.n_kinds)
    out.faults = faults.list(handle, C.tn_task_fault, facts.faults)
    for _, name in ipairs { "width", "height", "pixels", "bytes" } do
        out[name] = new_spread(struct.numbers(facts[name], SPREAD))
    end
end

--- Surveys a tn_dataset.
---@param dataset ffi.cdata*
---@param given tench.survey_options?
---@return tench.survey
surveys.create = task.runner{
    noun = "survey", fields = FIELDS, start = C.tn_survey_start,
    options = "tn_survey_options", facts = "tn_survey_facts",
    read = C.tn_survey_facts_of, counts = COUNTS, finish = finish, record = new_survey,
}

return surveys
