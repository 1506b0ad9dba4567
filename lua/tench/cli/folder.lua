-- SPDX-License-Identifier: MIT
-- What all verbs on a data set share: opening it, and working on all samples until a signal comes.

local faults = require "tench.fault"
local exit = require "tench.cli.exit"
local names = require "tench.names"
local native = require "tench.cli.native"
local options = require "tench.options"
local progress = require "tench.cli.progress"
local report = require "tench.cli.report"
local tench = require "tench"
local C = native.C

local folder = {}

-- What the help of a verb says of an option that several verbs have.
folder.notes = {
    quiet = { "--quiet", "print no progress" },
    json = { "--json", "print one object; with splits it has the sums, and a list \"splits\" with "
        .. "an object for each" },
}

-- Raises a failure. If a signal ended the work, the failure says so.
local function raise(failure)
    if C.tncli_signal() ~= 0 then
        exit.fail(exit.SIGNAL + C.tncli_signal(), "interrupted: %s", failure.message)
    end
    error(failure, 0)
end

--- Calls a function that a signal can stop through tncli_stop. After a signal the program ends.
---@param code integer exit code of a failure
---@param action function
---@param ... any
---@return any result
function folder.interruptible(code, action, ...)
    C.tncli_catch_signals()
    local ok, result = pcall(exit.on_error, code, action, ...)
    C.tncli_release_signals()
    if not ok then
        raise(result)
    elseif C.tncli_signal() ~= 0 then
        exit.fail(exit.SIGNAL + C.tncli_signal(), "interrupted")
    end
    return result
end

local function read_settings(given, index)
    local settings = { root = given.operands[1], progress = true, index = index,
        stop = C.tncli_stop() }
    for _, text in ipairs(given.settings) do
        local key, value = text:match "^([^=]*)=(.*)$"
        settings[key:gsub("^dataset%.", "")] = value
    end
    return settings
end

local SEARCH_SPLIT = { name = "search_split", kind = "flag", default = true }

-- True if the settings name no split and do not switch the search for splits off.
local function wants_all_splits(settings)
    return not settings.split and exit.on_error(exit.INPUT, options.value, "setting", SEARCH_SPLIT,
        settings.search_split)
end

local function create(settings)
    return folder.interruptible(exit.INPUT, tench.create_dataset, settings)
end

--- Opens the data set of a command line, with its settings. A key may begin with "dataset.".
--- Without split= everything below the folder is one data set.
---@param given table
---@param index string? of the data set's options
---@return tench.dataset
function folder.open(given, index)
    local settings = read_settings(given, index)
    if not settings.split then
        settings.search_split = false
    end
    return create(settings)
end

--- Opens all data sets that a command line names: the split of split=, else each split that the
--- data set has, else the folder itself.
---@param given table
---@param index string? of the data set's options
---@return tench.dataset[]
function folder.open_each(given, index)
    local settings = read_settings(given, index)
    local splits = {}
    if wants_all_splits(settings) then
        splits = folder.interruptible(exit.INPUT, tench.splits, settings.root, settings)
    end
    if #splits == 0 then
        return { folder.open(given, index) }
    end
    local datasets = {}
    for place, split in ipairs(splits) do
        settings.split = split
        datasets[place] = create(settings)
    end
    return datasets
end

--- Opens everything that a command line names as one data set. Also opens the parts that a report
--- is about: each of its splits, or the data set itself.
---@param given table
---@param check function? check(parts), called before the whole is opened
---@return tench.dataset whole
---@return tench.dataset[] parts
function folder.open_whole(given, check)
    local parts = folder.open_each(given)
    if check then
        check(parts)
    end
    return folder.has_splits(parts, given) and folder.open(given) or parts[1], parts
end

--- Works on data sets in turn, until a signal ends it.
---@param datasets tench.dataset[]
---@param action function action(dataset) returns a table; `stopped` is true if a signal ended it
---@return table[] results one for each data set that was begun
function folder.work_on_each(datasets, action)
    local results = {}
    for place, dataset in ipairs(datasets) do
        results[place] = action(dataset)
        if results[place].stopped then
            break
        end
    end
    return results
end

--- Sums one field of tables.
---@param list table[]
---@param name string
---@return number
function folder.sum(list, name)
    local total = 0
    for _, item in ipairs(list) do
        total = total + item[name]
    end
    return total
