-- SPDX-License-Identifier: MIT
-- Loaders: turn a data set and a transform into batches.
--
-- A loader has one running epoch. It ends when another one begins, and when the loader is closed or
-- collected. Each step of a loop returns the last batch to the loader, unless batch:hold() was
-- called.

local lib = require "tench.lib"
local batches = require "tench.batch"
local datasets = require "tench.dataset"
local errors = require "tench.error"
local faults = require "tench.fault"
local memory = require "tench.memory"
local options = require "tench.options"
local records = require "tench.record"
local specs = require "tench.spec"
local streams = require "tench.stream"
local struct = require "tench.struct"
local transforms = require "tench.transform"
local C, ffi = lib.C, lib.ffi

---@class tench.loader
---@field n_batches integer batches of an epoch that this rank gets; also #loader
---@operator len: integer
---@field batch_size integer samples of a batch
---@field dataset tench.dataset where samples come from
---@field transform tench.transform what happens to each sample
local Loader = {}
Loader.__index = Loader
local loaders = {}
local new_loader

-- The longest single wait: LuaJIT runs the hook for Ctrl-C only between two waits.
local SLICE_MS = 100

loaders.fields = specs.fields("loader")

local function order_of(values)
    local order = values.order
    local shuffled = order and order ~= "sequential"
    if order and values.shuffle ~= nil and values.shuffle ~= shuffled then
        errors.fail('loader: shuffle = %s and order = "%s" contradict each other',
            tostring(values.shuffle), order)
    end
    return order or values.shuffle and "feistel-1" or "sequential"
end

