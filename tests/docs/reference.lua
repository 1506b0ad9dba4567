-- SPDX-License-Identifier: MIT
-- Prints the Lua reference as Markdown: every function, method and field, from the annotations in
-- lua/. Run it from the top of a checkout. lua/README.md holds its output, and a test compares.
--
-- It fails where a class is in neither of the two lists below, or a public function or field has no
-- text, so nothing new can be left out of the reference.

local DOOR, FOLDER = "lua/tench.lua", "lua/tench/"

-- Classes in the order of the reference. The second word is an object's name in the calls shown.
local PUBLIC = {
    { "dataset_options" }, { "item" }, { "dataset", "ds" }, { "samples" }, { "left_out" },
    { "header" }, { "survey_options" }, { "survey" }, { "spread" }, { "kind" }, { "index_options" },
    { "indexed" }, { "index_info" }, { "verify_options" }, { "verified" }, { "finding" },
    { "pack_options" }, { "unpack_options" }, { "packed" }, { "image", "image" },
    { "tensor", "tensor" }, { "cuda_array_interface" }, { "create_transform_options" },
    { "transform", "transform" }, { "transform_options" }, { "output" }, { "op" }, { "op_info" },
    { "param_info" }, { "create_loader_options" }, { "loader_options" }, { "loader", "loader" },
    { "epoch", "epoch" }, { "batch", "batch" }, { "row" }, { "budget" }, { "stats" }, { "trace" },
    { "fault" }, { "faults" }, { "faulty_file" }, { "load_recipe_options" }, { "recipe_options" },
    { "recipe_loader_options" }, { "recipe", "recipe" }, { "constants" },
}
local INTERNAL = { "lib", "record.class", "record.kind", "task_kind", "constructor" }

local function fail(text, ...)
    error("reference: " .. string.format(text, ...), 0)
end

