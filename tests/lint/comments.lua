-- SPDX-License-Identifier: MIT
-- comments.lua [N [SEED]]: prints N comments (200) of the tree, chosen at random, for a reader who
-- marks those that need a second reading.

local N, SEED = tonumber(arg[1] or 200), tonumber(arg[2] or 1)

local function files()
    local pipe = assert(io.popen("git ls-files '*.c' '*.h' '*.cu' '*.lua' '*.sh' '*.py' "
        .. "'*CMakeLists.txt' '*.cmake' dev .ci/run"))
    local list = {}
    for path in pipe:lines() do
        list[#list + 1] = path
    end
    pipe:close()
    return list
end

-- How a line begins that belongs to a comment, by the language of the file.
local function marks_of(path)
    if path:find "%.lua$" then
        return "^%s*%-%-"
    elseif path:find "%.[ch]u?$" then
        return nil
    end
    return "^%s*#[^!]"
end

local function is_worth(text)
    return #text > 12 and text:find "%a%a+ %a" and not text:find "SPDX" and not text:find "^%-%-%-@"
end

local function add(found, path, line, text)
    if is_worth(text) then
        found[#found + 1] = ("%s:%d: %s"):format(path, line, text)
    end
end

local function read_c(found, path, text)
    local place, line = 1, 1
    for before, comment, after in text:gmatch "()/%*(.-)%*/()" do
        local _, skipped = text:sub(place, before - 1):gsub("\n", "")
        line = line + skipped
        add(found, path, line, (comment:gsub("%s*\n%s*%*?%s*", " "):gsub("^%s+", "")))
        local _, inside = comment:gsub("\n", "")
        line, place = line + inside, after
    end
end

local function read_lines(found, path, text, mark)
    local block, start, number = {}, nil, 0
    for line in (text .. "\n"):gmatch "(.-)\n" do
        number = number + 1
        if line:find(mark) then
            start = start or number
            block[#block + 1] = line:gsub("^%s*[%-#]+%s*", "")
        elseif start then
            add(found, path, start, table.concat(block, " "))
            block, start = {}, nil
        end
    end
end

local found = {}
for _, path in ipairs(files()) do
    local file = assert(io.open(path, "rb"))
    local text = file:read "*a"
    file:close()
    local mark = marks_of(path)
    if mark then
        read_lines(found, path, text, mark)
    else
        read_c(found, path, text)
    end
end

math.randomseed(SEED)
for place = 1, math.min(N, #found) do
    local other = math.random(place, #found)
    found[place], found[other] = found[other], found[place]
    print(found[place])
end
