-- SPDX-License-Identifier: MIT
-- arrows.lua --layers: prints the layers as a Markdown table, for src/ARCHITECTURE.md.
-- arrows.lua [FOLDER]: fails if a file includes or calls what stands above its layer, if files need
-- one another in a circle, if a function is declared in another header than that of its file, or if
-- a public function is defined outside of src/api. src/ARCHITECTURE.md shows the layers.

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local tree = require "tree"

if arg[1] == "--layers" then
    print "| layer | folder | what it is |\n| --- | --- | --- |"
    for _, layer in ipairs(tree.LAYERS) do
        print(("| %s | `%s` | %s |"):format(layer[1], layer[2], layer[4]))
    end
    os.exit(0)
end

local read, failed = tree.read(arg[1] or "."), false

local function report(format, ...)
    print(format:format(...))
    failed = true
end

for _, arrow in ipairs(tree.arrows(read)) do
    local problem = tree.problem(arrow)
    if problem then
        report("%s:%d: %s: %s", arrow.from, arrow.line, arrow.how, problem)
    end
end
for _, circle in ipairs(tree.circles(read)) do
    report("%s: these files need one another", table.concat(circle, ", "))
end
local _, strays = tree.strays(read)
for _, stray in ipairs(strays) do
    report("%s: %s is declared in %s", stray.path, stray.name, stray.header)
end
for name, path in pairs(read.definer) do
    if not name:find "^tn__" and tree.layer_of(path) ~= "api" then
        report("%s: the public function %s belongs in src/api", path, name)
    end
end
os.exit(failed and 1 or 0)
