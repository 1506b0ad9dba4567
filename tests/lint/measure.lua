-- SPDX-License-Identifier: MIT
-- measure.lua [--all] [COMMIT | FOLDER]: numbers for the C code of a tree (src/ and kernels/):
-- files, functions, arrows against the direction, circles, and functions that are declared in a
-- header of another name. --all also lists each of them. Without a name it reads the checkout.

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local tree = require "tree"

local function quantile(list, part)
    table.sort(list)
    return list[math.max(1, math.ceil(part * #list))] or 0
end

local function files_line(read)
    local lines, total, short, n_c = {}, 0, 0, 0
    for _, file in ipairs(read.files) do
        lines[#lines + 1] = file.n_lines
        total = total + file.n_lines
        if file.path:find "%.c$" then
            n_c = n_c + 1
            short = short + (file.n_lines < 100 and 1 or 0)
        end
    end
    print(("files                     %d, %d lines; median %d, p90 %d, max %d"):format(#lines,
        total, quantile(lines, 0.5), quantile(lines, 0.9), quantile(lines, 1)))
    print((".c files under 100 lines  %d of %d (%.0f %%)"):format(short, n_c, 100 * short / n_c))
end

local function functions_line(read)
    local lines, short = {}, 0
    for _, file in ipairs(read.files) do
        for _, one in ipairs(file.functions) do
            lines[#lines + 1] = one.lines
            short = short + (one.lines <= 8 and 1 or 0)
        end
    end
    print(("functions                 %d; median %d, p75 %d, p90 %d, max %d; %.0f %% up to 8")
        :format(#lines, quantile(lines, 0.5), quantile(lines, 0.75), quantile(lines, 0.9),
            quantile(lines, 1), 100 * short / #lines))
end

local function arrows_lines(read, all)
    local kinds, order, count = {}, {}, 0
    for _, arrow in ipairs(tree.arrows(read)) do
        local problem = tree.problem(arrow)
        if problem then
            local kind = ("%s -> %s"):format(tree.layer_of(arrow.from),
                tree.layer_of(arrow.to) or "tench.h")
            if not kinds[kind] then
                kinds[kind] = 0
                order[#order + 1] = kind
            end
            kinds[kind] = kinds[kind] + 1
            count = count + 1
            if all then
                print(("  %s:%d: %s: %s"):format(arrow.from, arrow.line, arrow.how, problem))
            end
        end
    end
    table.sort(order)
    for place, kind in ipairs(order) do
        order[place] = ("%s (%d)"):format(kind, kinds[kind])
    end
    print(("arrows against direction  %d: %s"):format(count, table.concat(order, ", ")))
end

local function circles_line(read, all)
    local circles, sizes = tree.circles(read), {}
    for _, members in ipairs(circles) do
        sizes[#sizes + 1] = #members
        if all then
            print("  " .. table.concat(members, " "))
        end
    end
    print(("circles                   %d, of %s files"):format(#circles,
        #sizes > 0 and table.concat(sizes, ", ") or "no"))
end

local function strays_line(read, all)
    local count, strays = tree.strays(read)
    for _, one in ipairs(all and strays or {}) do
        print(("  %s of %s is declared in %s"):format(one.name, one.path, one.header))
    end
    print(("internal functions        %d, of them declared in a header of another name: %d")
        :format(count, #strays))
end

-- Unpacks the tree of a commit into a folder, which is removed at the end.
local function with_tree(name, body)
    local probe = io.popen(("test -d '%s' && echo yes"):format(name))
    local is_folder = probe:read "*l" == "yes"
    probe:close()
    if is_folder then
        return body(name)
    end
    local pipe = assert(io.popen "mktemp -d")
    local folder = pipe:read "*l"
    pipe:close()
    local unpack_it = "git archive '%s' src kernels | tar -x -C '%s'"
    if os.execute(unpack_it:format(name, folder)) == 0 then
        body(folder)
    end
    os.execute(("rm -rf '%s'"):format(folder))
end

local all = arg[1] == "--all"
with_tree(arg[all and 2 or 1] or ".", function(folder)
    local read = tree.read(folder)
    files_line(read)
    functions_line(read)
    arrows_lines(read, all)
    circles_line(read, all)
    strays_line(read, all)
end)
