-- SPDX-License-Identifier: MIT
-- timm's factories: create_transform and create_loader with timm 1.0.31's names, defaults, rules.
--
-- A factory works out an op list, nothing else; what timm can do and tench cannot yet is refused
-- by name. Nil is timm's None where that is the default; color_jitter = false is its None.

local errors = require "tench.error"
local loaders = require "tench.loader"
local ops = require "tench.op"
local options = require "tench.options"
local transforms = require "tench.transform"

local factory = {}

---@class tench.constants timm's named statistics
factory.constants = {
    IMAGENET_DEFAULT_MEAN = { 0.485, 0.456, 0.406 },
    IMAGENET_DEFAULT_STD = { 0.229, 0.224, 0.225 },
    IMAGENET_INCEPTION_MEAN = { 0.5, 0.5, 0.5 },
    IMAGENET_INCEPTION_STD = { 0.5, 0.5, 0.5 },
    IMAGENET_DPN_MEAN = { 124 / 255, 117 / 255, 104 / 255 },
    IMAGENET_DPN_STD = { 1 / (.0167 * 255), 1 / (.0167 * 255), 1 / (.0167 * 255) },
    OPENAI_CLIP_MEAN = { 0.48145466, 0.4578275, 0.40821073 },
    OPENAI_CLIP_STD = { 0.26862954, 0.26130258, 0.27577711 },
    DEFAULT_CROP_PCT = 0.875,
}
local constants = factory.constants

local LATER = options.LATER
local NO_WORKERS = "tench has threads instead of worker processes; they live as long as the process"

-- Names that create_transform and create_loader share.
local SHARED_FIELDS = {
    { name = "is_training", kind = "flag", default = false },
    { name = "no_aug", kind = "flag", default = false },
    { name = "train_crop_mode", kind = "choice", choices = { "rrc", "rkrc", "rkrr" } },
    { name = "scale", kind = "numbers", min = 0 },
    { name = "ratio", kind = "numbers", min = 0 },
    { name = "hflip", kind = "number", min = 0, max = 1, default = 0.5 },
    { name = "vflip", kind = "number", min = 0, max = 1, default = 0 },
    { name = "color_jitter", kind = "any", default = 0.4 },
    { name = "color_jitter_prob", kind = "number", min = 0, max = 1 },
    { name = "grayscale_prob", kind = "number", default = 0, refuse = LATER },
    { name = "gaussian_blur_prob", kind = "number", default = 0, refuse = LATER },
    { name = "auto_augment", kind = "text", refuse = LATER },
    { name = "interpolation", kind = "text", default = "bilinear" },
    { name = "mean", kind = "numbers", default = constants.IMAGENET_DEFAULT_MEAN },
    { name = "std", kind = "numbers", min = 0, default = constants.IMAGENET_DEFAULT_STD },
    { name = "re_prob", kind = "number", min = 0, max = 1, default = 0 },
    { name = "re_mode", kind = "choice", default = "const",
        choices = { "const", "rand", "pixel" } },
    { name = "re_count", kind = "integer", min = 1, max = 64, default = 1 },
    { name = "crop_pct", kind = "number", min = 0, max = 64 },
    { name = "crop_mode", kind = "choice", choices = { "center", "squash", "border" } },
    { name = "crop_border_pixels", kind = "integer", min = 0 },
    { name = "tf_preprocessing", kind = "flag", default = false, refuse = LATER },
    -- Ours: how the output is written.
    { name = "dtype", kind = "choice", choices = { "u8", "f32", "f16", "bf16" } },
    { name = "layout", kind = "choice", choices = { "nchw", "nhwc" }, default = "nchw" },
    { name = "compat", kind = "choice", choices = { "none", "timm" }, default = "none" },
    { name = "pillow", kind = "choice", choices = { 13, 11 }, default = 13 },
}

