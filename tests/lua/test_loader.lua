-- SPDX-License-Identifier: MIT
-- Loaders and batches: rows equal single samples; how long a batch lives; epochs, resume, faults.

local tap = require "tap"
local tench = require "tench"
local case = require "loader_case"

local ds, make, TRAIN = case.ds, case.make, case.TRAIN
local row_bytes, bytes_of = case.row_bytes, case.bytes_of

tap.test("an epoch gives every sample once", function()
    local loader = make()
    tap.equal(loader.n_batches, 6)
    local seen, n = {}, 0
    for batch in loader:epoch(0) do
        tap.equal(batch.number, n)
        tap.equal(batch.epoch, 0)
        tap.equal(batch.n, 4)
        tap.equal(table.concat(batch.image.shape, " "), "4 3 16 16")
        tap.equal(batch.image.dtype, "f32")
        tap.equal(table.concat(batch.label.shape, " "), "4")
        tap.equal(batch.label.dtype, "i64")
        for row = 1, batch.n do
            local record = batch:row(row)
            tap.equal(batch.names[row], ds:name(record.sample))
            tap.equal(batch.labels[row], ds:label(record.sample))
            tap.equal(batch:label_at(row), batch.labels[row])
            tap.equal(tonumber(batch.label.ptr[row - 1]), batch.labels[row])
            assert(not seen[record.sample], "a sample came twice")
            seen[record.sample] = true
        end
        n = n + 1
    end
    tap.equal(n, 6)
    tap.equal(#seen, 24)
end)

tap.test("a row has the bytes of the single sample", function()
    local loader = make()
    local train = tench.transform(TRAIN)
    for batch in loader:epoch(5) do
        for row = 1, batch.n do
            local record = batch:row(row)
            local single = train(ds[record.sample],
                { seed = 3, epoch = 5, position = record.position })
            tap.equal(single:bytes(), row_bytes(batch, row), record.name)
            local again = batch:replay(row)
            tap.equal(again:bytes(), row_bytes(batch, row))
            tap.equal(again.width, 16)
            local explained = batch:explain(row)
            assert(explained:find(single:explain(), 1, true), explained)
            assert(explained:find('"name":"' .. record.name .. '"', 1, true), explained)
        end
    end
end)

tap.test("seed, epoch and order decide, threads do not", function()
    local bytes = bytes_of(make():epoch(1))
    tap.equal(bytes_of(make{ threads = 3 }:epoch(1)), bytes)
    tap.equal(bytes_of(make{ threads = 1, depth = 4 }:epoch(1)), bytes)
    assert(bytes ~= bytes_of(make():epoch(2)))
    assert(bytes ~= bytes_of(make{ seed = 4 }:epoch(1)))
    assert(bytes ~= bytes_of(make{ shuffle = false }:epoch(1)))
end)

tap.test("using a batch after the next step is an error that says so", function()
    local loader = make()
    local old, tensor
    for batch in loader:epoch(0) do
        if old then
            for _, use in ipairs {
                function() return old.image end, function() return old.label.ptr end,
                function() return old.names end, function() return tensor.ptr end,
                function() return old:explain(1) end, function() return old:row(1) end,
                function() return old:hold() end, function() return old:release() end,
                function() return old:replay(1) end, function() return old:label_at(1) end,
            } do
                tap.raises({ "batch 0 of epoch 0 was returned to the loader", "hold" }, use)
            end
            tap.equal(old.number, 0)
            break
        end
        old, tensor = batch, batch.image
    end
end)

tap.test("the last batch of an epoch is returned at its end", function()
    local last
    for batch in make():epoch(0) do
        last = batch
    end
    tap.raises("returned to the loader", function() return last.image end)
end)

tap.test("a held batch stays", function()
    local loader = make{ depth = 8 }
    local held, bytes = {}, {}
    for batch in loader:epoch(0) do
        if batch.number % 2 == 0 then
            held[#held + 1] = batch:hold()
            bytes[#bytes + 1] = row_bytes(batch, 1)
        end
    end
    for place, batch in ipairs(held) do
        tap.equal(row_bytes(batch, 1), bytes[place])
    end
    loader:epoch(1)
    tap.equal(row_bytes(held[1], 1), bytes[1])
    held[1]:release()
    tap.raises("returned to the loader", held[1].release, held[1])
    loader:close()
    tap.equal(row_bytes(held[2], 1), bytes[2])
end)

tap.test("too many held batches are an error; dropped ones go back", function()
    local loader = make{ depth = 4 }
    local held = {}
    tap.raises("held", function()
        for batch in loader:epoch(0) do
            held[#held + 1] = batch:hold()
        end
    end)
    assert(#held >= 1)
    local n = 0
    for batch in make{ depth = 4 }:epoch(0) do
        batch:hold()
        n = n + 1
    end
    tap.equal(n, 6)
end)

tap.test("break, and begin again", function()
    local loader = make()
    for _ = 1, 20 do
        for batch in loader:epoch(0) do
            if batch.number == 1 then
                break
            end
        end
    end
    tap.equal(bytes_of(loader:epoch(0)), bytes_of(make():epoch(0)))
end)

tap.test("an error in the body of a loop", function()
    local loader = make()
    tap.raises("my own", function()
        for _ in loader:epoch(0) do
            error("my own")
        end
    end)
    tap.equal(bytes_of(loader:epoch(0)), bytes_of(make():epoch(0)))
end)

tap.test("loaders are dropped in mid-epoch", function()
    local function drop(round)
        local loader = make{ threads = round % 3 }
        local batch = loader:epoch(round):next()
        if round % 2 == 0 then
            batch:hold()
        end
    end
    for round = 1, 30 do
        drop(round)
        collectgarbage()
    end
end)

tap.test("a batch keeps its loader alive", function()
    local batch = make():epoch(0):next()
    collectgarbage()
    collectgarbage()
    tap.equal(#row_bytes(batch, 1), 3 * 16 * 16 * 4)
end)

tap.test("one running epoch: another one ends it", function()
    local loader = make()
    local first = loader:epoch(0)
    assert(first:next())
    local second = loader:epoch(1)
    tap.raises({ "epoch 0 was ended", "another" }, first.next, first)
    tap.equal(second:next().epoch, 1)
    loader:stop()
    tap.raises("ended", second.next, second)
    loader:close()
    loader:close()
    tap.raises("the loader was closed", second.next, second)
    tap.raises("the loader was closed", loader.epoch, loader, 0)
end)

tap.test("an epoch without a number is the one after the last", function()
    local loader = make()
    tap.equal(loader:epoch().number, 0)
    tap.equal(loader:epoch().number, 1)
    tap.equal(loader:epoch(7):next().epoch, 7)
    tap.equal(loader:epoch():next().epoch, 8)
    tap.raises({ "epoch = 1.5", "must be an integer" }, loader.epoch, loader, 1.5)
    tap.raises({ "epoch = 1e+300", "must be an integer" }, loader.epoch, loader, 1e300)
end)

tap.test("the end is nil, again and again", function()
    local epoch = make{ batch_size = 24 }:epoch(0)
    assert(epoch:next())
    tap.equal(epoch:next(), nil)
    tap.equal(epoch:next(), nil)
end)

tap.test("next without waiting", function()
    local loader = make()
    loader:epoch(0)
    local polls, n = 0, 0
    while n < 6 do
        local batch, reason = loader:next(0)
        assert(batch or reason == "timeout")
        n, polls = n + (batch and 1 or 0), polls + 1
    end
    assert(polls >= 6)
    assert(loader:fd() >= 0)
end)

tap.test("a resumed epoch continues where the state was taken", function()
    local loader = make()
    local whole = {}
    for batch in loader:epoch(2) do
        whole[#whole + 1] = row_bytes(batch, 1)
    end
    for stop = 1, 5 do
        local first = make()
        local epoch = first:epoch(2)
        for _ = 1, stop do
            epoch:next()
        end
        local state = first:state()
        local rest, n = make():resume(state), stop
        tap.equal(rest.number, 2)
        for batch in rest do
            n = n + 1
            tap.equal(batch.number, n - 1)
            tap.equal(row_bytes(batch, 1), whole[n])
        end
        tap.equal(n, 6)
    end
    tap.raises("seed", function()
        make{ seed = 9 }:resume(loader:state())
    end)
    tap.raises("state = 7: must be a text", loader.resume, loader, 7)
end)

tap.test("the union of the ranks is the whole", function()
    local numbers = {}
    for rank = 0, 2 do
        for batch in make{ rank = rank, world_size = 3 }:epoch(0) do
            tap.equal(batch.number % 3, rank)
            numbers[batch.number + 1] = row_bytes(batch, 1)
        end
    end
    for batch in make():epoch(0) do
        tap.equal(numbers[batch.number + 1], row_bytes(batch, 1))
    end
    tap.raises({ "rank = 3", "below world_size = 3" }, make, { rank = 3, world_size = 3 })
    tap.raises("go together", make, { rank = 1 })
end)

tap.test("drop_last, repeats, subset", function()
    tap.equal(make{ batch_size = 5 }.n_batches, 5)
    tap.equal(make{ batch_size = 5, drop_last = true }.n_batches, 4)
    tap.equal(make{ repeats = 3 }.n_batches, 18)
    local names = {}
    for batch in make{ subset = { 1, 24 }, shuffle = false, batch_size = 2 }:epoch(0) do
        names = batch.names
    end
    tap.equal(table.concat(names, " "), "circle/circle1.jpg triangle/triangle8.jpg")
    tap.raises({ "subset", "25", "1 to 24" }, make, { subset = { 25 } })
end)

tap.test("a trace's file exists when the trace has ended", function()
    local path = os.tmpname()
    local loader = make{ device = "fake" }
    loader:start_trace(path, 1000)
    for batch in loader:epoch(0) do
        tap.equal(batch.n, 4)
    end
    local trace = loader:stop_trace()
    assert(trace.spans > 24 * 6 and trace.dropped == 0 and trace.path == path)
    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    os.remove(path)
    assert(text:find('"spans":' .. trace.spans, 1, true) and text:find '"kernel"')
    tap.raises({ "no trace is under way" }, loader.stop_trace, loader)
    tap.raises({ "path = 7: must be a text" }, loader.start_trace, loader, 7)
    tap.raises({ "path is empty" }, loader.start_trace, loader, "")
    for _, spans in ipairs { 1.5, "7", 0 / 0 } do
        tap.raises({ "max_spans", "whole number" }, loader.start_trace, loader, path, spans)
    end
    tap.raises({ "cannot write" }, loader.start_trace, loader, path .. "/below")
end)

tap.test("budget and statistics", function()
    local loader = make{ threads = 2, depth = 5 }
    local budget = loader:budget()
    tap.equal(budget.n_slots, 5)
    tap.equal(budget.n_threads, 2)
    assert(budget.slot_bytes >= 4 * 3 * 16 * 16 * 4)
    tap.equal(budget.total_bytes, 5 * budget.slot_bytes + 2 * budget.scratch_bytes)
    bytes_of(loader:epoch(0))
    local stats = loader:stats()
    tap.equal(stats.images, 24)
    tap.equal(stats.batches, 6)
    tap.equal(stats.faults, 0)
    assert(stats.decode_s > 0 and stats.first_batch_s > 0)
end)

tap.test("faults: raise, skip, budget", function()
    local broken = tench.create_dataset("tests/data/broken")
    local given = { dataset = broken, transform = TRAIN, batch_size = 8 }
    tap.raises({ "circle/", "jpg" }, function()
        for _ in tench.loader(given):epoch(0) do end
    end)
    given.on_fault = "skip"
    local loader = tench.loader(given)
    local batch = loader:epoch(0):next()
    tap.equal(batch.n, 8)
    local faults = loader:faults()
    assert(#faults >= 2)
    for _, fault in ipairs(faults) do
        tap.equal(fault.code, "TN_EDECODE")
        tap.equal(broken:name(fault.sample), fault.name)
        assert(fault.message ~= "" and fault.epoch == 0)
    end
    local replaced = 0
    for row = 1, batch.n do
        local record = batch:row(row)
        if record.fault then
            replaced = replaced + 1
            assert(record.attempt > 0)
        end
    end
    tap.equal(replaced, 2)
    given.transform = TRAIN .. "; mixup mode=half" -- both broken samples are partners without a row
    local halved = tench.loader(given)
    tap.equal(halved:epoch(0):next().n, 4)
    tap.equal(#halved:faults(), #faults)
    given.transform, given.fault_budget = TRAIN, 1
    tap.raises("over the budget of 1", function()
        for _ in tench.loader(given):epoch(0) do end
    end)
end)

tap.test("memory stays flat over many epochs with every kind of end", function()
    if (os.getenv("ASAN_OPTIONS") or "") ~= "" then
        print("# skipped: a sanitizer keeps what was freed")
        return
    end
    local function pages()
        local file = assert(io.open("/proc/self/statm"))
        local resident = tonumber(file:read("*a"):match("%d+ (%d+)"))
        file:close()
        return resident
    end
    local loader = make()
    local before
    for epoch = 1, 300 do
        for batch in loader:epoch(epoch) do
            if epoch % 3 == 0 and batch.number == 2 then
                break
            elseif epoch % 5 == 0 then
                batch:hold():release()
            end
        end
        if epoch % 100 == 0 then
            collectgarbage()
            collectgarbage()
            if epoch == 100 then
                before = pages()
            end
        end
    end
    local grown = (pages() - before) * 4096
    assert(grown < 4 * 2 ^ 20, "resident memory has grown by " .. grown .. " bytes")
end)

tap.done()
