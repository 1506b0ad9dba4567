-- SPDX-License-Identifier: MIT
-- One epoch of training batches, in Lua:
--
--     luajit loop.lua DATASET [SPLIT]
--
-- In a checkout, LUA_PATH="lua/?.lua;;" lets luajit find tench.
local tench = require "tench"

if not arg[1] then
    io.stderr:write "usage: luajit loop.lua DATASET [SPLIT]\n"
    os.exit(1)
end
local dataset = tench.create_dataset(arg[1], { split = arg[2] })
local loader = tench.create_loader(dataset, { 3, 224, 224 }, 32, { is_training = true })
if loader.n_batches == 0 then
    io.stderr:write("no batch: the data set has only ", dataset.n, " images\n")
end
for batch in loader:epoch(0) do
    -- Pointers into the batch, valid until the loop's next step.
    local pixels, labels = batch.image.ptr, batch.label.ptr
    print(string.format("batch %d: %d images, first value %.3f, first class %s", batch.number,
        batch.n, pixels[0], dataset:class_name(tonumber(labels[0]))))
end
