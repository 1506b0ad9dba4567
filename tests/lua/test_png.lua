-- SPDX-License-Identifier: MIT
-- PNG files in data sets: all modes, mixed with JPEGs in batches of loaders, and damaged ones.

local tap = require "tap"
local case = require "loader_case"
local tench = require "tench"

local root = os.tmpname()
os.remove(root)
assert(os.execute("mkdir -p " .. root .. "/a " .. root .. "/b") == 0)

local function take(class, ...)
    for _, name in ipairs{ ... } do
        assert(os.execute(("cp tests/golden/%s %s/%s"):format(name, root, class)) == 0)
    end
end

take("a", "png/rgb8.png", "png/rgba8.png", "png/palette8.png", "png/grey16.png", "png/exif_6.png")
take("b", "jpeg/444.jpg", "jpeg/grey.jpg", "png/grey1_adam7.png", "png/half_the_rows.png",
    "png/cut_in_data.png")

local function open(mode)
    return tench.create_dataset(root, { input_img_mode = mode })
end

local function find(ds, name)
    for sample = 1, ds.n do
        if ds:name(sample):find(name, 1, true) then
            return sample
        end
    end
end

tap.test("each mode", function()
    local function shape(mode, name)
        local ds = open(mode)
        local image = ds[find(ds, name)]
        return ("%dx%dx%d %s"):format(image.width, image.height, image.channels, image.dtype)
    end
    tap.equal(shape("RGB", "rgba8.png"), "19x13x3 u8")
    tap.equal(shape("L", "rgba8.png"), "19x13x1 u8")
    tap.equal(shape("RGBA", "rgb8.png"), "19x13x4 u8")
    tap.equal(shape("keep", "rgba8.png"), "19x13x4 u8")
    tap.equal(shape("keep", "grey16.png"), "19x13x1 u16")
    tap.equal(shape("keep", "grey1_adam7.png"), "19x13x1 u8")
    tap.equal(shape("index", "palette8.png"), "19x13x1 u8")
    tap.raises({ "rgb8.png", "index takes palettes" }, shape, "index", "rgb8.png")
end)

tap.test("the type is found by content, and the orientation applied", function()
    assert(os.execute(("cp %s/a/rgb8.png %s/b/named.jpg"):format(root, root)) == 0)
    local ds = open("RGB")
    tap.equal(ds[find(ds, "named.jpg")]:bytes(), ds[find(ds, "rgb8.png")]:bytes())
    local upright = tench.create_dataset(root, { orient = true })
    local turned = tench.transform("hflip p=0")(upright[find(upright, "exif_6.png")])
    tap.equal(turned.width .. "x" .. turned.height, "4x5")
    os.remove(root .. "/b/named.jpg")
end)

tap.test("batches of PNGs and JPEGs do not depend on threads; a damaged file is a fault", function()
    local epochs = {}
    for k, threads in ipairs{ 1, 3 } do
        local loader = case.make{ dataset = open("RGB"), batch_size = 3, threads = threads,
            on_fault = "skip" }
        epochs[k] = case.bytes_of(loader:epoch(0))
        local faults = loader:faults()
        tap.equal(#faults, 1)
        tap.equal(faults[1].name, "b/cut_in_data.png")
        tap.equal(faults[1].message:match("truncated PNG"), "truncated PNG")
    end
    tap.equal(#epochs[1] > 3 * 16 * 16 * 9, true)
    tap.equal(epochs[1] == epochs[2], true)
end)

os.execute("rm -r " .. root)
tap.done()
