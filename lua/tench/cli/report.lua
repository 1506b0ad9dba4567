-- SPDX-License-Identifier: MIT
-- Lines for people: reports, help and messages. A terminal gets them folded between words; a file
-- or a pipe gets them as they are.

local names = require "tench.names"
local native = require "tench.cli.native"
local C = native.C

local report = {}

local NAME_COLUMNS = 13 -- width of the name in a report's line
local LEAST_COLUMNS = 40
local HELP_COLUMNS = 80
local FD = { [io.stdout] = 1, [io.stderr] = 2 }

--- Folds a line into lines of at most `columns` columns. A longer word stays whole.
---@param text string
---@param columns number
---@param indent integer spaces before all lines but the first
---@return string
function report.fold(text, columns, indent)
    local parts, column = {}, 0
    for space, word in text:gmatch "( *)([^ ]+)" do
        local width = C.tn_text_columns(word)
        if column > indent and column + #space + width > columns then
            space = "\n" .. (" "):rep(indent)
            column = indent - #space
        end
        parts[#parts + 1] = space .. word
        column = column + #space + width
    end
    return table.concat(parts)
end

local function columns_of(out)
    if C.tncli_is_terminal(FD[out]) == 0 then
        return math.huge
    end
    return math.max(C.tncli_columns(FD[out]), LEAST_COLUMNS)
end

--- Writes a line whose names are escaped already.
---@param out file*
---@param text string
---@param indent integer? of the further lines, if it is folded
function report.line(out, text, indent)
    out:write(report.fold(text, columns_of(out), indent or 0), "\n")
end

--- Writes a message of one or more lines.
---@param out file*
---@param text string
function report.message(out, text)
    for line in names.lines(text):gmatch "[^\n]+" do
        report.line(out, line, 7)
    end
end

--- Writes a line of a report: its name, then its text. Escapes names in the text.
---@param name string
---@param format string
---@param ... any
function report.say(name, format, ...)
    local text = select("#", ...) > 0 and format:format(...) or format
    report.line(io.stdout, ("%-12s "):format(name) .. names.message(text), NAME_COLUMNS)
end

--- Writes an item of a list below a report's line.
---@param text string
function report.item(text)
    report.line(io.stdout, "  " .. names.message(text), 4)
end

--- Writes a line of help. It is folded to 80 columns everywhere.
---@param out file*
---@param text string
---@param indent integer
function report.help(out, text, indent)
    out:write(report.fold(text, math.min(HELP_COLUMNS, columns_of(out)), indent), "\n")
end

-- Marks the spaces within brackets, so that no line is folded there.
local function kept_together(usage)
    local depth = 0
    return (usage:gsub("%s+", " "):gsub("[%[%] ]", function(character)
        depth = depth + (({ ["["] = 1, ["]"] = -1 })[character] or 0)
        return character == " " and depth > 0 and "\1" or character
    end))
end

--- Formats a verb's usage in lines of 80 columns.
---@param lead string text before it
---@param usage string
---@param indent integer
---@return string
function report.usage(lead, usage, indent)
    return (report.fold(lead .. kept_together(usage), HELP_COLUMNS, indent):gsub("\1", " "))
end

return report
