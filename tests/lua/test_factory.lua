-- SPDX-License-Identifier: MIT
-- timm's factories: the defaults are timm's, the pipelines are those that the real timm builds
-- (golden/timm.lua), and unsupported arguments are refused by name.

local tap = require "tap"
local tench = require "tench"
local timm = require "tench.timm"
local dataset = require "tench.dataset"
local options = require "tench.options"

local golden = dofile("tests/lua/golden/timm.lua")

local function by_name(fields)
    local known = {}
    for _, field in ipairs(fields) do
        known[field.name] = field
    end
    return known
end

-- device has another default here, and the three positional arguments are not options.
local APART = { dataset = true, input_size = true, batch_size = true, device = true }

local function check_defaults(name, fields)
    local known = by_name(fields)
    for argument, default in pairs(golden.defaults[name]) do
        local field = known[argument]
        if not (name == "create_loader" and APART[argument]) then
            assert(field, name .. " lacks timm's " .. argument)
            local special = default == "None" or default == "required" or argument == "num_workers"
            if not special then
                tap.equal(options.show(field.default), options.show(default), argument)
            end
        end
    end
end

tap.test("create_transform has timm's names and defaults", function()
    check_defaults("create_transform", timm.transform_fields)
end)

tap.test("create_loader has timm's names and defaults", function()
    check_defaults("create_loader", timm.loader_fields)
end)

tap.test("create_dataset has timm's names and defaults", function()
    local known = by_name(dataset.fields)
    for argument, default in pairs(golden.defaults.create_dataset) do
        assert(known[argument], argument)
        if default ~= "None" and default ~= "required" then
            tap.equal(known[argument].default, default, argument)
        end
    end
end)

for place, case in ipairs(golden.transforms) do
    tap.test("pipeline " .. place .. " is timm's", function()
        tap.equal(tench.create_transform(case.args).text, tench.transform(case.text).text)
    end)
end

tap.test("unsupported arguments are refused by name", function()
    for name, value in pairs { auto_augment = "rand-m9-mstd0.5", grayscale_prob = 0.2,
        gaussian_blur_prob = 0.1, tf_preprocessing = true, separate = true,
        naflex = true, patch_size = 14, max_seq_len = 256, patchify = true,
        patchify_channels_last = false, patchify_flatten = false } do
        tap.raises({ "create_transform: " .. name .. " = ", "not supported" },
            tench.create_transform, { is_training = true, [name] = value })
    end
    tap.raises({ "color_jitter", "hue", "not supported yet" }, tench.create_transform,
        { is_training = true, color_jitter = { 0.4, 0.4, 0.4, 0.1 } })
end)

tap.test("unsupported arguments may have timm's defaults", function()
    local text = tench.create_transform().text
    tap.equal(tench.create_transform{ auto_augment = false, grayscale_prob = 0, naflex = false,
        patch_size = 16, patchify_flatten = true }.text, text)
end)

tap.test("wrong values are named with their range", function()
    tap.raises({ "create_transform", "hflip = 2", "0 to 1" }, tench.create_transform, { hflip = 2 })
    tap.raises({ "is_training", "yes or no" }, tench.create_transform, { is_training = "perhaps" })
    tap.raises({ '"input_sise"', '"input_size"' }, tench.create_transform, { input_sise = 224 })
    tap.raises({ "input_size", "{1, 2, 3, 4}" }, tench.create_transform,
        { input_size = { 1, 2, 3, 4 } })
    tap.raises({ "input_size", "0" }, tench.create_transform, { input_size = 0 })
    tap.raises({ "scale", "two numbers" }, tench.create_transform,
        { is_training = true, scale = 0.5 })
    tap.raises({ "crop_mode", '"centre"', '"center"' }, tench.create_transform,
        { crop_mode = "centre" })
    tap.raises({ "interpolation", "random" }, tench.create_transform, { interpolation = "random" })
end)

tap.test("options that only tench has: dtype, layout, compat, pillow", function()
    tap.equal(tench.create_transform{ dtype = "bf16", layout = "nhwc", compat = "timm",
        pillow = 11 }.text, tench.transform(
        "resize size=256 pillow=11; center_crop size=224; normalize mean=0.485,0.456,0.406 "
        .. "std=0.229,0.224,0.225; convert dtype=bf16 layout=nhwc compat=timm").text)
end)

tap.done()
