-- SPDX-License-Identifier: MIT
-- Transforms: op lists that are parsed once and then applied to single images or used by a loader.

local lib = require "tench.lib"
local errors = require "tench.error"
local images = require "tench.image"
local ops = require "tench.op"
local options = require "tench.options"
local records = require "tench.record"
local specs = require "tench.spec"
local struct = require "tench.struct"
local tensors = require "tench.tensor"
local C, ffi = lib.C, lib.ffi

---@class tench.transform
---@field text string canonical text: all parameters that differ from their defaults
---@field layout "chw"|"hwc" of its output
local Transform = {}
Transform.__index = Transform
local transforms = {}
local new_transform

local KEY_FIELDS = specs.fields("transform")

--- Applies the transform to one image: the same code and bytes as in a batch.
---@param image tench.image
---@param key tench.transform_options? what the random numbers depend on
---@return tench.image
function Transform:__call(image, key)
    if not images.is(image) then
        errors.fail("a transform takes an image, not %s", options.show(image))
    end
    image:check()
    local values = options.read("transform", KEY_FIELDS, key)
    local draw = ffi.new("tn_draw_key")
    draw.seed, draw.epoch, draw.position = values.seed, values.epoch, values.position
    draw.view = values.view
    return images.wrap(C.tn_transform_apply(self._handle, image._handle, draw), self.layout,
        image.label)
end

function Transform:__tostring()
    return self.text
end

local CHANNELS = { name = "channels", kind = "integer", min = 1, max = 4, default = 3 }

---@class tench.output
---@field shape integer[] number of elements in each dimension
---@field dtype "u8"|"f16"|"bf16"|"f32" type of an element
local new_output = records.kind{ noun = "output", fields = { "shape", "dtype" } }

--- Returns shape and type of one transformed sample, for images with `channels` channels.
---@param channels integer? 3 by default
---@return tench.output
function Transform:output(channels)
    local view = struct.new("tn_tensor")
    channels = options.value("output", CHANNELS, channels)
    errors.check(C.tn_transform_output(self._handle, channels, view))
    local tensor = tensors.wrap(view, self)
    return new_output{ shape = tensor.shape, dtype = tensor.dtype }
end

local SAMPLES = { name = "samples", kind = "integer", min = 0, max = C.TN_MAX_BATCH_SIZE }

--- Returns the number of rows of a batch that is made of this number of samples. There are fewer
--- rows than samples only if mixup has mode = "half".
---@param samples integer
---@return integer
function Transform:rows(samples)
    samples = options.value("rows", SAMPLES, samples)
    return C.tn_transform_rows(self._handle, samples)
end

--- Makes a transform from a list of ops, or from their text.
---@param given tench.op[]|string
---@return tench.transform
function transforms.create(given, another)
    if another ~= nil then
        errors.fail("a transform takes one list of ops: write tench.transform{ op1, op2 }")
    end
    if transforms.is(given) then
        return given
    end
    local handle = ffi.gc(errors.made(C.tn_transform_create(ops.text(given))),
        C.tn_transform_destroy)
    local text = ffi.string(C.tn_transform_text(handle))
    local layout = string.find(text, "layout=nhwc", 1, true) and "hwc" or "chw"
    return new_transform{ _handle = handle, text = text, layout = layout }
end

new_transform, transforms.is = records.class(Transform, { noun = "transform",
    fields = { "text", "layout" }, hint = "transform.text for its ops" })

return transforms
