-- SPDX-License-Identifier: MIT
-- Makes names and messages safe to print: a terminal acts on nothing in them.

local lib = require "tench.lib"
local C, ffi = lib.C, lib.ffi

local names = {}

-- Printable ASCII without the backslash needs no change.
local function is_plain(text)
    return not string.find(text, "[^ -Z%[%]^-~]")
end

--- Turns a name into one line for people, by the library's tn_show_name. The name can be restored
--- from it.
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

--- Makes a message safe that may contain names, in their shown form or not. It keeps backslashes,
--- so a second pass changes nothing.
---@param text string
---@return string
function names.message(text)
    return is_plain(text) and text or (string.gsub(text, "[^\\]+", names.show))
end

--- Does the same for a text of several lines.
---@param text string
---@return string
function names.lines(text)
    return (string.gsub(text, "[^\n]+", names.message))
end

--- Quotes a name for a shell's command line. Names with unsafe characters need bash.
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

--- Returns the known name that a person who wrote `name` probably meant; nil if none is near.
---@param name string
---@param known string[] names without spaces
---@return string?
function names.nearest(name, known)
    local near = ffi.string(C.tn_nearest(name, table.concat(known, " ")))
    return near ~= "" and near or nil
end

return names
