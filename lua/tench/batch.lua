-- SPDX-License-Identifier: MIT
-- Batches: named tensors and a record for each row, borrowed from a loader's ring of slots.
--
-- A batch is valid until the loop's next step, or until batch:release() if it is held. Each use
-- asks the library whether the slot still holds this batch, so the use of an old batch raises an
-- error that says so. A held batch gets a finaliser, so that the collector releases one that is
-- dropped.

local lib = require "tench.lib"
local errors = require "tench.error"
local images = require "tench.image"
local memory = require "tench.memory"
local options = require "tench.options"
local records = require "tench.record"
local streams = require "tench.stream"
local struct = require "tench.struct"
local tensors = require "tench.tensor"
local C, ffi = lib.C, lib.ffi

---@class tench.batch
---@field image tench.tensor rows × channels × height × width, or the layout of the transform
---@field label tench.tensor class indices, i64; of several classes rows × their most, filled
--- with -1; of numbers f32, rows × numbers; of texts -1
---@field target tench.tensor? soft targets, f32, of rows x classes: with the op mixup
---@field names string[] paths below the data set
---@field labels tench.label[] what ds:label returns for the sample of each row
---@field n integer rows
---@field number integer which batch of the epoch, over all ranks, from 0
---@field epoch integer number of the epoch
---@field [integer] tench.row # row i, from 1; ipairs(batch) too
---@operator len: integer
local Batch = {}
local batches = {}
local new_batch

--- Raises an error if you may no longer use the batch's memory.
function Batch:check()
    if C.tn_batch_check(self._batch) ~= C.TN_OK then
        errors.fail("batch %s of epoch %s was returned to the loader: each step of the loop and "
            .. "loader:close() return the last batch; call batch:hold() to keep a batch, and "
            .. "batch:release() when you are done with it", options.show(self.number),
            options.show(self.epoch))
    end
end

local function make_tensors(batch)
    local all = {}
    for index = 0, batch._batch.n_tensors - 1 do
        local tensor = tensors.wrap(batch._batch.tensors[index][0], batch, index)
        all[tensor.name] = tensor
    end
    return all
end

local function make_names(batch)
    local names = {}
    for row = 1, batch.n do
        names[row] = ffi.string(batch._batch.rows[row - 1].name)
    end
    return records.list(names)
end

-- What ds:label returns for the sample of a row.
local function label_of(batch, record)
    local dataset = batch._loader.dataset
    return dataset.label_kind == "class" and tonumber(record.label)
        or dataset:label(tonumber(record.sample) + 1)
end

local function make_labels(batch)
    local labels = {}
    for row = 1, batch.n do
        labels[row] = label_of(batch, batch._batch.rows[row - 1][0])
    end
    return records.list(labels)
end

local MAKERS = { names = make_names, labels = make_labels }

-- Finds methods, and fields that are not stored. A field is made at its first use. Each use checks
-- that the batch is still valid.
function Batch.__index(batch, key)
    if Batch[key] then
        return Batch[key]
    end
    Batch.check(batch)
    local made = batch._made
    if MAKERS[key] then
        made[key] = made[key] or MAKERS[key](batch)
        return made[key]
    end
    made.tensors = made.tensors or make_tensors(batch)
    return made.tensors[key]
end

function Batch.__tostring(batch)
    return string.format("batch %s of epoch %s: %d rows", options.show(batch.number),
        options.show(batch.epoch), batch.n)
end

local function row_index(batch, row)
    if type(row) ~= "number" or row % 1 ~= 0 or row < 1 or row > batch.n then
        errors.fail("row %s is outside the batch: rows count from 1 to %d", options.show(row),
            batch.n)
    end
    return row - 1
end

--- Keeps the batch past the next steps of the loop, until batch:release(). If too many batches are
--- held, the collector first releases those that your program can no longer reach.
---@return tench.batch self
function Batch:hold()
    self:check()
    local status = C.tn_batch_hold(self._batch)
    if status == C.TN_EHELD then
        memory.collect()
        status = C.tn_batch_hold(self._batch)
    end
    errors.check(status)
    ffi.gc(self._batch, C.tn_batch_release)
    return self
