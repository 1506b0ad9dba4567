-- SPDX-License-Identifier: MIT
-- reach.lua: fails if a page or an example cannot be found from README.md by following links. It is
-- run from the top of a checkout.

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local page = require "page"

local function list(command)
    local pipe, paths = assert(io.popen(command)), {}
    for path in pipe:lines() do
        paths[#paths + 1] = path:gsub("^%./", "")
    end
    pipe:close()
    return paths
end

local function resolve(folder, target)
    local parts = {}
    for part in (folder .. target:gsub("#.*", "")):gmatch "[^/]+" do
        if part == ".." then
            parts[#parts] = nil
        else
            parts[#parts + 1] = part
        end
    end
    return table.concat(parts, "/")
end

local reached = {}

local function follow(path)
    if reached[path] then
        return
    end
    reached[path] = true
    for _, link in ipairs(path:find "%.md$" and page.read(path).links or {}) do
        if not link.target:find "^%a[%w+.-]*:" and not link.target:find "^#" then
            follow(resolve(path:match "^(.*/)" or "", link.target))
        end
    end
end

follow "README.md"
local failed = false
for _, path in ipairs(list [[find . -name 'build*' -prune -o -type f \
    \( -name '*.md' -o -path './recipes/examples/*' \) -print | sort]]) do
    if not reached[path] then
        print(path .. ": no link leads to it from README.md")
        failed = true
    end
end
os.exit(failed and 1 or 0)
