-- SPDX-License-Identifier: MIT
-- Structs have the same layout in C and in LuaJIT: luajit layout.lua HEADER FOLDER. Reads the
-- structs and fields from the header, and makes a C program that prints their sizes and offsets.
-- ffi.sizeof and ffi.offsetof must agree with it. Prints TAP.
local ffi = require "ffi"

local header_path, folder = arg[1], arg[2]

local function read(path)
    local file = assert(io.open(path))
    local text = file:read("*a")
    file:close()
    return text
end

local text = assert(read(header_path):match("/%* cdef:begin %*/(.*)/%* cdef:end %*/"))
text = text:gsub("/%*.-%*/", " ")
ffi.cdef(text)

-- Names of the fields in a struct's body: the last word of each declarator.
local function fields_of(body)
    local fields = {}
    for declaration in body:gmatch("[^;]+;") do
        for declarator in declaration:gmatch("([^,;]+)") do
            local name = declarator:gsub("%b[]", ""):match("([%a_][%w_]*)%s*$")
            fields[#fields + 1] = name
        end
    end
    return fields
end

local structs = {}
for name, body in text:gmatch("typedef%s+struct%s+([%w_]+)%s*(%b{})") do
    structs[#structs + 1] = { name = name, fields = fields_of(body:sub(2, -2)) }
end
assert(#structs > 0, "no struct found in the header")

-- Runs the C program, which prints lines "struct field offset". The field "" stands for the size.
local function ask_c()
    local lines = { "#include <stddef.h>", "#include <stdio.h>", '#include "tench.h"',
        "int main(void)", "{" }
    for _, struct in ipairs(structs) do
        lines[#lines + 1] = string.format('printf("%s  %%zu\\n", sizeof(%s));', struct.name,
            struct.name)
        for _, field in ipairs(struct.fields) do
            lines[#lines + 1] = string.format('printf("%s %s %%zu\\n", offsetof(%s, %s));',
                struct.name, field, struct.name, field)
        end
    end
    lines[#lines + 1] = "}"
    local source, program = folder .. "/layout.c", folder .. "/layout"
    local file = assert(io.open(source, "w"))
    file:write(table.concat(lines, "\n"), "\n")
    file:close()
    local include = header_path:match("^(.*)/[^/]*$")
    assert(os.execute(string.format("cc -std=c11 -I '%s' -o '%s' '%s'", include, program, source))
        == 0, "the C program does not compile")
    return assert(io.popen("'" .. program .. "'"))
end

local n, failed = 0, 0
for line in ask_c():lines() do
    local struct, field, value = line:match("^(%S+) (%S*) (%d+)$")
    local here = field == "" and ffi.sizeof(struct) or ffi.offsetof(struct, field)
    n = n + 1
    local same = here == tonumber(value)
    failed = failed + (same and 0 or 1)
    print(string.format("%s %d - %s %s: C %s, LuaJIT %s", same and "ok" or "not ok", n, struct,
        field == "" and "size" or field, value, tostring(here)))
end
print("1.." .. n)
os.exit(failed == 0 and n > 0 and 0 or 1)
