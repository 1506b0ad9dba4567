-- SPDX-License-Identifier: MIT
-- A hint about files of types that this version cannot decode, printed once with their number.

local lib = require "tench.lib"
local names = require "tench.names"
local report = require "tench.cli.report"
local specs = require "tench.spec"

local hint = {}

-- The names of formats are also extensions of their files.
local DECODED = {}
for _, spec in ipairs(specs.list(lib.C.TN_SPEC_CODEC)) do
    for name in (spec.name .. " " .. spec.aliases):gmatch "%S+" do
        DECODED[name] = true
    end
end
local EXAMPLES = 3

local function type_of(name)
    return (name:match "%.([^./]+)$" or ""):lower()
end

-- True if the file's name says that it is of such a type, and so does the fault.
local function is_of_type(fault)
    return not DECODED[type_of(fault.name)]
        and fault.message:find("not an image that this build can read: a", 1, true) ~= nil
end

-- Counts the samples whose names are of such types, and collects the types.
local function count(dataset, found)
    for sample = 1, dataset.n do
        local kind = type_of(dataset:name(sample))
        if not DECODED[kind] then
            found.n = found.n + 1
            if not found.seen[kind] then
                found.seen[kind], found.types[#found.types + 1] = true, "." .. kind
            end
        end
    end
    found.of = found.of + dataset.n
end

local function is_about_types(part)
    for _, fault in ipairs(part.faults) do
        if is_of_type(fault) then
            return true
        end
    end
    return false
end

--- Says on standard error how to leave such files out, if some of the faults are about them.
---@param parts table[] each has a dataset, and faults with name and message
function hint.tell(parts)
    local told = false
    for _, part in ipairs(parts) do
        told = told or is_about_types(part)
    end
    if not told then
        return
    end
    local found = { n = 0, of = 0, types = {}, seen = {} }
    for _, part in ipairs(parts) do
        count(part.dataset, found)
    end
    table.sort(found.types)
    report.message(io.stderr, ("tench: %d of %d files are of types that this version does not "
        .. "decode (%s): extensions=.jpg,.jpeg,.png leaves them out"):format(found.n, found.of,
        names.show(table.concat(found.types, ", ", 1, math.min(#found.types, EXAMPLES)))))
end

return hint
