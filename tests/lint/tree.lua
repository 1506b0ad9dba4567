-- SPDX-License-Identifier: MIT
-- Reads the C files of a tree as text: includes, functions, and the names that each file defines,
-- declares and uses. It relies on the layout that clang-format gives: a function's braces stand in
-- the first column. Nothing is built, so that any commit can be read.

local tree = {}

-- The layers from the top: name, folder, rank, what it is. A file may use its own layer and layers
-- of a lower rank. Load and jobs have the same rank, and do not use each other.
tree.LAYERS = {
    { "cli", "src/cli/", 14, "the program: a client of `tench.h`, with LuaJIT built in" },
    { "api", "src/api/", 13, "the public functions: they check arguments and call inward" },
    { "load", "src/load/", 12, "loaders: pool, ring, path of a batch, faults, state, traces" },
    { "jobs", "src/jobs/", 12, "work in the background: survey, index, verify, pack, unpack" },
    { "make", "src/make/", 11, "one sample: fetch, plan, decode, run, finish, replay" },
    { "dev", "src/dev/", 10, "devices behind one table: CUDA, and the fake one" },
    { "data", "src/data/", 9, "sources of samples: folders, splits, packs; notes, orders" },
    { "codec", "src/codec/", 8, "bytes to pixels, region by region" },
    { "op", "src/op/", 7, "one file for each op, their table, and the text of ops" },
    { "plan", "src/plan/", 6, "the data types of a plan: what will happen to one sample" },
    { "module", "src/module/", 5, "opens the modules: codecs in libraries of their own" },
    { "spec", "src/spec/", 4, "the registry's kind of entry, and the tables of options" },
    { "kernels", "kernels/", 3, "rows and blocks of pixels, for each instruction set; CUDA" },
    { "base", "src/base/", 2, "errors, memory, text, random numbers, files, threads" },
    { "px", "kernels/px/", 1, "the arithmetic of one pixel, for C and CUDA" },
}

local ranks = {}
for _, layer in ipairs(tree.LAYERS) do
    ranks[layer[1]] = layer[3]
end

---@param path string
---@return string? layer nil for tench.h
function tree.layer_of(path)
    if path:find "^kernels/px/" then
        return "px"
    elseif path:find "^kernels/" then
        return "kernels"
    end
    return path:match "^src/([^/]+)/"
end

---@param path string
---@return string stem what one subject's files share: the path without .c or .h, and without the
---  instruction set
function tree.stem_of(path)
    return (path:gsub("%.%a+$", ""):gsub("_avx2$", ""):gsub("_avx512$", ""))
end

