-- SPDX-License-Identifier: MIT
-- Builds the list of ops that timm's create_transform would build from the same arguments: for
-- training with or without augmentation, or for evaluation.

local errors = require "tench.error"
local ops = require "tench.op"
local options = require "tench.options"
local timm = require "tench.timm"

local pipelines = {}

-- Rounds as Python's round() does: halves go to the even neighbour.
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
        errors.fail("%s: input_size has the side %s; a side is a whole number from 1", where,
            options.show(side))
    end
    return side
end

--- Reads {c, h, w}, {h, w} or one number. As in timm, one number and an equal pair differ: with
--- no_aug a number is the length of the short side, and a pair is both sides.
---@param where string first words of messages
---@param given any
---@return {h: integer, w: integer, is_pair: boolean, channels: integer?} size
function pipelines.read_size(where, given)
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

-- Reads one number for brightness, contrast and saturation, or a list of three. A fourth one would
-- be hue.
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
        errors.fail("%s: color_jitter = %s: the fourth number, hue, is not supported yet", where,
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
    return options.joined(list, color_jitter(where, values))
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
        crop_pct = timm.constants.DEFAULT_CROP_PCT
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

local function finish_ops(values, erases, dtype)
    local list = {}
    if dtype ~= "u8" then
        list[1] = ops.create("normalize", { mean = values.mean, std = values.std })
    end
    if erases and values.re_prob > 0 then
        list[#list + 1] = ops.create("random_erasing", { p = values.re_prob,
            mode = values.re_mode, count = { 1, values.re_count },
            num_splits = values.re_num_splits or values.re_split and 2 or nil })
    end
    list[#list + 1] = ops.create("convert", { dtype = dtype, layout = values.layout,
        compat = values.compat })
    return list
end

local function mixing_ops(where, values)
    if not values.mixup then
        return {}
    end
    if type(values.mixup) ~= "table" then
        errors.fail("%s: mixup = %s: must be a table of timm's Mixup arguments: "
            .. "{ mixup_alpha = 0.8 }", where, options.show(values.mixup))
    end
    if not values.is_training then
        errors.fail("%s: mixup needs is_training = true", where)
    end
    return { ops.create("mixup", values.mixup) }
end

--- Builds the list of ops from checked values.
---@param where string first words of messages
---@param values table by timm's names
---@param dtype string of the output
---@param erases boolean
---@return tench.op[]
function pipelines.create(where, values, dtype, erases)
    local size = pipelines.read_size(where, values.input_size)
    local list
    if values.is_training and values.no_aug then
        list = no_aug_geometry(where, values, size)
    elseif values.is_training then
        list = train_ops(where, values, size)
    else
        list = eval_ops(where, values, size)
    end
    erases = erases and values.is_training and not values.no_aug
    list = options.joined(list, finish_ops(values, erases, dtype))
    return options.joined(list, mixing_ops(where, values))
end

return pipelines
