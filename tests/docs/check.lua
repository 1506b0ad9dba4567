-- SPDX-License-Identifier: MIT
-- check.lua PAGE: checks a page without running its blocks. Run it from the top of a checkout, with
-- `tench` on the PATH. It prints a line for each problem:
-- - links: the file and the heading exist; so do paths and tests (`c/loader`) in inline code;
-- - `tench …` and `./dev …`, in inline code and in blocks, name verbs and options that exist;
-- - names of C (`tn_x`, `TN_X`) and methods of Lua (`loader:x()`) in inline code exist;
-- - generated parts are what their command prints.
-- check.lua --update PAGE: rewrites the generated parts.
-- check.lua --script PAGE FOLDER: prints the shell script that runs the page's blocks in order, in
-- one shell. FOLDER takes the files of the other languages.

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local commands = require "commands"
local page = require "page"
local patch = require "patch"

local MAX_README_BYTES = 10240
local LANGUAGES = {
    sh = { norun = true },
    lua = { norun = true, continue = true, recipe = true },
    c = { norun = true, engine = true },
    diff = {},
    python = { norun = true },
    text = {},
}

local function exists(path)
    local pipe = io.popen(([[bash -c "compgen -G '%s'"]]):format((path:gsub("[^%w%-_./*]", "?"))))
    local found = pipe:read "*l"
    pipe:close()
    return found ~= nil
end

local function folder_of(path)
    return path:match "^(.*/)[^/]*$" or ""
end

