-- SPDX-License-Identifier: MIT
-- Memory stays flat over many epochs with bad files, loops that end early, loaders and batches that
-- are not closed, and errors in the loop's body. The tests measure the process's peak resident
-- memory. A sanitizer keeps freed memory, so under one they only check that nothing breaks.

local tap = require "tap"
local tench = require "tench"

local sanitized = string.find(os.getenv("LD_PRELOAD") or "", "asan", 1, true)
-- How much the peak may grow because of other load: 5.9 MiB were seen on a busy machine, where
-- workers use more of the allocator's arenas. It does not grow with the number of turns.
local SLACK_KIB = 16 * 1024

local broken = tench.create_dataset("tests/data/broken", { search_split = false })
local shapes = tench.create_dataset("tests/data/shapes", { search_split = false })

-- Reads VmHWM, the peak resident memory in KiB, or Threads.
local function status(field)
    local file = assert(io.open("/proc/self/status"))
    local value = string.match(file:read("*a"), "\n" .. field .. ":%s*(%d+)")
    file:close()
    return tonumber(value)
end

-- FDSize of the status does not serve: it is a peak, which data sets that wait for the collector
-- raise.
local function open_files()
    local stat = assert(io.open("/proc/self/stat"))
    local list = assert(io.popen("ls /proc/" .. stat:read("*n") .. "/fd"))
    stat:close()
    local count = 0
    for _ in list:lines() do
        count = count + 1
    end
    list:close()
    return count
end

local function collect()
    collectgarbage()
    collectgarbage()
end

-- True as soon as no more than n files are open. Workers open files for a moment, and abandoned
-- loaders end some time later.
local function falls_to(n)
    local until_time = os.time() + 20
    repeat
        if open_files() <= n then
            return true
        end
        collect()
    until os.time() > until_time
    return false
end

-- Calls the body `before` times, measures the memory, calls it `after` times more, and checks that
-- nothing has grown.
local function stays_flat(before, after, thing)
    if sanitized then
        before, after = 2, 5
    end
    for turn = 1, before do
        thing(turn)
    end
    collect()
    local first, files = status("VmHWM"), open_files()
    for turn = before + 1, before + after do
        thing(turn)
    end
    collect()
    local grown = status("VmHWM") - first
    print(("# grown by %d KiB, of %d KiB"):format(grown, first))
    assert(sanitized or grown < SLACK_KIB, ("grown by %d KiB"):format(grown))
    assert(falls_to(files), "files are left open")
end

local function make(dataset, more)
    local given = {
        dataset = dataset, transform = "random_resized_crop size=64; color_jitter; normalize",
        batch_size = 4, shuffle = true, threads = 2, on_fault = "skip",
    }
    for name, value in pairs(more or {}) do
        given[name] = value
    end
    return tench.loader(given)
end

tap.test("55 epochs with bad files in one loader", function()
    local loader = make(broken)
    stays_flat(5, 50, function(epoch)
        for batch in loader:epoch(epoch) do
            assert(batch.image and batch.names)
        end
    end)
    assert(#loader:faults() >= (sanitized and 14 or 110), "each epoch has two faults or more")
end)

tap.test("loops that end early", function()
    local loader = make(shapes)
    stays_flat(50, 400, function(epoch)
        for batch in loader:epoch(epoch) do
            if batch.number == epoch % 4 then
                break
            end
        end
    end)
end)

tap.test("loaders that are not closed", function()
    local threads = status("Threads")
    stays_flat(100, 600, function(turn)
        local loader = make(turn % 2 == 0 and shapes or broken, { batch_size = 1 + turn % 7 })
        local epoch = loader:epoch(0)
        if turn % 3 > 0 then
            epoch:next()
        end
        if turn % 10 == 0 then
            collectgarbage()
        end
    end)
    local until_time = os.time() + 20 -- the last threads end some time later
    while status("Threads") > threads and os.time() < until_time do
        collect()
    end
    assert(status("Threads") <= threads, "threads are left")
end)

tap.test("batches that are held and dropped", function()
    local loader = make(shapes, { batch_size = 2, depth = 8 })
    stays_flat(50, 300, function(epoch)
        for batch in loader:epoch(epoch) do
            batch:hold()
        end
    end)
end)

tap.test("faults that are raised, and errors in the loop's body", function()
    local loader = make(broken, { on_fault = "raise" })
    stays_flat(50, 400, function(epoch)
        local ok = pcall(function()
            for batch in loader:epoch(epoch) do
                assert(batch.number < 1, "an error in the body")
            end
        end)
        assert(not ok)
    end)
end)

tap.test("single images and data sets", function()
    stays_flat(50, 250, function()
        local ds = tench.create_dataset("tests/data/broken", { search_split = false })
        local train = tench.transform "random_resized_crop size=64; normalize"
        for sample = 1, ds.n do
            local ok, image = pcall(ds.get, ds, sample)
            if ok then
                train(image, { seed = sample })
            end
        end
        ds:survey()
    end)
end)

tap.done()
