-- SPDX-License-Identifier: MIT
-- follow.lua PAGE HEADING: changes files as a section of a page tells its reader to. It writes the
-- files that a block shows whole, and applies the blocks of diff. Run it in a copy of the checkout.

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local page = require "page"
local patch = require "patch"

local function read(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read "*a"
    file:close()
    return text
end

local function write(path, text)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    assert(file:close())
end

local function follow(block)
    if block.language == "diff" then
        local changed, problem = patch.apply(read(block.file), block.lines)
        write(block.file, changed or error(("line %d: %s"):format(block.line, problem), 0))
    elseif block.file then
        write(block.file, table.concat(block.lines, "\n") .. "\n")
    end
end

local this, heading = page.read(arg[1]), arg[2]
local followed = 0
for _, block in ipairs(this.blocks) do
    if block.section == heading then
        follow(block)
        followed = followed + 1
    end
end
assert(followed > 0, "the page has no section " .. heading)
