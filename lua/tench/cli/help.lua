-- SPDX-License-Identifier: MIT
-- tench help: prints an overview, or says what a name is: a verb, an op, an option, an order, a
-- device, a format, a kind of source or a recipe. All texts except those of verbs and recipes come
-- from the library's registry.

local exit = require "tench.cli.exit"
local lib = require "tench.lib"
local names = require "tench.names"
local op = require "tench.op"
local recipe = require "tench.recipe"
local recipes = require "tench.cli.recipe"
local reference = require "tench.cli.reference"
local report = require "tench.cli.report"
local specs = require "tench.spec"
local verbs = require "tench.cli.verbs"
local C = lib.C

local help = {
    usage = "help [NAME] [--markdown | --annotations]",
    least = 0,
    most = 1,
    settings = false,
    options = { ["--markdown"] = false, ["--annotations"] = false },
    doc = "this text, or what NAME is: a verb, an op, an option, an order, a device, a format, a "
        .. "source, a recipe",
    notes = {
        { "--markdown", "a table for documentation: of NAME's options, or of all ops, orders, "
            .. "devices, formats or sources, the ops by default" },
        { "--annotations", "types of all options, for editors" },
    },
}

local KINDS = {
    C.TN_SPEC_OP, C.TN_SPEC_OPTIONS, C.TN_SPEC_ORDER, C.TN_SPEC_DEVICE, C.TN_SPEC_CODEC,
    C.TN_SPEC_SOURCE,
}
-- The lists that help prints by their names, in the order of the overview.
local LISTS = {
    { name = "orders", kind = C.TN_SPEC_ORDER }, { name = "devices", kind = C.TN_SPEC_DEVICE },
    { name = "formats", kind = C.TN_SPEC_CODEC }, { name = "sources", kind = C.TN_SPEC_SOURCE },
    { name = "ops", kind = C.TN_SPEC_OP },
}

local function verb_of(name)
    for _, known in ipairs(verbs) do
        if known == name then
            return require("tench.cli." .. name)
        end
    end
end

local function write_pairs(out, list)
    for _, item in ipairs(list) do
        report.help(out, ("  %-15s %s"):format(item[1], item[2]), 18)
    end
end

