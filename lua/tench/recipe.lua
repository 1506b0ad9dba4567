-- SPDX-License-Identifier: MIT
-- Recipes: a file returns a plain table { dataset = , ops = , loader = , epochs = }, and key=value
-- settings change its fields by their dotted paths.
--
--   epochs=2 batch_size=32           a short key
--   dataset.split=val loader.drop_last=no   a field of a section
--   ops.color_jitter.brightness=0.2  a parameter of an op; ops.2.p=0.1 where a name occurs twice
--   split=val drop_last=no size=192  the last word of a path, where one path alone ends with it
--
-- Everything is checked before anything is opened, by the tables that the constructors use.

local datasets = require "tench.dataset"
local errors = require "tench.error"
local factory = require "tench.factory"
local loaders = require "tench.loader"
local ops = require "tench.op"
local options = require "tench.options"
local records = require "tench.record"
local sandbox = require "tench.sandbox"
local transforms = require "tench.transform"

---@class tench.recipe
---@field name string file of the recipe, or "recipe"
---@field dataset table options of create_dataset; root is nil where the recipe names none
---@field ops tench.op[]
---@field transform string canonical text of the ops
---@field split_is_named boolean? a setting names it
---@field loader table options of tench.loader, without dataset and transform
---@field epochs integer
local Recipe = {}
local recipes = {}
local new_recipe

local SHORT_KEYS = {
    epochs = "epochs",
    seed = "loader.seed",
    threads = "loader.threads",
    batch_size = "loader.batch_size",
    device = "loader.device",
    on_fault = "loader.on_fault",
    rank = "loader.rank",
    world_size = "loader.world_size",
    index = "dataset.index",
    dtype = "ops.convert.dtype",
    interpolation = "ops.*.interpolation",
}
local SHORT_NAMES = { "epochs", "seed", "threads", "batch_size", "dtype", "interpolation",
    "device", "on_fault", "rank", "world_size", "index" }
local SECTIONS = { "dataset", "ops", "loader" }
local SECTION_EXAMPLES = { dataset = "dataset.split=val", ops = "ops.hflip.p=0.1",
    loader = "loader.drop_last=no" }

local RECIPE_FIELDS = {
    { name = "dataset", kind = "any", default = {} },
    { name = "ops", kind = "any", required = true },
    { name = "loader", kind = "any", default = {} },
    { name = "epochs", kind = "integer", min = 0, max = 2 ^ 31 - 1, default = 1 },
}

