-- SPDX-License-Identifier: MIT
-- The lint of arrows finds each kind of breach in a small tree, and passes one without.

package.path = "tests/lint/?.lua;tests/lua/?.lua;" .. package.path
local tap = require "tap"
local tree = require "tree"

local function shell(command)
    local pipe = assert(io.popen(command .. " 2>&1; echo $?"))
    local text = pipe:read "*a"
    pipe:close()
    return text:match "^(.-)(%d+)\n$"
end

-- Makes a tree of files {path = text} in a folder of its own, which is removed afterwards.
local function with_files(files, body)
    local folder = shell("mktemp -d"):gsub("\n", "")
    shell(("mkdir -p '%s/kernels'"):format(folder))
    for path, text in pairs(files) do
        shell(("mkdir -p '%s/%s'"):format(folder, path:match "^(.*)/"))
        local file = assert(io.open(folder .. "/" .. path, "w"))
        file:write(text)
        file:close()
    end
    local ok, message = pcall(body, folder)
    shell(("rm -rf '%s'"):format(folder))
    assert(ok, message)
end

-- A file of a header and a function that does `body`.
local function source(include, name, body)
    return ('#include "%s"\n\nint %s(int x)\n{\n    return %s;\n}\n'):format(include, name, body)
end

local function lint(folder)
    return shell(("luajit tests/lint/arrows.lua '%s'"):format(folder))
end

local function found(files, wanted)
    with_files(files, function(folder)
        local text, code = lint(folder)
        tap.equal(code, "1", "exit code")
        assert(text:find(wanted, 1, true), text)
    end)
end

local OP = {
    ["src/base/text.h"] = "int tn__text(int x);\n",
    ["src/base/text.c"] = source("base/text.h", "tn__text", "x"),
    ["src/op/op.h"] = '#include "base/text.h"\nint tn__op(int x);\n',
    ["src/op/op.c"] = source("op/op.h", "tn__op", "tn__text(x) /* tn__make() */"),
}

local function with(path, text)
    local files = { [path] = text }
    for name, known in pairs(OP) do
        files[name] = files[name] or known
    end
    return files
end

tap.test("arrows that point down pass", function()
    with_files(OP, function(folder)
        local text, code = lint(folder)
        tap.equal(text .. code, "0")
    end)
end)

tap.test("an include or a call that points up is found", function()
    found(with("src/base/text.c", source("op/op.h", "tn__text", "x")),
        "src/base/text.c:1: includes op/op.h: base stands below op")
    found(with("src/base/text.c", source("base/text.h", "tn__text", "tn__op(x)")),
        "src/base/text.c:5: calls tn__op: base stands below op")
end)

tap.test("the program and kernels keep to themselves", function()
    found(with("src/cli/main.c", source("base/text.h", "main", "x")),
        "src/cli/main.c:1: includes base/text.h: the program uses tench.h alone")
    found(with("kernels/px/mix.h", '#include "base/text.h"\n'),
        "kernels/px/mix.h:1: includes base/text.h: px stands below base")
end)

tap.test("public functions are defined in api and not called from inside", function()
    found(with("src/op/public.c", source("op/op.h", "tn_op_count", "x")),
        "src/op/public.c: the public function tn_op_count belongs in src/api")
    local files = with("src/api/ops.c", source("op/op.h", "tn_op_count", "x"))
    files["src/op/op.c"] = source("op/op.h", "tn__op", "tn_op_count(x)")
    found(files, "src/op/op.c:5: calls tn_op_count: public functions are for callers")
end)

tap.test("a codec's own headers stay in the folder codec", function()
    local files = with("src/codec/jpeg/scan.h", "int tn__scan(int x);\n")
    files["src/data/scan.c"] = source("codec/jpeg/scan.h", "tn__data", "x")
    found(files, "src/data/scan.c:1: includes codec/jpeg/scan.h: a codec's headers")
end)

tap.test("circles and stray declarations are found", function()
    local files = with("src/op/a.h", "int tn__a(int x);\nint tn__b(int x);\n")
    files["src/op/a.c"] = source("op/a.h", "tn__a", "tn__b(x)")
    files["src/op/b.c"] = source("op/a.h", "tn__b", "tn__a(x)")
    with_files(files, function(folder)
        local read = tree.read(folder)
        local circles = tree.circles(read)
        tap.equal(#circles, 1)
        tap.equal(table.concat(circles[1], " "), "src/op/a.c src/op/b.c")
        local count, strays = tree.strays(read)
        tap.equal(count, 4)
        tap.equal(#strays, 1)
        tap.equal(strays[1].name, "tn__b")
    end)
    found(files, "src/op/a.c, src/op/b.c: these files need one another")
    found(files, "src/op/b.c: tn__b is declared in src/op/a.h")
end)

tap.done()
