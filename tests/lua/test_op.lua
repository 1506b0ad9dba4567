-- SPDX-License-Identifier: MIT
-- Op constructors: forms of arguments, canonical text, and errors that name what is wrong.

local tap = require "tap"
local tench = require "tench"

local op = tench.op

tap.test("one constructor for each entry of the registry", function()
    local names = tench.op_names()
    assert(#names >= 14)
    for _, name in ipairs(names) do
        assert(rawget(op, name) ~= nil, name)
        tap.equal(tench.op_info(name).name, name)
        assert(tench.op_info(name).doc ~= "")
    end
end)

tap.test("the required parameter may come first", function()
    tap.equal(op.resize(256).text, "resize size=256")
    tap.equal(op.resize{ 256 }.text, "resize size=256")
    tap.equal(op.resize{ size = 256 }.text, "resize size=256")
    tap.equal(op.resize(256, { interpolation = "bicubic" }).text,
        "resize size=256 interpolation=bicubic")
    tap.equal(op.center_crop{ 224, 192 }.text, "center_crop size=224x192")
    tap.equal(op.center_crop{ size = { 224, 192 } }.text, "center_crop size=224x192")
    tap.equal(op.center_crop{ size = "224x192" }.text, "center_crop size=224x192")
end)

tap.test("defaults are left out, numbers are exact", function()
    tap.equal(op.hflip{ p = 0.5 }.text, "hflip")
    tap.equal(tostring(op.hflip{ p = 1 / 3 }), "hflip p=0.3333333333333333")
    local ratio = { 3 / 4, 4 / 3 }
    tap.equal(op.random_resized_crop{ size = 8, scale = { 0.08, 1 }, ratio = ratio }.text,
        "random_resized_crop size=8")
    tap.equal(op.hflip().text, "hflip")
end)

tap.test("unknown names come with the nearest known one", function()
    tap.raises({ 'unknown op "random_resize_crop"', '"random_resized_crop"' }, function()
        return op.random_resize_crop
    end)
    tap.raises({ 'random_resized_crop: no parameter "sise"', '"size"' }, op.random_resized_crop,
        { sise = 224 })
    tap.raises({ 'cannot be "bicubik"', '"bicubic"' }, op.resize,
        { 256, interpolation = "bicubik" })
end)

tap.test("values outside their range are named with it", function()
    tap.raises({ "hflip", "p=1.5", "0…1" }, op.hflip, { p = 1.5 })
    tap.raises({ "hflip", "p = nan", "finite" }, op.hflip, { p = 0 / 0 })
    tap.raises({ "resize", '"size" is required' }, op.resize, {})
    tap.raises({ "resize: size is given twice" }, op.resize, { 256, size = 256 })
    tap.raises({ "hflip: p = function" }, op.hflip, { p = print })
    tap.raises({ "not the name of a parameter" }, op.hflip, { ["p=1; vflip p"] = 1 })
end)

tap.test("an argument cannot add ops", function()
    tap.raises({ "resize", "mode", "not a plain word" }, op.resize,
        { 256, mode = "exact; hflip p=1" })
    tap.raises("not a plain word", op.resize, { 256, mode = "exact\nhflip" })
    tap.raises("not a plain word", op.resize, { 256, mode = "exact p=1" })
end)

tap.test("errors point at the user's line", function()
    local message = tap.raises("hflip", function()
        local record = op.hflip{ p = 2 }
        return record
    end)
    assert(message:find("test_op.lua:%d+: "), message)
end)

tap.test("a transform takes ops, texts, or both", function()
    local text = "resize size=256; center_crop size=224"
    tap.equal(tench.transform(text).text, text)
    tap.equal(tench.transform{ op.resize(256), op.center_crop(224) }.text, text)
    tap.equal(tench.transform{ "resize size=256", op.center_crop(224) }.text, text)
    tap.equal(tostring(tench.transform(op.hflip{ p = 1 })), "hflip p=1")
    tap.raises("item 2 of the ops", tench.transform, { op.hflip(), 7 })
    tap.raises("their text, not 7", tench.transform, 7)
end)

tap.test("a transform says what it makes", function()
    local output = tench.transform("random_resized_crop size=8x6; convert dtype=f16"):output(1)
    tap.equal(table.concat(output.shape, " "), "1 8 6")
    tap.equal(output.dtype, "f16")
    tap.raises("", function()
        tench.transform("hflip"):output()
    end)
    tap.equal(tench.transform("mixup mode=half"):rows(7), 4)
    tap.equal(tench.transform("mixup"):rows(7), 7)
    tap.raises("samples", function()
        tench.transform("hflip"):rows(-1)
    end)
end)

tap.done()
