-- SPDX-License-Identifier: MIT
-- Samples that a program lists itself: a list of paths, or of tables with a path or bytes, a name
-- and a label. They become an array of tn_item.

local lib = require "tench.lib"
local errors = require "tench.error"
local options = require "tench.options"
local records = require "tench.record"
local struct = require "tench.struct"
local C, ffi = lib.C, lib.ffi

local items = {}

---@class tench.item a sample of a data set in memory
---@field path string? a file, below the root unless it begins with "/"
---@field bytes string? the bytes of a file, in place of a path
---@field name string? the path by default, or the number of the sample from 0
---@field label (integer|string|integer[])? a class by its number from 0 or its name, several
--- classes, or a text if the data set has no class names
---@field numbers number[]? numbers in place of a label
---@field weight number? how often the order weighted-1 takes the sample, compared with others; all
--- samples have one, or none
local FIELDS = { "path", "bytes", "name", "label", "numbers", "weight" }
local KNOWN = {}
for _, name in ipairs(FIELDS) do
    KNOWN[name] = true
end

local function where(place)
    return "create_dataset: items[" .. place .. "]"
end

local function check_item(place, item)
    if type(item) == "string" then
        return { path = item }
    elseif type(item) ~= "table" then
        errors.fail("%s must be a path or a table, not %s", where(place), options.show(item))
    end
    for name in pairs(item) do
        if not KNOWN[name] then
            options.unknown(where(place), name, FIELDS)
        end
    end
    for _, name in ipairs { "path", "bytes", "name" } do
        local value = item[name]
        if value ~= nil and (type(value) ~= "string"
                or (name ~= "bytes" and string.find(value, "\0", 1, true))) then
            errors.fail("%s: %s = %s: must be a text", where(place), name, options.show(value))
        end
    end
    return item
end

-- Returns the number of a class that is given by its number or its name.
local function class_of(place, value, classes)
    local number = type(value) == "string" and classes and classes[value] or value
    if type(number) ~= "number" or number % 1 ~= 0 then
        errors.fail("%s: label = %s: must be %s", where(place), options.show(value),
            classes and "a class: its number from 0, or its name" or "a number from 0")
    end
    return number
end