local function write_ops(out)
    local stages, order = {}, {}
    for _, name in ipairs(op.names()) do
        local stage = op.info(name).stage
        if not stages[stage] then
            stages[stage] = {}
            order[#order + 1] = stage
        end
        table.insert(stages[stage], name)
    end
    for _, stage in ipairs(order) do
        report.help(out, ("  %-15s %s"):format(stage, table.concat(stages[stage], " ")), 18)
    end
end

local function write_names(out, noun, kind)
    local list = {}
    for place, spec in ipairs(specs.list(kind)) do
        list[place] = spec.name
    end
    report.help(out, ("  %-15s %s"):format(noun, table.concat(list, " ")), 18)
end

--- Writes the overview.
---@param out file*
function help.overview(out)
    out:write("tench: data sets of images become batches\n\n")
    for _, name in ipairs(verbs) do
        local verb = verb_of(name)
        out:write(report.usage("  tench ", verb.usage, 10), "\n")
        report.help(out, "      " .. verb.doc, 6)
    end
    out:write("  tench --version\n\n")
    report.help(out, "settings (key=value) of every recipe; the key of any other field or "
        .. "parameter is its name if only one part of the recipe has it (split=val, size=192), "
        .. "else its path (ops.hflip.p=0)", 0)
    write_pairs(out, recipe.short_keys())
    out:write("\nops by stage (tench help OP)\n")
    write_ops(out)
    out:write("\nother names (tench help NAME; tench help sources says what each source is)\n")
    write_names(out, "options of", C.TN_SPEC_OPTIONS)
    for _, list in ipairs(LISTS) do
        if list.kind ~= C.TN_SPEC_OP then
            write_names(out, list.name, list.kind)
        end
    end
    report.help(out, ("  %-15s %s"):format("recipes", table.concat(recipes.known, " ")), 18)
    out:write("\nexit codes\n")
    write_pairs(out, exit.meanings)
end

local function write_param(param)
    report.help(io.stdout, ("  %-18s %s"):format(param.name, reference.values_text(param)), 21)
    report.help(io.stdout, "      " .. param.doc, 6)
end

-- Writes the names that are refused, or that belong to other libraries, with the reasons.
local function write_refused(params)
    for _, param in ipairs(params) do
        local reason = reference.refusal_text(param)
        if reason then
            report.help(io.stdout, ("  %-18s %s"):format(param.name, reason), 21)
        end
    end
end

local function has_refused(params)
    for _, param in ipairs(params) do
        if reference.refusal_text(param) then
            return true
        end
    end
    return false
end

local function write_params(spec)
    for _, param in ipairs(spec.params) do
        if not reference.refusal_text(param) then
            io.write "\n"
            write_param(param)
        end
    end
    if has_refused(spec.params) then
        io.write "\nnot taken:\n"
        write_refused(spec.params)
    end
end

local function write_entry(spec, kind)
    report.help(io.stdout, spec.name .. ": " .. spec.doc, 2)
    if spec.aliases ~= "" then
        report.help(io.stdout, "  also    " .. spec.aliases, 10)
    end
    if spec.stage ~= "" then
        report.help(io.stdout, "  stage   " .. spec.stage, 10)
    end
    if spec.source ~= "" then
        report.help(io.stdout, "  source  " .. spec.source, 10)
    end
    if spec.package ~= "" then
        report.help(io.stdout, "  needs   " .. spec.package, 10)
    end
    if spec.speed ~= "" then
        report.help(io.stdout, "  speed   " .. spec.speed, 10)
    end
    if kind == C.TN_SPEC_OP and #spec.params == 0 then
        io.write("  no parameters\n")
    end
    write_params(spec)
end

-- Writes the options of a verb that are options of the registry too.
local function write_options(verb, spec)
    for _, param in ipairs(spec and spec.params or {}) do
        local name = "--" .. param.name:gsub("_", "-")
        local value = verb.options[name]
        if value then
            name = name .. " " .. verb.usage:match(name:gsub("%-", "%%-") .. " ([%w|]+)")
            write_pairs(io.stdout, { { name, ("%s (%s)"):format(param.doc,
                reference.values_text(param)) } })
        elseif value == false then
            write_pairs(io.stdout, { { name, param.doc } })
        end
    end
end

--- Writes what a verb does, and its options.
---@param name string
function help.verb(name)
    local verb = verb_of(name)
    io.write(report.usage("usage: tench ", verb.usage, 13), "\n")
    report.help(io.stdout, verb.doc, 0)
    write_options(verb, specs.find(C.TN_SPEC_OPTIONS, name))
    write_pairs(io.stdout, verb.notes or {})
end

local function write_list(kind)
    local pairs_of = {}
    for place, spec in ipairs(specs.list(kind)) do
        pairs_of[place] = { spec.name, spec.doc }
    end
    write_pairs(io.stdout, pairs_of)
end

-- Returns the parameters of that name, each with its owners. Entries that describe a parameter in
-- the same way own it together.
local function params_named(name)
    local found, by_doc = {}, {}
    for place, kind in ipairs { C.TN_SPEC_OPTIONS, C.TN_SPEC_OP, C.TN_SPEC_SOURCE } do
        for _, spec in ipairs(specs.list(kind)) do
            for _, param in ipairs(spec.params) do
                local same = param.name == name and place .. param.doc .. param.initial
                if same and not by_doc[same] then
                    by_doc[same] = { param = param, owners = {},
                        noun = kind == C.TN_SPEC_OPTIONS and "an option of" or "a parameter of" }
                    found[#found + 1] = by_doc[same]
                end
                if same then
                    table.insert(by_doc[same].owners, spec.name)
                end
            end
        end
    end
    return found
end

local function write_named(item)
    local param, owners = item.param, table.concat(item.owners, ", ")
    if param.instead then
        return report.help(io.stdout, ("%s is not an option of %s: %s"):format(param.name, owners,
            param.instead), 2)
    end
    report.help(io.stdout, ("%s, %s %s"):format(param.name, item.noun, owners), 2)
    report.help(io.stdout, "  " .. (reference.refusal_text(param) or reference.values_text(param)),
        2)
    report.help(io.stdout, "      " .. param.doc, 6)
end

local function is_recipe(name)
    for _, known in ipairs(recipes.known) do
        if known == name then
            return true
        end
    end
    return false
end

-- The comment at the top of a recipe that comes with tench.
local function comment_of(name)
    local lines = {}
    for comment in recipe.read_file(recipes.find(name)):gmatch "%-%- ([^\n]*)" do
        if not comment:find "^SPDX" then
            lines[#lines + 1] = comment
        end
    end
    return table.concat(lines, " ")
end

local function write_recipes()
    local list = {}
    for place, name in ipairs(recipes.known) do
        list[place] = { name, comment_of(name) }
    end
    write_pairs(io.stdout, list)
end

local function write_recipe(name)
    local path = recipes.find(name)
    report.help(io.stdout, ("%s, a recipe: %s"):format(name, comment_of(name)), 2)
    report.help(io.stdout, "  file    " .. names.show(path), 10)
    report.help(io.stdout, ("  use     tench run %s DATASET"):format(name), 10)
end

-- Returns a function for each meaning of the name, which writes it.
local function meanings_of(name)
    local found = {}
    if is_recipe(name) then
        found[1] = function()
            write_recipe(name)
        end
    elseif name == "recipes" then
        found[1] = write_recipes
    end
    if verb_of(name) then
        found[#found + 1] = function()
            help.verb(name)
        end
    end
    for _, kind in ipairs(KINDS) do
        local spec = specs.find(kind, name)
        found[#found + 1] = spec and function()
            write_entry(spec, kind)
        end
    end
    for _, list in ipairs(LISTS) do
        found[#found + 1] = list.name == name and function()
            write_list(list.kind)
        end or nil
    end
    for _, key in ipairs(recipe.short_keys()) do
        found[#found + 1] = key[1] == name and function()
            report.help(io.stdout, name .. "=VALUE is a setting of every recipe.", 2)
        end or nil
    end
    for _, item in ipairs(params_named(name)) do
        found[#found + 1] = function()
            write_named(item)
        end
    end
    return found
end

-- Verbs come last: of two names that are equally near, a user of `tench help` rarely means a verb.
local function known_names()
    local known, seen = {}, {}
    local function add(name)
        if not seen[name] then
            known[#known + 1], seen[name] = name, true
        end
    end
    for _, name in ipairs(recipes.known) do
        add(name)
    end
    add "recipes"
    for _, kind in ipairs(KINDS) do
        for _, spec in ipairs(specs.list(kind)) do
            add(spec.name)
            for _, param in ipairs(spec.params) do
                add(param.name)
            end
        end
    end
    for _, list in ipairs(LISTS) do
        add(list.name)
    end
    for _, name in ipairs(verbs) do
        add(name)
    end
    return known
end

local function unknown(name)
    local near = names.nearest(name, known_names())
    exit.fail(exit.USAGE,
        'no verb, op, option, order, device, format, source or recipe has the name "%s"%s',
        names.show(name), near and "; the nearest known is " .. near or "")
end

---@param given table
---@return integer code
function help.run(given)
    local name = given.operands[1]
    if given.options["--annotations"] then
        reference.write_annotations(io.stdout)
    elseif given.options["--markdown"] then
        if not reference.write_table(io.stdout, name or "ops") then
            unknown(name)
        end
    elseif not name then
        help.overview(io.stdout)
    else
        local meanings = meanings_of(name)
        for place, write in ipairs(meanings) do
            io.write(place > 1 and "\n" or "")
            write()
        end
        if #meanings == 0 then
            unknown(name)
        end
    end
    return exit.OK
end

return help
