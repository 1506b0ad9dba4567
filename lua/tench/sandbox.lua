-- SPDX-License-Identifier: MIT
-- Runs a recipe's text in a restricted environment: the recipe can compute, and list its ops.
--
-- The text is never bytecode. LuaJIT interprets it and does not compile it, because compiled loops
-- would not see a limit on instructions. It reaches no function that reads files, loads code or
-- changes the host. While it runs, strings have only the methods of the restricted string table:
-- patterns are left out, because a bad pattern can run for ever inside one C call. Other calls can
-- do that too, for example table.insert at a very negative place, so the owner of the Lua state
-- must limit time and memory. The tench program evaluates recipes in a child process
-- (lua/tench/cli/recipe.lua); a host may pass a guard.

local errors = require "tench.error"
local names = require "tench.names"

local sandbox = {}

local MAX_REPEAT_BYTES = 2 ^ 20
local MAX_PRINT_BYTES = 2 ^ 16 -- in one evaluation

local function copy(from, keys)
    local to = {}
    for _, name in ipairs(keys) do
        to[name] = from[name]
    end
    return to
end

local function safe_repeat(text, count, separator)
    local bytes = (#tostring(text) + #tostring(separator or "")) * (tonumber(count) or 0)
    if bytes > MAX_REPEAT_BYTES then
        error("string.rep: the result would have " .. bytes .. " bytes; a recipe may make at most "
            .. MAX_REPEAT_BYTES, 2)
    end
    return string.rep(text, count, separator)
end

local function safe_string()
    local safe = copy(string, { "byte", "char", "format", "len", "lower", "reverse", "sub",
        "upper" })
    safe.rep = safe_repeat
    return safe
end

--- Prints a recipe's output for people: escapes control characters, but keeps tabs and line ends.
---@param text string
function sandbox.show(text)
    io.stderr:write(string.gsub(text, "[^\t\n]+", names.message), "\n")
end

-- Makes a print function that passes lines to `show`, at most max_bytes in all. Each line counts 8
-- bytes more than its length, as in the pipe from a child process, so the number of empty lines is
-- limited too.
local function printer(show, max_bytes)
    local left = max_bytes
    return function(...)
        local parts = { ... }
        for place = 1, select("#", ...) do
            parts[place] = tostring(parts[place])
        end
        local line = table.concat(parts, "\t")
        if left > 0 then
            show(#line > left and string.sub(line, 1, left) or line)
        end
        if left > 0 and #line + 8 >= left then
            show("(the recipe prints more than " .. max_bytes .. " bytes; the rest is left out)")
        end
        left = left - #line - 8
    end
end

-- Makes a new environment for each recipe, so that no recipe can leave anything for the next one.
local function environment(words)
    local env = copy(_G, { "assert", "error", "ipairs", "next", "pairs", "select", "tonumber",
        "tostring", "type", "unpack", "_VERSION" })
    env.string = safe_string()
    env.table = copy(table, { "concat", "insert", "maxn", "remove", "sort" })
    env.math = copy(math, { "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "deg",
        "exp", "floor", "fmod", "frexp", "huge", "ldexp", "log", "log10", "max", "min", "modf",
        "pi", "pow", "rad", "sin", "sinh", "sqrt", "tan", "tanh" })
    for name, word in pairs(words) do
        env[name] = word
    end
    return env
end

-- A host's guard replaces pcall and adds limits. It may raise an error of its own while it leaves
-- the chunk, so the methods of strings are restored outside of it.
local function run(chunk, safe_strings, guard)
    local strings = getmetatable("")
    local methods = strings.__index
    strings.__index = safe_strings
    local ok, result = guard(chunk)
    strings.__index = methods
    return ok, result
end

-- Lua's message says only "a nil value". If the name is a global or a string function that recipes
-- lack, the message gets a second half.
local function explain_missing(message)
    local kind, name = string.match(message, "(%a+) '([%w_]+)' %(a nil value%)$")
    if kind == "global" and rawget(_G, name) ~= nil then
        return message .. ": recipes have no " .. name
    elseif (kind == "method" or kind == "field") and rawget(string, name) then
        return message .. ": recipes have no string." .. name
    end
    return message
end

--- Runs a text and returns what it returns.
---@param text string
---@param name string chunk name, for example "@recipe.lua"
---@param words table names that the text can use beside Lua's own
---@param settings table {trust = , guard = , print = }: guard(f) is pcall(f) with limits, by
--- default pcall; print(line) gets each line that the text prints, by default standard error does
---@return any result
function sandbox.run(text, name, words, settings)
    if string.byte(text, 1) == 27 then
        errors.fail("%s is bytecode; a recipe is loaded as text only", string.sub(name, 2))
    end
    words.print = printer(settings.print or sandbox.show,
        settings.trust and math.huge or MAX_PRINT_BYTES)
    local env = environment(words)
    if settings.trust then
        env = setmetatable(words, { __index = _G })
    end
    local chunk, message = load(text, name, "t", env)
    if not chunk then
        errors.fail("%s", message)
    end
    if settings.trust then
        return chunk()
    end
    jit.off(chunk, true)
    local ok, result = run(chunk, env.string, settings.guard or pcall)
    if not ok and type(result) ~= "string" then
        errors.fail("%s raised a %s instead of a message", string.sub(name, 2), type(result))
    elseif not ok then
        error(names.message(explain_missing(result)), 0)
    end
    return result
end

return sandbox
