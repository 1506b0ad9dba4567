-- SPDX-License-Identifier: MIT
-- Writes the registry as text: tables in Markdown, annotations for editors, phrases of tench help.

local lib = require "tench.lib"
local specs = require "tench.spec"
local C = lib.C

local reference = {}

local ENDLESS = 1e15

-- Writes the bounds or choices of a parameter as a person would say them.
local function range_text(param)
    if param.choices ~= "" then
        return (param.choices:gsub(" ", ", "))
    end
    local low, high = param.min, param.max
    if low == 0 and high == 0 then
        return ""
    elseif high >= ENDLESS then
        return ("from %.15g"):format(low)
    elseif low <= -ENDLESS then
        return ("up to %.15g"):format(high)
    end
    return ("%.15g to %.15g"):format(low, high)
end

local function initial_text(param)
    if param.required then
        return "required"
    end
    return param.initial ~= "" and "default " .. param.initial or "optional"
end

--- Says which values a parameter takes: its kind, its range, its default.
---@param param tench.param_info
---@return string
function reference.values_text(param)
    local range = range_text(param)
    local kind = param.type ~= "" and param.type or param.kind
    if kind == "choice" or kind == "name" then
        kind = "one of " .. range
    elseif range ~= "" then
        kind = kind .. (param.choices ~= "" and ", or " or ", ") .. range
    end
    return kind .. "; " .. initial_text(param)
end

--- Says why an option is not taken; nil if it is.
---@param param tench.param_info
---@return string?
function reference.refusal_text(param)
    if param.instead then
        return param.instead
    elseif param.refused then
        return param.refused ~= "" and param.refused or "not supported yet"
    end
    return nil
end

local function cell(text)
    return (text:gsub("|", "\\|"))
end

-- Names the parameters, each with its default.
local function params_text(spec)
    local params = {}
    for place, param in ipairs(spec.params) do
        params[place] = ("`%s` (%s)"):format(param.name,
            (initial_text(param):gsub("^default ", ""):gsub("^optional$", "unset")))
    end
    return table.concat(params, ", ")
end

local function write_ops(out)
    out:write("| op | does | parameters (default) | stage | defined by |\n",
        "| --- | --- | --- | --- | --- |\n")
    for _, spec in ipairs(specs.list(C.TN_SPEC_OP)) do
        out:write(("| `%s` | %s | %s | %s | %s |\n"):format(spec.name, cell(spec.doc),
            cell(params_text(spec)), spec.stage, cell(spec.source)))
    end
end

local function write_names(out, kind, noun)
    out:write(("| %s | is |\n| --- | --- |\n"):format(noun))
    for _, spec in ipairs(specs.list(kind)) do
        out:write(("| `%s` | %s |\n"):format(spec.name, cell(spec.doc)))
    end
end

local function write_formats(out)
    out:write("| format | is | pixels as in | speed | needs |\n| --- | --- | --- | --- | --- |\n")
    for _, spec in ipairs(specs.list(C.TN_SPEC_CODEC)) do
        out:write(("| `%s` | %s | %s | %s | %s |\n"):format(spec.name, cell(spec.doc),
            cell(spec.source), cell(spec.speed),
            spec.package ~= "" and "`" .. spec.package .. "`" or ""))
    end
end

-- Writes the kinds of sources, with the names that create_dataset takes for them.
local function write_sources(out)
    out:write("| source | names | is | parameters (default) | defined by | speed |\n",
        "| --- | --- | --- | --- | --- | --- |\n")
    for _, spec in ipairs(specs.list(C.TN_SPEC_SOURCE)) do
        local names = spec.aliases:gsub("%S+", "`%0`"):gsub(" ", ", ")
        out:write(("| `%s` | %s | %s | %s | %s | %s |\n"):format(spec.name, names, cell(spec.doc),
            cell(params_text(spec)), cell(spec.source), cell(spec.speed)))
    end
end

local function write_options(out, spec)
    out:write("| option | values | default | meaning |\n| --- | --- | --- | --- |\n")
    for _, param in ipairs(spec.params) do
        if not reference.refusal_text(param) then
            local range = range_text(param)
            local kind = param.type ~= "" and "`" .. param.type .. "`" or param.kind
            local values = param.choices ~= "" and "`" .. param.choices:gsub(" ", "`, `") .. "`"
                or kind .. (range ~= "" and ", " .. range or "")
            local initial = param.required and "required"
                or param.initial ~= "" and "`" .. param.initial .. "`" or ""
            out:write(("| `%s` | %s | %s | %s |\n"):format(param.name, cell(values), initial,
                cell(param.doc)))
        end
    end
end

--- Writes a table in Markdown.
---@param out file*
---@param name string "ops", "orders", "devices", "formats", "sources", or the name of a table of
--- options
---@return boolean found
function reference.write_table(out, name)
    local options = specs.find(C.TN_SPEC_OPTIONS, name)
    if name == "ops" then
        write_ops(out)
    elseif name == "orders" then
        write_names(out, C.TN_SPEC_ORDER, "order")
    elseif name == "devices" then
        write_names(out, C.TN_SPEC_DEVICE, "device")
    elseif name == "formats" then
        write_formats(out)
    elseif name == "sources" then
        write_sources(out)
    elseif options then
        write_options(out, options)
    else
        return false
    end
    return true
end

-- Types of Lua's values by the kind of a parameter.
local TYPES = {
    number = "number", integer = "integer", flag = "boolean", text = "string", any = "any",
    size = "integer|integer[]", range = "number|number[]", numbers = "number|number[]",
    ["function"] = "function",
}

local function type_of(param)
    if param.type ~= "" then
        return param.type
    elseif param.kind == "choice" then
        return '"' .. param.choices:gsub(" ", '"|"') .. '"'
    elseif param.kind == "name" then
        return "string"
    elseif param.kind == "numbers" and param.choices ~= "" then
        return "number|number[]|string"
    end
    return TYPES[param.kind]
end

-- Marks a type as optional.
local function optional(kind)
    return kind:find "^fun%(" and "(" .. kind .. ")?" or kind:find("|", 1, true) and kind .. "|nil"
        or kind .. "?"
end

local function write_field(out, param)
    local notes, range = { param.doc }, range_text(param)
    if range ~= "" and param.kind ~= "choice" then
        notes[#notes + 1] = range
    end
    if param.initial ~= "" then
        notes[#notes + 1] = "default " .. param.initial
    end
    local kind = type_of(param)
    out:write(("---@field %s %s %s\n"):format(param.name, param.required and kind or optional(kind),
        table.concat(notes, "; ")))
end

--- Writes a class of LuaLS for each table of options. Names that are refused are left out.
---@param out file*
function reference.write_annotations(out)
    out:write("---@meta\n-- SPDX-License-Identifier: MIT\n-- luacheck: no max line length\n",
        "-- Types of options, for editors. Written by: tench help --annotations\n")
    for _, spec in ipairs(specs.list(C.TN_SPEC_OPTIONS)) do
        out:write(("\n---@class tench.%s_options %s\n"):format(spec.name,
            (spec.doc:gsub("%.$", ""))))
        for _, param in ipairs(spec.params) do
            if not reference.refusal_text(param) then
                write_field(out, param)
            end
        end
    end
end

return reference