end

--- True if a report is about each split: the command line names none, and the data set has some.
---@param datasets tench.dataset[]
---@param given table
---@return boolean
function folder.has_splits(datasets, given)
    return #datasets > 1 or (datasets[1].split ~= "" and not read_settings(given).split)
end

local LEFT_OUT = { "unmapped_folders", "unmapped_images", "other_files", "other_members",
    "other_keys", "without_image", "negative_labels", "other_containers" }

--- The JSON fields that name a data set and count what it leaves out.
---@param dataset tench.dataset
---@return string
function folder.json_fields(dataset)
    local left_out = dataset:left_out()
    local counts = {}
    for place, name in ipairs(LEFT_OUT) do
        counts[place] = ('"%s":%.0f'):format(name, left_out[name])
    end
    return ('"root":%s,"split":%s,"left_out":{%s},"repeated_paths":%.0f'):format(
        native.json_string(dataset.root),
        dataset.split ~= "" and native.json_string(dataset.split) or "null",
        table.concat(counts, ","), left_out.repeated_paths)
end

--- Calls a method of the data set that works in the background, and shows progress. The first
--- signal stops the work; the result so far is returned.
---@param code integer exit code of a failure
---@param dataset tench.dataset
---@param method function
---@param values table the method's options
---@param quiet boolean
---@return table result
function folder.work(code, dataset, method, values, quiet)
    local bar = progress.start(dataset.n, quiet)
    values.tick = function(done)
        bar:update(done)
        return C.tncli_signal() ~= 0
    end
    C.tncli_catch_signals()
    local ok, result = pcall(exit.on_error, code, method, dataset, values)
    bar:clear()
    return ok and result or raise(result)
end

--- Wraps a method: if a sample fails, the failure has the code FAULTS, otherwise `code`.
---@param code integer
---@param method function
---@return function
function folder.blaming_samples(code, method)
    return function(...)
        local ok, result = pcall(method, ...)
        if ok then
            return result
        end
        local failure = faults.last()
        local of_sample = failure and failure.sample
        return exit.on_error(of_sample and exit.FAULTS or code, error, result, 0)
    end
end

--- The exit code of work that a signal may have stopped.
---@param result table
---@param code integer
---@return integer
function folder.exit_code(result, code)
    return result.stopped and exit.SIGNAL + C.tncli_signal() or code
end

local FIRST_NOTES = 10

--- Prints notes on standard error, but no more than the first ones.
---@param notes string[]
function folder.warn(notes)
    for place = 1, math.min(#notes, FIRST_NOTES) do
        report.message(io.stderr, "tench: " .. names.message(notes[place]))
    end
    if #notes > FIRST_NOTES then
        report.message(io.stderr, ("tench: and %d more notes (--json lists all)"):format(
            #notes - FIRST_NOTES))
    end
end

folder.say = report.say

--- Does some work. Returns its result as a plain table, with the seconds that it took.
---@param action fun(): table
---@return table
function folder.timed(action)
    local began, out = C.tncli_seconds(), {}
    for name, value in pairs(action()) do
        out[name] = value
    end
    out.seconds = C.tncli_seconds() - began
    return out
end

--- Prints a line for each data set: folder, split, images, classes, and what was left out.
---@param parts tench.dataset[]
function folder.say_parts(parts)
    for _, part in ipairs(parts) do
        folder.say("data set", "%s", part:describe())
    end
end

local function json_part(part)
    return ('%s,"images":%d,"classes":%d'):format(folder.json_fields(part), part.n, part.n_classes)
end

--- The same as JSON fields, with a list "splits" if there are splits.
---@param whole tench.dataset
---@param parts tench.dataset[]
---@return string
function folder.json_data(whole, parts)
    if parts[1] == whole then
        return json_part(whole)
    end
    return '"root":' .. native.json_string(whole.root) .. ',"splits":'
        .. folder.json_list(parts, function(part)
            return "{" .. json_part(part) .. "}"
        end)
end

--- Writes a list as JSON.
---@param list any[]
---@param item function writes one item
---@return string
function folder.json_list(list, item)
    local parts = {}
    for place, value in ipairs(list) do
        parts[place] = item(value)
    end
    return "[" .. table.concat(parts, ",") .. "]"
end

return folder
