-- SPDX-License-Identifier: MIT
-- The start of the program: finds the verb, runs it, and turns its result into an exit code.

local args = require "tench.cli.args"
local exit = require "tench.cli.exit"
local names = require "tench.names"
local native = require "tench.cli.native"
local report = require "tench.cli.report"
local verbs = require "tench.cli.verbs"

local ALIASES = { ["--help"] = "help", ["-h"] = "help", version = "--version" }

local function find_verb(word)
    for _, name in ipairs(verbs) do
        if name == word then
            return require("tench.cli." .. name)
        end
    end
    local near = names.nearest(word, verbs)
    exit.fail(exit.USAGE, "unknown verb %s%s\nverbs: %s", names.show(word),
        near and "; the nearest known is " .. near or "", table.concat(verbs, " "))
end

local function asks_for_help(words)
    for _, word in ipairs(words) do
        if word == "--" then
            return false
        elseif word == "--help" or word == "-h" then
            return true
        end
    end
    return false
end

-- Runs a verb. If it fails, the message also says which word was taken for a setting, because the
-- user may have meant it as a path.
local function run_verb(verb, taken)
    local ok, result = xpcall(function()
        args.check(verb, taken)
        return verb.run(taken)
    end, exit.trace)
    if ok then
        return result
    end
    if result.code == exit.USAGE or result.code == exit.INPUT then
        result.message = result.message .. args.doubt(verb, taken)
    end
    error(result, 0)
end

local function dispatch(words)
    local name = table.remove(words, 1)
    name = ALIASES[name] or name
    if name == "--version" then
        print("tench " .. native.ffi.string(native.C.tn_version()))
        return exit.OK
    elseif not name then
        require("tench.cli.help").overview(io.stderr)
        return exit.USAGE
    end
    local verb = find_verb(name)
    if asks_for_help(words) then
        require("tench.cli.help").verb(name)
        return exit.OK
    end
    return run_verb(verb, args.read(verb, words))
end

-- Output counts only once it is written: a flush that fails makes the program fail.
local function flush(code)
    if native.C.tncli_flush() == 0 or code ~= exit.OK then
        return code
    end
    report.message(io.stderr, "tench: " .. native.ffi.string(native.C.tncli_error()))
    return exit.OUTPUT
end

local function tell(failure)
    report.message(io.stderr, "tench: " .. failure.message)
    if failure.verb then
        io.stderr:write(report.usage("usage: tench ", failure.verb.usage, 13), "\n")
    end
end

return function(...)
    local ok, result = xpcall(dispatch, exit.trace, { ... })
    if not ok then
        io.stdout:flush()
        tell(result)
        return result.code
    end
    return flush(result)
end
