-- SPDX-License-Identifier: MIT
-- Reads options: checks their names and values, and fills in defaults.
--
-- A field describes one option: {name, kind, doc, default, required, min, max, zero, choices, sets,
-- refuse, instead, field}. The fields come from the library's registry (spec.lua). `zero` lets 0
-- stand for the default. `sets` has lists of numbers by their names. `refuse` says why only the
-- default is taken; "" means that tench lacks the option so far. So tench never ignores an argument
-- that only timm has. `instead` says what to use in place of a name that is not an option. The
-- command line gives values as texts, and each kind reads its own text form.

local lib = require "tench.lib"
local errors = require "tench.error"
local names = require "tench.names"
local struct = require "tench.struct"
local ffi = lib.ffi

local options = {}

local INT64, UINT64 = ffi.typeof "int64_t", ffi.typeof "uint64_t"

local function is_integer(value)
    return ffi.istype(INT64, value) or ffi.istype(UINT64, value)
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

--- Formats a list for an error message.
---@param list any[]
---@return string
function options.show_list(list)
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

-- Records have their own form.
local function show_table(value)
    local meta = getmetatable(value)
    if type(meta) == "table" and meta.__tostring then
        return tostring(value)
    end
    return options.show_list(value)
end

--- Formats a value for an error message.
---@param value any
---@return string
function options.show(value)
    if type(value) == "string" then
        return '"' .. names.show(cut(value)) .. '"'
    end
    if type(value) == "table" then
        return show_table(value)
    end
    if type(value) == "number" then
        local whole = value % 1 == 0 and math.abs(value) <= 2 ^ 53
        return string.format(whole and "%.0f" or "%.14g", value)
    end
    if is_integer(value) then
        return (string.gsub(tostring(value), "U?LL$", ""))
    end
    return tostring(value)
end

--- Raises an error that names the unknown option and the nearest known one.
---@param where string
---@param name any
---@param known string[]
function options.unknown(where, name, known)
    if type(name) ~= "string" then
        errors.fail("%s: names must be strings, but one is %s", where, options.show(name))
    end
    local near = names.nearest(name, known)
    if near then
        errors.fail('%s: unknown name "%s"; the nearest known name is "%s"', where, name, near)
    end
    errors.fail('%s: unknown name %s; known names are %s', where, options.show(name),
        table.concat(known, ", "))
end

local function wrong(where, field, value, want)
    errors.fail("%s: %s = %s: must be %s", where, field.name, options.show(value), want)
end

local function range_text(low, high)
    if not high then
        return string.format("must be %s or more", options.show(low))
    elseif not low then
        return string.format("must be %s or less", options.show(high))
    end
    return string.format("is outside its range %s to %s", options.show(low), options.show(high))
end

-- The message shows the value as it was given.
local function in_range(where, field, number, given)
    local low, high = field.min, field.max
    if field.zero and number == 0 then
        return number
    end
    if number ~= number or (low and number < low) or (high and number > high) then
        errors.fail("%s: %s = %s %s", where, field.name,
            type(given) == "string" and names.show(given) or options.show(number),
            range_text(low, high))
    end
    return number
end

