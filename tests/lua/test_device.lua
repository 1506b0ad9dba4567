-- SPDX-License-Identifier: MIT
-- Batches on the fake device: their bytes, streams, and tensors for other libraries.

local tap = require "tap"
local ffi = require "ffi"
local lib = require "tench.lib"
local case = require "loader_case"

local ds, make, bytes_of, TRAIN = case.ds, case.make, case.bytes_of, case.TRAIN

-- The same for batches on a device. They are used on a stream, or by the host if there is none.
local function host_bytes_of(loader, number, ...)
    local parts = {}
    for batch in loader:epoch(number, ...) do
        parts[#parts + 1] = ffi.string(batch.image:host().ptr, batch.image.nbytes)
        parts[#parts + 1] = ffi.string(batch.label:host().ptr, batch.label.nbytes)
        parts[#parts + 1] = table.concat(batch.names, " ")
    end
    return table.concat(parts)
end

-- The device's default stream.
local STREAM = ffi.new("void *")

tap.test("a device's batches are the CPU's", function()
    local expected = bytes_of(make():epoch(2))
    local loader = make{ device = "fake" }
    assert(host_bytes_of(loader, 2) == expected, "the host waits")
    assert(host_bytes_of(loader, 2, STREAM) == expected, "a stream waits")
    assert(host_bytes_of(make(), 2) == expected, "a loader without a device")
    local budget = loader:budget()
    tap.equal(budget.n_outputs, 3)
    tap.equal(budget.max_outputs, 8)
    assert(budget.pinned_bytes > 0 and budget.device_bytes > 0 and budget.output_bytes > 0)
    tap.equal(make():budget().device_bytes, 0)
end)

tap.test("batches on streams", function()
    local loader = make { device = "fake", outputs = 3, max_outputs = 4 }
    loader:epoch(0)
    local batch = assert(loader:next(STREAM, -1))
    tap.equal(batch.image.device, "fake")
    tap.equal(tostring(ffi.typeof(batch.image.ptr)), "ctype<void *>")
    tap.equal(batch.image:host().device, "cpu")
    batch:also_uses(STREAM):done(STREAM)
    tap.raises({ "returned to the loader" }, batch.done, batch, STREAM)
    local epoch = loader:epoch(1, STREAM)
    local held = epoch:next():hold()
    local image = held.image
    epoch:next(1000)
    tap.raises({ "done", "which stream" }, held.done, held)
    tap.raises({ "stream", "pointer", "string" }, held.done, held, "0")
    tap.raises({ "stream", "pointer", "table" }, loader.next, loader, {})
    held:done(STREAM)
    tap.raises({ "returned to the loader" }, image.host, image)
    tap.raises({ "returned to the loader" }, function() return image.ptr end)
    local gone = ffi.cast("void *", 4096)
    tap.raises({ "stream", "does not exist" }, loader.next, loader, gone)
    local state = loader:state()
    tap.equal(loader:resume(state, STREAM):next().n, 4)
    -- On the CPU a stream has no effect.
    for ours in make():epoch(0, STREAM) do
        ours:also_uses(STREAM):done(STREAM)
    end
end)

tap.test("fields of the CUDA array interface", function()
    local epoch = make{ device = "fake" }:epoch(0)
    local batch = epoch:next()
    local fields = batch.image:cuda_array_interface()
    tap.equal(table.concat(fields.shape, " "), "4 3 16 16")
    tap.equal(fields.typestr, "<f4")
    tap.equal(fields.version, 3)
    tap.equal(fields.strides, nil)
    tap.equal(fields.stream, nil)
    tap.equal(fields.data.readonly, false)
    assert(ffi.cast("void *", ffi.cast("intptr_t", fields.data.ptr)) == batch.image.ptr)
    tap.equal(batch.label:cuda_array_interface().typestr, "<i8")
    local image = batch.image
    tap.equal(epoch:next(STREAM, -1).image:cuda_array_interface().stream, 1)
    tap.raises({ "returned to the loader" }, image.cuda_array_interface, image)
    local function first(convert)
        local loader = make{ device = "fake", transform = TRAIN .. convert }
        return loader:epoch(0):next().image
    end
    local brain = first " dtype=bf16"
    tap.raises({ "bf16", "dlpack" }, brain.cuda_array_interface, brain)
    local half = first(" dtype=f16 layout=nhwc"):cuda_array_interface()
    tap.equal(half.typestr, "<f2")
    tap.equal(table.concat(half.shape, " "), "4 16 16 3")
    local mine = make():epoch(0):next().image
    tap.raises({ "not on a device" }, mine.cuda_array_interface, mine)
    tap.raises({ "not on a device" }, image.cuda_array_interface, ds[1].tensor)
end)

tap.test("strides of the CUDA array interface", function()
    local owner = { check = function() end, _stream = ffi.cast("void *", 2) }
    local function fields(dtype, shape, strides)
        local view = ffi.new("tn_tensor", { data = ffi.cast("void *", 256), dtype = dtype,
            device = lib.C.TN_DEVICE_CUDA, ndim = #shape, shape = shape, strides = strides })
        return require("tench.tensor").wrap(view, owner, 0):cuda_array_interface()
    end
    local planes = fields(lib.C.TN_F16, { 2, 4, 5, 3 }, { 60, 5, 1, 20 })
    tap.equal(table.concat(planes.strides, " "), "120 10 2 40")
    tap.equal(planes.stream, 2)
    tap.equal(planes.data.ptr, 256)
    tap.equal(fields(lib.C.TN_U8, { 2, 4, 5 }, { 20, 5, 1 }).strides, nil)
    tap.equal(fields(lib.C.TN_U8, { 1, 5 }, { 99, 1 }).strides, nil)
    tap.equal(fields(lib.C.TN_U8, { 2, 5 }, { 6, 1 }).typestr, "|u1")
    tap.equal(table.concat(fields(lib.C.TN_I64, { 2, 5 }, { 6, 1 }).strides, " "), "48 8")
end)

tap.test("tensors for other libraries", function()
    for _, device in ipairs { "cpu", "fake" } do
        local loader = make { device = device, depth = 3, max_outputs = 3 }
        local epoch = loader:epoch(0)
        local tensor = assert(epoch:next()).image:dlpack()
        assert(tensor ~= nil)
        local kept = { tensor, epoch:next().label:dlpack(), epoch:next().image:dlpack() }
        tap.raises({ "held" }, epoch.next, epoch)
        ffi.gc(kept[3], nil)
        lib.C.tn_dlpack_delete(kept[3]) -- as the deleter of a library does
        local last = epoch:next().image
        loader:close()
        tap.raises({ "returned to the loader" }, last.dlpack, last)
        tap.raises({ "batch's own" }, ds[1].tensor.dlpack, ds[1].tensor)
    end
    collectgarbage()
end)

tap.test("a stream is a pointer", function()
    local loader = make{ device = "fake" }
    for _, stream in ipairs { 5, "5", true, {} } do
        tap.raises({ "a stream must be a pointer" }, loader.epoch, loader, 0, stream)
        tap.raises({ "a stream must be a pointer" }, loader.resume, loader, loader:state(), stream)
    end
end)

tap.done()
