-- SPDX-License-Identifier: MIT
-- What users hold: objects, records, lists and modules. Each knows its own names, so a misspelt
-- name raises an error that gives the nearest one. Each prints its contents.
--
-- An object is an empty cdata, for two reasons: LuaJIT respects the length and ipairs metamethods
-- of cdata but not those of tables, and no code can store anything in a cdata by mistake. The
-- methods work on a plain table, the object's core; a weak table maps objects to cores. No core may
-- refer to its own object: a weak table keeps everything that its values refer to, so neither would
-- ever be collected. The core, and a handle of the library in it, is collected one cycle after the
-- object.

local lib = require "tench.lib"
local errors = require "tench.error"
local options = require "tench.options"
local ffi = lib.ffi

local records = {}

---@class tench.record.class
---@field noun string
---@field fields string[] fields that users read
---@field length? fun(core: table): integer for #
---@field item? fun(core: table, number: integer): any for object[number]
---@field each? fun(core: table): function, any, any for ipairs and pairs
---@field hint? string correct code, for messages that refuse something

---@class tench.record.kind
---@field noun string
---@field fields string[]
---@field methods? table<string, function>
---@field read? fun(record: table, name: string): any returns fields that are not stored
---@field tostring? fun(record: table): string
---@field hint? string says where its items are

local cores = setmetatable({}, { __mode = "k" })

local SHOWN_ITEMS = 20 -- most items shown of a list of records
local INLINE_ITEMS = 3 -- most items shown of a list inside a record

local function with_article(noun)
    return (string.find(noun, "^[aeiou]") and "an " or "a ") .. noun
end

local function set_of(names)
    local set = {}
    for _, name in ipairs(names) do
        set[name] = true
    end
    return set
end