local function names_of(sets)
    local list = {}
    for name in pairs(sets) do
        list[#list + 1] = name
    end
    table.sort(list)
    return list
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

-- Readers by the kind of a field. reader(where, field, value) returns the value or raises an error.
local readers = {}

function readers.number(where, field, value)
    local number = tonumber(value)
    if not number or type(value) == "boolean" then
        wrong(where, field, value, "a number")
    end
    return in_range(where, field, number, value)
end

-- Reads decimal digits as an int64_t; nil if they are not such a number. The sum stays negative,
-- because -2^63 has no positive counterpart.
local function int64_of(text)
    local sign, digits = string.match(text, "^%s*([+-]?)(%d+)%s*$")
    if not digits then
        return nil
    end
    local sum, least = INT64(0), -2LL ^ 63
    for place = 1, #digits do
        local digit = string.byte(digits, place) - 48
        if sum < (least + digit) / 10 then
            return nil
        end
        sum = sum * 10 - digit
    end
    if sign == "-" then
        return sum
    end
    return sum ~= least and -sum or nil
end

-- Says which integers a field takes, to a user who gave something else.
local function integers_text(field, value)
    if field.min and field.max then
        return ("an integer from %s to %s"):format(options.show(field.min), options.show(field.max))
    elseif field.min then
        return ("an integer, %s or more"):format(options.show(field.min))
    elseif type(value) == "number" then
        return "an integer; a number beyond 2^53 is not exact, so write a larger one with LL at "
            .. "its end"
    end
    return "an integer from -2^63 to 2^63 - 1"
end

-- Reads a 64-bit integer exactly: a number up to 2^53, an int64_t, or decimal digits.
function readers.integer(where, field, value)
    local integer = value
    if type(value) == "string" then
        integer = int64_of(value) or tonumber(value)
    elseif ffi.istype(UINT64, value) and value < 2ULL ^ 63 then
        integer = INT64(value)
    end
    local is_whole = type(integer) == "number" and integer % 1 == 0
    if is_whole and in_range(where, field, integer, value) and math.abs(integer) <= 2 ^ 53 then
        return integer
    elseif not ffi.istype(INT64, integer) then
        wrong(where, field, value, integers_text(field, value))
    end
    return in_range(where, field, struct.exact(integer), value)
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

local function not_a_choice(where, field, value)
    local near = type(value) == "string" and names.nearest(value, field.choices)
    wrong(where, field, value, "one of " .. table.concat(field.choices, ", ")
        .. (near and '; the nearest is "' .. near .. '"' or ""))
end

local function has(list, name)
    for _, item in ipairs(list) do
        if item == name then
            return true
        end
    end
    return false
end

function readers.choice(where, field, value)
    local text = type(value) == "number" and options.show(value) or value
    return has(field.choices, text) and text or not_a_choice(where, field, value)
end

-- Reads the name of an entry of the registry. A number may follow: "cuda:1".
function readers.name(where, field, value)
    local name = type(value) == "string" and string.match(value, "^([^:]+):%d+$") or value
    return has(field.choices, name) and value or not_a_choice(where, field, value)
end

local function not_numbers(where, field, value)
    local near = field.sets and type(value) == "string"
        and names.nearest(value, names_of(field.sets))
    wrong(where, field, value, "a number or a list of numbers"
        .. (field.sets and ", or one of " .. table.concat(names_of(field.sets), ", ") or "")
        .. (near and '; the nearest is "' .. near .. '"' or ""))
end

-- Reads one number, a list of numbers, or the name of one of the field's sets.
function readers.numbers(where, field, value)
    if field.sets and field.sets[value] then
        return field.sets[value]
    end
    local list = read_list(value)
    if type(list) == "number" then
        return in_range(where, field, list, value)
    elseif type(list) ~= "table" or #list == 0 then
        not_numbers(where, field, value)
    end
    for _, item in ipairs(list) do
        if type(item) ~= "number" then
            not_numbers(where, field, value)
        end
        in_range(where, field, item, item)
    end
    return list
end

readers["function"] = function(where, field, value)
    local meta = getmetatable(value)
    if type(value) ~= "function" and not (type(meta) == "table" and meta.__call) then
        wrong(where, field, value, "a function")
    end
    return value
end

-- The code that uses the option checks it.
function readers.any(_, _, value)
    return value
end

-- Returns true if a refused field got its default, also as text, or timm's None.
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

--- Checks the value of a field. nil stands for the default.
---@param where string first words of messages
---@param field table
---@param value any
---@return any
function options.value(where, field, value)
    if value == nil then
        return field.default
    end
    if field.instead then
        errors.fail("%s: %s is not an option here: %s", where, field.name, field.instead)
    elseif not field.refuse then
        return readers[field.kind](where, field, value)
    end
    if not is_default(field, value) then
        errors.fail("%s: %s = %s is not supported%s", where, field.name, options.show(value),
            field.refuse == "" and " yet" or ": " .. field.refuse)
    end
    return field.default
end

--- Checks one text that goes to the library.
---@param where string first words of messages
---@param name string of the argument
---@param value any
---@return string
function options.text(where, name, value)
    return readers.text(where, { name = name }, value)
end

--- Joins two lists.
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

--- Returns the names of the fields, in their order.
---@param fields table[]
---@return string[]
function options.names(fields)
    local list = {}
    for place, field in ipairs(fields) do
        list[place] = field.name
    end
    return list
end

--- Copies fields, with changes by name.
---@param fields table[]
---@param changes table<string, table> new values of a field
---@return table[]
function options.changed(fields, changes)
    local list = {}
    for place, field in ipairs(fields) do
        list[place] = {}
        for _, from in ipairs { field, changes[field.name] or {} } do
            for key, value in pairs(from) do
                list[place][key] = value
            end
        end
    end
    return list
end

--- Checks a table of options and fills in defaults.
---@param where string first word of messages, for example "create_loader"
---@param fields table[] the known options
---@param given table? what the user gave
---@return table values
function options.read(where, fields, given)
    given = given or {}
    if type(given) ~= "table" then
        errors.fail("%s: options must be a table { name = value }, not %s", where,
            options.show(given))
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
            errors.fail("%s: %s is required%s", where, field.name,
                field.doc and ": " .. field.doc or "")
        end
    end
    return values
end

return options
