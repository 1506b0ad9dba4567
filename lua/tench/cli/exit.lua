-- SPDX-License-Identifier: MIT
-- Exit codes, and how an error gets its code.
--
-- A failure that the user can act on is raised as a table with code and message. Any other error is
-- a bug in tench. main.lua turns both into a message and an exit code.

local faults = require "tench.fault"
local names = require "tench.names"

local exit = {
    OK = 0,
    USAGE = 1,
    INPUT = 2,
    FAULTS = 3,
    OUTPUT = 4,
    INTERNAL = 5, -- as in main.c
    MACHINE = 6,
    SIGNAL = 128, -- plus the signal's number: 130 for Ctrl-C
}

exit.meanings = {
    { "0", "done" },
    { "1", "the command line is wrong" },
    { "2", "recipe, setting, data set or state cannot be used, or there is no batch" },
    { "3", "an image failed (on_fault=raise), or more than the budget allows; or verify found "
        .. "damage" },
    { "4", "output cannot be written" },
    { "5", "there is a bug in tench" },
    { "6", "the machine lacks something (open files, memory), or its network does not answer" },
    { "130", "interrupted (128 plus the signal's number)" },
}

-- Metatable that distinguishes a failure from a table that a recipe raised.
local Failure = {}

local function is_failure(problem)
    return getmetatable(problem) == Failure
end

-- Escapes control characters in the arguments that are texts.
local function shown(...)
    local list = { ... }
    for place = 1, select("#", ...) do
        local item = list[place]
        list[place] = type(item) == "string" and names.message(item) or item
    end
    return unpack(list, 1, select("#", ...))
end

--- Raises a failure.
---@param code integer
---@param format string as string.format's
---@param ... any texts may be names, or messages with names in them
function exit.fail(code, format, ...)
    local message = select("#", ...) > 0 and format:format(shown(...)) or format
    error(setmetatable({ code = code, message = message }, Failure), 0)
end

--- Raises a failure of the command line; the message ends with the verb's usage.
---@param verb tench.cli.verb
---@param format string
---@param ... any
function exit.usage(verb, format, ...)
    local message = format:format(shown(...))
    error(setmetatable({ code = exit.USAGE, message = message, verb = verb }, Failure), 0)
end

-- True if the library raised the problem, and the machine is to blame, not a file.
local function is_machines(problem)
    local last = faults.last()
    return last and last.is_machines and tostring(problem):find(last.message, 1, true) ~= nil
end

local function pass(code, ok, ...)
    if ok then
        return ...
    end
    local problem = ...
    if is_failure(problem) then
        error(problem, 0)
    end
    exit.fail(is_machines(problem) and exit.MACHINE or code, "%s", tostring(problem))
end

--- Calls a function. An error in it ends the program with this code.
---@param code integer
---@param action function
---@param ... any
---@return any ... the results
function exit.on_error(code, action, ...)
    return pass(code, pcall(action, ...))
end

--- Handler for xpcall: turns an error that is not a failure into an internal error with its trace.
---@param problem any
---@return table failure
function exit.trace(problem)
    if is_failure(problem) then
        return problem
    end
    return setmetatable({
        code = exit.INTERNAL,
        message = debug.traceback("internal error: " .. tostring(problem), 2):gsub("\t", "  "),
    }, Failure)
end

return exit
