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

-- Prefixes of timm; where no kind of source has one, the message says so.
local TIMM = { ["hfds/"] = true, ["hfids/"] = true, ["tfds/"] = true, ["torch/"] = true,
    ["wds/"] = true }

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
        or (prefix ~= nil and (kinds[prefix] ~= nil or TIMM[prefix] ~= nil))
        or names.nearest(name, known) ~= nil
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
    elseif prefix and TIMM[prefix] and not names.nearest(lower, known) then
        errors.fail('create_dataset: name = "%s" is not supported: no kind of source reads %s data '
            .. "sets; the names are %s", name, prefix, table.concat(known, ", "))
    end
    options.unknown("create_dataset: name", name, known)
end

return sources
