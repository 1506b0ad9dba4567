-- SPDX-License-Identifier: MIT
-- Command lines: options, key=value settings, and what is left, the operands.

local exit = require "tench.cli.exit"
local names = require "tench.names"
local options = require "tench.options"

local args = {}

---@class tench.cli.verb
---@field usage string
---@field least integer operands that are required
---@field most integer operands that are allowed
---@field settings boolean key=value is taken
---@field options table<string, string|boolean> by name: what its value is called, false for a flag
---@field fields table[]? of options.lua, for the values of options: --shard-bytes is shard_bytes

local function names_of(verb)
    local list = {}
    for name in pairs(verb.options) do
        list[#list + 1] = name
    end
    table.sort(list)
    return list
end

local function unknown_option(verb, name)
    local near = options.nearest(name, names_of(verb))
    exit.usage(verb, "unknown option %s%s", names.show(name),
        near and "; the nearest known is " .. near or "")
end

-- The value of an option that has a field.
local function checked(verb, name, text)
    local field_name = name:gsub("^%-%-", ""):gsub("%-", "_")
    for _, field in ipairs(verb.fields or {}) do
        if field.name == field_name then
            local where = verb.usage:match "^%a+"
            return exit.on_error(exit.USAGE, options.value, where, field, text)
        end
    end
    return text
end

-- Reads the option at `place`; returns how many words it took.
local function read_option(verb, words, place, out)
    local word = words[place]
    local name, value = word:match("^(%-%-[^=]+)=(.*)$")
    name = name or word
    local kind = verb.options[name]
    if kind == nil then
        unknown_option(verb, name)
    elseif kind == false then
        if value then
            exit.usage(verb, "%s takes no value", name)
        end
        out.options[name] = true
        return 1
    end
    local text = value or words[place + 1] or ""
    if text == "" then
        exit.usage(verb, "%s needs a %s", name, kind)
    end
    out.options[name] = checked(verb, name, text)
    return value and 1 or 2
end

local function read_word(verb, words, place, out)
    local is_setting = words[place]:match("^[%a_][%w_.]*=")
    if is_setting and verb.settings then
        out.settings[#out.settings + 1] = words[place]
    else
        out.operands[#out.operands + 1] = words[place]
    end
end

--- Takes a verb's words apart. "--" ends the options and settings.
---@param verb tench.cli.verb
---@param words string[]
---@return table taken {options = {}, settings = {"key=value", …}, operands = {}}
function args.read(verb, words)
    local out = { options = {}, settings = {}, operands = {} }
    local place, plain = 1, false
    while words[place] do
        local word = words[place]
        local took = 1
        if plain then
            out.operands[#out.operands + 1] = word
        elseif word == "--" then
            plain = true
        elseif word:match("^%-.") then
            took = read_option(verb, words, place, out)
        else
            read_word(verb, words, place, out)
        end
        place = place + took
    end
    if #out.operands < verb.least or #out.operands > verb.most then
        exit.usage(verb, "%d operand%s where there must be %s", #out.operands,
            #out.operands == 1 and "" or "s",
            verb.least == verb.most and verb.least or verb.least .. " to " .. verb.most)
    end
    return out
end

return args