-- Copies the sample numbers: from 1 in Lua, from 0 in C.
local function subset_of(values, dataset)
    local list = values.subset
    if list == nil then
        return nil, 0
    end
    if type(list) == "number" then
        list = { list }
    end
    local samples = ffi.new("int64_t[?]", #list)
    for place, sample in ipairs(list) do
        if sample % 1 ~= 0 or sample > dataset.n then
            errors.fail("loader: subset has the sample %s; samples count from 1 to %d",
                options.show(sample), dataset.n)
        end
        samples[place - 1] = sample - 1
    end
    return samples, #list
end

local function check_ranks(values)
    if (values.rank == nil) ~= (values.world_size == nil) then
        errors.fail("loader: rank and world_size go together; give both, or neither")
    end
    if values.rank and values.rank >= values.world_size then
        errors.fail("loader: rank = %d must be below world_size = %d: ranks count from 0",
            values.rank, values.world_size)
    end
end

--- Makes a loader.
---@param given tench.loader_options
---@return tench.loader
function loaders.create(given)
    local values = options.read("loader", loaders.fields, given)
    local dataset = values.dataset
    if not datasets.is(dataset) then
        errors.fail("loader: dataset must be what create_dataset returned, not %s",
            options.show(dataset))
    end
    check_ranks(values)
    local transform = transforms.create(values.transform)
    values.order = order_of(values)
    local settings = struct.filled("tn_loader_options", loaders.fields, values)
    local samples, n_samples = subset_of(values, dataset)
    settings.subset, settings.n_subset = samples, n_samples
    local handle = ffi.gc(errors.made(C.tn_loader_create(dataset._handle, transform._handle,
        settings)), C.tn_loader_destroy)
    memory.own(handle, 0, C.tn_loader_destroy)
    return new_loader{
        _handle = handle,
        _epoch = -1, -- the last one begun
        _run = 0, -- counts epochs that began: the loop of an older one sees that it has ended
        dataset = dataset,
        transform = transform,
        batch_size = values.batch_size,
        n_batches = tonumber(C.tn_loader_batches(handle)),
    }
end

local function open_handle(loader)
    if not loader._handle then
        errors.fail("the loader was closed")
    end
    return loader._handle
end

function Loader:__tostring()
    return string.format("loader of %d batches of %d: %s", self.n_batches, self.batch_size,
        self.transform.text)
end

local function step(handle, out, stream, timeout_ms)
    if not stream then
        return C.tn_loader_next(handle, out, timeout_ms)
    end
    return C.tn_loader_next_on(handle, out, stream, timeout_ms)
end

-- Waits in slices. It is never compiled, because compiled code does not run the hook for Ctrl-C.
local function wait(handle, out, stream, timeout_ms)
    while true do
        local slice = math.min(SLICE_MS, timeout_ms)
        local status = step(handle, out, stream, slice)
        timeout_ms = timeout_ms - slice
        if status ~= C.TN_ETIMEOUT or timeout_ms <= 0 then
            return status
        end
    end
end
jit.off(wait)

local TIMEOUT_FIELD = { name = "timeout_ms", kind = "number" }

--- Returns the next batch of the running epoch. If you give a stream of the device (a pointer; a
--- null pointer is the default stream), the stream waits for the batch, and the call does not wait
--- for the device.
---@param stream ffi.cdata*|lightuserdata|nil may be left out: loader:next(timeout_ms)
---@param timeout_ms integer? 0 does not wait; nil and negative numbers wait for ever
---@return tench.batch? batch nil at the end of the epoch, or if no batch was ready in time
---@return "timeout"? reason
function Loader:next(stream, timeout_ms)
    local handle = open_handle(self)
    if type(stream) == "number" then
        stream, timeout_ms = nil, stream
    end
    timeout_ms = options.value("next", TIMEOUT_FIELD, timeout_ms)
    timeout_ms = timeout_ms and timeout_ms >= 0 and timeout_ms or math.huge
    local out = struct.new("tn_batch")
    local pointer = streams.pointer(stream)
    local status = wait(handle, out, pointer, timeout_ms)
    if status == C.TN_ETIMEOUT then
        return nil, "timeout"
    end
    if errors.check(status) == C.TN_END then
        return nil
    end
    return batches.wrap(out, self, pointer)
end

---@class tench.epoch
---@field number integer decides order and random numbers
---@field stream ffi.cdata*|lightuserdata|nil the stream that waits for its batches
local Epoch = {}
Epoch.__index = Epoch
local new_epoch

--- Returns the next batch of this epoch. Raises an error if the loader has begun another epoch.
---@param stream ffi.cdata*|lightuserdata|nil as for loader:next; by default the epoch's
---@param timeout_ms integer?
---@return tench.batch?
function Epoch:next(stream, timeout_ms)
    local loader = self._loader
    if loader._handle and loader._run ~= self._run then
        errors.fail("epoch %d was ended: its loader has one running epoch, and another one was "
            .. "begun", self.number)
    end
    if type(stream) == "number" then
        stream, timeout_ms = nil, stream
    end
    if type(stream) == "nil" then
        stream = self.stream
    end
    return loader:next(stream, timeout_ms)
end

-- `for` passes the loop variable, which is not a timeout: it is ignored.
function Epoch:__call()
    return (self:next())
end

-- The first epoch allocates the memory of the budget. The threads' part belongs to the process.
local function count_memory(loader)
    if not loader._is_counted then
        local budget = loader:budget()
        memory.grow(loader._handle, budget.n_slots * budget.slot_bytes + budget.pinned_bytes)
        loader._is_counted = true
    end
end

local function begin(loader, number, stream)
    count_memory(loader)
    loader._run, loader._epoch = loader._run + 1, number
    return new_epoch{ _loader = loader, number = number, stream = stream, _run = loader._run }
end

local EPOCH_FIELD = { name = "epoch", kind = "integer", min = 0, max = 2LL ^ 63 - 2 }

--- Begins an epoch, and ends the running one: for batch in loader:epoch(0) do … end
---@param number integer? decides order and random numbers; by default the last one plus 1, or 0
---@param stream ffi.cdata*|lightuserdata|nil the stream that uses its batches, as for loader:next
---@return tench.epoch
function Loader:epoch(number, stream)
    number = options.value("loader", EPOCH_FIELD, number or struct.next(self._epoch))
    streams.pointer(stream) -- refuses a number, which next() would take for a timeout
    errors.check(C.tn_loader_start(open_handle(self), number))
    return begin(self, number, stream)
end

--- Ends the running epoch early.
function Loader:stop()
    errors.check(C.tn_loader_stop(open_handle(self)))
    self._run = self._run + 1
end

--- Ends the epoch and frees memory. Held batches stay valid until you release them.
function Loader:close()
    if self._handle then
        memory.free(self._handle)
        self._handle = nil
    end
end

--- Returns the state after the batches delivered so far, as JSON.
---@return string
function Loader:state()
    local text = C.tn_loader_state(open_handle(self))
    return ffi.string(errors.made(text))
end

-- The library has accepted the state, so it has an epoch.
local function epoch_of(state)
    return options.value("resume", EPOCH_FIELD, string.match(state, '"epoch"%s*:%s*(%d+)'))
end

--- Continues the state's epoch where it stopped: for batch in loader:resume(state) do … end
---@param state string
---@param stream ffi.cdata*|lightuserdata|nil as for loader:epoch
---@return tench.epoch epoch its number is the state's
function Loader:resume(state, stream)
    options.text("resume", "state", state)
    streams.pointer(stream)
    errors.check(C.tn_loader_resume(open_handle(self), state))
    return begin(self, epoch_of(state), stream)
end

--- Returns a descriptor for poll: it is readable when a batch, an error or the end of the epoch is
--- ready.
---@return integer
function Loader:fd()
    return errors.check(C.tn_loader_fd(open_handle(self)))
end

---@class tench.budget
---@field n_slots integer batch slots of the ring
---@field n_threads integer workers
---@field slot_bytes integer for one batch slot
---@field scratch_bytes integer for one worker, for images up to scratch_pixels
---@field scratch_pixels integer pixels of the largest image that fits a worker's scratch
---@field large_bytes integer for a larger image; the pool makes one of these at a time
---@field total_bytes integer n_slots * slot_bytes + n_threads * scratch_bytes + pinned_bytes
---@field n_pinned integer number of staging buffers; this and all below are 0 without a device
---@field n_outputs integer outputs on the device at the start
---@field max_outputs integer outputs on the device at most, when batches are held
---@field pinned_bytes integer for all staging buffers
---@field device_bytes integer on the device at the start
---@field output_bytes integer on the device for each further output
local BUDGET = { "n_slots", "n_threads", "slot_bytes", "scratch_bytes", "scratch_pixels",
    "large_bytes", "total_bytes", "n_pinned", "n_outputs", "max_outputs", "pinned_bytes",
    "device_bytes", "output_bytes" }
local new_budget = records.kind{ noun = "budget", fields = BUDGET }

--- Returns the memory that the loader needs, before the first image is read.
---@return tench.budget
function Loader:budget()
    local out = struct.new("tn_budget")
    errors.check(C.tn_loader_budget(open_handle(self), out))
    return new_budget(struct.numbers(out, BUDGET))
end

---@class tench.stats
---@field n_threads integer workers
---@field images integer delivered so far
---@field batches integer delivered so far
---@field faults integer in the batches delivered so far
---@field bytes_read integer from files
---@field index_used integer samples that were decoded by the data set's index
---@field index_built integer files that were added to the index
---@field index_dropped integer files whose index could not be used
---@field read_s number workers read files; this and the next four are summed over the workers
---@field plan_s number workers parsed headers and drew numbers
---@field decode_s number workers decoded
---@field transform_s number workers ran ops
---@field finish_s number workers wrote the output
---@field idle_s number workers had no work, summed: all slots were full, or there were no rows
---@field wait_s number the consumer waited for a batch
---@field first_batch_s number from the start of the first epoch to its first batch
---@field slot_wait_s number part of idle_s without a free slot: the consumer is the bottleneck
---@field large_wait_s number workers waited, summed, for their turn with an image too large for
--- their scratch
---@field copy_wait_s number workers were idle because every staging buffer was still being copied
--- to the device
---@field output_wait_s number a filled batch waited for an output: the consumer had not returned
--- one
---@field device_wait_s number part of wait_s in which the batch's rows were made but the device had
--- not finished it
---@field kernel_wait_s number the host waited for the kernel: all copies had finished
---@field read_ahead integer samples that the system was asked to bring into memory before a worker
--- read them, because reads waited for the disk or the network
local STATS = { "n_threads", "images", "batches", "faults", "bytes_read", "index_used",
    "index_built", "index_dropped", "read_s", "plan_s", "decode_s", "transform_s", "finish_s",
    "idle_s", "wait_s", "first_batch_s", "slot_wait_s", "large_wait_s", "copy_wait_s",
    "output_wait_s", "device_wait_s", "kernel_wait_s", "read_ahead" }
local new_stats = records.kind{ noun = "stats", fields = STATS }

--- Returns counts and seconds since the loader was made.
---@return tench.stats
function Loader:stats()
    local out = struct.new("tn_stats")
    errors.check(C.tn_loader_stats(open_handle(self), out))
    return new_stats(struct.numbers(out, STATS))
end

--- Begins a trace. The loader then records when each stage of each sample, each state of each slot,
--- each wait and, on a device, each copy and kernel began and ended. A temporary file beside `path`
--- is opened now; stop_trace() gives it its name.
---@param path string
---@param max_spans integer? at most so many spans are kept, by default 1048576; further ones are
--- only counted
function Loader:start_trace(path, max_spans)
    options.text("start_trace", "path", path)
    if max_spans ~= nil and (type(max_spans) ~= "number" or max_spans % 1 ~= 0) then
        errors.fail("start_trace: max_spans must be a whole number, not %s",
            options.show(max_spans))
    end
    errors.check(C.tn_loader_trace_start(open_handle(self), path, max_spans or 0))
    self._trace_path = path
end

---@class tench.trace
---@field spans integer in the file
---@field dropped integer not kept, because there were more than max_spans
---@field path string of the file
local new_trace = records.kind{ noun = "trace", fields = { "spans", "dropped", "path" } }

--- Ends the trace and writes its file: JSON for chrome://tracing and ui.perfetto.dev.
---@return tench.trace
function Loader:stop_trace()
    local out = struct.new("tn_trace_facts")
    errors.check(C.tn_loader_trace_stop(open_handle(self), out))
    local facts = struct.numbers(out, { "spans", "dropped" })
    facts.path = self._trace_path
    return new_trace(facts)
end

---@class tench.faults: tench.fault[]
---@field total integer number of all faults; the list has the first 1000

--- Lists the faults so far.
---@return tench.faults
function Loader:faults()
    local handle = open_handle(self)
    local total = tonumber(C.tn_loader_faults(handle))
    local list = faults.list(handle, C.tn_loader_fault, math.min(total, C.TN_FAULTS_KEPT))
    list.total = total
    return list
end

---@class tench.faulty_file
---@field name string path below the data set
---@field sample integer from 1
---@field faults integer how often it failed
local new_faulty_file = records.kind{ noun = "file", fields = { "name", "sample", "faults" } }

--- Lists all files that had faults so far, in the order of their first faults.
---@return tench.faulty_file[]
function Loader:faulty_files()
    local handle = open_handle(self)
    local files, file = {}, struct.new("tn_faulty_file")
    for index = 0, tonumber(C.tn_loader_faulty_files(handle)) - 1 do
        errors.check(C.tn_loader_faulty_file(handle, index, file))
        files[index + 1] = new_faulty_file{
            name = ffi.string(file.name),
            sample = struct.sample(file.sample),
            faults = tonumber(file.faults),
        }
    end
    return records.list(files)
end

function Epoch:__tostring()
    return string.format("epoch %s of the %s", options.show(self.number), tostring(self._loader))
end

new_epoch = records.class(Epoch, { noun = "epoch", fields = { "number", "stream" },
    hint = "for batch in loader:epoch(0) do" })

new_loader = records.class(Loader, {
    noun = "loader",
    fields = { "n_batches", "batch_size", "dataset", "transform" },
    length = function(loader)
        return loader.n_batches
    end,
    hint = "for batch in loader:epoch(0) do",
})

return loaders
