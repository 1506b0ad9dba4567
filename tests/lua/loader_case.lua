-- SPDX-License-Identifier: MIT
-- For tests of loaders: a data set, a loader, and the bytes of its batches.

local ffi = require "ffi"
local tench = require "tench"

local case = {
    ds = tench.create_dataset("tests/data/shapes"),
    TRAIN = "random_resized_crop size=16; hflip; color_jitter; normalize; convert",
}

function case.make(more)
    local given = { dataset = case.ds, transform = case.TRAIN, batch_size = 4, shuffle = true,
        seed = 3 }
    for name, value in pairs(more or {}) do
        given[name] = value
    end
    return tench.loader(given)
end

function case.row_bytes(batch, row)
    local size = batch.image.nbytes / batch.n
    return ffi.string(ffi.cast("char *", batch.image.ptr) + (row - 1) * size, size)
end

-- Returns the images, labels and names of an epoch as one string.
function case.bytes_of(epoch)
    local parts = {}
    for batch in epoch do
        parts[#parts + 1] = ffi.string(batch.image.ptr, batch.image.nbytes)
        parts[#parts + 1] = ffi.string(batch.label.ptr, batch.label.nbytes)
        parts[#parts + 1] = table.concat(batch.names, " ")
    end
    return table.concat(parts)
end

return case
