-- SPDX-License-Identifier: MIT
-- timm's factories, create_transform and create_loader, with the names, defaults and rules of timm
-- 1.0.31. A factory works out a list of ops and leaves the rest to the other modules.

local datasets = require "tench.dataset"
local errors = require "tench.error"
local loaders = require "tench.loader"
local options = require "tench.options"
local pipelines = require "tench.pipeline"
local timm = require "tench.timm"
local transforms = require "tench.transform"

local factory = { constants = timm.constants }

--- Returns the ops that timm's create_transform would build.
---@param given tench.create_transform_options?
---@return tench.op[]
function factory.ops(given)
    local where = "create_transform"
    local values = options.read(where, timm.transform_fields, given)
    local raw = values.use_prefetcher or not values.normalize
    if raw and values.dtype and values.dtype ~= "u8" then
        errors.fail('%s: dtype = "%s" needs normalize = true and use_prefetcher = false', where,
            values.dtype)
    end
    return pipelines.create(where, values, raw and "u8" or values.dtype or "f32", not raw)
end

--- Makes the transform that timm's create_transform would build, for training without or with
--- augmentation, or for evaluation.
---@param given tench.create_transform_options?
---@return tench.transform
function factory.create_transform(given, another)
    if another ~= nil then
        errors.fail("create_transform takes one table: write create_transform{ input_size = 224, "
            .. "is_training = true }")
    end
    return transforms.create(factory.ops(given))
end

local TORCH_DTYPES = { float32 = "f32", float16 = "f16", bfloat16 = "bf16", uint8 = "u8" }

local function loader_dtype(values)
    return values.dtype or values.fp16 and "f16" or TORCH_DTYPES[values.img_dtype]
end

-- Follows timm where the statistics have another number of channels: each channel gets the average.
local function fit_channels(values, channels)
    for _, name in ipairs { "mean", "std" } do
        local list = values[name]
        if type(list) == "table" and #list ~= channels then
            local sum = 0
            for _, value in ipairs(list) do
                sum = sum + value
            end
            values[name] = sum / #list
        end
    end
end

-- Returns the options of the loader. is_training decides some; options that the user gave win.
local function loader_options(values, given, dataset, batch_size)
    if values.distributed and not (values.world_size and values.rank) then
        errors.fail("create_loader: distributed = true needs rank and world_size")
    end
    local training = values.is_training
    local settings = {
        dataset = dataset,
        batch_size = batch_size,
        drop_last = training,
        shuffle = training,
        even_ranks = training,
        threads = values.num_workers and math.max(1, values.num_workers) or nil,
    }
    for _, field in ipairs(loaders.fields) do
        if given[field.name] ~= nil then
            settings[field.name] = values[field.name]
        end
    end
    return settings
end

--- Makes a transform and a loader as timm's create_loader does. With is_training the loader
--- shuffles and leaves out the last, smaller batch. num_workers is the number of threads; without
--- it the loader uses all CPUs.
---@param dataset tench.dataset
---@param input_size integer|integer[] {channels, height, width}, {height, width} or a side
---@param batch_size integer
---@param given tench.create_loader_options?
---@return tench.loader
function factory.create_loader(dataset, input_size, batch_size, given)
    local where = "create_loader"
    local values = options.read(where, timm.loader_fields, given)
    local size = pipelines.read_size(where, input_size)
    if not datasets.is(dataset) then
        errors.fail("%s: the first argument must be what create_dataset returned, not %s", where,
            options.show(dataset))
    end
    local channels = size.channels or dataset.channels
    if not dataset.channels then
        errors.fail('%s: a loader cannot use input_img_mode = "keep", in which each file decides '
            .. "its channels and bits", where)
    end
    if dataset.channels ~= channels then
        errors.fail("%s: input_size has %d channel%s, but the images of the data set have %d "
            .. "(input_img_mode)", where, channels, channels == 1 and "" or "s", dataset.channels)
    end
    fit_channels(values, channels)
    values.input_size = input_size
    local loader = loader_options(values, given or {}, dataset, batch_size)
    local list = pipelines.create(where, values, loader_dtype(values), true)
    loader.transform = transforms.create(list)
    return loaders.create(loader)
end

return factory
