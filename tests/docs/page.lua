-- SPDX-License-Identifier: MIT
-- Reads a Markdown page: headings, links, code blocks, inline code and generated parts, each with
-- its line. Knows the Markdown that the pages here use, not all of it.

local page = {}

local function read_lines(path)
    local file = assert(io.open(path, "rb"))
    local lines = {}
    for line in file:lines() do
        lines[#lines + 1] = line
    end
    file:close()
    return lines
end

-- The text of a heading as a reader sees it.
local function plain(text)
    return (text:gsub("!?%[([^%]]*)%]%([^)]*%)", "%1"):gsub("[`*]", ""))
end

-- GitHub's anchor keeps small letters, digits, hyphens and underscores, and turns a space into a
-- hyphen. Letters of other alphabets stay; dashes, arrows and quotes (U+2000 to U+2BFF) go.
local function anchor_of(heading)
    local text = plain(heading):lower():gsub("\226[\128-\175][\128-\191]", "")
    return (text:gsub("[^%w%-_ \128-\255]", ""):gsub(" ", "-"))
end

local function add_anchor(anchors, anchor)
    local name, count = anchor, 0
    while anchors[name] do
        count = count + 1
        name = anchor .. "-" .. count
    end
    anchors[name] = true
end

-- The words after a fence: a language, then instructions for the check.
local function open_block(line, number)
    local indent, fence, info = line:match "^(%s*)(```+)%s*(.-)%s*$"
    if not fence then
        return nil
    end
    local block = { line = number, indent = #indent, fence = fence, flags = {}, lines = {} }
    for word in info:gmatch "%S+" do
        if not block.language then
            block.language = word
        elseif word:find(".", 1, true) then
            block.file = word
        else
            block.flags[word] = true
        end
    end
    block.language = block.language or ""
    return block
end

local function read_spans(found, line, number)
    local rest = line:gsub("``+.-``+", "")
    for code in rest:gmatch "`([^`]+)`" do
        found.spans[#found.spans + 1] = { line = number, text = code }
    end
    rest = rest:gsub("`[^`]*`", "")
    for target in rest:gmatch "%]%(%s*<?([^)%s>]+)>?[^)]*%)" do
        found.links[#found.links + 1] = { line = number, target = target }
    end
    local defined = rest:match "^%s*%[[^%]]+%]:%s*(%S+)"
    if defined then
        found.links[#found.links + 1] = { line = number, target = defined }
    end
    for anchor in rest:gmatch '<a%s+[%w]+="([^"]+)"' do
        add_anchor(found.anchors, anchor)
    end
end

local function read_generated(found, line, number)
    local command = line:match "^<!%-%- generated: (.-) %-%->$"
    if command then
        found.open = { line = number, command = command }
    elseif line == "<!-- end -->" and found.open then
        found.open.last = number
        found.generated[#found.generated + 1] = found.open
        found.open = nil
    end
end

local function read_prose(found, line, number)
    local heading = line:match "^#+%s+(.-)%s*#*$"
    if heading then
        add_anchor(found.anchors, anchor_of(heading))
        found.section = line:find "^## " and heading or found.section
    end
    read_generated(found, line, number)
    read_spans(found, line, number)
end

local function closes(block, line)
    local fence = line:match "^%s*(```+)%s*$"
    return fence and #fence >= #block.fence
end

--- Reads the page at `path`.
---@param path string
---@return table page {lines, anchors = {name = true}, links, spans, blocks, generated, problems}
function page.read(path)
    local found = { path = path, lines = read_lines(path), anchors = {}, links = {}, spans = {},
        blocks = {}, generated = {}, problems = {} }
    local block
    for number, line in ipairs(found.lines) do
        if not block then
            block = open_block(line, number)
            if block then
                block.section = found.section
            else
                read_prose(found, line, number)
            end
        elseif closes(block, line) then
            found.blocks[#found.blocks + 1] = block
            block = nil
        else
            block.lines[#block.lines + 1] = line:gsub("^" .. (" ?"):rep(block.indent), "")
        end
    end
    local open = block or found.open
    if open then
        found.problems[1] = { line = open.line, text = block and "the block does not end"
            or "the generated part has no <!-- end -->" }
    end
    return found
end

return page
