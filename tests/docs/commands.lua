-- SPDX-License-Identifier: MIT
-- Finds commands in a page that do not exist: verbs and options of ./dev and tench. Both programs
-- are asked for their help, which names every verb and option.

local commands = {}

local function output_of(command)
    local pipe = assert(io.popen(command .. " 2>/dev/null"))
    local text = pipe:read "*a"
    pipe:close()
    return text
end

local function remember(make)
    local made = {}
    return function(name)
        if made[name] == nil then
            made[name] = make(name)
        end
        return made[name]
    end
end

local dev_help = remember(function()
    return output_of "./dev help"
end)

local tench_overview = remember(function()
    return output_of "tench help"
end)

-- True if `tench help NAME` has an answer.
local has_help = remember(function(name)
    return output_of(("tench help '%s'"):format(name:gsub("'", ""))) ~= ""
end)

-- The usage and the notes of a verb; false if there is no such verb.
local tench_help = remember(function(verb)
    local text = output_of(("tench help '%s'"):format(verb:gsub("'", "")))
    return text:find("usage: tench " .. verb, 1, true) and text or false
end)

-- For verbs of ./dev whose arguments are not in the help: the scripts that get them.
local SCRIPTS = { bench = "tests/bench/*.py", golden = "tests/golden/*" }

local script_text = remember(function(verb)
    return SCRIPTS[verb] and output_of("cat " .. SCRIPTS[verb]) or ""
end)

local function has_word(text, word)
    return (" " .. text .. " "):find("[^%w%-]" .. word:gsub("%p", "%%%0") .. "[^%w%-]") ~= nil
end

-- A word in capitals stands for something that the reader puts in its place.
local function is_placeholder(word)
    return word == nil or word:find "^%[?[%u_]+%]?$" ~= nil or word == "…" or word == "..."
end

local function options_in(words, first)
    local list = {}
    for place = first, #words do
        if words[place] == "--" then
            break
        end
        list[#list + 1] = words[place]:match "^%[?(%-%-[%a][%w%-]*)"
    end
    return list
end

local PASSED_ON = { test = true, sanitize = true, aarch64 = true } -- to ctest

local function check_dev(words, place)
    local verb = words[place + 1]
    if is_placeholder(verb) then
        return nil
    elseif not dev_help(""):find("\n  " .. verb:gsub("%p", "%%%0") .. "%f[%W]") then
        return ("./dev has no verb %s"):format(verb)
    end
    for _, option in ipairs(PASSED_ON[verb] and {} or options_in(words, place + 2)) do
        if not has_word(dev_help "", option) and not has_word(script_text(verb), option) then
            return ("./dev %s has no option %s"):format(verb, option)
        end
    end
    return nil
end

-- A setting without dots, for example split=val; `key` stands for any.
local function check_setting(word)
    local key = word:match "^%[?([%a_][%w_]*)="
    if key and key ~= "key" and not has_help(key) then
        return ("tench help does not know the setting %s"):format(key)
    end
    return nil
end

local function check_tench(words, place)
    local verb = words[place + 1]
    if is_placeholder(verb) or verb == "--version" or verb == "--help" then
        return nil
    end
    local help = tench_help(verb)
    if not help then
        return ("tench has no verb %s"):format(verb)
    end
    local subject = verb == "help" and words[place + 2]
    if subject and not (subject:find "^%-" or is_placeholder(subject) or has_help(subject)) then
        return ("tench help does not know %s"):format(subject)
    end
    for later = place + 2, #words do
        local problem = check_setting(words[later])
        if problem then
            return problem
        end
    end
    for _, option in ipairs(options_in(words, place + 2)) do
        if not has_word(help, option) and option ~= "--help" then
            return ("tench %s has no option %s"):format(verb, option)
        end
    end
    return nil
end

-- Commands whose last words are another command.
local LAUNCHERS = { sudo = true, env = true, time = true, nice = true, exec = true, mpirun = true,
    srun = true, torchrun = true, taskset = true, numactl = true, nsys = true, timeout = true }

-- The place of ./dev or tench among the words of a simple command, or nil.
local function find_program(words)
    local launched = false
    for place, word in ipairs(words) do
        local name = word:match "^%$?%(?(.*)$"
        if name == "./dev" or name == "tench" or name == "build/release/tench" then
            return place, name == "./dev" and check_dev or check_tench
        elseif LAUNCHERS[name] then
            launched = true
        elseif not launched and not word:find "^[%a_][%w_]*=" then
            return nil
        end
    end
    return nil
end

local function words_of(command)
    local words = {}
    for word in command:gmatch "%S+" do
        words[#words + 1] = word
    end
    return words
end

--- Reports a verb or an option in one simple command that does not exist.
---@param command string
---@return string? problem
function commands.check(command)
    local words = words_of(command)
    local place, check = find_program(words)
    return place and check(words, place)
end

--- Checks every command of a shell block. Quotes are not read: text in quotes counts as words.
---@param lines string[]
---@return string? problem, integer? line within the block
function commands.check_block(lines)
    local start, text = nil, ""
    for number, line in ipairs(lines) do
        start = start or number
        text = text .. line:gsub("^#.*", ""):gsub("%s#.*", "")
        if text:find "\\$" then
            text = text:gsub("\\$", " ")
        else
            for command in (text .. ";"):gmatch "(.-)[;|&]+" do
                local problem = commands.check(command)
                if problem then
                    return problem, start
                end
            end
            start, text = nil, ""
        end
    end
    return nil
end

--- Says whether an option that stands alone in inline code belongs to a program here.
---@param option string
---@return boolean
function commands.has_option(option)
    return has_word(dev_help "", option) or has_word(tench_overview "", option)
        or has_word(script_text "bench", option) or has_word(script_text "golden", option)
end

return commands
