-- SPDX-License-Identifier: MIT
-- Recipes. A recipe's file returns a plain table { dataset = , ops = , loader = , epochs = }, and
-- settings of the form key=value change its fields.
--
--   epochs=2 batch_size=32           a short key
--   dataset.split=val loader.drop_last=no   a field of a section
--   ops.color_jitter.brightness=0.2  a parameter of an op; ops.2.p=0.1 if a name occurs twice
--   split=val drop_last=no size=192  the last word of a path, if only one path ends with it
--
-- All options are checked before anything is opened, by the same tables as in the constructors.

local lib = require "tench.lib"
local datasets = require "tench.dataset"
local errors = require "tench.error"
local factory = require "tench.factory"
local loaders = require "tench.loader"
local names = require "tench.names"
local ops = require "tench.op"
local options = require "tench.options"
local records = require "tench.record"
local sandbox = require "tench.sandbox"
local sources = require "tench.source"
local specs = require "tench.spec"
local timm = require "tench.timm"
local transforms = require "tench.transform"
local C = lib.C

local MAX_TEXT_BYTES, READ_BYTES = 2 ^ 22, 2 ^ 16

---@class tench.recipe
---@field name string file of the recipe, or "recipe"
---@field dataset table options of create_dataset; root is nil where the recipe names none
---@field ops tench.op[] in their order
---@field transform string canonical text of the ops
---@field split_is_named boolean? a setting names it
---@field loader table options of tench.loader, without dataset and transform
---@field epochs integer how many `tench run` loads
local Recipe = {}
local recipes = {}
local new_recipe

-- Keys that every recipe knows, in the order of the help, and the paths that they stand for.
local SHORT_KEYS = {
    { "epochs", "epochs" },
    { "seed", "loader.seed" },
    { "threads", "loader.threads" },
    { "batch_size", "loader.batch_size" },
    { "dtype", "ops.convert.dtype" },
    { "interpolation", "ops.*.interpolation" },
    { "device", "loader.device" },
    { "on_fault", "loader.on_fault" },
    { "rank", "loader.rank" },
    { "world_size", "loader.world_size" },
    { "index", "dataset.index" },
}
local SHORT_PATHS, SHORT_NAMES = {}, {}
for place, key in ipairs(SHORT_KEYS) do
    SHORT_NAMES[place], SHORT_PATHS[key[1]] = key[1], key[2]
end
local SECTIONS = { "dataset", "ops", "loader" }
local SECTION_EXAMPLES = { dataset = "dataset.split=val", ops = "ops.hflip.p=0.1",
    loader = "loader.drop_last=no" }

local RECIPE_FIELDS = specs.fields("recipe")
-- A recipe needs no root: the command line may name the data set.
local DATASET_FIELDS = options.changed(datasets.fields, { root = { required = false } })
local LOADER_FIELDS = specs.fields("recipe_loader")

local new_dataset_part = records.kind{ noun = "dataset", fields = options.names(DATASET_FIELDS) }
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

-- Copies an item of the list of ops: a record, or a text of ops.
local function copy_item(where, place, item)
    if type(item) == "string" then
        return ops.parse(item)
    end
    local name = type(item) == "table" and rawget(item, "op")
    local args = type(item) == "table" and rawget(item, "args")
    if ops.is_constructor(item) then
        errors.fail("%s: item %d of ops is op.%s itself; call it: op.%s{}", where, place,
            item.name, item.name)
    elseif type(name) ~= "string" or type(args) ~= "table" then
        errors.fail("%s: item %d of ops is not an op", where, place)
    end
    return { { op = ops.require(name).name, args = section(where, name, args) } }
end

