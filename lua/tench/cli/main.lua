-- SPDX-License-Identifier: MIT
-- The door of the program: finds the verb, runs it, and turns what comes back into an exit code.

local args = require "tench.cli.args"
local exit = require "tench.cli.exit"
local names = require "tench.names"
local native = require "tench.cli.native"
local options = require "tench.options"

local VERBS = { "run", "show", "info", "index", "verify", "pack", "unpack", "doctor", "help" }
local ALIASES = { ["--help"] = "help", ["-h"] = "help" }

local function find_verb(word)
    for _, name in ipairs(VERBS) do
        if name == word then
            return require("tench.cli." .. name)
        end
    end
    local near = options.nearest(word, VERBS)
    exit.fail(exit.USAGE, "unknown verb %s%s\nverbs: %s", names.show(word),
        near and "; the nearest known is " .. near or "", table.concat(VERBS, " "))
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

local function dispatch(words)
    local name = table.remove(words, 1)
    if name == "--version" then
        print("tench " .. native.ffi.string(native.C.tn_version()))
        return exit.OK
    elseif not name then
        require("tench.cli.help").overview(io.stderr)
        return exit.USAGE
    end
    name = ALIASES[name] or name
    local verb = find_verb(name)
    if asks_for_help(words) then
        return require("tench.cli.help").run { operands = { name }, options = {} }
    end
    return verb.run(args.read(verb, words))
end

-- What was printed counts only once it has arrived.
local function flush(code)
    if native.C.tncli_flush() == 0 or code ~= exit.OK then
        return code
    end
    io.stderr:write("tench: ", native.ffi.string(native.C.tn_error()), "\n")
    return exit.OUTPUT
end

return function(...)
    local ok, result = xpcall(dispatch, exit.trace, { ... })
    if not ok then
        io.stdout:flush()
        io.stderr:write("tench: ", names.lines(result.message), "\n")
        return result.code
    end
    return flush(result)
end
