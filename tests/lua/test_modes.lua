-- SPDX-License-Identifier: MIT
-- Modes of data sets, from files that the test writes: a palette, grey of 16 bits, colours.

local tap = require "tap"
local tench = require "tench"

local root = os.tmpname()
os.remove(root)
assert(os.execute("mkdir -p " .. root .. "/a") == 0)

local function write(name, bytes)
    local file = assert(io.open(root .. "/a/" .. name, "wb"))
    file:write(bytes)
    file:close()
end

local function le(value, n)
    local bytes = {}
    for i = 1, n do
        bytes[i] = string.char(value % 256)
        value = math.floor(value / 256)
    end
    return table.concat(bytes)
end

-- A BMP of 4 x 2 numbers of three colours: red, green, white. Rows go upwards.
local palette = "\0\0\255\0\0\255\0\0\255\255\255\0"
local pixels = "\0\1\2\0\1\1\2\2"
write("1.bmp", "BM" .. le(54 + 12 + 8, 4) .. le(0, 4) .. le(66, 4) .. le(40, 4) .. le(4, 4)
    .. le(2, 4) .. le(1, 2) .. le(8, 2) .. le(0, 4) .. le(8, 4) .. le(0, 8) .. le(3, 4) .. le(0, 4)
    .. palette .. pixels)
write("2.pgm", "P5 3 1 65535\n\0\7\1\44\255\255") -- 7, 300, 65535
write("3.ppm", "P6 1 1 255\n\10\20\30")

local function open(mode)
    return tench.create_dataset(root, { input_img_mode = mode, extensions = ".bmp,.pgm,.ppm" })
end

local function values(image)
    local list = {}
    for y = 0, image.height - 1 do
        for x = 0, image.width - 1 do
            list[#list + 1] = table.concat({ image:pixel(x, y) }, ",")
        end
    end
    return table.concat(list, " ")
end

tap.test("each mode of a palette", function()
    tap.equal(values(open("RGB")[1]), "0,255,0 0,255,0 255,255,255 255,255,255 "
        .. "255,0,0 0,255,0 255,255,255 255,0,0")
    tap.equal(values(open("L")[1]), "150 150 255 255 76 150 255 76")
    tap.equal(values(open("index")[1]), "1 1 2 2 0 1 2 0")
    tap.equal(open("RGBA")[1]:pixel(3, 1), 255)
    tap.equal(select(4, open("RGBA")[1]:pixel(3, 1)), 255)
    tap.equal(open("keep")[1].channels, 3)
end)

tap.test("grey of 16 bits is kept, or saturates as in Pillow", function()
    local image = open("keep")[2]
    tap.equal(image.dtype, "u16")
    tap.equal(image.nbytes, 6)
    tap.equal(values(image), "7 300 65535")
    tap.equal(image:bytes(), "\7\0\44\1\255\255")
    tap.equal(values(open("L")[2]), "7 255 255")
    tap.equal(values(open("RGBA")[2]), "7,7,7,255 255,255,255,255 255,255,255,255")
    local mirrored = tench.transform("hflip p=1; crop box=0,0,2,1")(image)
    tap.equal(mirrored.dtype, "u16")
    tap.equal(values(mirrored), "65535 300")
    tap.raises({ "convert takes images of 8 bits" }, tench.transform("convert"), image)
    tap.raises({ "2.pgm", "index takes palettes" }, open("index").get, open("index"), 2)
end)

tap.test("batches of numbers, and of colours with alpha", function()
    local loader = tench.loader{ dataset = open("index"), batch_size = 1, subset = { 1 },
        transform = tench.transform("resize size=4x8 mode=exact interpolation=nearest") }
    for batch in loader:epoch(0) do
        tap.equal(table.concat(batch.image.shape, " "), "1 1 4 8")
        local row = {}
        for x = 0, 7 do
            row[x + 1] = batch.image.ptr[x]
        end
        tap.equal(table.concat(row, " "), "1 1 1 1 2 2 2 2")
    end
    local four = tench.loader{ dataset = open("RGBA"), batch_size = 3,
        transform = tench.transform("center_crop_or_pad size=1 fill=1,2,3,4; convert layout=nhwc "
            .. "dtype=u8") }
    for batch in four:epoch(0) do
        tap.equal(table.concat(batch.image.shape, " "), "3 1 1 4")
        tap.equal(batch.image.ptr[8 + 2], 30)
        tap.equal(batch.image.ptr[8 + 3], 255)
    end
end)

tap.test("the survey tells palettes from grey", function()
    local kinds = {}
    for _, kind in ipairs(open("RGB"):survey().kinds) do
        kinds[#kinds + 1] = ("%s %d %d %s"):format(kind.format, kind.channels, kind.bits,
            tostring(kind.palette))
    end
    table.sort(kinds)
    tap.equal(table.concat(kinds, "; "), "bmp 1 8 true; pnm 1 16 false; pnm 3 8 false")
end)

os.execute("rm -r " .. root)
tap.done()
