-- SPDX-License-Identifier: MIT
-- Names and messages for people to read: nothing in them does anything to a terminal.

local lib = require "tench.lib"
local C, ffi = lib.C, lib.ffi

local names = {}

-- Printable ASCII without the backslash is shown as it is.
local function is_plain(text)
    return not string.find(text, "[^ -Z%[%]^-~]")
end

--- A name as people may read it, on one line: `tn_show_name` of the library. The name can be had
--- again from it.
---@param name string
---@return string
function names.show(name)
    if is_plain(name) then
        return name
    end
    local size = 4 * #name + 1
    local out = ffi.new("char[?]", size)
    return ffi.string(out, C.tn_show_name(name, #name, out, size))
end

--- A message that may hold names, shown or not: like names.show, but a backslash stays one. Shown
--- twice it is the same.
---@param text string
---@return string
function names.message(text)
    return is_plain(text) and text or (string.gsub(text, "[^\\]+", names.show))
end

--- The same for a text of several lines.
---@param text string
---@return string
function names.lines(text)
    return (string.gsub(text, "[^\n]+", names.message))
end

--- A name as a word of a shell's command line; for names that are not harmless, of bash's.
---@param name string
---@return string
function names.word(name)
    if string.find(name, "^[%w_./,:@%%+=-]+$") then
        return name
    end
    local shown = names.show(name)
    if shown == name then
        return "'" .. string.gsub(name, "'", "'\\''") .. "'"
    end
    return "$'" .. string.gsub(shown, "'", "\\'") .. "'"
end

--- The known name that a person who wrote `name` probably meant; nil if none is near.
---@param name string
---@param known string[] names without spaces
---@return string?
function names.nearest(name, known)
    local near = ffi.string(C.tn_nearest(name, table.concat(known, " ")))
    return near ~= "" and near or nil
end

return names