-- A recipe's loader has no data set and no transform: these come from its other parts.
local LOADER_FIELDS = {}
for _, field in ipairs(loaders.fields) do
    if field.name == "batch_size" then
        field = { name = field.name, kind = field.kind, min = field.min, max = field.max,
            default = 64 }
    end
    if field.name ~= "dataset" and field.name ~= "transform" then
        LOADER_FIELDS[#LOADER_FIELDS + 1] = field
    end
end

local new_dataset_part = records.kind{ noun = "dataset", fields = options.names(datasets.fields) }
local new_loader_part = records.kind{ noun = "loader", fields = options.names(LOADER_FIELDS) }

local function section(where, name, value)
    if type(value) ~= "table" then
        errors.fail("%s: %s must be a table, not %s", where, name, type(value))
    end
    local copy = {}
    for key, item in pairs(value) do
        copy[key] = item
    end
    return copy
end

-- Records are made anew from their names and arguments: what a recipe did to them counts, and is
-- checked.
local function copy_ops(where, list)
    if type(list) == "string" then
        return ops.parse(list)
    elseif type(list) ~= "table" then
        errors.fail("%s: ops must be a list of ops, not %s", where, type(list))
    end
    local copies = {}
    for place, record in ipairs(list) do
        if type(record) ~= "table" or type(record.op) ~= "string"
            or type(record.args) ~= "table" then
            errors.fail("%s: item %d of ops is not an op", where, place)
        end
        ops.require(record.op)
        copies[place] = { op = record.op, args = section(where, record.op, record.args) }
    end
    return copies
end

local function find_ops(where, recipe, name)
    local place = tonumber(name)
    if place then
        return { recipe.ops[place] or errors.fail("%s: the recipe has %d ops, there is no op %s",
            where, #recipe.ops, name) }
    end
    local found, names = {}, {}
    for index, record in ipairs(recipe.ops) do
        names[index] = record.op
        if record.op == name then
            found[#found + 1] = record
        end
    end
    if #found == 0 then
        options.unknown(where .. ": the recipe's ops", name, names)
    elseif #found > 1 then
        errors.fail("%s: the recipe has %d ops %s; name one by its place, as ops.2", where, #found,
            name)
    end
    return found
end

local function set_parameter(record, parameter, value)
    record.args[parameter] = value
    -- A positional argument would now be given twice.
    local first = ops.info(record.op).params[1]
    if first and first.name == parameter then
        for place in ipairs(record.args) do
            record.args[place] = nil
        end
    end
end

local function has_parameter(record, parameter)
    for _, param in ipairs(ops.info(record.op).params) do
        if param.name == parameter then
            return true
        end
    end
    return false
end

-- interpolation=NAME: of every op that has one.
local function set_everywhere(where, recipe, parameter, value)
    local found = false
    for _, record in ipairs(recipe.ops) do
        if has_parameter(record, parameter) then
            set_parameter(record, parameter, value)
            found = true
        end
    end
    if not found then
        errors.fail("%s: no op of the recipe has %s", where, parameter)
    end
end

local function has_op(recipe, name)
    for _, record in ipairs(recipe.ops) do
        if record.op == name then
            return true
        end
    end
    return false
end

local function set_op(where, recipe, rest, value)
    local name, parameter = string.match(rest, "^([%w_*]+)%.([%w_]+)$")
    if not name then
        errors.fail("%s: an op's parameter is set as ops.NAME.PARAMETER=value", where)
    end
    if name == "*" then
        return set_everywhere(where, recipe, parameter, value)
    end
    if name == "convert" and not has_op(recipe, name) then
        recipe.ops[#recipe.ops + 1] = { op = name, args = {} }
    end
    set_parameter(find_ops(where, recipe, name)[1], parameter, value)
end

-- Adds SECTION.KEY where the section has such a field; not where it is there to be refused.
local function add_field_path(paths, section_name, fields, key)
    for _, field in ipairs(fields) do
        if field.name == key and not field.refuse then
            paths[#paths + 1] = section_name .. "." .. key
        end
    end
end

-- Paths that end with the key: fields of sections, and parameters of the recipe's ops.
local function paths_to(recipe, key)
    local paths, counts = {}, {}
    add_field_path(paths, "dataset", datasets.fields, key)
    add_field_path(paths, "loader", LOADER_FIELDS, key)
    for _, record in ipairs(recipe.ops) do
        counts[record.op] = (counts[record.op] or 0) + 1
    end
    for place, record in ipairs(recipe.ops) do
        if has_parameter(record, key) then
            local name = counts[record.op] > 1 and place or record.op
            paths[#paths + 1] = string.format("ops.%s.%s", name, key)
        end
    end
    return paths
end

-- Path of a key as it was given.
local function path_of(recipe, key)
    if SHORT_KEYS[key] or string.find(key, ".", 1, true) then
        return SHORT_KEYS[key] or key
    end
    local paths = paths_to(recipe, key)
    if #paths > 1 then
        errors.fail("setting %s: more than one part of the recipe has it; give one of these paths: "
            .. "%s", key, table.concat(paths, ", "))
    end
    return paths[1] or key
end

-- All words that may stand in front of "=" without a dot.
local function bare_names(recipe)
    local known = options.joined(SHORT_NAMES, SECTIONS)
    for _, fields in ipairs { datasets.fields, LOADER_FIELDS } do
        known = options.joined(known, options.names(fields))
    end
    for _, record in ipairs(recipe.ops) do
        known = options.joined(known, options.names(ops.info(record.op).params))
    end
    return known
end

local function unknown_setting(recipe, name)
    if type(name) == "string" and options.nearest(name, bare_names(recipe)) then
        options.unknown("setting", name, bare_names(recipe))
    end
    options.unknown("setting", name, options.joined(SHORT_NAMES, SECTIONS))
end

local function set(recipe, key, value)
    local path = path_of(recipe, key)
    local where = "setting " .. key
    if path == "epochs" then
        recipe.epochs = value
        return
    end
    local name, rest = string.match(path, "^(%w+)%.(.+)$")
    if name == "ops" then
        return set_op(where, recipe, rest, value)
    elseif name == "dataset" or name == "loader" then
        recipe[name][rest] = value
        recipe.split_is_named = recipe.split_is_named or path == "dataset.split"
        return
    end
    for _, section_name in ipairs(SECTIONS) do
        if path == section_name then
            errors.fail("%s: %s is a part of the recipe; set a field of it, as %s", where, path,
                SECTION_EXAMPLES[path])
        end
    end
    unknown_setting(recipe, name or key)
end

-- "key=value" texts in their order, or a table of keys and values.
local function apply(recipe, settings)
    for key, value in pairs(settings or {}) do
        if type(key) ~= "number" then
            set(recipe, key, value)
        end
    end
    for _, text in ipairs(settings or {}) do
        local key, value = string.match(text, "^([^=]+)=(.*)$")
        if not key then
            errors.fail('setting "%s" is not key=value', text)
        end
        set(recipe, key, value)
    end
end

-- A split that a setting names must be there. The recipe's own is a default, for data sets that
-- have splits; a recipe without one has no default.
local function read_dataset(where, given, split_is_named)
    local values = options.read(where, datasets.fields, given)
    values.split = given.split
    values.split_rule = values.split_rule or (split_is_named and "must" or "or_whole")
    return values
end

local function resolve(where, given, settings)
    if type(given) ~= "table" then
        errors.fail("%s: a recipe returns a table { dataset = , ops = , loader = }, not %s", where,
            type(given))
    end
    local values = options.read(where, RECIPE_FIELDS, given)
    local recipe = {
        dataset = section(where, "dataset", values.dataset),
        ops = copy_ops(where, values.ops),
        loader = section(where, "loader", values.loader),
        epochs = values.epochs,
    }
    apply(recipe, settings)
    for place, record in ipairs(recipe.ops) do
        recipe.ops[place] = ops.create(record.op, record.args)
    end
    recipe.epochs = options.read(where, RECIPE_FIELDS, { ops = {}, epochs = recipe.epochs }).epochs
    recipe.ops = records.list(recipe.ops)
    recipe.dataset = new_dataset_part(read_dataset(where .. ": dataset", recipe.dataset,
        recipe.split_is_named))
    recipe.loader = new_loader_part(options.read(where .. ": loader", LOADER_FIELDS,
        recipe.loader))
    recipe.transform = transforms.create(recipe.ops).text
    recipe.name = where
    return new_recipe(recipe)
end

local function read_file(path)
    local file, message = io.open(path, "rb")
    if not file then
        errors.fail("recipe: %s", message)
    end
    local text = file:read("*a")
    file:close()
    if not text then
        errors.fail("recipe: %s cannot be read", path)
    end
    return text
end

-- A text has a line's end or a return statement in it; anything else is a path.
local function is_text(source)
    return string.find(source, "\n", 1, true) ~= nil
        or string.find(source, "%f[%w]return[%s{]") ~= nil
end

local function words()
    local constructors = {}
    for name, constructor in pairs(ops.constructors) do
        constructors[name] = constructor
    end
    setmetatable(constructors, { __index = function(_, name)
        ops.require(name)
    end })
    local constants = {}
    for name, value in pairs(factory.constants) do
        constants[name] = type(value) == "table" and { unpack(value) } or value
    end
    return { op = constructors, create_transform = factory.ops, constants = constants }
end

--- Loads a recipe in its restricted environment, which has `op`, `create_transform` (a list of ops)
--- and `constants`, and applies settings.
---@param source string path of a recipe, or its text
---@param settings table? list of "key=value", or keys and values
---@param how table? { trust = true } lifts the restriction; guard(f), a pcall with limits; name
---@return tench.recipe
function recipes.load(source, settings, how)
    how = how or {}
    local text, name = source, how.name or "recipe"
    if not is_text(source) then
        text, name = read_file(source), how.name or source
    end
    text = string.gsub(text, "^#[^\n]*", "")
    local given = sandbox.run(text, "@" .. name, words(), how)
    return resolve(name, given, settings)
end

--- Opens the recipe's data set.
---@param root string? in place of the recipe's
---@return tench.dataset
function Recipe:create_dataset(root)
    local given = section(self.name, "dataset", self.dataset)
    given.root = root or given.root
    return datasets.create(given)
end

--- Makes the recipe's loader.
---@param dataset tench.dataset
---@return tench.loader
function Recipe:create_loader(dataset)
    local given = section(self.name, "loader", self.loader)
    given.dataset, given.transform = dataset, self.transform
    return loaders.create(given)
end

new_recipe = records.kind{
    noun = "recipe",
    fields = { "name", "dataset", "ops", "transform", "split_is_named", "loader", "epochs" },
    methods = Recipe,
    tostring = function(recipe)
        return string.format("recipe %s: %s\n%s\n%s\nepochs = %d", recipe.name, recipe.transform,
            tostring(recipe.dataset), tostring(recipe.loader), recipe.epochs)
    end,
}

return recipes