local function read_lines(path)
    local lines = {}
    for line in assert(io.open(path)):lines() do
        lines[#lines + 1] = line
    end
    return lines
end

-- Splits "TYPE text" at the first space outside of brackets, but not after a comma, a bar
-- or the colon of a function's result.
local function split_type(text)
    local depth = 0
    for place = 1, #text do
        local char = text:sub(place, place)
        if char:find "[%[({<]" then
            depth = depth + 1
        elseif char:find "[%])}>]" then
            depth = depth - 1
        elseif char == " " and depth == 0 and not text:sub(1, place - 1):find "[:,|]$" then
            return text:sub(1, place - 1), (text:sub(place):gsub("^%s*#?%s*", ""))
        end
    end
    return text, ""
end

-- "NAME TYPE text", where the name may be "[integer]".
local function split_name(text)
    local name, rest = text:match "^(%b[])%s+(.*)$"
    if not name then
        name, rest = text:match "^(%S+)%s+(.*)$"
    end
    return name, split_type(rest)
end

local TAGS = {}

function TAGS.class(comment, rest)
    local name, base = rest:match "^([%w._]+):%s*(.*)$"
    if not name then
        name, rest = rest:match "^([%w._]+)%s*(.*)$"
        comment.text[1] = rest
    end
    comment.class, comment.base = name, base
    return comment.text
end

function TAGS.param(comment, rest)
    local name, kind, text = split_name(rest)
    comment.params[#comment.params + 1] = { name = name, kind = kind, text = { text } }
    return comment.params[#comment.params].text
end

function TAGS.field(comment, rest)
    local name, kind, text = split_name(rest)
    comment.fields[#comment.fields + 1] = { name = name, kind = kind, text = { text } }
    return comment.fields[#comment.fields].text
end

TAGS["return"] = function(comment, rest)
    local kind, text = split_type(rest)
    comment.returns[#comment.returns + 1] = { kind = kind, text = { text } }
    return comment.returns[#comment.returns].text
end

-- The lines from `first` on that begin with ---, and the number of the line after them. A line
-- without a tag continues the text of the tag before it.
local function read_comment(lines, first)
    local comment = { text = {}, params = {}, returns = {}, fields = {} }
    local text, place = comment.text, first
    while lines[place] and lines[place]:find "^%-%-%-" do
        local tag, rest = lines[place]:match "^%-%-%-@(%a+)%s+(.*)$"
        if TAGS[tag] then
            text = TAGS[tag](comment, rest)
        elseif not tag then
            text[#text + 1] = lines[place]:match "^%-%-%-%s*(.-)%s*$"
        end
        place = place + 1
    end
    return comment, place
end

-- A class, and the Lua table below it that has its methods.
local function add_class(found, path, comment, line)
    comment.methods = {}
    found.classes[comment.class] = comment
    local methods = line:match "^local (%u%w*) ="
    if methods then
        found.owners[path .. ":" .. methods] = comment
    end
end

-- Methods go to their class; other functions are found again by file and name.
local function add_function(found, path, comment, line)
    local owner, name, arguments = line:match "^function ([%w_]+)[.:]([%w_]+)%((.-)%)"
    if not owner then
        name, arguments = line:match "^local function ([%w_]+)%((.-)%)"
    end
    if not name then
        return
    end
    local made = { name = name, arguments = arguments, comment = comment, path = path }
    local class = owner and line:find(":", 1, true) and found.owners[path .. ":" .. owner]
    if not class then
        found.functions[path .. ":" .. name] = made
    elseif not name:find "^__" or comment and name == "__call" then
        class.methods[#class.methods + 1] = made
    end
end

local function read_file(found, path)
    local lines, place = read_lines(path), 1
    while place <= #lines do
        local comment
        if lines[place]:find "^%-%-%-" then
            comment, place = read_comment(lines, place)
        end
        if comment and comment.class then
            add_class(found, path, comment, lines[place] or "")
        end
        add_function(found, path, comment, lines[place] or "")
        place = place + 1
    end
end

local function joined(text)
    return (table.concat(text, " "):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

-- A type as code; where it names a class, a link to the section of that class.
local function linked(kind)
    local class = kind:match "tench%.([%w_]+)"
    return class and ("[`%s`](#tench%s)"):format(kind, class) or ("`%s`"):format(kind)
end

-- The arguments that a user may give. `another` is one that functions take only to refuse it.
local function arguments_of(made)
    local shown = {}
    for place, param in ipairs(made.comment.params) do
        local is_optional = param.kind:find "%?$" or param.kind:find "|nil"
        shown[place] = param.name .. (is_optional and "?" or "")
        shown[param.name] = true
    end
    for name in made.arguments:gmatch "[%w_]+" do
        if not shown[name] and name ~= "another" then
            fail("%s: %s of %s has no ---@param", made.path, name, made.name)
        end
    end
    return table.concat(shown, ", ")
end

local function print_item(name, kind, text)
    print(("  - %s%s%s"):format(name, kind and " (" .. linked(kind) .. ")" or "",
        text ~= "" and ": " .. text or ""))
end

local function print_function(call, made)
    local comment = made.comment
    if not comment or #comment.text == 0 then
        fail("%s: %s is public and has no comment with ---", made.path, made.name)
    end
    local kinds = {}
    for place, result in ipairs(comment.returns) do
        kinds[place] = linked(result.kind)
    end
    print(("- **`%s(%s)`**%s: %s"):format(call, arguments_of(made),
        kinds[1] and " → " .. table.concat(kinds, ", ") or "", joined(comment.text)))
    for _, param in ipairs(comment.params) do
        print_item("`" .. param.name .. "`", param.kind, joined(param.text))
    end
    for _, result in ipairs(comment.returns) do
        local name, text = joined(result.text):match "^([%w_]+)%s+(.+)$"
        if name then
            print_item("returns `" .. name .. "`", nil, text)
        end
    end
end

local function in_table(text)
    return (text:gsub("|", "\\|"))
end

local function print_class(found, name, object)
    local class = found.classes["tench." .. name] or fail("there is no class tench.%s", name)
    print(("\n### tench.%s"):format(name))
    if joined(class.text) ~= "" then
        print("\n" .. joined(class.text):gsub("^%l", string.upper) .. ".")
    end
    if class.base then
        print("\nType: " .. linked(class.base) .. ".")
    end
    if class.fields[1] then
        print "\n| field | type | meaning |\n| --- | --- | --- |"
    end
    for _, field in ipairs(class.fields) do
        if joined(field.text) == "" then
            fail("%s of tench.%s has no text", field.name, name)
        end
        print(("| `%s` | %s | %s |"):format(field.name, in_table(linked(field.kind)),
            in_table(joined(field.text))))
    end
    if class.methods[1] then
        print ""
    end
    for _, made in ipairs(class.methods) do
        if not object then
            fail("an object of tench.%s needs a name in the list of public classes", name)
        end
        print_function(object .. (made.name == "__call" and "" or ":" .. made.name), made)
    end
end

-- The members of the module: NAME = ALIAS.FUNCTION, NAME = FUNCTION, or a value with a comment.
local function print_module(found)
    print "### tench\n"
    local text = table.concat(read_lines(DOOR), "\n")
    local paths = {}
    for alias, module in text:gmatch 'local (%w+) = require "tench%.([%w_]+)"' do
        paths[alias] = FOLDER .. module .. ".lua"
    end
    local members = text:match "local members = (%b{})"
    for name, value, about in members:gmatch "\n    ([%w_]+) = (.-),([^\n]*)" do
        local alias, member = value:match "^(%w+)%.([%w_]+)$"
        local made = found.functions[(paths[alias] or DOOR) .. ":" .. (member or value)]
        if made then
            print_function("tench." .. name, made)
        else
            print(("- **`tench.%s`**: %s"):format(name, about:match "^ %-%- (.+)$"
                or fail("%s: %s has no comment", DOOR, name)))
        end
    end
end

local function check_that_all_are_known(found)
    local known = { tench = true }
    for _, entry in ipairs(PUBLIC) do
        known["tench." .. entry[1]] = true
    end
    for _, name in ipairs(INTERNAL) do
        known["tench." .. name] = true
    end
    for name in pairs(found.classes) do
        if not known[name] then
            fail("the class %s must be in one of the lists of tests/docs/reference.lua", name)
        end
    end
end

local function main()
    local found = { classes = {}, owners = {}, functions = {} }
    local pipe = assert(io.popen("ls " .. DOOR .. " " .. FOLDER .. "*.lua"))
    for path in pipe:lines() do
        read_file(found, path)
    end
    pipe:close()
    check_that_all_are_known(found)
    print_module(found)
    for _, entry in ipairs(PUBLIC) do
        print_class(found, entry[1], entry[2])
    end
end

main()