local function joined(first, second)
    local all = {}
    for _, list in ipairs { first, second } do
        for _, item in ipairs(list) do
            all[#all + 1] = item
        end
    end
    return all
end

factory.transform_fields = joined(SHARED_FIELDS, {
    { name = "input_size", kind = "any", default = 224 },
    { name = "re_num_splits", kind = "integer", default = 0, refuse = LATER },
    { name = "use_prefetcher", kind = "flag", default = false },
    { name = "normalize", kind = "flag", default = true },
    { name = "separate", kind = "flag", default = false, refuse = LATER },
    { name = "naflex", kind = "flag", default = false, refuse = LATER },
    { name = "patch_size", kind = "any", default = 16, refuse = LATER },
    { name = "max_seq_len", kind = "integer", default = 576, refuse = LATER },
    { name = "patchify", kind = "flag", default = false, refuse = LATER },
    { name = "patchify_channels_last", kind = "flag", default = true, refuse = LATER },
    { name = "patchify_flatten", kind = "flag", default = true, refuse = LATER },
})

factory.loader_fields = joined(joined(SHARED_FIELDS, {
    { name = "re_split", kind = "flag", default = false, refuse = LATER },
    { name = "num_aug_repeats", kind = "integer", default = 0,
        refuse = "repeats goes through the data several times" },
    { name = "num_aug_splits", kind = "integer", default = 0, refuse = LATER },
    { name = "num_workers", kind = "integer", min = 0, max = 4096 },
    { name = "distributed", kind = "flag", default = false },
    { name = "collate_fn", kind = "any",
        refuse = "samples are decoded into their place in the batch" },
    { name = "pin_memory", kind = "flag", default = false,
        refuse = "there is no device to pin for yet" },
    { name = "fp16", kind = "flag", default = false },
    { name = "img_dtype", kind = "choice", default = "float32",
        choices = { "float32", "float16", "bfloat16", "uint8" } },
    { name = "use_prefetcher", kind = "flag", default = true },
    { name = "use_multi_epochs_loader", kind = "flag", default = false, refuse = NO_WORKERS },
    { name = "persistent_workers", kind = "flag", default = true, refuse = NO_WORKERS },
    { name = "worker_seeding", kind = "text", default = "all",
        refuse = "seed alone decides; the number of threads does not change a byte" },
    { name = "input_size_choices", kind = "any", refuse = LATER },
    { name = "batch_size_choices", kind = "any", refuse = LATER },
    { name = "batch_choice_weights", kind = "any", refuse = LATER },
    { name = "batch_choice_seed", kind = "integer", default = 0, refuse = LATER },
    { name = "batch_choice_schedule", kind = "text", default = "constant", refuse = LATER },
    { name = "batch_schedule_epochs", kind = "integer", refuse = LATER },
    { name = "batch_schedule_spread", kind = "number", default = 0.65, refuse = LATER },
    { name = "batch_schedule_random_mix", kind = "number", default = 0.1, refuse = LATER },
    { name = "num_batches", kind = "integer", refuse = LATER },
}), loaders.common_fields)

-- Python's round(): halves go to the even neighbour.
local function round(number)
    local whole = math.floor(number)
    local rest = number - whole
    if rest > 0.5 or rest == 0.5 and whole % 2 == 1 then
        return whole + 1
    end
    return whole
end

local function check_side(where, side)
    if type(side) ~= "number" or side % 1 ~= 0 or side < 1 then
        errors.fail("%s: input_size has the side %s: must be a whole number from 1", where,
            options.show(side))
    end
    return side
end

-- {c, h, w}, {h, w} or one number. timm treats one number and an equal pair differently: a number
-- is a short edge in no_aug training, a pair is both sides.
local function read_size(where, given)
    if type(given) == "string" then
        local list = {}
        for part in string.gmatch(given, "[^x,]+") do
            list[#list + 1] = tonumber(part)
        end
        given = #list > 1 and list or list[1]
    end
    if type(given) ~= "table" then
        local side = check_side(where, given)
        return { h = side, w = side, is_pair = false }
    end
    if #given ~= 2 and #given ~= 3 then
        errors.fail("%s: input_size = %s: must be a number, {height, width} or "
            .. "{channels, height, width}", where, options.show(given))
    end
    local h, w = given[#given - 1], given[#given]
    return {
        h = check_side(where, h),
        w = check_side(where, w),
        is_pair = true,
        channels = #given == 3 and check_side(where, given[1]) or nil,
    }
end

local function sides(size)
    return { size.h, size.w }
end

local function fixed_interpolation(where, name)
    if name == "random" then
        errors.fail('%s: interpolation = "random" is for random crops; name a filter here', where)
    end
    return name
end

local function no_aug_geometry(_, values, size)
    local interpolation = values.interpolation == "random" and "bilinear" or values.interpolation
    return {
        ops.create("resize", { size = sides(size), mode = size.is_pair and "exact" or "short",
            interpolation = interpolation, pillow = values.pillow }),
        ops.create("center_crop", { size = sides(size) }),
    }
end

local function two(where, values, name, default)
    local pair = values[name]
    if pair == nil or pair == false then
        return default
    end
    if type(pair) ~= "table" or #pair ~= 2 then
        errors.fail("%s: %s = %s: must be two numbers, low and high", where, name,
            options.show(pair))
    end
    return pair
end

local function train_geometry(where, values, size)
    local mode = values.train_crop_mode or "rrc"
    if mode == "rrc" then
        return { ops.create("random_resized_crop", {
            size = sides(size),
            scale = two(where, values, "scale", { 0.08, 1 }),
            ratio = two(where, values, "ratio", { 3 / 4, 4 / 3 }),
            interpolation = values.interpolation,
            pillow = values.pillow,
        }) }
    end
    local crop = mode == "rkrc" and "center_crop_or_pad" or "random_crop_or_pad"
    return {
        ops.create("resize_keep_ratio", {
            size = sides(size),
            interpolation = values.interpolation,
            random_scale_prob = 0.5,
            random_scale_range = two(where, values, "scale", { 0.8, 1 }),
            random_scale_area = true,
            random_aspect_prob = 0.5,
            random_aspect_range = two(where, values, "ratio", { 0.9, 1 / 0.9 }),
            pillow = values.pillow,
        }),
        ops.create(crop, { size = sides(size), padding_mode = "reflect" }),
    }
end

-- One number for brightness, contrast and saturation, or a list of three; a fourth would be hue.
local function jitter_parts(where, given)
    if type(given) == "string" then
        local list = {}
        for part in string.gmatch(given, "[^,]+") do
            list[#list + 1] = tonumber(part)
        end
        given = #list == 1 and list[1] or list
    end
    if type(given) == "number" then
        return { given, given, given }
    end
    if type(given) ~= "table" or (#given ~= 3 and #given ~= 4) then
        errors.fail("%s: color_jitter = %s: must be a number, three of them, or false", where,
            options.show(given))
    end
    if #given == 4 and given[4] ~= 0 then
        errors.fail("%s: color_jitter = %s: hue, the fourth number, is not supported yet", where,
            options.show(given))
    end
    return given
end

local function color_jitter(where, values)
    if not values.color_jitter then
        return {}
    end
    local parts = jitter_parts(where, values.color_jitter)
    if parts[1] == 0 and parts[2] == 0 and parts[3] == 0 then
        return {}
    end
    return { ops.create("color_jitter", { brightness = parts[1], contrast = parts[2],
        saturation = parts[3], p = values.color_jitter_prob }) }
end

local function train_ops(where, values, size)
    local list = train_geometry(where, values, size)
    if values.hflip > 0 then
        list[#list + 1] = ops.create("hflip", { p = values.hflip })
    end
    if values.vflip > 0 then
        list[#list + 1] = ops.create("vflip", { p = values.vflip })
    end
    return joined(list, color_jitter(where, values))
end

local function border_fill(mean)
    local fill = {}
    for place, value in ipairs(type(mean) == "table" and mean or { mean }) do
        fill[place] = round(255 * value)
    end
    return fill
end

local function eval_resize(where, values, scaled)
    local plain = { interpolation = values.interpolation, pillow = values.pillow }
    if values.crop_mode == "border" then
        plain.size, plain.longest = sides(scaled), 1
        return ops.create("resize_keep_ratio", plain)
    end
    if values.crop_mode == "squash" then
        fixed_interpolation(where, values.interpolation)
        plain.size, plain.mode = sides(scaled), "exact"
        return ops.create("resize", plain)
    end
    if scaled.h == scaled.w then
        fixed_interpolation(where, values.interpolation)
        plain.size = scaled.h
        return ops.create("resize", plain)
    end
    plain.size = sides(scaled)
    return ops.create("resize_keep_ratio", plain)
end

local function eval_ops(where, values, size)
    local crop_pct = values.crop_pct
    if not crop_pct or crop_pct == 0 then
        crop_pct = constants.DEFAULT_CROP_PCT
    end
    local scaled = { h = math.floor(size.h / crop_pct), w = math.floor(size.w / crop_pct) }
    local list = {}
    if values.crop_border_pixels and values.crop_border_pixels > 0 then
        list[1] = ops.create("trim_border", { border = values.crop_border_pixels })
    end
    list[#list + 1] = eval_resize(where, values, scaled)
    if values.crop_mode == "border" then
        list[#list + 1] = ops.create("center_crop_or_pad", { size = sides(size),
            fill = border_fill(values.mean) })
    else
        list[#list + 1] = ops.create("center_crop", { size = sides(size) })
    end
    return list
end

local function finish_ops(where, values, erases, dtype)
    local list = {}
    if dtype ~= "u8" then
        list[1] = ops.create("normalize", { mean = values.mean, std = values.std })
    end
    if erases and values.re_prob > 0 then
        if values.re_mode ~= "const" then
            errors.fail('%s: re_mode = "%s" is not supported yet; "const" is', where,
                values.re_mode)
        end
        list[#list + 1] = ops.create("random_erasing", { p = values.re_prob,
            count = { 1, values.re_count } })
    end
    list[#list + 1] = ops.create("convert", { dtype = dtype, layout = values.layout,
        compat = values.compat })
    return list
end

local function pipeline(where, values, dtype, erases)
    local size = read_size(where, values.input_size)
    local list
    if values.is_training and values.no_aug then
        list = no_aug_geometry(where, values, size)
    elseif values.is_training then
        list = train_ops(where, values, size)
    else
        list = eval_ops(where, values, size)
    end
    erases = erases and values.is_training and not values.no_aug
    return joined(list, finish_ops(where, values, erases, dtype))
end

--- The op list that timm's create_transform would build.
---@param given table? timm's names
---@return tench.op[]
function factory.ops(given)
    local where = "create_transform"
    local values = options.read(where, factory.transform_fields, given)
    local raw = values.use_prefetcher or not values.normalize
    if raw and values.dtype and values.dtype ~= "u8" then
        errors.fail('%s: dtype = "%s" needs normalize = true and use_prefetcher = false', where,
            values.dtype)
    end
    return pipeline(where, values, raw and "u8" or values.dtype or "f32", not raw)
end

--- timm's create_transform: the train, no-aug and eval pipelines.
---@param given table? timm's names
---@return tench.transform
function factory.create_transform(given)
    return transforms.create(factory.ops(given))
end

local TORCH_DTYPES = { float32 = "f32", float16 = "f16", bfloat16 = "bf16", uint8 = "u8" }

local function loader_dtype(values)
    return values.dtype or values.fp16 and "f16" or TORCH_DTYPES[values.img_dtype]
end

-- timm's rule where the statistics have another number of channels: their average for each.
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

local function loader_options(values, dataset, batch_size)
    if values.distributed and not (values.world_size and values.rank) then
        errors.fail("create_loader: distributed = true needs rank and world_size")
    end
    local training = values.is_training
    local given = {
        dataset = dataset,
        batch_size = batch_size,
        drop_last = training,
        shuffle = training,
        even_ranks = training,
        threads = values.num_workers and math.max(1, values.num_workers) or nil,
    }
    for _, field in ipairs(loaders.common_fields) do
        if values[field.name] ~= nil then
            given[field.name] = values[field.name]
        end
    end
    return given
end

--- timm's create_loader: builds the transform and the loader. Training shuffles and leaves out the
--- last, smaller batch. num_workers is the number of threads; left out, all CPUs are used.
---@param dataset tench.dataset
---@param input_size integer|integer[] {channels, height, width}, {height, width} or a side
---@param batch_size integer
---@param given table? timm's names, and those of tench.loader
---@return tench.loader
function factory.create_loader(dataset, input_size, batch_size, given)
    local where = "create_loader"
    local values = options.read(where, factory.loader_fields, given)
    local size = read_size(where, input_size)
    local channels = size.channels or type(values.mean) == "table" and #values.mean or 3
    if type(dataset) == "table" and dataset.channels and dataset.channels ~= channels then
        errors.fail("%s: input_size has %d channels, but the data set gives %d (input_img_mode)",
            where, channels, dataset.channels)
    end
    fit_channels(values, channels)
    values.input_size = input_size
    local loader = loader_options(values, dataset, batch_size)
    loader.transform = transforms.create(pipeline(where, values, loader_dtype(values), true))
    return loaders.create(loader)
end

return factory
