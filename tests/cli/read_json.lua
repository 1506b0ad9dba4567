-- SPDX-License-Identifier: MIT
-- read_json.lua returns a function that reads a JSON text strictly. An object or array also has
-- "#", the number of its fields. If the text is not exactly one value, the function ends the
-- program with 1.

local WORDS = { ["true"] = true, ["false"] = false, null = "null" }
local text, at

local function wrong(what)
    io.stderr:write(("not JSON at byte %d: %s\n"):format(at, what))
    os.exit(1)
end

local function skip()
    at = text:find("[^ \t\r\n]", at) or #text + 1
end

local function take(pattern, what)
    local from, to, found = text:find("^(" .. pattern .. ")", at)
    if not from then
        wrong(what)
    end
    at = to + 1
    return found
end

local value

local function string_value()
    take('"', "a string")
    local parts = {}
    while true do
        parts[#parts + 1] = take('[^"\\%z\1-\31]*', "text")
        local next_one = text:sub(at, at)
        at = at + 1
        if next_one == '"' then
            return table.concat(parts)
        elseif next_one ~= "\\" then
            wrong "an unescaped control character"
        end
        parts[#parts + 1] = "\\" .. take('["\\/bfnrtu]', "an escape")
    end
end

local function list(close, item)
    at = at + 1
    skip()
    while text:sub(at, at) ~= close do
        item()
        skip()
        if text:sub(at, at) ~= close then
            take(",", "a comma")
            skip()
            if text:sub(at, at) == close then
                wrong "a comma before the end"
            end
        end
    end
    at = at + 1
end

local function object()
    local out, count = {}, 0
    list("}", function()
        local key = string_value()
        skip()
        take(":", "a colon")
        if out[key] ~= nil then
            wrong("field " .. key .. " twice")
        end
        out[key], count = value(), count + 1
    end)
    out["#"] = count
    return out
end

local function array()
    local out = {}
    list("]", function()
        out[#out + 1] = value()
    end)
    out["#"] = #out
    return out
end

function value()
    skip()
    local first = text:sub(at, at)
    if first == "{" then
        return object()
    elseif first == "[" then
        return array()
    elseif first == '"' then
        return string_value()
    elseif first:match "[tfn]" then
        local found = WORDS[take("%a+", "a word")]
        if found == nil then
            wrong "an unknown word"
        end
        return found
    end
    local number = take("-?%d+%.?%d*[eE]?[+-]?%d*", "a value")
    if number:match "^-?0%d" or not tonumber(number) then
        wrong(number)
    end
    return tonumber(number)
end

return function(given)
    text, at = given, 1
    local whole = value()
    skip()
    if at <= #text then
        wrong "more than one value"
    end
    return whole
end
