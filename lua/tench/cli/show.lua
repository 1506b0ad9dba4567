-- SPDX-License-Identifier: MIT
-- tench show: draws the first batch of a recipe.

local exit = require "tench.cli.exit"
local hint = require "tench.cli.hint"
local names = require "tench.names"
local options = require "tench.options"
local recipes = require "tench.cli.recipe"
local report = require "tench.cli.report"
local sheet = require "tench.cli.sheet"

local show = {
    usage = "show RECIPE [DATASET] [-o sheet.png] [key=value …] [--trust]",
    least = 1,
    most = 2,
    settings = true,
    options = { ["-o"] = "FILE", ["--trust"] = false },
    doc = "draw the first batch as a contact sheet, with labels below the images",
    notes = {
        { "-o FILE", "the PNG to write; by default sheet.png in the current folder" },
        { "--trust", "evaluate the recipe in the program, without limits" },
    },
}

local function has_setting(settings, key)
    for _, text in ipairs(settings) do
        local set = text:match "^([^=]*)="
        if set == key or set == "loader." .. key then
            return true
        end
    end
    return false
end

-- The settings of a sheet: pixels are not normalised, an unreadable image does not end the sheet
-- but is shown as such, and a data set smaller than a batch is shown too.
local function settings_for_sheet(settings)
    local out = { unpack(settings) }
    out[#out + 1] = "dtype=u8"
    out[#out + 1] = "loader.drop_last=no"
    if not has_setting(settings, "on_fault") then
        out[#out + 1] = "on_fault=skip"
    end
    return out
end

--- Draws the first batch of epoch 0.
---@param name string recipe
---@param settings string[]
---@param trust boolean?
---@param dataset tench.dataset? nil: the one of `root`, or the recipe's
---@param root string?
---@param path string of the PNG
---@return tench.dataset
---@return tench.fault[] faults of the batch
function show.draw(name, settings, trust, dataset, root, path)
    local recipe = recipes.load(name, settings_for_sheet(settings), trust)
    if not dataset then
        dataset = recipes.open_dataset(recipe, root)
        report.message(io.stderr, tostring(dataset))
    end
    local loader = exit.on_error(exit.INPUT, recipe.create_loader, recipe, dataset)
    local batch = exit.on_error(exit.FAULTS, function()
        return loader:epoch(0):next()
    end)
    if not batch then
        exit.fail(exit.INPUT, "%s: this rank's part of the data set has no batch",
            names.show(dataset.root))
    end
    sheet.write(path, batch, ("seed %s   %s   %s"):format(options.show(recipe.loader.seed),
        names.show(name:match("[^/]*$")), names.show(dataset.root)))
    local faults = loader:faults()
    loader:close()
    return dataset, faults
end

---@param given table
---@return integer code
function show.run(given)
    local path = given.options["-o"] or "sheet.png"
    sheet.check(path)
    recipes.check_operands(show, given)
    local dataset, faults = show.draw(given.operands[1], given.settings, given.options["--trust"],
        nil, given.operands[2], path)
    print(names.show(path))
    hint.tell { { dataset = dataset, faults = faults } }
    return exit.OK
end

return show
