-- SPDX-License-Identifier: MIT
-- Runs a recipe's text in a restricted environment: it can compute, and say what ops it wants.
--
-- The text is never bytecode, it is not compiled by the JIT (compiled loops would not see an
-- instruction limit), and it reaches no function that reads files, loads code, or changes the host.
-- While it runs, methods of strings are those of the restricted string table too: patterns are left
-- out, since a bad one runs for ever inside one C call. Instructions and memory are the matter of
-- who owns the Lua state: the tench program limits its own.

local errors = require "tench.error"
local names = require "tench.names"

local sandbox = {}

local MAX_REPEAT_BYTES = 2 ^ 20

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
        error("string.rep: the result would have " .. bytes .. " bytes; a recipe may make "
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

-- A fresh environment for each recipe, so that none leaves anything behind for the next.
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

-- The guard stands for pcall where the program owns the state: it adds limits, and it may still be
-- raising when the chunk is left, so the methods of strings are put back outside of it.
local function run(chunk, safe_strings, guard)
    local strings = getmetatable("")
    local methods = strings.__index
    strings.__index = safe_strings
    local ok, result = guard(chunk)
    strings.__index = methods
    return ok, result
end

--- Runs a text and returns what it returns.
---@param text string
---@param name string chunk name, as "@recipe.lua"
---@param words table what the text can use beside Lua's own
---@param settings table {trust = , guard = }: guard(f) is pcall(f) with limits; default pcall
---@return any result
function sandbox.run(text, name, words, settings)
    if string.byte(text, 1) == 27 then
        errors.fail("%s is bytecode; a recipe is loaded as text only", string.sub(name, 2))
    end
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
        error(names.message(result), 0)
    end
    return result
end

return sandbox
