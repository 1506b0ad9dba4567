-- SPDX-License-Identifier: MIT
-- The module that users load: local tench = require "tench".
--
-- Lua describes, C executes: the objects here are thin tables around the library's objects. Samples
-- and rows count from 1. Labels, epochs and positions count from 0, as in C.
--
--   local tench = require "tench"
--   local ds = tench.create_dataset("/data/imagenet", { split = "train" })
--   local loader = tench.create_loader(ds, { 3, 224, 224 }, 64, { is_training = true })
--   for batch in loader:epoch(0) do
--       train(batch.image.ptr, batch.label.ptr, batch.n)
--   end

local lib = require "tench.lib"
local dataset = require "tench.dataset"
local errors = require "tench.error"
local factory = require "tench.factory"
local faults = require "tench.fault"
local image = require "tench.image"
local loader = require "tench.loader"
local names = require "tench.names"
local op = require "tench.op"
local recipe = require "tench.recipe"
local records = require "tench.record"
local transform = require "tench.transform"

--- Turns a name into one line for people: it contains nothing that a terminal acts on.
---@param name string
---@return string
local function show_name(name)
    if type(name) ~= "string" then
        errors.fail("show_name: the name must be a string, not %s", type(name))
    end
    return names.show(name)
end

---@class tench
local members = {
    version = lib.ffi.string(lib.C.tn_version()), -- of the library, for example "0.1.0"
    constants = factory.constants, -- timm's means and standard deviations by timm's names
    op = op.constructors, -- a function for each op: tench.op.hflip{ p = 0.5 } makes a tench.op
    op_info = op.info,
    op_names = op.names,
    create_dataset = dataset.create,
    splits = dataset.splits,
    decode = image.decode,
    image = image.create,
    transform = transform.create,
    create_transform = factory.create_transform,
    loader = loader.create,
    create_loader = factory.create_loader,
    load_recipe = recipe.load,
    last_error = faults.last,
    show_name = show_name,
    library = lib.path, -- the file that the library was loaded from
}

return records.module("tench", members)
