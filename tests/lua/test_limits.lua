-- SPDX-License-Identifier: MIT
-- Limits are the same in Lua and in C. Each option of each kind of object gets numbers around all
-- known limits, and both sides must accept the same numbers.

local case = require "loader_case"
local tap = require "tap"
local lib = require "tench.lib"
local loaders = require "tench.loader"
local options = require "tench.options"
local packs = require "tench.packs"
local specs = require "tench.spec"
local struct = require "tench.struct"
local timm = require "tench.timm"
local datasets = require "tench.dataset"
local tench = require "tench"
local C, ffi = lib.C, lib.ffi

local INT32 = 2 ^ 31 - 1
local PROBES = { -2 ^ 31, -5, -1 }
for _, limit in ipairs { 0, 2, 4, 16, 64, 1024, 4096, 65500, 65536, 2 ^ 20, 2 ^ 24, 2 ^ 28 } do
    for delta = -1, 1 do
        PROBES[#PROBES + 1] = limit + delta
    end
end
PROBES[#PROBES + 1] = INT32
local WIDE = { 2 ^ 31, 2 ^ 40, 2 ^ 53 }

local function field_of(fields, name)
    for _, field in ipairs(fields) do
        if field.name == name then
            return field
        end
    end
    error("no field " .. name)
end

-- Compares the numbers that Lua's field accepts with those that `takes(number)` accepts in C.
local function compare(fields, name, takes, wide)
    local field = field_of(fields, name)
    local function check(number)
        local in_lua = pcall(options.value, "test", field, number)
        local in_c = takes(number)
        if in_lua ~= in_c then
            error(("%s = %.0f: Lua %s it, C %s it"):format(name, number,
                in_lua and "takes" or "refuses", in_c and "takes" or "refuses"))
        end
    end
    for _, number in ipairs(PROBES) do
        check(number)
    end
    for _, number in ipairs(wide and WIDE or {}) do
        check(number)
    end
end

tap.test("loader", function()
    local transform = tench.transform("center_crop size=8")
    local function takes(name, more)
        return function(number)
            local out = struct.new("tn_loader_options")
            out.batch_size, out.order = 1, "sequential"
            for key, value in pairs(more or {}) do
                out[key] = value
            end
            out[name] = number
            local loader = C.tn_loader_create(case.ds._handle, transform._handle, out)
            C.tn_loader_destroy(loader)
            return loader ~= nil
        end
    end
    for _, name in ipairs { "batch_size", "threads", "depth", "world_size" } do
        compare(loaders.fields, name, takes(name))
    end
    compare(loaders.fields, "rank", takes("rank", { world_size = C.TN_MAX_WORLD_SIZE }))
    compare(loaders.fields, "repeats", takes("repeats"))
    compare(loaders.fields, "fault_budget", takes("fault_budget"), true)
    compare(loaders.fields, "large_bytes", takes("large_bytes"), true)
    compare(loaders.fields, "outputs", takes("outputs"))
    compare(loaders.fields, "max_outputs", takes("max_outputs"))
end)

tap.test("data set", function()
    local root = case.ds.root
    local function takes(name)
        return function(number)
            local out = struct.new("tn_dataset_options")
            out.root, out.index, out.threads = root, C.TN_INDEX_OFF, 1
            out[name] = number
            local dataset = C.tn_dataset_create(out)
            C.tn_dataset_destroy(dataset)
            return dataset ~= nil
        end
    end
    compare(datasets.fields, "threads", takes("threads"))
    compare(datasets.fields, "max_pixels", takes("max_pixels"), true)
    compare(datasets.fields, "max_file_bytes", takes("max_file_bytes"), true)
    compare(datasets.fields, "index_entries", takes("index_entries"))
end)

-- Returns the error of the call for a number. The call also fails for an accepted number, but for
-- another reason.
local function says(call, out, name, number, reason)
    out[name] = number
    assert(call(out) == nil)
    return ffi.string(C.tn_error()):find(reason, 1, true) ~= nil
end

tap.test("packing", function()
    for _, name in ipairs { "threads", "shard_bytes" } do
        compare(packs.fields, name, function(number)
            local out = struct.new("tn_pack_options")
            out.path = "/dev/null/none" -- a folder that cannot be created
            return not says(function(given)
                return C.tn_pack_start(case.ds._handle, given)
            end, out, name, number, name .. " is")
        end, name == "shard_bytes")
    end
end)

tap.test("survey and verify", function()
    for _, noun in ipairs { "survey", "verify" } do
        compare(specs.fields(noun), "threads", function(number)
            local out = struct.new("tn_" .. noun .. "_options")
            out.threads = number
            local made = C["tn_" .. noun .. "_start"](case.ds._handle, out)
            C.tn_task_destroy(made)
            return made ~= nil
        end)
    end
end)

tap.test("timm's names", function()
    local function op_takes(form)
        return function(number)
            local transform = C.tn_transform_create((form:gsub("N", ("%.0f"):format(number))))
            C.tn_transform_destroy(transform)
            return transform ~= nil
        end
    end
    compare(timm.loader_fields, "re_count", op_takes("random_erasing count=1,N"))
    compare(timm.loader_fields, "crop_border_pixels", op_takes("trim_border border=N"))
    compare(timm.loader_fields, "num_workers", function(number)
        return (pcall(options.value, "test", field_of(loaders.fields, "threads"), number))
    end)
    tench.create_transform{ is_training = true, re_prob = 1, re_count = 16 }
    tap.raises("re_count = 17 is outside its range 1 to 16", tench.create_transform,
        { is_training = true, re_prob = 1, re_count = 17 })
end)

tap.test("draw keys", function()
    local transform = tench.transform("hflip")
    local image = case.ds[1]
    local function takes(name)
        return function(number)
            local key = ffi.new("tn_draw_key")
            key[name] = number
            local made = C.tn_transform_apply(transform._handle, image._handle, key)
            C.tn_image_destroy(made)
            return made ~= nil
        end
    end
    for name, wide in pairs { position = true, view = false } do
        local c_takes = takes(name)
        for _, list in ipairs { PROBES, wide and { 2 ^ 48 - 1, 2 ^ 48 } or {} } do
            for _, number in ipairs(list) do
                tap.equal((pcall(transform, image, { [name] = number })), c_takes(number),
                    ("%s = %.0f"):format(name, number))
            end
        end
    end
end)

tap.done()
