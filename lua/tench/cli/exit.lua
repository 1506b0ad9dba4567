-- SPDX-License-Identifier: MIT
-- Exit codes, and how an error finds its own.
--
-- A failure that a user can act on is raised as a table with code and message; anything else that
-- is raised is a bug of ours. main.lua turns both into a line and an exit code.

local faults = require "tench.fault"
local names = require "tench.names"

local exit = {
    OK = 0,
    USAGE = 1,
    INPUT = 2,
    FAULTS = 3,
    OUTPUT = 4,
    INTERNAL = 5, -- main.c has it too
    MACHINE = 6,
    SIGNAL = 128, -- plus the signal's number: 130 for Ctrl-C
}

exit.meanings = {
    { "0", "done" },
    { "1", "the command line is wrong" },
    { "2", "recipe, data set or state cannot be used, or there is no batch" },
    { "3", "an image failed (on_fault=raise), or more than the budget; verify found damage" },
    { "4", "output cannot be written" },
    { "5", "an error of tench itself" },
    { "6", "the machine lacks something (open files, memory), or its network does not answer" },
    { "130", "interrupted (128 plus the signal's number)" },
}

-- Tells a failure from a table that a recipe raised.
local Failure = {}

local function is_failure(problem)
    return getmetatable(problem) == Failure
end

-- The arguments, texts of them on one line each and harmless to a terminal.
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
---@param ... any texts may be names, or messages that hold some
function exit.fail(code, format, ...)
    local message = select("#", ...) > 0 and format:format(shown(...)) or format
    error(setmetatable({ code = code, message = message }, Failure), 0)
end

--- Raises that the command line is wrong, and says how it should be.
---@param verb tench.cli.verb
---@param format string
---@param ... any
function exit.usage(verb, format, ...)
    local message = format:format(shown(...))
    error(setmetatable({ code = exit.USAGE, message = message, verb = verb }, Failure), 0)
end

-- True if the library raised the problem, and it is the machine's, not of what was read or written.
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

--- Calls a function; what it raises ends the program with this code.
---@param code integer
---@param action function
---@param ... any
---@return any ... the results
function exit.on_error(code, action, ...)
    return pass(code, pcall(action, ...))
end

--- Handler for xpcall: what is no failure of the user's becomes one of ours, with its trace.
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