local function read_all(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read "*a"
    file:close()
    return text
end

local function blank(text)
    return (text:gsub("[^\n]", " "))
end

-- Comments and texts become spaces, so that columns and lines stay.
local function strip(text)
    local out, place = {}, 1
    while place <= #text do
        local start = text:find('[/"\']', place)
        if not start then
            break
        end
        local two, stop = text:sub(start, start + 1), start
        if two == "/*" then
            stop = select(2, text:find("*/", start + 2, true)) or #text
        elseif two == "//" then
            stop = (text:find("\n", start, true) or #text + 1) - 1
        elseif two:sub(1, 1) ~= "/" then
            local quote = two:sub(1, 1)
            stop = start + 1
            while stop < #text and text:sub(stop, stop) ~= quote do
                stop = stop + (text:sub(stop, stop) == "\\" and 2 or 1)
            end
        end
        out[#out + 1] = text:sub(place, start - 1)
        out[#out + 1] = two:find "^/[^*/]" and "/" or blank(text:sub(start, stop))
        place = stop + 1
    end
    out[#out + 1] = text:sub(place)
    return table.concat(out)
end

local function split_lines(text)
    local lines = {}
    for line in (text .. "\n"):gmatch "(.-)\n" do
        lines[#lines + 1] = line
    end
    return lines
end

local function read_includes(file, text)
    local number = 0
    for line in text:gmatch "([^\n]*)\n" do
        number = number + 1
        local name = line:match '^#include "([^"]+)"'
        if name then
            file.includes[#file.includes + 1] = { name = name, line = number }
        end
    end
end

-- The name of the function that a line begins, and true if it is static.
local function head_of(line)
    local name = line:match "^[%a_][%w_%s%*]-([%a_][%w_]*)%("
    if name and not line:find "^typedef" and not line:find "^enum" and not line:find "^_Static" then
        return name, line:find "^static" ~= nil
    end
    return nil
end

local function read_functions(file, lines)
    local name, is_static, start
    for number, line in ipairs(lines) do
        local head, static = head_of(line)
        if head then
            name, is_static = head, static
        end
        if line == "{" and name then
            start = number
        elseif line == "}" and start then
            file.functions[#file.functions + 1] = { name = name, line = start, static = is_static,
                lines = number - start + 1 }
            start, name = nil, nil
        elseif line:find ";%s*$" and not start then
            if head or name then
                file.declares[name or head] = true
            end
            name = nil
        end
    end
    for _, one in ipairs(file.functions) do
        if not one.static then
            file.defines[one.name] = true
        end
    end
end

local function read_tables(file, lines)
    for _, line in ipairs(lines) do
        local defined = line:match "^const%s[%w_%s%*]-(tn__[%w_]+)[%[%]%w_]*%s*="
        if defined then
            file.defines[defined] = true
            file.tables[defined] = true
        end
        local declared = line:match "^extern%s[^()]*;" or line:match "^tn__[%w_]+%s[%w_, ]+;"
        for name in (declared or ""):gmatch "tn__[%w_]+" do
            file.declares[name] = true
        end
    end
end

local function read_uses(file, lines)
    for number, line in ipairs(lines) do
        if not line:find "^#include" then
            for name in line:gmatch "%f[%w_](tn_[%w_]+)" do
                if not file.uses[name] then
                    file.uses[name] = number
                end
            end
            for name in line:gmatch "%f[%w_](tn_[%w_]+)%(" do
                file.calls[name] = file.calls[name] or number
            end
        end
    end
end

local function read_file(root, path)
    local text = read_all(root .. "/" .. path)
    local file = { path = path, layer = tree.layer_of(path), includes = {}, functions = {},
        declares = {}, defines = {}, tables = {}, uses = {}, calls = {} }
    local code = strip(text)
    file.lines = split_lines(code)
    file.n_lines = #file.lines - 1
    read_includes(file, text)
    read_functions(file, file.lines)
    read_tables(file, file.lines)
    read_uses(file, file.lines)
    return file
end

local function list(root)
    local command = "cd '%s' && find src kernels -name '*.[ch]' | sort"
    local pipe, paths = assert(io.popen(command:format(root))), {}
    for path in pipe:lines() do
        paths[#paths + 1] = path
    end
    pipe:close()
    return paths
end

-- Includes name a file from src/ or kernels/, or beside the one that includes.
local function resolve(by_path, from, name)
    for _, folder in ipairs { "src/", "kernels/", from:match "^(.*/)" } do
        if by_path[folder .. name] then
            return folder .. name
        end
    end
    return nil
end

--- Reads src/ and kernels/ below `root`.
---@param root string
---@return table read {files, by_path, definer = {name = path}}
function tree.read(root)
    local read = { files = {}, by_path = {}, definer = {} }
    for _, path in ipairs(list(root)) do
        local file = read_file(root, path)
        read.files[#read.files + 1] = file
        read.by_path[path] = file
    end
    for _, file in ipairs(read.files) do
        for _, include in ipairs(file.includes) do
            include.path = resolve(read.by_path, file.path, include.name)
        end
        for name in pairs(file.defines) do
            if file.path:find "%.c$" and name:find "^tn_" then
                read.definer[name] = file.path
            end
        end
    end
    return read
end

local function add_includes(file, arrows)
    for _, include in ipairs(file.includes) do
        if include.path then
            arrows[#arrows + 1] = { from = file.path, to = include.path, line = include.line,
                how = "includes " .. include.name }
        end
    end
end

local function add_calls(read, file, arrows)
    for name, line in pairs(file.uses) do
        local definer, is_public = read.definer[name], not name:find "^tn__"
        if definer and definer ~= file.path and not file.declares[name]
            and (not is_public or file.calls[name]) then
            arrows[#arrows + 1] = { from = file.path, to = definer, line = line,
                how = "calls " .. name, is_public = is_public,
                is_table = read.by_path[definer].tables[name] }
        end
    end
end

--- Every include and call between files.
---@param read table
---@return table[] arrows {from, to, line, how, is_public, is_table}
function tree.arrows(read)
    local arrows = {}
    for _, file in ipairs(read.files) do
        add_includes(file, arrows)
        add_calls(read, file, arrows)
    end
    table.sort(arrows, function(a, b)
        if a.from ~= b.from then
            return a.from < b.from
        end
        return a.line < b.line or a.line == b.line and a.how < b.how
    end)
    return arrows
end

-- A codec's own headers are for the folder codec alone.
local function is_inside_codec(path)
    return path:find "^src/codec/[^/]+/" ~= nil
end

--- Returns the reason why an arrow is wrong; nil if it is allowed.
---@param arrow table
---@return string?
function tree.problem(arrow)
    local from, to = tree.layer_of(arrow.from), tree.layer_of(arrow.to)
    if not from then
        return "tench.h stands alone"
    elseif not to then -- tench.h
        return (from == "kernels" or from == "px") and "kernels do not know tench.h" or nil
    elseif from == "cli" and to ~= "cli" then
        return not arrow.is_public and "the program uses tench.h alone" or nil
    elseif arrow.is_public and from ~= "api" then
        return "public functions are for callers of the library"
    elseif ranks[to] > ranks[from] or ranks[to] == ranks[from] and from ~= to then
        return ("%s stands below %s"):format(from, to)
    elseif is_inside_codec(arrow.to) and from ~= "codec"
        or arrow.from == "src/codec/codec.h" and is_inside_codec(arrow.to) then
        return "a codec's headers are for the codec alone"
    end
    return nil
end

-- Tarjan's strongly connected components.
local function components(nodes, next_of)
    local index, low, on_stack, stack, count, found = {}, {}, {}, {}, 0, {}
    local function visit(node)
        count = count + 1
        index[node], low[node] = count, count
        stack[#stack + 1] = node
        on_stack[node] = true
        for other in pairs(next_of[node] or {}) do
            if not index[other] then
                visit(other)
                low[node] = math.min(low[node], low[other])
            elseif on_stack[other] then
                low[node] = math.min(low[node], index[other])
            end
        end
        if low[node] == index[node] then
            local members = {}
            repeat
                local other = table.remove(stack)
                on_stack[other] = nil
                members[#members + 1] = other
            until other == node
            found[#found + 1] = members
        end
    end
    for _, node in ipairs(nodes) do
        if not index[node] then
            visit(node)
        end
    end
    return found
end

--- Groups of files that need one another: headers by includes, .c files by calls. A list of tables,
--- for example that of the ops, does not count as calling them.
---@param read table
---@return string[][] circles
function tree.circles(read)
    local next_of, nodes = {}, {}
    for _, arrow in ipairs(tree.arrows(read)) do
        local from, to = arrow.from, arrow.to
        if not next_of[from] then
            next_of[from] = {}
            nodes[#nodes + 1] = from
        end
        if from ~= to and not arrow.is_table then
            next_of[from][to] = true
        end
    end
    local circles = {}
    for _, members in ipairs(components(nodes, next_of)) do
        if #members > 1 then
            table.sort(members)
            circles[#circles + 1] = members
        end
    end
    table.sort(circles, function(a, b)
        return #a > #b or #a == #b and a[1] < b[1]
    end)
    return circles
end

--- Internal functions, and those whose declaration stands in a header of another name.
---@param read table
---@return integer count, table[] strays {name, path, header}
function tree.strays(read)
    local headers, count, strays = {}, 0, {}
    for _, file in ipairs(read.files) do
        for name in pairs(file.path:find "%.h$" and file.declares or {}) do
            headers[name] = headers[name] or {}
            table.insert(headers[name], file.path)
        end
    end
    for _, file in ipairs(read.files) do
        for _, one in ipairs(file.path:find "%.c$" and file.functions or {}) do
            local found = one.name:find "^tn__" and not one.static and headers[one.name]
            if found then
                count = count + 1
                local own = false
                for _, header in ipairs(found) do
                    own = own or tree.stem_of(header) == tree.stem_of(file.path)
                end
                if not own then
                    strays[#strays + 1] = { name = one.name, path = file.path, header = found[1] }
                end
            end
        end
    end
    return count, strays
end

return tree
