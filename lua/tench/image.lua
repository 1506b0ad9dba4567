-- SPDX-License-Identifier: MIT
-- Single images: decoded images, and the results of transforms.
--
-- A decoded image has the shape {height, width, channels}. A transformed image has the layout of
-- its transform. Pixels live in C memory, which is freed when the image is collected or closed.

local lib = require "tench.lib"
local errors = require "tench.error"
local memory = require "tench.memory"
local names = require "tench.names"
local options = require "tench.options"
local records = require "tench.record"
local struct = require "tench.struct"
local tensors = require "tench.tensor"
local C, ffi = lib.C, lib.ffi

---@class tench.image
---@field width integer in pixels
---@field height integer in pixels
---@field channels integer 1 to 4
---@field label tench.label? what ds:label returns for the sample; nil if it is of no data set
---@field name string path below the data set, "" if there is none
---@field ptr ffi.cdata* first element; see tench.tensor for ptr, shape, strides, dtype and nbytes
local Image = {}
local images = {}
local new_image

local TENSOR_FIELDS = {
    ptr = true, shape = true, strides = true, dtype = true, device = true, ndim = true,
    nbytes = true,
}

function Image.__index(image, key)
    if TENSOR_FIELDS[key] then
        return image.tensor[key]
    end
    return Image[key]
end

function Image.__tostring(image)
    local has_label = image.label ~= nil and image.label ~= -1
    local label = has_label and " label " .. options.show(image.label) or ""
    return string.format("image %dx%d, %d channel%s %s%s%s", image.width, image.height,
        image.channels, image.channels == 1 and "" or "s", image.dtype,
        image.name ~= "" and " " .. names.show(image.name) or "", label)
end

--- Raises an error if the pixels are gone.
function Image:check()
    if self._sample and not self._handle then
        errors.fail("image %d of the data set was closed: each step of a loop over samples closes "
            .. "the last image; call image:hold() to keep one", self._sample)
    elseif not self._handle then
        errors.fail("the image was closed")
    end
end

--- Keeps an image of a loop over samples past the loop's next step, until it is closed or
--- collected.
---@return tench.image self
function Image:hold()
    self:check()
    self._held = true
    return self
end

--- Frees the pixels now instead of at collection.
function Image:close()
    if self._handle then
        memory.free(self._handle)
        self._handle = nil
    end
end

--- Closes an image that a loop over samples has left, unless it is held.
---@param image tench.image
---@param sample integer
function images.pass(image, sample)
    local core = records.core(image)
    if not core._held and core._handle then
        core._sample = sample
        core:close()
    end
end

--- Returns the values of one pixel, one for each channel. x and y count from 0, as in crop boxes.
---@param x integer
---@param y integer
---@return number ... half floats come as their bits
function Image:pixel(x, y)
    if type(x) ~= "number" or type(y) ~= "number" or x < 0 or y < 0 or x >= self.width
        or y >= self.height or x % 1 + y % 1 ~= 0 then
        errors.fail("pixel (%s, %s) is outside the image of %dx%d", tostring(x), tostring(y),
            self.width, self.height)
    end
    local pixels, strides, layout = self.ptr, self.strides, self._layout
    local place = y * strides[layout.y] + x * strides[layout.x]
    local values = {}
    for channel = 1, self.channels do
        values[channel] = tonumber(pixels[place + (channel - 1) * strides[layout.c]])
    end
    return unpack(values)
end

local function is_pointer(buffer)
    return string.find(tostring(ffi.typeof(buffer)), "*", 1, true) ~= nil
end

--- Copies the elements, contiguous in the order of the shape.
---@param buffer ffi.cdata*? of at least nbytes bytes; a new one by default
---@return ffi.cdata* buffer
function Image:copy(buffer)
    self:check()
    buffer = buffer or ffi.new("uint8_t[?]", self.nbytes)
    if type(buffer) ~= "cdata" then
        errors.fail("copy: the buffer must be a pointer or an array of ffi, not %s", type(buffer))
    elseif not is_pointer(buffer) and ffi.sizeof(buffer) < self.nbytes then
        errors.fail("copy: the buffer has %d bytes, but the pixels need %d", ffi.sizeof(buffer),
            self.nbytes)
    end
    errors.check(C.tn_image_copy(self._handle, buffer, self.nbytes))
    return buffer
