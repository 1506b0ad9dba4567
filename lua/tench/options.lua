-- SPDX-License-Identifier: MIT
-- Tables of named options: what a name means, its default, its range, and what to say when it is
-- wrong.
--
-- A field is {name, kind, default = , min = , max = , choices = , pattern = , refuse = , doc = };
-- what the pattern matches is a choice too. Values that come from a command line are texts; every
-- kind reads its own text form. `refuse` says why a value other than the default is not taken, or
-- is options.LATER: an argument that timm has and tench has not is never ignored.

local errors = require "tench.error"
local names = require "tench.names"

local options = { LATER = {} }

local function edits(a, b)
    local row = {}
    for j = 0, #b do
        row[j] = j
    end
    for i = 1, #a do
        local diagonal = row[0]
        row[0] = i
        for j = 1, #b do
            local same = string.byte(a, i) == string.byte(b, j)
            local best = math.min(row[j] + 1, row[j - 1] + 1, diagonal + (same and 0 or 1))
            diagonal, row[j] = row[j], best
        end
    end
    return row[#b]
end

--- Known name that is nearest to `name`; nil if none is near.
---@param name string
---@param known string[]
---@return string?
function options.nearest(name, known)
    if #name > 64 then
        return nil
    end
    local best, best_edits
    for _, candidate in ipairs(known) do
        local count = edits(string.lower(name), candidate)
        if not best or count < best_edits then
            best, best_edits = candidate, count
        end
    end
    if best and best_edits <= math.max(2, math.floor(#best / 3)) then
        return best
    end
    return nil
end

local MAX_SHOWN = 80 -- characters of a text, items of a list

local function cut(text)
    if #text <= MAX_SHOWN then
        return text
    end
    local last = MAX_SHOWN
    while last > MAX_SHOWN - 4 and string.find(text, "^[\128-\191]", last + 1) do
        last = last - 1 -- not inside a character
    end
    return string.sub(text, 1, last) .. "…"
end

local function show_list(list)
    local parts = {}
    for place, item in ipairs(list) do
        if place > MAX_SHOWN then
            parts[place] = "…"
            break
        end
        parts[place] = type(item) == "table" and "{…}" or options.show(item)
    end
    return "{" .. table.concat(parts, ", ") .. "}"
end

--- A value as an error message shows it.
---@param value any
---@return string
function options.show(value)
    if type(value) == "string" then
        return '"' .. names.show(cut(value)) .. '"'
    end
    if type(value) == "table" then
        return show_list(value)
    end
    if type(value) == "number" then
        local whole = value % 1 == 0 and math.abs(value) <= 2 ^ 53
        return string.format(whole and "%.0f" or "%.14g", value)
    end
    return tostring(value)
end

--- Raises that `name` is unknown, with the nearest known name.
---@param where string
---@param name any
---@param known string[]
function options.unknown(where, name, known)
    if type(name) ~= "string" then
        errors.fail("%s: names must be strings, but one is %s", where, options.show(name))
    end
    local near = options.nearest(name, known)
    if near then
        errors.fail('%s: unknown name "%s"; the nearest known name is "%s"', where, name, near)
    end
    errors.fail('%s: unknown name %s; known names are %s', where, options.show(name),
        table.concat(known, ", "))
end

local function wrong(where, field, value, want)
    errors.fail("%s: %s = %s: must be %s", where, field.name, options.show(value), want)
end

local function in_range(where, field, number)
    local low, high = field.min, field.max
    if number ~= number or (low and number < low) or (high and number > high) then
        errors.fail("%s: %s = %s is outside its range %s to %s", where, field.name,
            options.show(number), options.show(low or -math.huge), options.show(high or math.huge))
    end
    return number
end

local function read_list(value)
    if type(value) ~= "string" then
        return value
    end
    local list = {}
    for part in string.gmatch(value, "[^,]+") do
        list[#list + 1] = tonumber(part) or part
    end
    return list
end

local FLAGS = {
    yes = true, ["true"] = true, ["1"] = true, no = false, ["false"] = false, ["0"] = false,
}

-- By kind of field: reader(where, field, value) gives the value, or raises what is wrong with it.
local readers = {}

function readers.number(where, field, value)
    local number = tonumber(value)
    if not number or type(value) == "boolean" then
        wrong(where, field, value, "a number")
    end
    return in_range(where, field, number)
end

function readers.integer(where, field, value)
    local number = tonumber(value)
    if not number or number ~= math.floor(number) or math.abs(number) > 2 ^ 53 then
        wrong(where, field, value, "an integer")
    end
    return in_range(where, field, number)
end

function readers.flag(where, field, value)
    local flag = FLAGS[string.lower(tostring(value))]
    if flag == nil then
        wrong(where, field, value, "yes or no")
    end
    return flag
end

function readers.text(where, field, value)
    if type(value) ~= "string" then
        wrong(where, field, value, "a text")
    elseif string.find(value, "\0", 1, true) then
        wrong(where, field, value, "a text without NUL bytes")
    end
    return value
end

function readers.choice(where, field, value)
    for _, name in ipairs(field.choices) do
        if value == name then
            return value
        end
    end
    if field.pattern and type(value) == "string" and string.find(value, field.pattern) then
        return value
    end
    local near = type(value) == "string" and options.nearest(value, field.choices)
    wrong(where, field, value, "one of " .. table.concat(field.choices, ", ")
        .. (near and '; the nearest is "' .. near .. '"' or ""))
end

-- One number, or a list of them.
function readers.numbers(where, field, value)
    if type(value) == "number" then
        return value
    end
    local list = read_list(value)
    if type(list) ~= "table" or #list == 0 then
        wrong(where, field, value, "a number or a list of numbers")
    end
    for _, item in ipairs(list) do
        if type(item) ~= "number" then
            wrong(where, field, value, "a number or a list of numbers")
        end
        in_range(where, field, item)
    end
    return list
end

-- Whatever the user of the option checks by itself.
function readers.any(_, _, value)
    return value
end

-- Whether a refused field was given its default, perhaps as text, or timm's None.
local function is_default(field, value)
    local default = field.default
    if default == nil then
        return value == false
    elseif type(default) == "boolean" then
        return FLAGS[tostring(value)] == default
    elseif type(default) == "number" then
        return tonumber(value) == default
    end
    return value == default
end

--- Checks the value of a field; nil is its default.
---@param where string what the message begins with
---@param field table
---@param value any
---@return any
function options.value(where, field, value)
    if value == nil then
        return field.default
    end
    if not field.refuse then
        return readers[field.kind](where, field, value)
    end
    if not is_default(field, value) then
        errors.fail("%s: %s = %s is not supported%s", where, field.name, options.show(value),
            field.refuse == options.LATER and " yet" or ": " .. field.refuse)
    end
    return field.default
end

--- One list behind the other.
---@generic T
---@param first T[]
---@param second T[]
---@return T[]
function options.joined(first, second)
    local all = {}
    for _, list in ipairs { first, second } do
        for _, item in ipairs(list) do
            all[#all + 1] = item
        end
    end
    return all
end

--- Names of the fields, in their order.
---@param fields table[]
---@return string[]
function options.names(fields)
    local list = {}
    for place, field in ipairs(fields) do
        list[place] = field.name
    end
    return list
end

--- Checks a table of options and fills in defaults.
---@param where string what the message begins with, as "create_loader"
---@param fields table[] the known options
---@param given table? what the user gave
---@return table values
function options.read(where, fields, given)
    given = given or {}
    if type(given) ~= "table" then
        errors.fail("%s: options must be a table, not %s", where, type(given))
    end
    local values, known = {}, {}
    for _, field in ipairs(fields) do
        known[field.name] = true
        values[field.name] = options.value(where, field, given[field.name])
    end
    for name in pairs(given) do
        if not known[name] then
            options.unknown(where, name, options.names(fields))
        end
    end
    for _, field in ipairs(fields) do
        if field.required and values[field.name] == nil then
            errors.fail("%s: %s is required", where, field.name)
        end
    end
    return values
end

return options
