-- SPDX-License-Identifier: MIT
-- create_loader: the effect of timm's arguments, and the values that it refuses.

local tap = require "tap"
local ffi = require "ffi"
local tench = require "tench"
local case = require "loader_case"

local ds, make, row_bytes, TRAIN = case.ds, case.make, case.row_bytes, case.TRAIN

tap.test("create_loader trains as timm", function()
    local loader = tench.create_loader(ds, { 3, 16, 16 }, 5,
        { is_training = true, num_workers = 2, seed = 1 })
    tap.equal(loader.n_batches, 4)
    tap.equal(loader:budget().n_threads, 2)
    tap.equal(loader.transform.text, tench.create_transform{ is_training = true,
        input_size = { 3, 16, 16 } }.text)
    local order, n = {}, 0
    for batch in loader:epoch(0) do
        for row = 1, batch.n do
            n = n + 1
            order[n] = batch:row(row).sample
        end
    end
    tap.equal(n, 20)
    local sorted = { unpack(order) }
    table.sort(sorted)
    assert(table.concat(order, " ") ~= table.concat(sorted, " "), "training does not shuffle")
end)

tap.test("create_loader evaluates as timm", function()
    local loader = tench.create_loader(ds, 16, 5)
    tap.equal(loader.n_batches, 5)
    local n = 0
    for batch in loader:epoch(0) do
        for row = 1, batch.n do
            n = n + 1
            tap.equal(batch:row(row).sample, n)
        end
    end
    tap.equal(n, 24)
end)

tap.test("create_loader: dtypes, channels, refusals", function()
    for name, want in pairs { float16 = "f16", bfloat16 = "bf16", uint8 = "u8" } do
        tap.equal(tench.create_loader(ds, 16, 4, { img_dtype = name }):epoch(0):next().image.dtype,
            want)
    end
    tap.equal(tench.create_loader(ds, 16, 4, { fp16 = true }):epoch(0):next().image.dtype, "f16")
    local grey = tench.create_dataset("tests/data/shapes", { input_img_mode = "L" })
    local batch = tench.create_loader(grey, { 1, 16, 16 }, 4):epoch(0):next()
    tap.equal(table.concat(batch.image.shape, " "), "4 1 16 16")
    tap.raises({ "3 channels", "have 1", "input_img_mode" }, tench.create_loader, grey,
        { 3, 16, 16 }, 4)
    for name, value in pairs { num_aug_splits = 2, num_aug_repeats = 3, collate_fn = print,
        persistent_workers = false, worker_seeding = "part",
        use_multi_epochs_loader = true, tf_preprocessing = true,
        input_size_choices = { 128 }, num_batches = 10 } do
        tap.raises({ "create_loader: " .. name .. " = ", "not supported" }, tench.create_loader, ds,
            16, 4, { [name] = value })
    end
    tap.raises({ "device", '"gpu"', "cpu, auto, cuda, fake" }, tench.create_loader, ds, 16, 4,
        { device = "gpu" })
    tap.raises({ "distributed", "rank and world_size" }, tench.create_loader, ds, 16, 4,
        { distributed = true })
    tap.raises({ '"shufle"', '"shuffle"' }, tench.loader, { shufle = true })
    tap.raises("dataset is required", tench.loader, { transform = TRAIN, batch_size = 1 })
    tap.raises({ "dataset", "create_dataset" }, make, { dataset = "tests/data/shapes" })
    tap.raises({ "batch_size = 0", "1 to" }, make, { batch_size = 0 })
    tap.raises("contradict", make, { order = "sequential" })
end)

-- The explanation of an erased row says so. A row that is made again keeps its place in the batch.
tap.test("create_loader: random erasing of the later half", function()
    local loader = tench.create_loader(ds, 16, 5, { is_training = true, re_prob = 1,
        re_mode = "pixel", re_count = 2, re_split = true })
    for batch in loader:epoch(0) do
        for row = 1, batch.n do
            tap.equal(string.find(batch:explain(row), '"mode":"pixel","key":', 1, true) ~= nil,
                row > 2, "row " .. row)
            tap.equal(batch:replay(row):bytes(), row_bytes(batch, row))
        end
    end
end)

tap.test("create_loader: mixup", function()
    local loader = tench.create_loader(ds, 16, 6, { is_training = true, re_prob = 0.5,
        mixup = { mixup_alpha = 0.8, cutmix_alpha = 1, mode = "elem", num_classes = 5 } })
    for batch in loader:epoch(0) do
        tap.equal(table.concat(batch.target.shape, " "), "6 5")
        local targets = ffi.cast("float *", batch.target.ptr)
        for row = 1, batch.n do
            local sum = 0
            for class = 0, 4 do
                sum = sum + targets[(row - 1) * 5 + class]
            end
            assert(math.abs(sum - 1) < 1e-6, sum)
            assert(batch:explain(row):find('{"op":"mixup","kind":"', 1, true))
            tap.equal(batch:replay(row):bytes(), row_bytes(batch, row))
        end
    end
    tap.raises({ "mixup", "is_training" }, tench.create_loader, ds, 16, 6, { mixup = {} })
    tap.raises({ "num_classes=1", "3 classes" }, tench.create_loader, ds, 16, 6,
        { is_training = true, mixup = { num_classes = 1 } })
    tap.raises({ "place=float", "u8" }, tench.create_loader, ds, 16, 6,
        { is_training = true, img_dtype = "uint8", mixup = { place = "float" } })
end)

-- With mode half the rows are the first half of those of mode elem.
tap.test("create_loader: mixup that halves batches", function()
    local function load(mode, device)
        return tench.create_loader(ds, 16, 5, { is_training = true, re_prob = 0.5, seed = 3,
            device = device, mixup = { mixup_alpha = 0.8, cutmix_alpha = 1, mode = mode } })
    end
    local whole, on_device = load("elem"):epoch(0), load("half", "fake"):epoch(0)
    local states, bytes = {}, {}
    local half = load("half")
    for batch in half:epoch(0) do
        local other, there = whole(), on_device()
        tap.equal(batch.n, 3)
        tap.equal(#batch.names, 3)
        tap.equal(batch.target.shape[1], 3)
        for row = 1, batch.n do
            tap.equal(row_bytes(batch, row), row_bytes(other, row))
            tap.equal(batch.labels[row], other.labels[row])
            tap.equal(batch:replay(row):bytes(), row_bytes(batch, row))
            local partner = batch:explain(row):match('"partner":{.*"name":"(.-)"')
            tap.equal(partner, row < 3 and other.names[6 - row] or nil)
        end
        for _, name in ipairs { "image", "label", "target" } do
            local size = batch[name].nbytes
            tap.equal(ffi.string(there[name]:host().ptr, size), ffi.string(batch[name].ptr, size))
            tap.equal(ffi.string(batch[name].ptr, size), ffi.string(other[name].ptr, size))
        end
        bytes[#bytes + 1] = ffi.string(batch.image.ptr, batch.image.nbytes)
        states[#states + 1] = half:state()
        tap.raises({ "row", "3" }, batch.explain, batch, 4)
    end
    assert(#bytes > 2)
    for batch in half:resume(states[1]) do
        tap.equal(ffi.string(batch.image.ptr, batch.image.nbytes), bytes[batch.number + 1])
    end
    tap.raises({ "mode=half", "place=u8" }, tench.create_loader, ds, 16, 6,
        { is_training = true, mixup = { mode = "half", place = "float" } })
end)

tap.done()
