-- SPDX-License-Identifier: MIT
-- What verbs on a data set share: opening it, and work on all of its samples that a signal ends.

local errors = require "tench.error"
local exit = require "tench.cli.exit"
local names = require "tench.names"
local native = require "tench.cli.native"
local progress = require "tench.cli.progress"
local tench = require "tench"
local C = native.C

local folder = {}

--- Opens the data set of a command line, with its settings; "dataset." may stand in front of a key.
---@param given table
---@param index string? of the data set's options
---@return tench.dataset
function folder.open(given, index)
    local settings = { root = given.operands[1], progress = true, index = index }
    for _, text in ipairs(given.settings) do
        local key, value = text:match "^([^=]*)=(.*)$"
        settings[key:gsub("^dataset%.", "")] = value
    end
    return exit.on_error(exit.INPUT, tench.create_dataset, settings)
end

--- Calls a method of the data set that works in the background, with a line of progress. The first
--- signal ends the work; what it came to is returned all the same.
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
    if not ok then
        error(result, 0)
    end
    return result
end

--- The method, failing with FAULTS where it is a sample that failed, with `code` where it is not.
---@param code integer
---@param method function
---@return function
function folder.blaming_samples(code, method)
    return function(...)
        local ok, result = pcall(method, ...)
        if ok then
            return result
        end
        local failure = errors.last()
        local of_sample = failure and failure.sample
        return exit.on_error(of_sample and exit.FAULTS or code, error, result, 0)
    end
end

--- Exit code of work that a signal may have ended.
---@param result table
---@param code integer
---@return integer
function folder.exit_code(result, code)
    return result.stopped and exit.SIGNAL + C.tncli_signal() or code
end

--- One line of a report. Names in it are shown (tench.names).
---@param name string
---@param format string
---@param ... any
function folder.say(name, format, ...)
    local text = select("#", ...) > 0 and format:format(...) or format
    io.write(("%-12s "):format(name), names.message(text), "\n")
end

--- A list as JSON.
---@param list any[]
---@param item function text of one of them
---@return string
function folder.json_list(list, item)
    local parts = {}
    for place, value in ipairs(list) do
        parts[place] = item(value)
    end
    return "[" .. table.concat(parts, ",") .. "]"
end

return folder