-- Names of the methods that users call. Metamethods, and methods for other files, begin with "_".
local function method_names(class)
    local names = {}
    for name, value in pairs(class) do
        if type(value) == "function" and string.byte(name) ~= 95 then
            names[#names + 1] = name
        end
    end
    table.sort(names)
    return names
end

-- Writes arguments as the user typed them; those that do not fit into a line become "…".
local function typed(...)
    local parts = {}
    for place = 1, select("#", ...) do
        local value = select(place, ...)
        local kind = type(value)
        parts[place] = (kind == "string" or kind == "number" or kind == "boolean")
            and options.show(value) or "…"
    end
    return table.concat(parts, ", ")
end

local function called_with_dot(noun, name, ...)
    local given = select("#", ...) > 0 and select(1, ...) ~= nil and typed(...) or ""
    errors.fail("%s is a method of %s: call it with a colon, as %s:%s(%s)", name,
        with_article(noun), (string.gsub(noun, " ", "")), name, given)
end

-- How many arguments a function takes; any number if the host has no debug library.
local function parameters_of(body)
    local info = debug and debug.getinfo and debug.getinfo(body, "u")
    return info and info.nparams and not info.isvararg and info.nparams or math.huge
end

-- Refuses extra arguments, which Lua would drop silently.
local function refuse_more(name, most, ...)
    for place = most + 1, select("#", ...) do
        if select(place, ...) ~= nil then
            errors.fail("%s takes %s argument%s, but another one is %s", name,
                most == 0 and "no" or tostring(most), most == 1 and "" or "s",
                options.show((select(place, ...))))
        end
    end
end

-- Turns the core that a method returns into its object.
local function handed(object, core, first, ...)
    if first ~= nil and rawequal(first, core) then
        return object
    end
    return first, ...
end

local function object_method(class, noun, name)
    local method = class[name]
    local most = parameters_of(method) - 1
    return function(object, ...)
        local core = cores[object]
        if core == nil or getmetatable(core) ~= class then
            called_with_dot(noun, name, object, ...)
        elseif select("#", ...) > most then
            refuse_more(name, most, ...)
        end
        return handed(object, core, method(core, ...))
    end
end

local function object_methods(class, noun)
    local methods = {}
    for _, name in ipairs(method_names(class)) do
        methods[name] = object_method(class, noun, name)
    end
    return methods
end

-- True for names that are for other files here: they begin with an underscore.
local function is_private(key)
    return type(key) == "string" and string.byte(key) == 95
end

local function unknown(noun, key, names, hint)
    if type(key) ~= "string" then
        errors.fail("%s has no item %s%s", with_article(noun), options.show(key),
            hint and "; " .. hint or "")
    end
    options.unknown(noun, key, names)
end

local function object_reader(shape, methods, names)
    local known = set_of(shape.fields)
    return function(object, key)
        if methods[key] then
            return methods[key]
        elseif known[key] then
            return cores[object][key]
        elseif is_private(key) then
            return rawget(cores[object], key) -- never the class: a recipe could change it
        elseif shape.item and type(key) == "number" then
            return shape.item(cores[object], key)
        end
        return unknown(shape.noun, key, names)
    end
end

local function object_writer(shape, names)
    local known = set_of(names)
    return function(_, key)
        if known[key] or type(key) ~= "string" then
            errors.fail("%s: %s cannot be assigned to", shape.noun, options.show(key))
        end
        unknown(shape.noun, key, names)
    end
end

-- Makes a function that says what an object cannot do, and what to write instead.
local function refusal(shape, what)
    return function()
        errors.fail("%s %s%s", with_article(shape.noun), what,
            shape.hint and "; write " .. shape.hint or "")
    end
end

local function object_metatable(class, shape)
    local methods = object_methods(class, shape.noun)
    local names = options.joined(shape.fields, method_names(class))
    local function on_core(body)
        return body and function(object, ...)
            return body(cores[object], ...)
        end
    end
    local each = on_core(shape.each)
    return {
        __index = object_reader(shape, methods, names),
        __newindex = object_writer(shape, names),
        __tostring = on_core(class.__tostring),
        __call = on_core(class.__call) or refusal(shape, "cannot be called"),
        __len = on_core(shape.length) or refusal(shape, "has no length"),
        __ipairs = each or refusal(shape, "cannot be iterated"),
        __pairs = each or refusal(shape, "cannot be iterated"),
    }
end

--- Makes a class of objects. Its methods, __tostring and __call get the core.
---@param class table metatable of the cores
---@param shape tench.record.class
---@return fun(core: table): any new makes the object of a core
---@return fun(value: any): boolean is
function records.class(class, shape)
    -- A struct without a name is another type each time, so these files can be loaded again.
    local make = ffi.metatype(ffi.typeof "struct {}", object_metatable(class, shape))
    local function new(core)
        local object = make()
        cores[object] = setmetatable(core, class)
        return object
    end
    local function is(value)
        local core = cores[value]
        return core ~= nil and getmetatable(core) == class
    end
    return new, is
end

--- Returns the core of an object, to do what the object itself does not allow.
---@param object table
---@return table core
function records.core(object)
    return cores[object]
end

-- Writes the items of a list of records, and says how many it leaves out. `total` also counts those
-- that are not in the list.
local function list_text(list, separator, most)
    local parts = {}
    for place = 1, math.min(#list, most) do
        parts[place] = tostring(list[place])
    end
    local total = rawget(list, "total") or #list
    if total > #parts then
        parts[#parts + 1] = string.format("… and %.0f more", total - #parts)
    end
    return table.concat(parts, separator)
end

local function value_text(value)
    if type(value) == "table" and type(rawget(value, 1)) == "table" then
        return "{ " .. list_text(value, ", ", INLINE_ITEMS) .. " }"
    end
    return options.show(value)
end

local function braces(names, values)
    local parts = {}
    for _, name in ipairs(names) do
        if values[name] ~= nil then
            parts[#parts + 1] = name .. " = " .. value_text(values[name])
        end
    end
    return "{ " .. table.concat(parts, ", ") .. " }"
end

local function record_methods(meta, shape)
    local methods = {}
    for _, name in ipairs(method_names(shape.methods or {})) do
        local most = parameters_of(shape.methods[name]) - 1
        methods[name] = function(record, ...)
            if getmetatable(record) ~= meta then
                called_with_dot(shape.noun, name, record, ...)
            elseif select("#", ...) > most then
                refuse_more(name, most, ...)
            end
            return shape.methods[name](record, ...)
        end
    end
    return methods
end

--- Makes a kind of record: a table of values by name. One whose value is nil is known all the same.
---@param shape tench.record.kind
---@return fun(values: table): table new turns a table of values into the record
---@return fun(value: any): boolean is
function records.kind(shape)
    local meta = {}
    local known = set_of(shape.fields)
    local methods = record_methods(meta, shape)
    local names = options.joined(shape.fields, method_names(shape.methods or {}))
    function meta.__index(record, key)
        if methods[key] then
            return methods[key]
        elseif not known[key] and not is_private(key) then
            unknown(shape.noun, key, names, shape.hint)
        end
        return shape.read and shape.read(record, key)
    end
    function meta.__newindex(record, key, value)
        if not known[key] then
            unknown(shape.noun, key, names)
        end
        rawset(record, key, value)
    end
    meta.__tostring = shape.tostring or function(record)
        return shape.noun .. " " .. braces(shape.fields, record)
    end
    local function new(values)
        return setmetatable(values, meta)
    end
    local function is(value)
        return type(value) == "table" and getmetatable(value) == meta
    end
    return new, is
end

local List = {}

function List.__index(list, key)
    if type(key) ~= "number" then
        errors.fail("a list has items from 1 to #list, which is %d, and no %s", #list,
            options.show(key))
    end
end

function List.__tostring(list)
    if type(list[1]) ~= "table" then
        return options.show_list(list)
    end
    return list_text(list, "\n", SHOWN_ITEMS)
end

--- Turns a table of items into a list that prints them.
---@generic T
---@param items T[]
---@return T[]
function records.list(items)
    return setmetatable(items, List)
end

local function module_function(module, noun, name, body)
    local most = parameters_of(body)
    return function(...)
        if rawequal((...), module) then
            errors.fail("%s is a function of %s, not a method: call it with a dot, as %s.%s(%s)",
                name, noun, noun, name, typed(select(2, ...)))
        elseif select("#", ...) > most then
            refuse_more(name, most, ...)
        end
        return body(...)
    end
end

--- Turns a table of functions and values into a module: a misspelt name is an error, and so is a
--- call with a colon.
---@generic T: table
---@param noun string as users call it
---@param members T
---@return T module
function records.module(noun, members)
    local module, names = {}, {}
    for name, member in pairs(members) do
        names[#names + 1] = name
        module[name] = type(member) == "function" and module_function(module, noun, name, member)
            or member
    end
    table.sort(names)
    return setmetatable(module, {
        __index = function(_, key)
            unknown(noun, key, names)
        end,
        __tostring = function()
            return noun .. ": " .. table.concat(names, ", ")
        end,
    })
end

return records