local function fill_numbers(place, item, label, keep)
    if type(item.numbers) ~= "table" or item.label ~= nil then
        errors.fail("%s: numbers must be a list, and stand in place of label", where(place))
    end
    local values = ffi.new("float[?]", #item.numbers)
    for number, value in ipairs(item.numbers) do
        if type(value) ~= "number" then
            errors.fail("%s: numbers[%d] = %s: must be a number", where(place), number,
                options.show(value))
        end
        values[number - 1] = value
    end
    label.kind, label.n, label.floats = C.TN_LABEL_FLOATS, #item.numbers, values
    keep[#keep + 1] = values
end

local function fill_classes(place, list, label, classes, keep)
    local values = ffi.new("int64_t[?]", math.max(1, #list))
    for number, value in ipairs(list) do
        values[number - 1] = class_of(place, value, classes)
    end
    label.kind, label.n, label.ints = C.TN_LABEL_INTS, #list, values
    keep[#keep + 1] = values
end

-- Fills in the label; returns false if the item has none.
local function fill_label(place, item, label, classes, keep)
    local value = item.label
    if item.numbers ~= nil then
        fill_numbers(place, item, label, keep)
    elseif type(value) == "table" then
        fill_classes(place, value, label, classes, keep)
    elseif type(value) == "string" and not classes then
        label.kind, label.text = C.TN_LABEL_TEXT, value
    elseif value ~= nil then
        label.kind, label.value = C.TN_LABEL_INT, class_of(place, value, classes)
    end
    return label.kind ~= 0
end

-- Checks that all items have weights, or none.
local function check_weights(list)
    local has_some, sum = type(list[1]) == "table" and list[1].weight ~= nil, 0
    for place, item in ipairs(list) do
        local weight = type(item) == "table" and item.weight or nil
        if (weight ~= nil) ~= has_some then
            errors.fail("%s %s weight, but items[1] has %s", where(place),
                has_some and "has no" or "has a", has_some and "one" or "none")
        elseif weight ~= nil and type(weight) ~= "number" then
            errors.fail("%s: weight = %s: must be a number from 0", where(place),
                options.show(weight))
        end
        sum = sum + (weight or 0)
    end
    if has_some and sum == 0 then
        errors.fail("create_dataset: all weights of items are 0")
    end
end

local function list_classes(given, out, keep)
    if given == nil then
        return nil
    elseif type(given) ~= "table" or #given == 0 then
        errors.fail("create_dataset: classes must be a list of names, not %s", options.show(given))
    end
    local texts, numbers = ffi.new("const char *[?]", #given), {}
    for place, name in ipairs(given) do
        texts[place - 1] = options.text("create_dataset", "classes[" .. place .. "]", name)
        if numbers[name] and name ~= "" then
            errors.fail("create_dataset: classes[%d] and classes[%d] have the same name, %s",
                numbers[name] + 1, place, options.show(name))
        end
        numbers[name] = place - 1
    end
    out.class_names, out.n_classes = texts, #given
    keep[#keep + 1] = texts
    return numbers
end

--- Sets the items of options for the library. They borrow the texts of the list.
---@param list (string|tench.item)[]
---@param class_names string[]?
---@param out ffi.cdata* tn_dataset_options
---@return table keep what must live until the data set is made
function items.fill(list, class_names, out)
    if type(list) ~= "table" then
        errors.fail("create_dataset: items must be a list, not %s", options.show(list))
    end
    check_weights(list)
    local keep = {}
    local classes = list_classes(class_names, out, keep)
    local n = #list
    local array, labels = ffi.new("tn_item[?]", n), ffi.new("tn_label[?]", n)
    for place = 1, n do
        local item, target, label = check_item(place, list[place]), array[place - 1],
            labels[place - 1]
        target.size, label.size = ffi.sizeof "tn_item", ffi.sizeof "tn_label"
        target.path, target.name, target.bytes = item.path, item.name, item.bytes
        target.n_bytes = item.bytes and #item.bytes or 0
        target.weight = item.weight or 0
        if fill_label(place, item, label, classes, keep) then
            target.label = label
        end
    end
    out.items, out.n_items = array, n
    keep[#keep + 1], keep[#keep + 2] = array, labels
    return keep
end

--- Gives the library's message about items, which count from 0 there, Lua's number.
---@param message string
---@return string
function items.in_lua(message)
    return (string.gsub(message, "^items%[(%d+)%]", function(number)
        return where(number + 1)
    end))
end

local KINDS = {
    [C.TN_LABEL_INT] = "class", [C.TN_LABEL_INTS] = "classes", [C.TN_LABEL_FLOATS] = "numbers",
    [C.TN_LABEL_TEXT] = "text",
}

local function list_of(values, n)
    local list = {}
    for place = 1, n do
        list[place] = tonumber(values[place - 1])
    end
    return records.list(list)
end

local function read_label(handle, index)
    local label = struct.new("tn_label")
    errors.check(C.tn_dataset_label_of(handle, index, label))
    return label, KINDS[label.kind], tonumber(label.n)
end

--- Returns the kind of a data set's labels. All labels have the same kind.
---@param handle ffi.cdata* tn_dataset
---@return "class"|"classes"|"numbers"|"text"
function items.label_kind(handle)
    local _, kind = read_label(handle, 0)
    return kind
end

--- Reads the label of a sample.
---@param handle ffi.cdata* tn_dataset
---@param index integer from 0
---@return tench.label
function items.label(handle, index)
    local label, kind, n = read_label(handle, index)
    if kind == "class" then
        return tonumber(label.value)
    elseif kind == "text" then
        return ffi.string(label.text, n)
    end
    return list_of(kind == "classes" and label.ints or label.floats, n)
end

return items
