-- SPDX-License-Identifier: MIT
-- Ops: one constructor for each entry of the library's registry.
--
-- op.hflip{ p = 0.5 } returns a record: plain data with the op's canonical text. The library has
-- the only parser of ops. It checks the text, and its messages name the field, the value, the range
-- and the nearest known name.

local lib = require "tench.lib"
local errors = require "tench.error"
local names = require "tench.names"
local options = require "tench.options"
local records = require "tench.record"
local specs = require "tench.spec"
local C, ffi = lib.C, lib.ffi

---@class tench.op
---@field op string name of the op
---@field args table<string, any> as given
---@field text string canonical text, as "hflip p=0.5"
local new_op = records.kind{
    noun = "op",
    fields = { "op", "args", "text" },
    tostring = function(record)
        return record.text
    end,
}

local ops = { constructors = {} }
local registry, known = {}, {}

for place, info in ipairs(specs.list(C.TN_SPEC_OP)) do
    known[place] = info.name
    registry[info.name] = info
    for alias in string.gmatch(info.aliases, "%S+") do
        registry[alias] = info
    end
end

-- Writes the fewest digits that read back as the same number.
local function number_text(number)
    for digits = 14, 16 do
        local text = string.format("%." .. digits .. "g", number)
        if tonumber(text) == number then
            return text
        end
    end
    return string.format("%.17g", number)
end

local function refuse(name, field, value, why)
    errors.fail("%s: %s = %s: %s", name, field, options.show(value), why)
end

-- Writes one argument; `kind` tells a size {h, w} from other lists.
local function value_text(name, field, kind, value)
    if type(value) == "table" then
        local parts = {}
        for place, item in ipairs(value) do
            if type(item) == "table" then
                refuse(name, field, value, "a list holds numbers")
            end
            parts[place] = value_text(name, field, nil, item)
        end
        if #parts == 0 then
            refuse(name, field, value, "the list is empty")
        end
        return table.concat(parts, kind == "size" and "x" or ",")
    elseif type(value) == "boolean" then
        return value and "yes" or "no"
    elseif type(value) == "number" then
        if value ~= value or math.abs(value) == math.huge then
            refuse(name, field, value, "must be a finite number")
        end
        return number_text(value)
    elseif type(value) ~= "string" then
        refuse(name, field, value, "must be a number, a text, a list, yes or no")
    end
    -- The text becomes part of a list of ops, so it must not end its own place there.
    if value == "" or string.find(value, "[%s%c;=]") then
        refuse(name, field, value, "is not a plain word or number")
    end
    return value
end