end

--- Returns the batch to the loader now, instead of at the loop's next step.
function Batch:release()
    self:check()
    errors.check(C.tn_batch_release(ffi.gc(self._batch, nil)))
end

--- Returns the batch to the loader. The loader overwrites it only after all work already queued on
--- `stream` has finished.
---@param stream ffi.cdata*|lightuserdata
function Batch:done(stream)
    self:check()
    local pointer = streams.pointer(stream)
    if not pointer then
        errors.fail("done: which stream? batch:release() returns a batch without a stream")
    end
    errors.check(C.tn_batch_done(ffi.gc(self._batch, nil), pointer))
end

--- Adds a stream that uses the batch. The stream waits until the batch is made. The loader waits
--- for the stream before it overwrites the batch.
---@param stream ffi.cdata*|lightuserdata
---@return tench.batch self
function Batch:also_uses(stream)
    self:check()
    errors.check(C.tn_batch_also_uses(self._batch, streams.pointer(stream)))
    return self
end

---@class tench.row
---@field name string of the file
---@field label tench.label what ds:label returns for the sample
---@field sample integer from 1; if `fault` is not nil, the sample that was taken instead
---@field position integer place in the epoch's order
---@field view integer always 0 today
---@field width integer of the source image
---@field height integer of the source image
---@field attempt integer how many samples failed before this one
---@field fault string? why the row's own sample failed; nil if it did not
local new_row = records.kind{ noun = "row", fields = { "name", "label", "sample", "position",
    "view", "width", "height", "attempt", "fault" } }

--- Returns the record of a row.
---@param row integer from 1
---@return tench.row
function Batch:row(row)
    local index = row_index(self, row)
    self:check()
    local record = self._batch.rows[index]
    return new_row{
        name = ffi.string(record.name),
        fault = record.fault ~= nil and ffi.string(record.fault) or nil,
        label = label_of(self, record),
        sample = tonumber(record.sample) + 1,
        position = struct.exact(record.position),
        view = record.view,
        width = record.width,
        height = record.height,
        attempt = record.attempt,
    }
end

--- Returns the label of a row's sample, as ds:label does.
---@param row integer from 1
---@return tench.label
function Batch:label_at(row)
    local index = row_index(self, row)
    self:check()
    return label_of(self, self._batch.rows[index][0])
end

--- Says how a row was made: file, crop box, ops and their numbers, as a JSON object.
---@param row integer from 1
---@return string
function Batch:explain(row)
    local index = row_index(self, row)
    self:check()
    return ffi.string(errors.made(C.tn_batch_explain(self._batch, index)))
end

--- Makes a row again from its plan.
---@param row integer from 1
---@return tench.image image with the row's bytes
function Batch:replay(row)
    local index = row_index(self, row)
    self:check()
    return images.wrap(C.tn_batch_replay(self._batch, index), self._loader.transform.layout,
        label_of(self, self._batch.rows[index][0]))
end

--- Wraps a filled tn_batch of a loader.
---@param filled ffi.cdata*
---@param loader tench.loader
---@param stream ffi.cdata*? the stream that waits for the batch
---@return tench.batch
function batches.wrap(filled, loader, stream)
    return new_batch{
        _batch = filled,
        _loader = loader, -- keeps the loader alive while the batch can be reached
        _stream = stream or false,
        _made = {},
        n = filled.n_rows,
        number = struct.exact(filled.number),
        epoch = struct.exact(filled.epoch),
    }
end

local function step(batch, row)
    if row < batch.n then
        return row + 1, batch:row(row + 1)
    end
end

new_batch = records.class(Batch, {
    noun = "batch",
    fields = { "image", "label", "target", "names", "labels", "n", "number", "epoch" },
    length = function(batch)
        return batch.n
    end,
    item = Batch.row,
    each = function(batch)
        return function(_, row)
            return step(batch, row)
        end, nil, 0
    end,
    hint = "batch.image for its tensor, batch.names for its files",
})

return batches
