-- SPDX-License-Identifier: MIT
-- The guide lua/guides/from-timm.md is true: its tables have every argument of the real timm
-- (golden/timm.lua) with timm's default, and tench takes or refuses each as the guide says.

local tap = require "tap"
local tench = require "tench"

local golden = dofile("tests/lua/golden/timm.lua")
local ds = tench.create_dataset("tests/data/shapes")

-- Rows of the first table below a heading: name, default and text of an argument.
local function rows_of(heading)
    local rows, inside = {}, false
    for line in io.lines("lua/guides/from-timm.md") do
        if line:find "^#" then
            inside = line == "## " .. heading
        elseif inside and line:find "^| option" then
            return rows
        elseif inside then
            local name, default, text = line:match "^| `([%w_]+)` | `?(.-)`? | (.*) |$"
            rows[#rows + 1] = name and { name = name, default = default, text = text }
        end
    end
    return rows
end

local function in_python(value)
    if type(value) == "boolean" then
        return value and "True" or "False"
    elseif type(value) == "table" then
        return "(" .. table.concat(value, ", ") .. ")"
    elseif type(value) == "number" or value == "None" or value == "required" then
        return tostring(value)
    end
    return '"' .. value .. '"'
end

-- Another value than the default, of the kind that timm takes.
local function other_than(default)
    if type(default) == "boolean" then
        return not default
    elseif type(default) == "number" then
        return default + 1
    end
    return "other"
end

local CALLS = {
    create_dataset = function(given)
        given.root = given.root or "tests/data/shapes"
        return tench.create_dataset(given)
    end,
    create_loader = function(given)
        return tench.create_loader(ds, 16, 4, given)
    end,
    create_transform = tench.create_transform,
    Mixup = function(given)
        return tench.create_loader(ds, 16, 4, { is_training = true, mixup = given })
    end,
}
-- Not called with timm's default: three are not options, tench's default device is another one, and
-- ds has no split "validation".
local APART = { dataset = true, input_size = true, batch_size = true, device = true, split = true }

local function check_row(section, row, default)
    tap.equal(row.default:gsub('^float32$', '"float32"'):gsub('^cuda$', '"cuda"'),
        in_python(default), row.name)
    if APART[row.name] then
        return
    end
    local call = CALLS[section]
    if row.text:find "^refused" then
        tap.raises({ row.name, "not supported" }, call, { [row.name] = other_than(default) })
    elseif default ~= "None" and default ~= "required" then
        call{ [row.name] = default }
    end
end

for section, defaults in pairs(golden.defaults) do
    tap.test(section .. " has each of timm's arguments", function()
        local seen, n = {}, 0
        for _, row in ipairs(rows_of(section)) do
            assert(defaults[row.name] ~= nil, "timm has no " .. row.name)
            assert(not seen[row.name], row.name .. " is there twice")
            seen[row.name], n = true, n + 1
            check_row(section, row, defaults[row.name])
        end
        for name in pairs(defaults) do
            assert(seen[name], name .. " is missing")
        end
        assert(n > 0)
    end)
end

-- Names in the first column of the second table.
tap.test("create_loader takes each option that only tench has", function()
    local n, inside = 0, false
    for line in io.lines("lua/guides/from-timm.md") do
        inside = line:find "^| option" and true or inside and line:find "^|" and true or false
        for name in (inside and line:match "^(|.-|)" or ""):gmatch "`([%w_]+)`" do
            n = n + 1
            tap.raises({ name }, tench.create_loader, ds, 16, 4, { [name] = {} })
            tap.raises({ name .. "_", '"' .. name .. '"' }, tench.create_loader, ds, 16, 4,
                { [name .. "_"] = 1 })
        end
    end
    assert(n > 15, n)
end)

tap.done()
