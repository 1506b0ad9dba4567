-- SPDX-License-Identifier: MIT
-- Applies a block of diff to a file. The lines that begin with " " or "-" must be in the file, one
-- after the other. Those with "-" are removed, and those with "+" are added. A block of new lines
-- alone is added at the end.

local patch = {}

local function find_once(text, part)
    local first, last = text:find(part, 1, true)
    return first and not text:find(part, last + 1, true) and first, last
end

--- Returns the changed text, or nil and the reason.
---@param text string the file
---@param lines string[] the block
---@return string? changed, string? problem
function patch.apply(text, lines)
    local old, new = {}, {}
    for _, line in ipairs(lines) do
        local mark, rest = line:sub(1, 1), line:sub(2) .. "\n"
        if mark ~= "+" and mark ~= "-" and mark ~= " " then
            return nil, "a line begins with neither ' ' nor '+' nor '-'"
        end
        if mark ~= "+" then
            old[#old + 1] = rest
        end
        if mark ~= "-" then
            new[#new + 1] = rest
        end
    end
    local before, after = table.concat(old), table.concat(new)
    if before == "" then
        return text .. after
    end
    local first, last = find_once("\n" .. text, "\n" .. before)
    if not first then
        return nil, "the lines to change are not there exactly once"
    end
    return text:sub(1, first - 1) .. after .. text:sub(last)
end

return patch
