-- SPDX-License-Identifier: MIT
-- Reads the library's registry into plain tables: ops, options, orders, devices, and parameters.

local lib = require "tench.lib"
local records = require "tench.record"
local C, ffi = lib.C, lib.ffi

local specs = {}

---@class tench.param_info a parameter of an op, or an option
---@field name string its name
---@field doc string what it means
---@field kind string form of its values, for example "number", "size", "choice"
---@field type string type of its values in Lua where the kind does not tell it, else ""
---@field initial string the default, as text; "" if there is none
---@field required boolean it must be given
---@field choices string names separated by spaces; "" if any value may be given
---@field min number bounds of each number; both 0: none
---@field max number bounds of each number; 2^53: no upper bound
---@field takes_zero boolean 0 means the default, even outside the bounds
---@field field string name of an option in its C struct; "" if it has none there
---@field refused string? why only the default is taken; "" if tench lacks the option so far
---@field instead string? what to use in place of this name, which is not an option
local new_param = records.kind{ noun = "parameter",
    fields = { "name", "kind", "initial", "required", "choices", "min", "max", "type", "field",
        "refused", "instead", "takes_zero", "doc" } }

---@class tench.op_info an entry of the registry: an op, a table of options, an order, a device,
--- a format, a kind of source
---@field name string its name
---@field aliases string further names, separated by spaces
---@field doc string what it does
---@field source string what defines it; "" if tench does
---@field stage string of an op, for example "geometry"; else ""
---@field package string Debian's package that it needs; "": none but tench's own
---@field speed string what the benchmark says of its speed; "": nothing
---@field params tench.param_info[] in the order of the registry
local new_spec = records.kind{ noun = "entry",
    fields = { "name", "aliases", "stage", "source", "package", "speed", "doc", "params" } }

local function text_or_nil(text)
    if text == nil then
        return nil
    end
    return ffi.string(text)
end

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
        type = ffi.string(param.type),
        field = ffi.string(param.field),
        refused = text_or_nil(param.refused),
        instead = text_or_nil(param.instead),
        takes_zero = param.takes_zero == C.TN_YES,
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
        package = ffi.string(spec.package),
        speed = ffi.string(spec.speed),
        stage = ffi.string(spec.stage),
        params = records.list(params),
    }
end

--- Returns all entries of a kind, in the registry's order.
---@param kind integer TN_SPEC_OP …
---@return tench.op_info[]
function specs.list(kind)
    local list = {}
    local spec = C.tn_spec_at(kind, 0)
    while spec ~= nil do
        list[#list + 1] = read_spec(spec)
        spec = C.tn_spec_at(kind, #list)
    end
    return list
end

--- Finds an entry by its name or an alias.
---@param kind integer TN_SPEC_OP …
---@param name string
---@return tench.op_info? spec nil if there is none
function specs.find(kind, name)
    local spec = C.tn_spec_find(kind, name)
    return spec ~= nil and read_spec(spec) or nil
end

local function words_of(text)
    local words = {}
    for word in string.gmatch(text, "%S+") do
        words[#words + 1] = word
    end
    return words
end

local FLAGS = { yes = true, no = false }
local NO_BOUND = 2 ^ 53 -- a maximum of this size stands for none

-- Returns a default as a value of Lua.
local function default_of(param)
    if param.initial == "" then
        return nil
    elseif param.kind == "flag" then
        return FLAGS[param.initial]
    elseif param.kind == "number" or param.kind == "integer" or param.kind == "any" then
        return tonumber(param.initial)
    end
    return param.initial
end

local function field_of(param)
    local is_bounded = param.min ~= 0 or param.max ~= 0
    return {
        name = param.name,
        doc = param.doc,
        kind = param.kind,
        default = default_of(param),
        required = param.required,
        choices = param.choices ~= "" and words_of(param.choices) or nil,
        min = is_bounded and param.min or nil,
        max = is_bounded and param.max < NO_BOUND and param.max or nil,
        zero = param.takes_zero,
        refuse = param.refused,
        instead = param.instead,
        field = param.field ~= "" and param.field or nil,
    }
end

--- Returns a table of options as fields for options.lua.
---@param name string of the entry, for example "loader"
---@return table[] fields
function specs.fields(name)
    local fields = {}
    for place, param in ipairs(specs.find(C.TN_SPEC_OPTIONS, name).params) do
        fields[place] = field_of(param)
    end
    return fields
end

return specs
