-- SPDX-License-Identifier: MIT
-- The library's registry as plain tables: ops, options, orders, devices, and their parameters.

local lib = require "tench.lib"
local records = require "tench.record"
local C, ffi = lib.C, lib.ffi

local specs = {}

local new_param = records.kind{ noun = "parameter",
    fields = { "name", "kind", "initial", "required", "choices", "min", "max", "doc" } }
local new_spec = records.kind{ noun = "entry",
    fields = { "name", "aliases", "stage", "source", "doc", "params" } }

local function read_param(param)
    return new_param{
        name = ffi.string(param.name),
        doc = ffi.string(param.doc),
        kind = ffi.string(param.kind),
        initial = ffi.string(param.initial),
        required = param.required == C.TN_YES,
        choices = ffi.string(param.choices),
        min = param.min,
        max = param.max,
    }
end

local function read_spec(spec)
    local params = {}
    for place = 1, spec.n_params do
        params[place] = read_param(spec.params[place - 1])
    end
    return new_spec{
        name = ffi.string(spec.name),
        aliases = ffi.string(spec.aliases),
        doc = ffi.string(spec.doc),
        source = ffi.string(spec.source),
        stage = ffi.string(spec.stage),
        params = records.list(params),
    }
end

--- All entries of a kind, in the registry's order.
---@param kind integer TN_SPEC_OP …
---@return table[]
function specs.list(kind)
    local list = {}
    local spec = C.tn_spec_at(kind, 0)
    while spec ~= nil do
        list[#list + 1] = read_spec(spec)
        spec = C.tn_spec_at(kind, #list)
    end
    return list
end

return specs
