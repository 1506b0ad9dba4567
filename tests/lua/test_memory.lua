-- SPDX-License-Identifier: MIT
-- Memory is bounded: a loop over samples keeps one image at a time, and the collector knows how
-- many bytes images, results of transforms, data sets and loaders keep.

local tap = require "tap"
local memory = require "tench.memory"
local tench = require "tench"

local MIB = 2 ^ 20
local sanitized = (os.getenv("LD_PRELOAD") or ""):find("san") ~= nil
local SIDE = sanitized and 2 ^ 10 or 2 ^ 11 -- side of a grey image
local PIXELS = ("x"):rep(SIDE ^ 2)
local ds = tench.create_dataset("tests/data/shapes")

local function collect()
    for _ = 1, 3 do
        collectgarbage()
    end
end

local function resident()
    local file = assert(io.open("/proc/self/statm"))
    local pages = tonumber(file:read("*a"):match("%d+ (%d+)"))
    file:close()
    return pages * 4096
end

tap.test("a loop over samples closes each image at the next step", function()
    collect()
    local before, n = memory.kept(), 0
    for _, iterate in ipairs { ds.samples, ipairs } do
        for sample, image in iterate(ds) do
            n = n + 1
            tap.equal(image.name, ds:name(sample))
            tap.equal(memory.kept(), before + image.nbytes)
        end
        tap.equal(memory.kept(), before)
    end
    tap.equal(n, 48)
end)

tap.test("an image that is kept after its step says how to keep it", function()
    local kept, tensor
    for sample, image in ds:samples() do
        if sample == 3 then
            kept, tensor = image, image.tensor
        end
    end
    tap.equal(kept.name, ds:name(3))
    for _, use in ipairs {
        function() return (kept:bytes()) end, function() return kept.ptr end,
        function() return tensor.ptr end, function() return (kept:pixel(0, 0)) end,
        function() return (kept:explain()) end, function() return (kept:hold()) end,
        function() return (tench.transform "hflip"(kept)) end,
    } do
        tap.raises({ "image 3 of the data set was closed", "image:hold()" }, use)
    end
    kept:close()
end)

tap.test("an image that is held stays", function()
    local kept = {}
    for sample, image in ds:samples() do
        if sample % 2 == 0 then
            kept[#kept + 1] = image:hold()
        end
    end
    tap.equal(#kept, 12)
    for place, image in ipairs(kept) do
        tap.equal(image:bytes(), ds[2 * place]:bytes())
    end
    tap.equal(ds[1]:hold():bytes(), ds[1]:bytes())
end)

tap.test("an image that the loop's body closes is not an error", function()
    local n = 0
    for _, image in ds:samples() do
        image:close()
        n = n + 1
    end
    tap.equal(n, 24)
end)

-- Calls a function so often that its results would take far more memory than the collector allows,
-- if they were kept.
local function stays_bounded(times, make)
    times = sanitized and times / 5 or times
    collect()
    local most, before = 0, resident()
    local start = memory.kept()
    for turn = 1, times do
        make(turn)
        most = math.max(most, memory.kept() - start)
    end
    print(("# %.0f MiB were kept at most; resident memory grew by %.0f MiB"):format(most / MIB,
        (resident() - before) / MIB))
    assert(most > 0 and most <= 32 * MIB, most)
    assert(sanitized or resident() - before < 128 * MIB, resident() - before)
    collect()
    tap.equal(memory.kept(), start)
end

tap.test("images that are not closed do not pile up", function()
    stays_bounded(200, function()
        return tench.image(PIXELS, SIDE, SIDE, 1)
    end)
end)

tap.test("results of a transform do not pile up", function()
    local enlarge = tench.transform("resize size=1024 mode=exact; convert dtype=f32")
    stays_bounded(60, function(turn)
        return enlarge(ds[1 + turn % 24])
    end)
end)

tap.test("loaders that are not closed do not pile up", function()
    collect()
    local start, most, slots = memory.kept(), 0, nil
    for turn = 1, 40 do
        local loader = tench.loader{ dataset = ds, batch_size = 24, threads = 1,
            transform = "resize size=128 mode=exact; convert dtype=f32" }
        assert(loader:epoch(turn):next())
        local budget = loader:budget()
        slots = budget.n_slots * budget.slot_bytes
        most = math.max(most, memory.kept() - start)
    end
    assert(most >= slots and most <= 4 * slots, most)
    collect()
    tap.equal(memory.kept(), start)
end)

tap.test("a collector that the host has stopped stays stopped", function()
    collectgarbage("stop")
    for turn = 1, 10 do
        assert(tench.image(PIXELS, SIDE, SIDE, 1), turn)
    end
    local is_running = collectgarbage("isrunning")
    collectgarbage("restart")
    tap.equal(is_running, false)
end)

tap.test("data sets that are not closed are counted", function()
    collect()
    local start = memory.kept()
    local other = tench.create_dataset("tests/data/shapes")
    assert(memory.kept() > start and other.n == 24)
    other = nil -- luacheck: ignore
    collect()
    tap.equal(memory.kept(), start)
end)

tap.test("images that are in use are counted, and kept", function()
    collect()
    local before, kept = memory.kept(), {}
    for turn = 1, 40 do
        kept[turn] = tench.image(PIXELS, SIDE, SIDE, 1)
    end
    tap.equal(memory.kept() - before, 40 * SIDE ^ 2)
    for _, image in ipairs(kept) do
        tap.equal(image:pixel(5, 5), 120)
        image:close()
    end
    tap.equal(memory.kept(), before)
end)

tap.done()