-- "a/b/../c" as "a/c"; nil where it leaves the checkout.
local function resolve(path)
    local parts = {}
    for part in path:gmatch "[^/]+" do
        if part == ".." then
            if #parts == 0 then
                return nil
            end
            parts[#parts] = nil
        elseif part ~= "." then
            parts[#parts + 1] = part
        end
    end
    return table.concat(parts, "/")
end

local function check_link(this, target)
    if target:find "^%a[%w+.-]*:" then
        return nil -- an address on another site
    end
    local file, anchor = target:match "^([^#]*)#?(.*)$"
    local path = file == "" and this.path or resolve(folder_of(this.path) .. file)
    if not path or not exists(path) then
        return "there is no file " .. file
    end
    if anchor ~= "" and not (path:find "%.md$" and page.read(path).anchors[anchor]) then
        return ("there is no heading #%s in %s"):format(anchor, path)
    end
    return nil
end

local TOP = { src = true, lua = true, kernels = true, recipes = true, tests = true, [".ci"] = true }

-- A path from the top of the checkout, or from the page's folder; with * it is a pattern.
local function check_path(this, text)
    local path = text:gsub("{.-}", "*"):gsub("[%u_][%u_]+", "*"):gsub("…", "*")
    if not exists(path) and not exists(folder_of(this.path) .. path) then
        return "there is no file " .. text
    end
    return nil
end

local texts = {} -- of files, by their pattern

local function read_all(paths)
    if not texts[paths] then
        local pipe = io.popen("cat " .. paths)
        texts[paths] = pipe:read "*a"
        pipe:close()
    end
    return texts[paths]
end

local PUBLIC = "src/tench.h"
local INTERNAL = "src/*/*.[ch] src/*/*/*.[ch] kernels/*/*.[ch]"

-- Names that pages give to objects of Lua.
local OBJECTS = { ds = true, dataset = true, image = true, transform = true, loader = true,
    epoch = true, batch = true, recipe = true }

-- The changelog also has names that no longer exist.
local function check_name(this, text)
    local name = text:match "^tn_+%w[%w_]*" or text:match "^TN_[%u%d_]+"
    if name and this.path ~= "CHANGELOG.md" then
        local is_internal = name:lower():find "^tn__"
        local found = read_all(is_internal and INTERNAL or PUBLIC)
            :find("%f[%w_]" .. name .. "%f[^%w_]")
        return not found and (is_internal and "src has no " or "tench.h has no ") .. name or nil
    end
    local object, method = text:match "^(%l+):([%l_]+)%f[({%z]"
    if OBJECTS[object] then
        return not read_all "lua/tench/*.lua":find("function %u%a*:" .. method .. "%(")
            and ("no object in Lua has the method %s"):format(method) or nil
    end
    return nil
end

-- ctest's list, in the file that DOCS_TESTS names: "  Test  #1: c/base".
local function is_test(name)
    local file = io.open(os.getenv "DOCS_TESTS" or "")
    local text = file and file:read "*a" or ""
    if file then
        file:close()
    end
    local pattern = name:gsub("[%-.]", "%%%0"):gsub("%*", "[^\n]*")
    return text:find(": " .. pattern .. "\n") ~= nil
end

local TESTS = { c = true, lua = true, cli = true, hosts = true, gpu = true, soak = true,
    fuzz = true, docs = true, lint = true, bench = true }

local function check_span(this, text)
    if text:find "^tench %S" or text:find "^%./dev %S" then
        return commands.check(text)
    elseif text:find "^%-%-%l[%l%-]+$" then
        return not commands.has_option(text) and "no program here has the option " .. text or nil
    elseif TESTS[text:match "^(%l+)/[%w_%-*+/]+$"] and not exists(text) then
        return not is_test(text) and "there is no test " .. text or nil
    elseif TOP[text:match "^([%w.]+)/[^%s()<>]*$"] then
        return check_path(this, text)
    end
    return check_name(this, text)
end

local function text_of(block)
    return table.concat(block.lines, "\n") .. "\n"
end

local function check_diff(block)
    if not block.file or not exists(block.file) then
        return "a block of diff names the file that it changes"
    end
    local _, problem = patch.apply(read_all(block.file), block.lines)
    return problem
end

local function check_kind(block)
    local known = LANGUAGES[block.language]
    if block.language == "diff" then
        return check_diff(block)
    elseif not known then
        return ("a block of '%s': sh, lua, c, python, diff or text was expected")
            :format(block.language)
    end
    local text = "\n" .. text_of(block)
    if block.language == "sh" and not block.flags.norun and text:find "%s%./dev%s" then
        return "./dev installs and builds: a block with it must be `sh norun`"
    end
    for flag in pairs(block.flags) do
        if not known[flag] then
            return ("a block of %s cannot be '%s'"):format(block.language, flag)
        end
    end
    return nil
end

-- Runs the command of a generated part; each step of it must succeed. Returns what it prints, or
-- nil and a problem.
local function run(command)
    local quoted = "'" .. command:gsub("'", "'\\''") .. "'"
    local pipe = io.popen(("sh -ec %s; printf 'exit code %%d' $?"):format(quoted))
    local text, code = pipe:read "*a":match "^(.*)exit code (%d+)$"
    pipe:close()
    text = text:gsub("\n+$", "")
    if code ~= "0" then
        return nil, ("`%s` fails with exit code %s"):format(command, code)
    elseif text == "" then
        return nil, ("`%s` prints nothing"):format(command)
    end
    return text
end

local function generated_text(this, part)
    local lines = { unpack(this.lines, part.line + 1, part.last - 1) }
    return table.concat(lines, "\n")
end

local function check_generated(this, part)
    local wanted, problem = run(part.command)
    if not wanted then
        return problem
    end
    if generated_text(this, part):gsub("\n+$", "") ~= wanted then
        return ("the text is not what `%s` prints; `./dev docs` renews it"):format(part.command)
    end
    return nil
end

local function check_all(this)
    local problems = this.problems
    local function add(line, text)
        problems[#problems + 1] = text and { line = line, text = text }
    end
    for _, link in ipairs(this.links) do
        add(link.line, check_link(this, link.target))
    end
    for _, span in ipairs(this.spans) do
        add(span.line, check_span(this, span.text))
    end
    for _, block in ipairs(this.blocks) do
        add(block.line, check_kind(block))
        if block.language == "sh" then
            local problem, line = commands.check_block(block.lines)
            add(block.line + (line or 0), problem)
        end
    end
    for _, part in ipairs(this.generated) do
        add(part.line, check_generated(this, part))
    end
    local bytes = #table.concat(this.lines, "\n") + 1
    if this.path == "README.md" and bytes > MAX_README_BYTES then
        add(1, ("the page has %d bytes, at most %d are allowed"):format(bytes, MAX_README_BYTES))
    end
end

local function write_file(path, text)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    assert(file:close())
end

-- Writes the page only if all of its parts can be made.
local function update(this)
    local out, next_line = {}, 1
    for _, part in ipairs(this.generated) do
        local text, problem = run(part.command)
        if not text then
            io.stderr:write(("%s:%d: %s; the page stays as it is\n"):format(this.path, part.line,
                problem))
            os.exit(1)
        end
        for number = next_line, part.line do
            out[#out + 1] = this.lines[number]
        end
        out[#out + 1] = text
        next_line = part.last
    end
    for number = next_line, #this.lines do
        out[#out + 1] = this.lines[number]
    end
    write_file(this.path, table.concat(out, "\n") .. "\n")
end

local function quote(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- Variables that a C block without main may use without declaring them.
local C_FUNCTION = [[
%s#include "tench.h"
int block(tn_dataset *dataset, tn_transform *transform, tn_image *image, tn_loader *loader,
          tn_batch batch, void *stream)
{
    {
#line %d "%s"
%s    }
}
]]

local function c_source(this, block)
    local text = text_of(block)
    if text:find "%f[%w]main%s*%(" then
        return ('#line %d "%s"\n%s'):format(block.line + 1, this.path, text), true
    end
    local includes = {}
    text = ("\n" .. text):gsub("\n(#include[^\n]*)", function(line)
        includes[#includes + 1] = line .. "\n"
        return "\n"
    end):sub(2)
    return C_FUNCTION:format(table.concat(includes), block.line + 1, this.path, text), false
end

local writers = {}

function writers.sh(_, block)
    return block.flags.norun and "" or text_of(block)
end

function writers.c(this, block, base)
    if block.flags.engine then
        return ""
    end
    local source, is_program = c_source(this, block)
    write_file(base .. ".c", source)
    if is_program then
        return ("compile_program %s\n"):format(quote(base))
            .. (block.flags.norun and "" or ("run_program %s\n"):format(quote(base)))
    end
    return ("compile_function %s\n"):format(quote(base))
end

function writers.python(_, block, base)
    write_file(base .. ".py", ("\n"):rep(block.line) .. text_of(block))
    local verb = block.flags.norun and "compile_python" or "run_python"
    return ("%s %s\n"):format(verb, quote(base .. ".py"))
end

-- Blocks that continue one another become one program, so that a block sees the locals of those
-- before it. The program runs at the last of them. Empty lines keep the line numbers of the page.
function writers.lua(this, block, base)
    if block.flags.recipe then
        write_file(base .. ".lua", text_of(block))
        return ("check_recipe %s\n"):format(quote(base .. ".lua"))
    elseif block.flags.norun then
        write_file(base .. ".lua", ("\n"):rep(block.line) .. text_of(block))
        return ("compile_lua %s\n"):format(quote(base .. ".lua"))
    end
    local before = block.flags.continue and this.chunk or ""
    local _, lines = before:gsub("\n", "")
    this.chunk = before .. ("\n"):rep(block.line - lines) .. text_of(block)
    if this.continued[block] then
        return ""
    end
    write_file(base .. ".lua", this.chunk)
    return ("run_lua %s\n"):format(quote(base .. ".lua"))
end

-- Which blocks of Lua the next one continues.
local function find_continued(this)
    local last
    this.continued = {}
    for _, block in ipairs(this.blocks) do
        if block.language == "lua" and not block.flags.norun and not block.flags.recipe then
            if block.flags.continue and last then
                this.continued[last] = true
            end
            last = block
        end
    end
end

local function write_script(this, folder)
    find_continued(this)
    for _, block in ipairs(this.blocks) do
        local writer = writers[block.language]
        if writer then
            local place = ("%s:%d"):format(this.path, block.line)
            io.write(("at %s\n"):format(quote(place)))
            local base = ("%s/%s.%d"):format(folder, this.path:gsub("/", "-"), block.line)
            if block.file and not block.flags.engine then
                write_file(base .. ".saved", text_of(block))
                io.write(("cp %s %s\n"):format(quote(base .. ".saved"), quote(block.file)))
            end
            io.write(writer(this, block, base))
        end
    end
end

local function main(words)
    local mode = words[1]:find "^%-%-" and table.remove(words, 1) or "--check"
    local this = page.read(words[1])
    if mode == "--update" then
        update(this)
    elseif mode == "--script" then
        write_script(this, words[2])
    else
        check_all(this)
        for _, problem in ipairs(this.problems) do
            print(("%s:%d: %s"):format(this.path, problem.line, problem.text))
        end
        os.exit(#this.problems == 0 and 0 or 1)
    end
end

main { ... }
