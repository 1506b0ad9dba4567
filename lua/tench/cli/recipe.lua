-- SPDX-License-Identifier: MIT
-- Recipes of the command line: a file, or the bare name of a recipe that comes with tench.

local confine = require "tench.cli.confine" -- src/cli/state.c
local exit = require "tench.cli.exit"
local folder = require "tench.cli.folder"
local names = require "tench.names"
local native = require "tench.cli.native"
local plain = require "tench.cli.plain"
local recipe = require "tench.recipe"
local sandbox = require "tench.sandbox"
local C, ffi = native.C, native.ffi

local FILE, FOLDER = 2, 1

local recipes = {}

--- Finds the folder of the recipes that come with this program: in its checkout, or where it is
--- installed.
---@return string?
function recipes.folder()
    local program = ffi.string(C.tncli_program_path())
    local here = program:match "^(.*)/[^/]*$" or "."
    local above = here:match "^(.*)/[^/]*$" or ".."
    for _, place in ipairs { (above:match "^(.*)/[^/]*$" or above .. "/..") .. "/recipes",
        above .. "/share/tench/recipes" } do
        if C.tncli_path_kind(place) == FOLDER then
            return place
        end
    end
    return nil
end

--- Names of the recipes that come with tench.
recipes.known = { "cifar_train", "imagenet_eval", "imagenet_train", "imagenet_train_mixup",
    "inception_eval" }

--- Raises an error if the first operand is a folder instead of a recipe.
---@param verb tench.cli.verb
---@param given table what args.read returned
function recipes.check_operands(verb, given)
    local first, second = given.operands[1], given.operands[2]
    if pcall(recipes.find, first) or C.tncli_path_kind(first) ~= FOLDER then
        return
    end
    local name = verb.usage:match "^%a+"
    if second and pcall(recipes.find, second) then
        exit.usage(verb, "%s is a folder; the recipe comes first:\n  tench %s %s %s",
            names.show(first), name, names.word(second), names.word(first))
    end
    exit.usage(verb, "%s is a folder; a recipe comes first:\n  tench %s RECIPE %s\n"
        .. "recipes that come with tench: %s", names.show(first), name, names.word(first),
        table.concat(recipes.known, " "))
end

--- Finds the path of a recipe.
---@param name string a path, with or without ".lua", or a bare name
---@return string
function recipes.find(name)
    local tried = { name, name .. ".lua" }
    local ours = recipes.folder()
    if ours and not name:find("/", 1, true) then
        tried[#tried + 1] = ours .. "/" .. name:gsub("%.lua$", "") .. ".lua"
    end
    for _, path in ipairs(tried) do
        if C.tncli_path_kind(path) == FILE then
            return path
        end
    end
    local bare = name:match("[^/]*$"):gsub("%.lua$", "")
    local near = names.nearest(bare, recipes.known)
    local more = near and "; the nearest known is " .. near
        or "; recipes that come with tench: " .. table.concat(recipes.known, " ")
    if near == bare and not ours then
        more = ("; %s comes with tench, but its recipes are not beside this program"):format(near)
    end
    exit.fail(exit.INPUT, "recipe %s: there is no such file; tried %s%s",
        names.show(name), names.show(table.concat(tried, ", ")), more)
end

-- Evaluates a recipe's text in a child process (confine.h), and returns its result as plain data.
-- The answer is checked like any other input.
local function evaluate_apart(text, path)
    local shown = names.show(path)
    local ok, answer = confine.run(function()
        local given = recipe.evaluate(text, path, { print = confine.note })
        return plain.write(shown, recipe.describe(path, given), confine.answer_bytes)
    end, sandbox.show)
    if ok then
        return plain.read(shown, answer)
    elseif C.tncli_signal() ~= 0 then
        exit.fail(exit.SIGNAL + C.tncli_signal(), "interrupted")
    elseif ok == nil then
        exit.fail(exit.INPUT, "%s: %s (--trust lifts the limits)", shown, answer)
    end
    exit.fail(exit.INPUT, "%s", answer)
end

-- Results of recipes by path: a recipe is evaluated once, even if it is resolved twice.
local described = {}

local function describe(path, trust)
    if not described[path] then
        local text = recipe.read_file(path)
        if trust then
            described[path] = recipe.evaluate(text, path, { trust = true })
        else
            described[path] = evaluate_apart(text, path)
        end
    end
    return described[path]
end

--- Loads a recipe with the command line's settings.
---@param name string
---@param settings string[] "key=value"
---@param trust boolean? true evaluates it in the program, without limits
---@return tench.recipe
function recipes.load(name, settings, trust)
    local path = recipes.find(name)
    local given = exit.on_error(exit.INPUT, describe, path, trust)
    return exit.on_error(exit.INPUT, recipe.resolve, path, given, { unpack(settings) })
end

--- Opens the data set that the command line names, or the one that the recipe names.
---@param loaded tench.recipe
---@param root string?
---@return tench.dataset
function recipes.open_dataset(loaded, root)
    local named = loaded.dataset
    if not (root or named.root or named.source or named.items) then
        exit.fail(exit.USAGE, "%s names no data set: give one after the recipe",
            names.show(loaded.name))
    end
    named.progress, named.stop = true, C.tncli_stop()
    local dataset = folder.interruptible(exit.INPUT, loaded.create_dataset, loaded, root)
    if dataset.n == 0 then
        exit.fail(exit.INPUT, "%s: no images", names.show(dataset.root))
    end
    return dataset
end

return recipes