-- Sorts arguments by the registry. Unknown ones come last, and the library refuses them by name.
local function argument_order(params, args)
    local order, kinds = {}, {}
    for _, param in ipairs(params) do
        kinds[param.name] = param.kind
        if args[param.name] ~= nil then
            order[#order + 1] = param.name
        end
    end
    local unknown = {}
    for field in pairs(args) do
        if not kinds[field] then
            unknown[#unknown + 1] = field
        end
    end
    table.sort(unknown)
    for _, field in ipairs(unknown) do
        order[#order + 1] = field
    end
    return order, kinds
end

local function text_of(entry, args)
    for field in pairs(args) do
        if type(field) ~= "string" or not string.find(field, "^[%w_]+$") then
            errors.fail("%s: %s is not the name of a parameter", entry.name, options.show(field))
        end
    end
    local order, kinds = argument_order(entry.params, args)
    local parts = { entry.name }
    for _, field in ipairs(order) do
        parts[#parts + 1] = field .. "=" .. value_text(entry.name, field, kinds[field], args[field])
    end
    return table.concat(parts, " ")
end

-- op.resize(256), op.resize{ 256, mode = "exact" } and op.resize{ size = 256, … } mean the same.
local function arguments(entry, given, more)
    if type(given) ~= "table" then
        given = { given }
        for field, value in pairs(more or {}) do
            given[field] = value
        end
    end
    local args = {}
    for field, value in pairs(given) do
        args[field] = value
    end
    if args[1] ~= nil then
        local first = entry.params[1]
        if not first then
            errors.fail("%s takes no arguments", entry.name)
        end
        local all = {}
        while args[#all + 1] ~= nil do
            all[#all + 1] = args[#all + 1]
        end
        for place = 1, #all do
            args[place] = nil
        end
        if args[first.name] ~= nil then
            errors.fail("%s: %s is given twice", entry.name, first.name)
        end
        args[first.name] = #all == 1 and all[1] or all
    end
    return args
end

--- Returns the entry of an op; raises an error with the nearest known name if there is none.
---@param name string a name or an alias
---@return tench.op_info
function ops.require(name)
    if not registry[name] then
        local near = names.nearest(tostring(name), known)
        errors.fail("unknown op %s%s", options.show(name),
            near and '; the nearest known op is "' .. near .. '"' or "")
    end
    return registry[name]
end

-- C would read only the part before the NUL.
local function without_nul(text)
    if string.find(text, "\0", 1, true) then
        errors.fail("the ops' text has a NUL byte in it")
    end
    return text
end

local function canonical(text)
    local transform = errors.made(C.tn_transform_create(text))
    local answer = ffi.string(C.tn_transform_text(transform))
    C.tn_transform_destroy(transform)
    return answer
end

--- Makes a record of an op. The library checks the arguments.
---@param name string
---@param given any a table of arguments, or the first one
---@param more table? further arguments when `given` is the first one
---@return tench.op
function ops.create(name, given, more)
    local entry = ops.require(name)
    local args = arguments(entry, given, more)
    return new_op{ op = entry.name, args = args, text = canonical(text_of(entry, args)) }
end

--- Makes records from the text of a list of ops.
---@param text string
---@return tench.op[]
function ops.parse(text)
    local list = {}
    for part in string.gmatch(canonical(without_nul(text)), "[^;]+") do
        local args = {}
        for field, value in string.gmatch(part, "([%w_]+)=(%S+)") do
            args[field] = value
        end
        list[#list + 1] = ops.create(string.match(part, "[%w_]+"), args)
    end
    return records.list(list)
end

---@class tench.constructor makes ops: op.hflip{ p = 0.5 }
---@overload fun(given: any, more: table?): tench.op
local Constructor = {}
Constructor.__index = Constructor

-- With a colon the table of constructors comes first. The constructors of a recipe are functions.
local function check_dot(name, given)
    local own = type(given) == "table" and rawget(given, name)
    if type(own) == "function" or ops.is_constructor(own) then
        errors.fail("op.%s is a function, not a method; call it with a dot: op.%s{ … }", name,
            name)
    end
end

function Constructor:__call(given, more)
    check_dot(self.name, given)
    return ops.create(self.name, given, more)
end

function Constructor:__tostring()
    local parts = {}
    for place, param in ipairs(registry[self.name].params) do
        local initial = param.initial ~= "" and param.initial or param.required and "…" or "unset"
        parts[place] = param.name .. " = " .. initial
    end
    return string.format("op.%s{ %s }: %s", self.name, table.concat(parts, ", "),
        registry[self.name].doc)
end

local new_constructor
new_constructor, ops.is_constructor = records.class(Constructor, { noun = "op constructor",
    fields = { "name" }, hint = "op.hflip{ p = 0.5 }" })

for name, info in pairs(registry) do -- aliases too
    ops.constructors[name] = new_constructor{ name = info.name }
end

setmetatable(ops.constructors, {
    __index = function(_, name)
        ops.require(name)
    end,
    __tostring = function()
        return "ops: " .. table.concat(known, ", ")
    end,
})

--- Returns the entry of an op.
---@param name string a name or an alias
---@return tench.op_info? info nil if there is no such op
function ops.info(name)
    return registry[name]
end

--- Returns the names of all ops, in the registry's order.
---@return string[]
function ops.names()
    return records.list{ unpack(known) }
end

--- Returns the text of a list of records, of one record, or of a text itself.
---@param list tench.op[]|tench.op|string
---@return string
function ops.text(list)
    if type(list) == "string" then
        return without_nul(list)
    elseif type(list) ~= "table" then
        errors.fail("ops must be a list of ops or their text, not %s", options.show(list))
    elseif rawget(list, "op") then
        return without_nul(list.text)
    end
    local texts = {}
    for place, record in ipairs(list) do
        if type(record) == "string" then
            texts[place] = record
        elseif type(record) == "table" and type(rawget(record, "text")) == "string" then
            texts[place] = record.text
        elseif ops.is_constructor(record) then
            errors.fail("item %d of the ops is op.%s itself, not an op; call it: op.%s{}", place,
                record.name, record.name)
        else
            errors.fail("item %d of the ops is %s, not an op", place, options.show(record))
        end
    end
    return without_nul(table.concat(texts, "; "))
end

return ops