end

--- Returns the elements as a Lua string, in the order of the shape.
---@return string
function Image:bytes()
    return ffi.string(self:copy(), self.nbytes)
end

--- Says how the image was made: the executed ops as a JSON array.
---@return string
function Image:explain()
    self:check()
    return ffi.string(C.tn_image_explain(self._handle))
end

local LAYOUTS = { hwc = { y = 1, x = 2, c = 3 }, chw = { c = 1, y = 2, x = 3 } }

--- Wraps a new tn_image; the object then owns it. If a creator returned NULL, raises its error.
---@param made ffi.cdata* what a creator returned
---@param layout "hwc"|"chw" of its tensor
---@param label tench.label? of its sample
---@return tench.image
function images.wrap(made, layout, label)
    local handle = ffi.gc(errors.made(made), C.tn_image_destroy)
    local view = struct.new("tn_tensor")
    errors.check(C.tn_image_tensor(handle, view))
    memory.own(handle, tensors.bytes(view), C.tn_image_destroy)
    local places = LAYOUTS[layout]
    local image = {
        _handle = handle,
        _layout = places,
        name = ffi.string(C.tn_image_name(handle)),
        label = label,
    }
    image.tensor = tensors.wrap(view, image)
    image.width = image.tensor.shape[places.x]
    image.height = image.tensor.shape[places.y]
    image.channels = image.tensor.shape[places.c]
    return new_image(image)
end

new_image, images.is = records.class(Image, {
    noun = "image",
    fields = { "width", "height", "channels", "label", "name", "tensor", "ptr", "shape", "strides",
        "dtype", "device", "ndim", "nbytes" },
    hint = "image.width, image.height, image.nbytes or image:pixel(x, y)",
})

local NUMBERS = {
    RGB = C.TN_RGB, L = C.TN_GREY, RGBA = C.TN_RGBA, keep = C.TN_KEEP, index = C.TN_INDICES,
}
local MODE = {
    { name = "mode", kind = "choice", choices = { "RGB", "L", "RGBA", "keep", "index" },
        default = "RGB" },
}

--- Makes an image from the bytes of an encoded file.
---@param bytes string
---@param mode "RGB"|"L"|"RGBA"|"keep"|"index"? default "RGB"
---@return tench.image
function images.decode(bytes, mode)
    if type(bytes) ~= "string" then
        errors.fail("decode: the bytes of a file must be a string, not %s", type(bytes))
    end
    local values = options.read("decode", MODE, { mode = mode })
    return images.wrap(C.tn_image_decode(bytes, #bytes, NUMBERS[values.mode]), "hwc")
end

local MOST = 2 ^ 31 - 1
local SIDES = {
    { name = "width", kind = "integer", min = 1, max = MOST, required = true },
    { name = "height", kind = "integer", min = 1, max = MOST, required = true },
    { name = "channels", kind = "integer", min = 1, max = 4, default = 3 },
}

--- Makes an image from pixels, and copies them: rows from the top, channels interleaved.
---@param pixels string|ffi.cdata* width × height × channels bytes
---@param width integer
---@param height integer
---@param channels integer? 1, 3 or 4; default 3
---@return tench.image
function images.create(pixels, width, height, channels)
    if type(pixels) == "string" and width == nil then
        errors.fail("image: width and height are required; tench.decode(bytes) decodes a file's "
            .. "bytes")
    end
    local values = options.read("image", SIDES, { width = width, height = height,
        channels = channels })
    width, height, channels = values.width, values.height, values.channels
    if type(pixels) ~= "string" and type(pixels) ~= "cdata" then
        errors.fail("image: the pixels must be a string or a pointer, not %s", type(pixels))
    end
    local count = width * height * channels
    if type(pixels) == "string" and #pixels ~= count then
        errors.fail("image: %dx%d pixels with %d channels take %d bytes, not %d", width, height,
            channels, count, #pixels)
    end
    return images.wrap(C.tn_image_create(pixels, width, height, channels), "hwc")
end

return images
