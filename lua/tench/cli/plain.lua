-- SPDX-License-Identifier: MIT
-- Writes plain data as text, and reads it back. A recipe's process sends its result in this form.
--
-- A value is its size in bytes, a colon, its bytes, and a letter for its kind:
--
--   5:train,   a text, any bytes
--   3:0.5#     a number, with 14, 16 or 17 digits: the fewest that read back as the same number
--   2:-7i      a 64-bit integer (LuaJIT's -7LL); 1:7u an unsigned one (7ULL)
--   1:y?       yes; 1:n? no
--   SIZE:…]    a list: its values, one after the other; also an empty table
--   SIZE:…}    a table: keys, which are texts in rising order, each followed by its value
--
-- A recipe is a table with `dataset`, `loader`, `epochs` and `ops`. `ops` lists the canonical text
-- of each op. Texts are not escaped.
--
-- Each value has exactly one form, and the reader accepts no other: a recipe that has taken over
-- its process may send anything.

local errors = require "tench.error"
local ffi = require "ffi"

local plain = { MAX_DEPTH = 8 }

local Int64, Uint64 = ffi.typeof "int64_t", ffi.typeof "uint64_t"

local function number_text(number)
    if number ~= number then
        return "nan" -- printf may give it a sign
    end
    for _, format in ipairs { "%.14g", "%.16g" } do
        local text = string.format(format, number)
        if tonumber(text) == number then
            return text
        end
    end
    return string.format("%.17g", number)
end

-- By the type of a value: a function that returns its bytes and the letter of its kind.
local scalars = {}

function scalars.string(value)
    return value, ","
end

function scalars.number(value)
    return number_text(value), "#"
end

function scalars.boolean(value)
    return value and "y" or "n", "?"
end

function scalars.cdata(value)
    if ffi.istype(Int64, value) then
        return string.sub(tostring(value), 1, -3), "i"
    elseif ffi.istype(Uint64, value) then
        return string.sub(tostring(value), 1, -4), "u"
    end
end

-- Number of items if the keys are 1, 2, 3, … and no others; else nil.
local function list_length(value)
    local n = 0
    for _ in pairs(value) do
        n = n + 1
    end
    for place = 1, n do
        if rawget(value, place) == nil then
            return nil
        end
    end
    return n
end

