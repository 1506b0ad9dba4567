-- SPDX-License-Identifier: MIT
-- A process may end at any moment while images are decoded. Tries each way to end, many times, each
-- in its own process. os.exit(code) runs no finalisers; the other ways run them in any order.

local tap = require "tap"

local START = [[
local tench = require "tench"
local ds = tench.create_dataset("tests/data/shapes")
local loader = tench.loader{ dataset = ds, transform = "random_resized_crop size=224",
    batch_size = 8, repeats = 1000, depth = 8, threads = 3, seed = ROUND }
local epoch = loader:epoch(0)
for _ = 1, ROUND % 3 do epoch:next() end
]]

local function run(round, ending)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write((START:gsub("ROUND", round)), ending, "\n")
    file:close()
    local status = os.execute("timeout 60 luajit " .. path .. " >/dev/null 2>&1")
    os.remove(path)
    return status
end

local function test(times, name, ending, wanted)
    tap.test(times .. " times: " .. name, function()
        for round = 1, times do
            tap.equal(run(round, ending), wanted, "status in round " .. round)
        end
    end)
end

test(200, "os.exit() in mid-decode", "os.exit(0)", 0)
test(20, "os.exit with finalisers", "os.exit(0, true)", 0)
test(20, "the end of the script", "", 0)
test(20, "an error", "error 'stop'", 256)
test(10, "with batches held", "local held = epoch:next():hold() epoch:next() os.exit(0, true)", 0)

tap.done()
