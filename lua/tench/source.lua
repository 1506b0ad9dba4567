-- SPDX-License-Identifier: MIT
-- Kinds of sources by the names that create_dataset takes: timm's, for example wds/shards or
-- torch/cifar10, and tench's own.

local lib = require "tench.lib"
local errors = require "tench.error"
local names = require "tench.names"
local options = require "tench.options"
local specs = require "tench.spec"
local C = lib.C

local sources = {}

-- What to do with names of timm that no kind of source has, by their prefix.
local INSTEAD = {
    ["hfids/"] = "download the Parquet files of the data set, and open their folder as hfds/",
    ["tfds/"] = "open the folder with its TFRecord files by its path",
    ["torch/"] = "if its files lie in a folder for each class, open their folder by its path",
}
-- Data sets of torchvision that timm knows. Some of the names are near to those of other data sets.
local TORCH = { imagenet = true, inat = true, kmnist = true, places365 = true, qmnist = true }

-- All names, in the order of the registry, and the kinds that they stand for. A name with "/" at
-- its end is a prefix.
local known, kinds = {}, {}
for _, spec in ipairs(specs.list(C.TN_SPEC_SOURCE)) do
    for name in string.gmatch(spec.name .. " " .. spec.aliases, "%S+") do
        known[#known + 1], kinds[name] = name, spec.name
    end
end

local function prefix_of(name)
    return string.match(name, "^%w+/")
end

--- True if a name stands for a kind of source, or nearly does.
---@param name string
---@return boolean
function sources.looks_like_name(name)
    local prefix = prefix_of(string.lower(name))
    return name == "" or kinds[string.lower(name)] ~= nil
        or (prefix ~= nil and (kinds[prefix] ~= nil or INSTEAD[prefix] ~= nil))
        or names.nearest(name, known) ~= nil
end

local function names_with(prefix)
    local found = {}
    for _, name in ipairs(known) do
        if string.sub(name, 1, #prefix) == prefix then
            found[#found + 1] = name
        end
    end
    return found
end

local function refuse(name, prefix)
    local readable = table.concat(names_with(prefix), ", ")
    errors.fail('create_dataset: name = "%s": tench does not read this data set%s: %s', name,
        readable ~= "" and ("; of %s it reads %s"):format(prefix, readable) or "", INSTEAD[prefix])
end

--- Returns the kind that a name of create_dataset stands for. nil: what lies at the root decides,
--- as it does for the names of a class folder, because that folder may have been packed.
---@param name string
---@return string?
function sources.kind_of(name)
    local lower = string.lower(name)
    local prefix = prefix_of(lower)
    local kind = kinds[lower] or (prefix and kinds[prefix])
    if name == "" or kind == "folder" then
        return nil
    elseif kind then
        return kind
    elseif INSTEAD[prefix] and (TORCH[string.sub(lower, #prefix + 1)]
            or not names.nearest(lower, known)) then
        refuse(name, prefix)
    end
    options.unknown("create_dataset: name", name, known)
end

-- Names of the kinds that have a parameter of that name.
local function kinds_with(parameter)
    local found = {}
    for _, spec in ipairs(specs.list(C.TN_SPEC_SOURCE)) do
        for _, param in ipairs(spec.params) do
            if param.name == parameter then
                found[#found + 1] = spec.name
            end
        end
    end
    return found
end

--- Raises an error if an unknown option is a parameter of a kind of source: that stands in the text
--- of the source.
---@param where string first words of messages
---@param name any
---@param source string? the text of the source
function sources.refuse_parameter(where, name, source)
    local found = type(name) == "string" and kinds_with(name) or {}
    if #found > 0 then
        local text = source or (#found > 1 and "KIND" or found[1])
        errors.fail('%s: %s is a parameter of the source%s %s: say source="%s %s=…"', where, name,
            #found > 1 and "s" or "", table.concat(found, ", "), text, name)
    end
end

return sources