local function sorted_keys(where, value)
    local keys = {}
    for key in pairs(value) do
        if type(key) ~= "string" then
            errors.fail("%s has both names and numbers as keys, or a gap between its items",
                where)
        end
        keys[#keys + 1] = key
    end
    table.sort(keys)
    return keys
end

local function inside(where, depth, key)
    return where .. (depth == 0 and ": " or ".") .. key
end

local Writer = {}
Writer.__index = Writer

function Writer:add(bytes, kind)
    local text = #bytes .. ":" .. bytes .. kind
    self.left = self.left - #text
    if self.left < 0 then
        errors.fail("%s: the recipe's result is larger than %d bytes", self.where, self.max_bytes)
    end
    return text
end

-- Encloses items that were counted already, when they were written.
function Writer:enclose(parts, kind)
    local bytes = table.concat(parts)
    self.left = self.left + #bytes
    return self:add(bytes, kind)
end

function Writer:write_table(where, value, depth)
    if depth == plain.MAX_DEPTH then
        errors.fail("%s: tables are nested more than %d deep", where, depth)
    end
    local parts, n = {}, list_length(value)
    for place = 1, n or 0 do
        parts[place] = self:write(inside(where, depth, place), rawget(value, place), depth + 1)
    end
    if n then
        return self:enclose(parts, "]")
    end
    for _, key in ipairs(sorted_keys(where, value)) do
        parts[#parts + 1] = self:add(key, ",")
        parts[#parts + 1] = self:write(inside(where, depth, key), rawget(value, key), depth + 1)
    end
    return self:enclose(parts, "}")
end

function Writer:write(where, value, depth)
    if type(value) == "table" then
        return self:write_table(where, value, depth)
    end
    local bytes, kind
    if scalars[type(value)] then
        bytes, kind = scalars[type(value)](value)
    end
    if not bytes then
        errors.fail("%s is a %s; a recipe may have texts, numbers, yes or no, and tables of these",
            where, type(value) == "cdata" and tostring(ffi.typeof(value)) or type(value))
    end
    return self:add(bytes, kind)
end

--- Returns the text of a value. Raises an error if the value has none, or one that is too long.
---@param where string what messages begin with
---@param value any
---@param max_bytes integer
---@return string
function plain.write(where, value, max_bytes)
    local writer = setmetatable({ where = where, left = max_bytes, max_bytes = max_bytes }, Writer)
    return writer:write(where, value, 0)
end

-- By the letter of a kind: a function that returns the value of bytes, nil if they have none.
local readers = {}

readers[","] = function(bytes)
    return bytes
end

readers["#"] = function(bytes)
    local number = tonumber(bytes)
    return number and number_text(number) == bytes and number or nil
end

readers["?"] = function(bytes)
    if bytes == "y" or bytes == "n" then
        return bytes == "y"
    end
end

-- Reads digits. A number beyond 64 bits wraps around; its text then differs from the digits.
local function read_digits(Integer, bytes)
    local value = Integer(0)
    for digit in string.gmatch(bytes, "%d") do
        value = value * 10 + tonumber(digit)
    end
    return string.sub(bytes, 1, 1) == "-" and -value or value
end

function readers.i(bytes)
    local value = #bytes <= 20 and read_digits(Int64, bytes)
    return value and scalars.cdata(value) == bytes and value or nil
end

function readers.u(bytes)
    local value = #bytes <= 20 and read_digits(Uint64, bytes)
    return value and scalars.cdata(value) == bytes and value or nil
end

local Reader = {}
Reader.__index = Reader

function Reader:refuse(place)
    errors.fail("%s: the recipe's process sent an answer that is invalid at byte %d", self.where,
        place)
end

-- Reads the value that begins at `from` and ends at `to` at the latest. Returns it, and the place
-- after it.
function Reader:read(from, to, depth)
    local digits = string.match(self.text, "^(%d%d?%d?%d?%d?%d?%d?):", from)
    if not digits or #digits > 1 and string.sub(digits, 1, 1) == "0" then
        self:refuse(from)
    end
    local first = from + #digits + 1
    local last = first + tonumber(digits) - 1
    if last + 1 > to then
        self:refuse(from)
    end
    local kind = string.sub(self.text, last + 1, last + 1)
    if kind == "]" or kind == "}" then
        return self:read_table(first, last, kind, depth), last + 2
    end
    local value
    if readers[kind] then
        value = readers[kind](string.sub(self.text, first, last))
    end
    if value == nil then
        self:refuse(first)
    end
    return value, last + 2
end

function Reader:read_key(from, to, depth, before)
    local key, next_place = self:read(from, to, depth)
    if type(key) ~= "string" or before and key <= before then
        self:refuse(from)
    end
    return key, next_place
end

function Reader:read_table(first, last, kind, depth)
    if depth == plain.MAX_DEPTH then
        self:refuse(first)
    end
    local values, place, key = {}, first, nil
    while place <= last do
        if kind == "]" then
            key = #values + 1
        else
            key, place = self:read_key(place, last, depth + 1, key)
        end
        values[key], place = self:read(place, last, depth + 1)
    end
    if kind == "}" and not key then
        self:refuse(first)
    end
    return values
end

--- Reads a text that plain.write wrote. Raises an error if it is not such a text.
---@param where string what messages begin with
---@param text string
---@return any
function plain.read(where, text)
    local reader = setmetatable({ where = where, text = text }, Reader)
    local value, next_place = reader:read(1, #text, 0)
    if next_place ~= #text + 1 then
        reader:refuse(next_place)
    end
    return value
end

return plain
