-- SPDX-License-Identifier: MIT
-- A tensor: a view of memory that an image or a batch owns.
--
-- `ptr` asks the owner first, so reading a batch that was returned raises an error instead of
-- giving garbage. The pointer itself is plain: it keeps nothing alive.

local lib = require "tench.lib"
local errors = require "tench.error"
local records = require "tench.record"
local C, ffi = lib.C, lib.ffi

local ANYTHING = ffi.typeof("void *")

-- Half floats have no C type: the pointer gives their bits.
local DTYPES = {
    [C.TN_U8] = { name = "u8", bytes = 1, pointer = ffi.typeof("uint8_t *"), typestr = "|u1" },
    [C.TN_U16] = { name = "u16", bytes = 2, pointer = ffi.typeof("uint16_t *"), typestr = "<u2" },
    [C.TN_F16] = { name = "f16", bytes = 2, pointer = ffi.typeof("uint16_t *"), typestr = "<f2" },
    [C.TN_BF16] = { name = "bf16", bytes = 2, pointer = ffi.typeof("uint16_t *") },
    [C.TN_F32] = { name = "f32", bytes = 4, pointer = ffi.typeof("float *"), typestr = "<f4" },
    [C.TN_I64] = { name = "i64", bytes = 8, pointer = ffi.typeof("int64_t *"), typestr = "<i8" },
}

local DEVICES = {
    [C.TN_DEVICE_CPU] = "cpu", [C.TN_DEVICE_CUDA] = "cuda", [C.TN_DEVICE_FAKE] = "fake",
}

---@class tench.tensor
---@field ptr ffi.cdata* first element; raises an error once the owner has returned the memory. On a
--- device, an address there, as a void pointer
---@field name string "image", "label" or "target"
---@field shape integer[] number of elements in each dimension
---@field strides integer[] in elements
---@field dtype "u8"|"u16"|"f16"|"bf16"|"f32"|"i64" type of an element
---@field device "cpu"|"cuda"|"fake" where the memory is
---@field ndim integer number of dimensions
---@field nbytes integer size of all elements
local Tensor = {}
local tensors = {}
local new_tensor

-- An owner that keeps its arguments alive and never returns their memory.
local function keeper(...)
    return { check = function() end, ... }
end

--- Returns the tensor in the host's memory: itself, or a copy of what is on the device. Waits until
--- the device has made it.
---@return tench.tensor
function Tensor:host()
    if self.device == "cpu" then
        return self
    end
    local bytes = ffi.new("uint8_t[?]", self.nbytes)
    self._owner:check()
    errors.check(C.tn_batch_copy(self._owner._batch, self._index, bytes, self.nbytes))
    local view = ffi.new("tn_tensor", self._view)
    view.data, view.device = bytes, C.TN_DEVICE_CPU
    return tensors.wrap(view, keeper(bytes, view, self._owner))
end

--- Returns the tensor as a DLManagedTensorVersioned of DLPack 1.0 for another library, without a
--- copy. The collector releases it; if you give it away, call ffi.gc(it, nil), and the other
--- library releases it by its deleter. The loader does not overwrite the batch before that.
---@return ffi.cdata* pointer
function Tensor:dlpack()
    self._owner:check()
    if not self._index then
        errors.fail("dlpack: only a batch's own tensors can be passed to another library")
    end
    return ffi.gc(errors.made(C.tn_batch_dlpack(self._owner._batch, self._index)),
        C.tn_dlpack_delete)
end

local function address_of(pointer)
    return tonumber(ffi.cast("intptr_t", pointer))
end

-- Strides in bytes; nil if the elements lie in the order of the shape, without gaps.
local function byte_strides(tensor, element_bytes)
    local strides, next_stride, gaps = {}, 1, false
    for dim = tensor.ndim, 1, -1 do
        strides[dim] = tensor.strides[dim] * element_bytes
        gaps = gaps or tensor.shape[dim] > 1 and tensor.strides[dim] ~= next_stride
        next_stride = next_stride * tensor.shape[dim]
    end
    return gaps and strides or nil
end

---@class tench.cuda_array_interface
---@field shape integer[] number of elements in each dimension
---@field typestr string for example "<f4"
---@field data { ptr: integer, readonly: boolean } address on the device
---@field strides integer[]? in bytes; nil: contiguous
---@field version integer 3
---@field stream integer? the stream that waits for the batch, 1 for the default stream; nil if the
--- batch is already made

local new_interface = records.kind{ noun = "CUDA array interface",
    fields = { "shape", "typestr", "data", "strides", "version", "stream" } }
local new_pointer = records.kind{ noun = "pointer", fields = { "ptr", "readonly" } }

--- Returns the fields of the CUDA array interface, version 3, for a batch's tensor on a device. It
--- holds nothing: use the memory only while you may use the batch. The interface has no name for
--- bf16; use dlpack() for it.
---@return tench.cuda_array_interface
function Tensor:cuda_array_interface()
    self._owner:check()
    local dtype = DTYPES[self._view.dtype]
    if self.device == "cpu" or not self._index then
        errors.fail("cuda_array_interface: the tensor is not on a device")
    elseif not dtype.typestr then
        errors.fail("cuda_array_interface: it has no name for %s; use dlpack() for it",
            dtype.name)
    end
    local stream = self._owner._stream
    local handle = stream and address_of(stream) or nil
    local strides = byte_strides(self, dtype.bytes)
    return new_interface{
        shape = records.list{ unpack(self.shape) },
        typestr = dtype.typestr,
        data = new_pointer{ ptr = address_of(self._ptr), readonly = false },
        strides = strides and records.list(strides),
        version = 3,
        stream = handle and math.max(handle, 1),
    }
end

local function text_of(tensor)
    return string.format("%s %s {%s} on %s", tensor.name, tensor.dtype,
        table.concat(tensor.shape, ", "), tensor.device)
end

local function read_field(tensor, key)
    if key == "ptr" then
        tensor._owner:check()
        return tensor._ptr
    end
end

new_tensor = records.kind{
    noun = "tensor",
    fields = { "ptr", "name", "shape", "strides", "dtype", "device", "ndim", "nbytes" },
    methods = Tensor,
    read = read_field,
    tostring = text_of,
    hint = "tensor.ptr[0] is its first element",
}

--- Returns the bytes of a tn_tensor's elements.
---@param view ffi.cdata*
---@return number
function tensors.bytes(view)
    local bytes = DTYPES[view.dtype].bytes
    for dim = 0, view.ndim - 1 do
        bytes = bytes * tonumber(view.shape[dim])
    end
    return bytes
end

--- Wraps a tn_tensor of an owner; owner:check() raises an error if the memory may not be used.
---@param view ffi.cdata*
---@param owner table
---@param index integer? its number among the batch's tensors, from 0
---@return tench.tensor
function tensors.wrap(view, owner, index)
    local dtype = DTYPES[view.dtype]
    local pointer = view.device == C.TN_DEVICE_CPU and dtype.pointer or ANYTHING
    local shape, strides = {}, {}
    for dim = 1, view.ndim do
        shape[dim] = tonumber(view.shape[dim - 1])
        strides[dim] = tonumber(view.strides[dim - 1])
    end
    return new_tensor{
        name = view.name ~= nil and ffi.string(view.name) or "",
        dtype = dtype.name,
        device = DEVICES[view.device] or "cpu",
        ndim = view.ndim,
        shape = records.list(shape),
        strides = records.list(strides),
        nbytes = tensors.bytes(view),
        _ptr = ffi.cast(pointer, view.data),
        _view = view,
        _owner = owner,
        _index = index,
    }
end

return tensors