-- Makes new records from names and arguments, so changes by the recipe count and are checked.
local function copy_ops(where, list)
    if type(list) == "string" then
        return ops.parse(list)
    elseif type(list) ~= "table" then
        errors.fail("%s: ops must be a list of ops, not %s", where, type(list))
    end
    local copies = {}
    for place, item in ipairs(list) do
        for _, record in ipairs(copy_item(where, place, item)) do
            copies[#copies + 1] = record
        end
        if #copies > C.TN_MAX_OPS then
            errors.fail("%s: the recipe has more than %d ops", where, C.TN_MAX_OPS)
        end
    end
    return copies
end

local function find_ops(where, recipe, name)
    local place = tonumber(name)
    if place then
        return { recipe.ops[place] or errors.fail("%s: the recipe has %d ops, so there is no op %s",
            where, #recipe.ops, name) }
    end
    local found, known = {}, {}
    local info = ops.info(name)
    for index, record in ipairs(recipe.ops) do
        known[index] = record.op
        if record.op == (info and info.name or name) then
            found[#found + 1] = record
        end
    end
    if #found == 0 then
        options.unknown(where .. ": the recipe's ops", name, known)
    elseif #found > 1 then
        errors.fail("%s: the recipe has %d ops %s; name one by its place, for example ops.2",
            where, #found, name)
    end
    return found
end

local function set_parameter(record, parameter, value)
    record.args[parameter] = value
    -- Otherwise a positional argument would be given twice.
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

-- interpolation=NAME sets it for every op that has one.
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

-- Returns the place after all ops that work on single samples.
local function place_before_batch(recipe)
    for place, record in ipairs(recipe.ops) do
        local info = ops.info(record.op)
        if info and info.stage == "batch" then
            return place
        end
    end
    return #recipe.ops + 1
end

local function set_op(where, recipe, rest, value)
    local name, parameter = string.match(rest, "^([%w_*]+)%.([%w_]+)$")
    if not name then
        errors.fail("%s: set an op's parameter with ops.NAME.PARAMETER=value", where)
    end
    if name == "*" then
        return set_everywhere(where, recipe, parameter, value)
    end
    if name == "convert" and not has_op(recipe, name) then
        table.insert(recipe.ops, place_before_batch(recipe), { op = name, args = {} })
    end
    set_parameter(find_ops(where, recipe, name)[1], parameter, value)
end

-- Adds SECTION.KEY if the section has such a field and takes it.
local function add_field_path(paths, section_name, fields, key)
    for _, field in ipairs(fields) do
        if field.name == key and not field.refuse then
            paths[#paths + 1] = section_name .. "." .. key
        end
    end
end

-- Returns the paths that end with the key: fields of sections, and parameters of the recipe's ops.
local function paths_to(recipe, key)
    local paths, counts = {}, {}
    add_field_path(paths, "dataset", DATASET_FIELDS, key)
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

-- Returns the path that a key stands for.
local function path_of(recipe, key)
    if SHORT_PATHS[key] or string.find(key, ".", 1, true) then
        return SHORT_PATHS[key] or key
    end
    local paths = paths_to(recipe, key)
    if #paths > 1 then
        errors.fail("setting %s: more than one part of the recipe has it; give one of these paths: "
            .. "%s", key, table.concat(paths, ", "))
    end
    return paths[1] or key
end

-- Returns all words without a dot that may come before "=".
local function bare_names(recipe)
    local known = options.joined(SHORT_NAMES, SECTIONS)
    for _, fields in ipairs { DATASET_FIELDS, LOADER_FIELDS } do
        known = options.joined(known, options.names(fields))
    end
    for _, record in ipairs(recipe.ops) do
        known = options.joined(known, options.names(ops.info(record.op).params))
    end
    return known
end

-- Says how to write "resize.size", which lacks the "ops." of a path.
local function refuse_short_path(name)
    local op, parameter = string.match(tostring(name), "^([%w_]+)%.([%w_]+)$")
    local info = op and ops.info(op)
    if info and has_parameter({ op = op }, parameter) then
        errors.fail("setting %s: the path of an op's parameter begins with ops: ops.%s", name, name)
    end
end

local function unknown_setting(recipe, name)
    sources.refuse_parameter("setting", name, recipe.dataset.source)
    if type(name) == "string" and names.nearest(name, bare_names(recipe)) then
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
            errors.fail("%s: %s is a part of the recipe; set one of its fields, for example %s",
                where, path, SECTION_EXAMPLES[path])
        end
    end
    refuse_short_path(key)
    unknown_setting(recipe, name or key)
end

-- Returns the registry's text on a short key: an option of a section, or a parameter of an op.
local function meaning_of(path)
    local owner, name = string.match(path, "^(.*)%.([%w_]+)$")
    if owner == "ops.*" then
        return name .. " of every op that has one"
    end
    local op_name = owner and string.match(owner, "^ops%.(.*)$")
    local spec = op_name and ops.info(op_name)
        or specs.find(C.TN_SPEC_OPTIONS, owner == "loader" and "recipe_loader" or owner or "recipe")
    for _, param in ipairs(spec.params) do
        if param.name == (name or path) then
            return param.doc .. (param.choices ~= ""
                and " (" .. string.gsub(param.choices, " ", ", ") .. ")" or "")
        end
    end
end

--- Returns the keys that every recipe knows, as a list of {name, meaning}.
---@return string[][]
function recipes.short_keys()
    local list = {}
    for place, key in ipairs(SHORT_KEYS) do
        list[place] = { key[1], meaning_of(key[2]) }
    end
    return list
end

-- Applies "key=value" texts in their order, or a table of keys and values.
local function apply(recipe, settings)
    if settings ~= nil and type(settings) ~= "table" then
        errors.fail('settings must be a table, { "epochs=3" } or { epochs = 3 }, not %s',
            options.show(settings))
    end
    for key, value in pairs(settings or {}) do
        if type(key) ~= "number" then
            set(recipe, key, value)
        end
    end
    for _, text in ipairs(settings or {}) do
        local key, value = string.match(tostring(text), "^([^=]+)=(.*)$")
        if not key then
            errors.fail("setting %s is not key=value", options.show(text))
        end
        set(recipe, key, value)
    end
end

-- A split that a setting names must exist. The recipe's own split is a default for data sets that
-- have splits.
local function read_dataset(where, given, split_is_named)
    local values = options.read(where, DATASET_FIELDS, given)
    values.split = given.split
    if given.split_rule == nil then
        values.split_rule = split_is_named and "must" or "or_whole"
    end
    return values
end

-- Copies the parts of a recipe from the table that its text returned.
local function copy_parts(where, given)
    if type(given) ~= "table" then
        errors.fail("%s: a recipe returns a table { dataset = , ops = , loader = }, not %s", where,
            type(given))
    end
    if given[1] ~= nil then
        errors.fail("%s: a recipe names its parts: put the ops into ops = { … }", where)
    end
    local values = options.read(where, RECIPE_FIELDS, given)
    return {
        dataset = section(where, "dataset", values.dataset or {}),
        ops = copy_ops(where, values.ops),
        loader = section(where, "loader", values.loader or {}),
        epochs = values.epochs,
    }
end

--- Copies the table that a recipe's text returned, and turns each op into its canonical text.
--- recipes.resolve takes the copy like the original.
---@param name string first words of messages
---@param given any
---@return table
function recipes.describe(name, given)
    local parts = copy_parts(names.show(name), given)
    for place, record in ipairs(parts.ops) do
        parts.ops[place] = ops.create(record.op, record.args).text
    end
    return parts
end

--- Makes a recipe from a table, and applies settings.
---@param name string
---@param given any the table that its text returned
---@param settings table? list of "key=value", or keys and values
---@return tench.recipe
function recipes.resolve(name, given, settings)
    local where = names.show(name)
    local recipe = copy_parts(where, given)
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
    recipe.name = name
    return new_recipe(recipe)
end

--- Reads the text of a recipe's file.
---@param path string
---@return string
function recipes.read_file(path)
    options.text("load_recipe", "path", path)
    local file, message = io.open(path, "rb")
    if not file then
        errors.fail("recipe: %s", message)
    end
    local parts, n_bytes = {}, 0
    local part, why = file:read(READ_BYTES)
    while part and n_bytes <= MAX_TEXT_BYTES do
        parts[#parts + 1], n_bytes = part, n_bytes + #part
        part, why = file:read(READ_BYTES)
    end
    file:close()
    if why then
        errors.fail("recipe: %s cannot be read: %s", path, why)
    elseif n_bytes > MAX_TEXT_BYTES then
        errors.fail("recipe: %s is larger than %d bytes", path, MAX_TEXT_BYTES)
    end
    return table.concat(parts)
end

-- A source is a text if it contains a newline or a return statement, unless a file has that name.
local function is_text(source)
    if not string.find(source, "\n", 1, true) and not string.find(source, "%f[%w]return[%s{]") then
        return false
    end
    local file = not string.find(source, "\0", 1, true) and io.open(source, "rb")
    return not file or not file:close()
end

local function words()
    local constructors = {}
    for name, constructor in pairs(ops.constructors) do
        constructors[name] = constructor
    end
    return {
        op = records.module("op", constructors),
        create_transform = function(given)
            return records.list(factory.ops(given))
        end,
        constants = timm.new_constants(),
    }
end

--- Evaluates a recipe's text and returns its result. The restricted environment has `op`,
--- `create_transform` (which returns a list of ops), `constants` and `print`, and Lua's own names.
---@param text string
---@param name string of the recipe
---@param how table? options of sandbox.run
---@return any
function recipes.evaluate(text, name, how)
    return sandbox.run(string.gsub(text, "^#[^\n]*", "", 1), "@" .. names.show(name), words(),
        how or {})
end

local HOW_FIELDS = specs.fields("load_recipe")

--- Loads a recipe in this Lua state and applies settings. The restricted environment gives it no
--- access to files, processes and the host's own tables. tench does not limit its time and memory
--- here. The host can, with `guard` and a limit on the state's memory, but neither ends one long
--- call into C.
---@param source string path of a recipe, or its text
---@param settings table? list of "key=value", or keys and values
---@param how tench.load_recipe_options?
---@return tench.recipe
function recipes.load(source, settings, how)
    if type(source) ~= "string" then
        errors.fail("load_recipe: the recipe must be a path or a text, not %s",
            options.show(source))
    end
    how = options.read("load_recipe", HOW_FIELDS, how)
    local text, name = source, how.name or "recipe"
    if not is_text(source) then
        text, name = recipes.read_file(source), how.name or source
    end
    return recipes.resolve(name, recipes.evaluate(text, name, how), settings)
end

--- Opens the recipe's data set.
---@param root string? replaces the recipe's root
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
        return string.format("recipe %s: %s\n%s\n%s\nepochs = %d", names.show(recipe.name),
            recipe.transform, tostring(recipe.dataset), tostring(recipe.loader), recipe.epochs)
    end,
}

return recipes
