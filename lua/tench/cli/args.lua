-- SPDX-License-Identifier: MIT
-- Command lines: options, key=value settings, and operands, which are all other words.

local exit = require "tench.cli.exit"
local names = require "tench.names"
local native = require "tench.cli.native"
local options = require "tench.options"

local C = native.C

local NOTHING, FOLDER = 0, 1 -- of tncli_path_kind

local args = {}

---@class tench.cli.verb
---@field usage string
---@field least integer operands that are required
---@field most integer operands that are allowed
---@field settings boolean true if it takes key=value
---@field takes_pack boolean? true if its first operand is a pack
---@field options table<string, string|boolean> by name: the name of its value, false for a flag
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
    local near = names.nearest(name, names_of(verb))
    exit.usage(verb, "unknown option %s%s", names.show(name), near and "; the nearest known is "
        .. near or verb.settings and "; a setting is key=value, without dashes" or "")
end

-- Checks the value of an option by its field, if it has one.
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
    local word = words[place]
    if not word:match("^[%a_][%w_.]*=") or not verb.settings then
        out.operands[#out.operands + 1] = word
        return
    end
    out.settings[#out.settings + 1] = word
    if C.tncli_path_kind(word) ~= NOTHING then
        out.doubtful = word
    end
end

-- Names of the operands, in the order of the usage. They are its words in capitals that are no
-- value of an option.
local function operands_of(verb)
    local found, before = {}, ""
    for word in verb.usage:gmatch "%S+" do
        local name = word:match "^%[?(%u+)%]?$"
        if name and not before:find("--", 1, true) or name and verb.options[before] == false then
            found[#found + 1] = name
        end
        before = word:gsub("[%[%]]", "")
    end
    return found
end

local function is_pack(path)
    return C.tncli_path_kind(path .. "/tench.pack") ~= NOTHING
end

-- Says why the user may have swapped two operands; nil if nothing speaks for it.
local function why_swapped(verb, first, second)
    if verb.takes_pack and is_pack(second) and not is_pack(first) then
        return names.show(second) .. " is a pack"
    elseif C.tncli_path_kind(first) == NOTHING and C.tncli_path_kind(second) == FOLDER then
        return ("%s is a folder, and %s does not exist"):format(names.show(second),
            names.show(first))
    end
    return nil
end

--- What to add to a message if a word was taken for a setting but is also the name of a file, or if
--- the user may have swapped two operands.
---@param verb tench.cli.verb
---@param taken table what args.read returned
---@return string
function args.doubt(verb, taken)
    local word, first, second = taken.doubtful, taken.operands[1], taken.operands[2]
    if word then
        return ("\n%s was taken for a setting; type %s for the file or folder of that name")
            :format(names.show(word), names.word("./" .. word))
    end
    local why = verb.least == 2 and second and why_swapped(verb, first, second)
    return why and ("\n%s: %s comes first:\n  tench %s %s %s"):format(why, operands_of(verb)[1],
        verb.usage:match "^(.-) %u", names.word(second), names.word(first)) or ""
end

--- Reads a verb's words. "--" ends the options and settings.
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
    return out
end

--- Raises an error if operands are missing or if there are too many.
---@param verb tench.cli.verb
---@param taken table what args.read returned
function args.check(verb, taken)
    local known, count = operands_of(verb), #taken.operands
    if count < verb.least then
        exit.usage(verb, "%s %s missing", table.concat(known, " and ", count + 1, verb.least),
            verb.least - count > 1 and "are" or "is")
    elseif count > verb.most then
        local extra = names.show(taken.operands[verb.most + 1])
        if verb.most == 0 then
            exit.usage(verb, "there is one word too many: %s", extra)
        end
        exit.usage(verb, "there is one word too many: %s; %s %s given already%s", extra,
            table.concat(known, " and ", 1, verb.most), verb.most > 1 and "are" or "is",
            verb.settings and ", and a setting is key=value, without spaces" or "")
    end
end

return args
