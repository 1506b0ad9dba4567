-- SPDX-License-Identifier: MIT
-- Data sets and single images: samples from 1, labels from 0, the forms of create_dataset, errors.

local tap = require "tap"
local ffi = require "ffi"
local tench = require "tench"

local SHAPES = "tests/data/shapes"

tap.test("the forms of create_dataset give one data set", function()
    local ds = tench.create_dataset(SHAPES)
    for _, other in ipairs {
        tench.create_dataset("", SHAPES),
        tench.create_dataset("folder", SHAPES),
        tench.create_dataset{ root = SHAPES },
        tench.create_dataset(SHAPES, { input_key = ".jpg;.png" }),
    } do
        tap.equal(other.n, 24)
        tap.equal(other:fingerprint(), ds:fingerprint())
    end
    tap.equal(#ds:fingerprint(), 16)
    tap.equal(ds.root, SHAPES)
    tap.equal(ds.n_classes, 3)
    tap.equal(tostring(ds), "data set tests/data/shapes: 24 images in 3 classes")
end)

tap.test("timm's keys name the fields of a source's samples", function()
    local path = "tests/golden/parquet/texts.parquet"
    local by_keys = tench.create_dataset("hfds/pets", path,
        { input_key = "image", target_key = "label" })
    local by_text = tench.create_dataset{ source = "parquet image=image label=label", root = path }
    tap.equal(by_keys.n, 6)
    tap.equal(by_keys:fingerprint(), by_text:fingerprint())
    tap.raises("no column \"kind\"", tench.create_dataset, "hfds/", path, { target_key = "kind" })
    tap.raises("no column \"photo\"", tench.create_dataset, "hfds/", path, { input_key = "photo" })
    tap.raises({ 'target_key = "label"', "the kind of source is not given" }, tench.create_dataset,
        SHAPES, { target_key = "label" })
    tap.raises('the source "tar" has none', tench.create_dataset, "tar/", SHAPES,
        { target_key = "label" })
    tap.raises('no column "my "label"', tench.create_dataset, "hfds/", path,
        { target_key = 'my "label' })
end)

tap.test("a split is looked for below the root", function()
    local circles = tench.create_dataset("", SHAPES, "circle")
    tap.equal(circles.n, 8)
    tap.equal(circles.split, "circle")
    local whole = tench.create_dataset(SHAPES, { search_split = false })
    tap.equal(whole.n, 24)
    tap.raises({ 'split = "circle" names a split', "search_split is off" }, tench.create_dataset,
        SHAPES, { split = "circle", search_split = false })
end)

tap.test("samples count from 1, labels from 0", function()
    local ds = tench.create_dataset(SHAPES)
    tap.equal(ds:name(1), "circle/circle1.jpg")
    tap.equal(ds:label(1), 0)
    tap.equal(ds:name(24), "triangle/triangle8.jpg")
    tap.equal(ds:label(24), 2)
    tap.equal(ds:class_name(2), "triangle")
    tap.equal(ds:class_name(3), nil)
    tap.equal(ds:class_name(-1), nil)
    local image, label = ds:get(24)
    tap.equal(label, 2)
    tap.equal(image.label, 2)
    tap.equal(ds[24].name, "triangle/triangle8.jpg")
end)

tap.test("a sample outside the data set is named with the range", function()
    local ds = tench.create_dataset(SHAPES)
    for _, sample in ipairs { 0, 25, 1.5, -1 } do
        tap.raises({ "sample " .. sample, "1 to 24" }, ds.get, ds, sample)
    end
    local message = tap.raises("sample 25", function()
        return ds[25].name
    end)
    assert(message:find("test_dataset.lua:", 1, true), message)
end)

local function tree(...)
    local path = os.tmpname()
    os.remove(path)
    for _, file in ipairs { ... } do
        local full = path .. "/" .. file
        assert(os.execute(("mkdir -p '%s' && cp %s/circle/circle1.jpg '%s'"):format(
            full:match "^(.*)/", SHAPES, full)) == 0)
    end
    return path
end

tap.test("the named data set is read, and no other", function()
    local path = tree("train/a/1.jpg", "train/b/2.jpg", "val/a/3.jpg", "val/notes.txt")
    local plain = tree("train/1.jpg", "bus/2.jpg")
    tap.equal(table.concat(tench.splits(path), " "), "train val")
    tap.equal(#tench.splits(plain), 0)
    tap.raises({ path, 'no split "vla"', "its splits are train, val" }, tench.create_dataset, path,
        { split = "vla" })
    tap.raises({ 'no split "val"', "it has no splits" }, tench.create_dataset, "", plain, "val")
    local default = tench.create_dataset(path)
    tap.equal(default.split, "val")
    tap.equal(tostring(default), ("data set %s/val (split val): 1 image in 1 class; left out: "
        .. "1 file with another extension"):format(path))
    tap.equal(tench.create_dataset(path, { split = "training" }).root, path .. "/train")
    tap.equal(tench.create_dataset(path, { search_split = false }).n, 3)
    tap.equal(tench.create_dataset(plain).n, 2)
    tap.raises("has the splits train, val", tench.create_dataset, path, { split_rule = "or_whole" })
    tap.equal(tench.create_dataset(plain, { split = "train", split_rule = "or_whole" }).n, 2)
    tap.raises('no split "test"', tench.create_dataset, path,
        { split = "test", split_rule = "or_whole" })
    os.execute(("rm -r '%s' '%s'"):format(path, plain))
end)

tap.test("what is left out is counted", function()
    local path = tree("a/1.jpg", "b/2.jpg", "b/3.jpg", "b/4.webp")
    local map = assert(io.open(path .. "/map.txt", "w"))
    map:write("a\n")
    map:close()
    local ds = tench.create_dataset(path, { class_map = "map.txt" })
    local left_out = ds:left_out()
    tap.equal(left_out.unmapped_folders, 1)
    tap.equal(left_out.unmapped_images, 2)
    tap.equal(left_out.other_files, 2)
    assert(tostring(ds):find("1 image in 1 class; left out: 1 class that the class map "
        .. "lacks (2 images), 2 files with other extensions", 1, true), tostring(ds))
    os.execute(("rm -r '%s'"):format(path))
end)

tap.test("paths that links multiply are counted", function()
    local path = tree("a/1.jpg")
    assert(os.execute(("ln -s a '%s/b'"):format(path)) == 0)
    local ds = tench.create_dataset(path)
    tap.equal(ds:left_out().repeated_paths, 2) -- the folder and its image
    tap.equal(tostring(ds), "data set " .. path .. ": 2 images in 2 classes; links repeat 2 paths")
    os.execute(("rm -r '%s'"):format(path))
end)

local function copy_of_shapes()
    local path = os.tmpname()
    os.remove(path)
    assert(os.execute(("cp -r '%s' '%s'"):format(SHAPES, path)) == 0)
    return path
end

tap.test("an index is built, used, and makes no difference", function()
    local path = copy_of_shapes()
    local ds = tench.create_dataset(path)
    tap.equal(ds:index_info().known, 0)
    local calls = 0
    local facts = ds:build_index{ threads = 2, entries = 2, tick = function(done, total)
        calls = calls + 1
        assert(done <= total and total == 24)
    end }
    tap.equal(facts.built + facts.known, 24)
    tap.equal(facts.samples, 24)
    tap.equal(facts.path, path .. "/.tench-index")
    tap.equal(#facts.faults, 0)
    tap.equal(facts.stopped, false)
    assert(facts.index_bytes > 24 * 64 and facts.file_bytes > facts.index_bytes)
    tap.equal(ds:build_index{ entries = 2 }.known, 24)

    local function bytes_of(mode)
        local loader = tench.loader{ dataset = tench.create_dataset(path, { index = mode }),
            transform = "random_resized_crop size=16; convert dtype=u8", batch_size = 24 }
        local batch = loader:epoch(0):next()
        local stats = loader:stats()
        return batch.image.ptr and require("ffi").string(batch.image.ptr, 24 * 3 * 16 * 16),
            stats.index_used, stats.index_built, stats.index_dropped
    end
    local plain, used = bytes_of "off"
    tap.equal(used, 0)
    for _, mode in ipairs { "use", "auto", "paranoid" } do
        local bytes, n_used, n_built, n_dropped = bytes_of(mode)
        assert(bytes == plain, mode)
        tap.equal(n_used .. n_built .. n_dropped, "2400", mode)
    end
    tap.equal(tench.create_dataset(path):index_info().known, 24)
    os.execute(("rm -r '%s'"):format(path))
end)

tap.test("an index is stored on demand, and used where it is named", function()
    local path = copy_of_shapes()
    local store = path .. "/.tench-index"
    local ds = tench.create_dataset(path, { index = "auto" })
    ds:store_index() -- nothing was built yet
    tap.equal(io.open(store), nil)
    ds = tench.create_dataset(path, { index = "auto" })
    tench.loader{ dataset = ds, transform = "random_resized_crop size=16; convert dtype=u8",
        batch_size = 24 }:epoch(0):next()
    ds:store_index()
    assert(io.open(store)):close()
    tap.equal(#ds:index_info().warnings, 0)
    assert(os.rename(store, path .. "/moved"))
    tap.equal(tench.create_dataset(path):index_info().known, 0)
    local named = tench.create_dataset(path, { index_path = path .. "/moved" })
    tap.equal(named:index_info().known, 24)
    tap.equal(named:build_index().known, 24)
    tap.equal(#named:build_index().warnings, 0)
    tap.raises({ "index_path", "/absent", "No such file" }, tench.create_dataset, path,
        { index_path = path .. "/absent" })
    os.execute(("rm -r '%s'"):format(path))
end)

tap.test("a file that is not an index is a warning", function()
    local path = copy_of_shapes()
    local file = assert(io.open(path .. "/.tench-index", "wb"))
    file:write(("nothing of the kind"):rep(10))
    file:close()
    local info = tench.create_dataset(path):index_info()
    tap.equal(info.known, 0)
    tap.equal(#info.warnings, 1)
    assert(info.warnings[1].message:find(path .. "/.tench-index", 1, true))
    tap.equal(info.warnings[1].sample, nil)
    local warnings = tench.create_dataset(path):build_index().warnings
    tap.equal(#warnings, 1)
    assert(warnings[1].message:find("is not an index that this version knows", 1, true))
    tap.raises({ "one of use, auto, paranoid, off", '"auto"' }, tench.create_dataset, path,
        { index = "aut" })
    tap.raises("index_entries = 17", tench.create_dataset, path, { index_entries = 17 })
    tap.raises('"threads"', tench.create_dataset(path).build_index, tench.create_dataset(path),
        { thread = 1 })
    os.execute(("rm -r '%s'"):format(path))
end)

tap.test("verification lists what is damaged", function()
    local path = copy_of_shapes()
    local clean = tench.create_dataset(path):verify()
    tap.equal(clean.samples, 24)
    tap.equal(#clean.findings, 0)
    local file = assert(io.open(path .. "/circle/circle2.jpg", "wb"))
    file:write "no image"
    file:close()
    local found = tench.create_dataset(path):verify{ threads = 3 }
    tap.equal(found.damaged, 1)
    tap.equal(#found.findings, 1)
    local first = found.findings[1]
    tap.equal(first.name, "circle/circle2.jpg")
    tap.equal(first.sample, 2)
    tap.equal(first.kind, "damaged")
    tap.equal(first.code, "TN_EDECODE")
    tap.equal(first.stage, "decode")
    os.execute(("rm -r '%s'"):format(path))
end)

tap.test("values of a wrong kind are refused where they are given", function()
    local ds = tench.create_dataset(SHAPES)
    for _, label in ipairs { "circle", 0.5, {}, false } do
        local message = tap.raises("class_name: label", function()
            return (ds:class_name(label))
        end)
        assert(message:find("test_dataset.lua:", 1, true), message)
    end
    tap.raises("outside the image", ds[1].pixel, ds[1], 0)
    tap.raises("string or a pointer, not table", tench.image, { 1, 2, 3 }, 1, 1)
    tap.raises("NUL", tench.create_dataset, SHAPES .. "\0/circle")
    tap.raises("NUL", tench.transform, "hflip\0 p=7")
end)

tap.test("a loop over the samples", function()
    local n = 0
    for sample, image, label in tench.create_dataset(SHAPES):samples() do
        n = n + 1
        tap.equal(sample, n)
        tap.equal(label, image.label)
    end
    tap.equal(n, 24)
end)

tap.test("headers are read without decoding", function()
    local info = tench.create_dataset(SHAPES):probe(3)
    local image = tench.create_dataset(SHAPES)[3]
    tap.equal(info.width, image.width)
    tap.equal(info.height, image.height)
    tap.equal(info.format, "jpeg")
    tap.equal(info.channels, 3)
    tap.equal(info.bits, 8)
end)

tap.test("an image shows its pixels", function()
    local image = tench.create_dataset(SHAPES)[1]
    tap.equal(image.dtype, "u8")
    tap.equal(image.channels, 3)
    tap.equal(table.concat(image.shape, " "), image.height .. " " .. image.width .. " 3")
    tap.equal(image.nbytes, image.height * image.width * 3)
    tap.equal(#image:bytes(), image.nbytes)
    local x, y = image.width - 1, 2
    local r, g, b = image:pixel(x, y)
    local place = (y * image.width + x) * 3
    tap.equal(string.char(r, g, b), image:bytes():sub(place + 1, place + 3))
    tap.raises("outside the image", image.pixel, image, image.width, 0)
    assert(tostring(image):find("circle/circle1.jpg label 0", 1, true), tostring(image))
    tap.equal(image:explain(), "[]")
end)

tap.test("grey", function()
    local ds = tench.create_dataset(SHAPES, { input_img_mode = "L" })
    tap.equal(ds.channels, 1)
    tap.equal(ds[1].channels, 1)
    tap.equal(select("#", ds[1]:pixel(0, 0)), 1)
end)

tap.test("colours with alpha", function()
    local ds = tench.create_dataset(SHAPES, { input_img_mode = "RGBA" })
    local rgb = tench.create_dataset(SHAPES)[1]
    tap.equal(ds.channels, 4)
    tap.equal(ds[1].channels, 4)
    tap.equal(table.concat({ ds[1]:pixel(2, 3) }, " "),
        table.concat({ rgb:pixel(2, 3) }, " ") .. " 255")
    local made = tench.transform("hflip p=1; center_crop size=8; normalize mean=0.5 std=0.5; "
        .. "convert")(ds[1])
    tap.equal(table.concat(made.shape, " "), "4 8 8")
    assert(math.abs(made.ptr[3 * 64] - 1) < 1e-6)
    tap.raises({ "color_jitter takes", "4 (RGBA)" }, tench.transform("color_jitter"), ds[1])
    tap.equal(tench.transform("resize size=8")(ds[1]).channels, 4)
    tap.raises({ "normalize: mean has 3 numbers", "4 channels" }, tench.transform("normalize; "
        .. "convert"), ds[1])
end)

tap.test("images as their files have them, and index maps", function()
    local keep = tench.create_dataset(SHAPES, { input_img_mode = "keep" })
    tap.equal(keep.channels, nil)
    tap.equal(keep[1].channels, 3)
    local crop = tench.transform("center_crop size=8")
    tap.raises("cannot use the mode keep", tench.loader,
        { dataset = keep, transform = crop, batch_size = 1 })
    tap.raises('input_img_mode = "keep"', tench.create_loader, keep, 8, 1)
    local index = tench.create_dataset(SHAPES, { input_img_mode = "index" })
    tap.equal(index.channels, 1)
    tap.raises({ "circle1.jpg", "jpeg file with 3 channels" }, index.get, index, 1)
    tap.raises({ "color_jitter does not take", "mode index" }, tench.loader,
        { dataset = index, transform = tench.transform("center_crop size=8; color_jitter"),
          batch_size = 1 })
    tap.raises({ "convert does not take" }, tench.loader,
        { dataset = index, transform = tench.transform("center_crop size=8; convert"),
          batch_size = 1 })
    tench.loader { dataset = index, batch_size = 1,
        transform = tench.transform("resize size=8 mode=exact interpolation=nearest; "
            .. "convert dtype=u8") }
end)

tap.test("a closed image is an error", function()
    local image = tench.create_dataset(SHAPES)[1]
    local tensor = image.tensor
    image:close()
    image:close()
    tap.raises("the image was closed", image.bytes, image)
    tap.raises("the image was closed", function()
        return tensor.ptr
    end)
    tap.raises("the image was closed", tench.transform("hflip"), image)
end)

tap.test("images from bytes and from pixels", function()
    local file = assert(io.open(SHAPES .. "/circle/circle1.jpg", "rb"))
    local bytes = file:read("*a")
    file:close()
    local image = tench.create_dataset(SHAPES)[1]
    local same = tench.decode(bytes)
    tap.equal(same:bytes(), image:bytes())
    tap.equal(same.label, nil)
    tap.equal(tench.decode(bytes, "L").channels, 1)
    local copy = tench.image(image:bytes(), image.width, image.height)
    tap.equal(copy:bytes(), image:bytes())
    tap.raises("take 12 bytes, not 3", tench.image, "abc", 2, 2)
    tap.equal(tench.decode(bytes, "RGBA").channels, 4)
    tap.equal(select(4, tench.decode(bytes, "RGBA"):pixel(1, 1)), 255)
    tap.equal(tench.decode(bytes, "keep"):bytes(), image:bytes())
    tap.raises({ "jpeg file with 3 channels of 8 bits", "index" }, tench.decode, bytes, "index")
    tap.raises({ "YCbCr", "RGB, L, RGBA, keep, index" }, tench.decode, bytes, "YCbCr")
    tap.raises("", tench.decode, "no image at all")
end)

tap.test("a transform is applied to one image", function()
    local ds = tench.create_dataset(SHAPES)
    local train = tench.transform{ tench.op.random_resized_crop(32), tench.op.hflip() }
    local image = train(ds[1], { seed = 1 })
    tap.equal(table.concat(image.shape, " "), "3 32 32")
    tap.equal(image.width, 32)
    tap.equal(image.label, 0)
    tap.equal(image:bytes(), train(ds[1], { seed = 1 }):bytes())
    assert(image:bytes() ~= train(ds[1], { seed = 2 }):bytes())
    assert(image:bytes() ~= train(ds[1], { seed = 1, position = 1 }):bytes())
    assert(image:explain():find('"op":"random_resized_crop"', 1, true), image:explain())
    tap.raises({ '"sede"', '"seed"' }, train, ds[1], { sede = 1 })
    tap.raises("takes an image", train, ds)
end)

tap.test("layouts of transformed images", function()
    local image = tench.create_dataset(SHAPES)[1]
    local chw = tench.transform("resize size=16x20 mode=exact; normalize; convert dtype=f32")(image)
    local hwc = tench.transform(
        "resize size=16x20 mode=exact; normalize; convert dtype=f32 layout=nhwc")(image)
    tap.equal(table.concat(hwc.shape, " "), "16 20 3")
    tap.equal(chw.dtype, "f32")
    assert(ffi.istype("float *", chw.ptr))
    for _, place in ipairs { { 0, 0 }, { 19, 15 }, { 7, 3 } } do
        local r, g, b = chw:pixel(place[1], place[2])
        local r2, g2, b2 = hwc:pixel(place[1], place[2])
        assert(r == r2 and g == g2 and b == b2)
    end
end)

tap.test("a text or a name chooses the source", function()
    tap.equal(tench.create_dataset{ source = "folder path=" .. SHAPES }.n, 24)
    tap.equal(tench.create_dataset("torch/image_folder", SHAPES, { search_split = false }).n, 24)
    tap.raises({ "pack", "No such file" }, tench.create_dataset, "pack", SHAPES)
    tap.raises({ '"pack"', '"folder"', "give one of them" }, tench.create_dataset, "pack", SHAPES,
        { source = "folder" })
    tap.raises({ '"foldr"', '"folder"' }, tench.create_dataset, SHAPES, { source = "foldr" })
    tap.raises({ 'unknown name "torh/folder"', '"torch/folder"' }, tench.create_dataset,
        "torh/folder", SHAPES)
end)

tap.test("names of timm that tench does not read say what to do", function()
    local reads = "of torch/ it reads torch/cifar10, torch/cifar100, torch/fashion_mnist, "
        .. "torch/mnist, torch/image_folder, torch/folder: if its files lie in a folder for each "
        .. "class, open their folder by its path"
    for _, name in ipairs { "torch/imagenet", "torch/Places365", "torch/kmnist", "torch/inat" } do
        tap.raises({ ('name = "%s": tench does not read this data set'):format(name), reads },
            tench.create_dataset, name, SHAPES)
    end
    tap.raises({ '"hfids/food101"', "open their folder as hfds/" }, tench.create_dataset,
        "hfids/food101", SHAPES)
    tap.raises({ '"tfds/imagenet2012": tench does not read this data set: open the folder' },
        tench.create_dataset, "tfds/imagenet2012", SHAPES)
end)

local function read_file(path)
    local file = assert(io.open(path, "rb"))
    local bytes = file:read("*a")
    file:close()
    return bytes
end

tap.test("items are samples in memory", function()
    local folder = tench.create_dataset(SHAPES)
    local list = {}
    for sample = 1, folder.n do
        local name = folder:name(sample)
        list[sample] = sample % 2 == 0 and { path = name, label = folder:label(sample) }
            or { bytes = read_file(SHAPES .. "/" .. name), name = name, label = name:match "^%a+" }
    end
    local ds = tench.create_dataset(SHAPES,
        { items = list, classes = { "circle", "square", "triangle" } })
    collectgarbage()
    tap.equal(ds:fingerprint(), folder:fingerprint())
    tap.equal(ds:class_name(2), "triangle")
    tap.equal(ds[1]:bytes(), folder[1]:bytes())
    tap.equal(ds[2]:bytes(), folder[2]:bytes())
    tap.equal(ds.split, "")
end)

tap.test("a list has weights, and weighted-1 takes samples by them", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    for number = 1, 4 do
        file:write(string.format("circle/circle%d.jpg,%d\n", number, number - 1))
    end
    file:close()
    local ds = tench.create_dataset{ source = "list format=csv label=2 weight=2 folder=" .. SHAPES,
        root = path }
    os.remove(path)
    tap.equal(ds:weight(4), 3)
    tap.equal(tench.create_dataset(SHAPES):weight(1), 1)
    local count = { 0, 0, 0, 0 }
    local loader = tench.loader{ dataset = ds, batch_size = 5, order = "weighted-1", repeats = 3,
        transform = tench.transform "center_crop size=8" }
    for batch in loader:epoch(0) do
        for row = 1, batch.n do
            local sample = batch:row(row).sample
            count[sample] = count[sample] + 1
        end
    end
    tap.equal(table.concat(count, " "), "0 2 4 6")
    tap.raises("contradict each other", tench.loader, { dataset = ds, batch_size = 5,
        order = "weighted-1", shuffle = false, transform = tench.transform "center_crop size=8" })
end)

tap.test("items have labels of every kind", function()
    local name = SHAPES .. "/circle/circle1.jpg"
    local plain = tench.create_dataset{ items = { name } }
    local label = plain:label(1)
    tap.equal(label, -1)
    tap.equal(plain.label_kind, "class")
    tap.equal(tostring(plain), "data set items in memory: 1 image in no classes")
    tap.equal(tostring(tench.create_dataset{ root = SHAPES, items = { "circle/circle1.jpg" } }),
        "data set items below " .. SHAPES .. ": 1 image in no classes")
    local several = tench.create_dataset{ classes = { "a", "b", "c" },
        items = { { path = name, label = { "b", 0 } }, { path = name, label = {} } } }
    label = several:label(1)
    tap.equal(several.label_kind, "classes")
    tap.equal(table.concat(label, " "), "1 0")
    tap.equal(#several:label(2), 0)
    local loader = tench.loader{ dataset = several, batch_size = 2,
        transform = tench.transform "center_crop size=8" }
    for batch in loader:epoch(0) do
        tap.equal(table.concat(batch.label.shape, " "), "2 2")
        tap.equal(batch.label.dtype, "i64")
        tap.equal(tonumber(batch.label.ptr[0]), 1)
        tap.equal(tonumber(batch.label.ptr[3]), -1)
    end
    local numbers = tench.create_dataset{ items = { { path = name, numbers = { 0.5, -2 } } } }
    label = numbers:label(1)
    tap.equal(numbers.label_kind, "numbers")
    tap.equal(table.concat(label, " "), "0.5 -2")
    tap.equal(tostring(label), "{0.5, -2}")
    local text = tench.create_dataset{ items = { { path = name, label = "a round thing" } } }
    label = text:label(1)
    tap.equal(text.label_kind, "text")
    tap.equal(label, "a round thing")
end)

tap.test("items have weights", function()
    local name = SHAPES .. "/circle/circle1.jpg"
    local ds = tench.create_dataset{ items = { { path = name, weight = 0.5 },
        { path = name, weight = 0 } } }
    tap.equal(ds:weight(1), 0.5)
    tap.equal(ds:weight(2), 0)
    local function refuse(wanted, ...)
        tap.raises(wanted, tench.create_dataset, { items = { ... } })
    end
    refuse("items[2] has no weight, but items[1] has one", { path = name, weight = 1 }, name)
    refuse("items[2] has a weight, but items[1] has none", name, { path = name, weight = 1 })
    refuse('items[1]: weight = "2": must be a number', { path = name, weight = "2" })
    refuse("all weights of items are 0", { path = name, weight = 0 })
    refuse("items[1]: has the weight -1", { path = name, weight = -1 })
    tap.equal(tench.create_dataset{ items = { name } }:weight(1), 1)
end)

tap.test("a label is the same value wherever it is read", function()
    local name = SHAPES .. "/circle/circle1.jpg"
    local kinds = {
        ["-1 0"] = { { path = name }, { path = name, label = 0 } },
        ["{2, 0} {}"] = { { path = name, label = { 2, 0 } },
            { path = name, label = {} } },
        ["{0.5, -2} {1, 3}"] = { { path = name, numbers = { 0.5, -2 } },
            { path = name, numbers = { 1, 3 } } },
        ["round a circle"] = { { path = name, label = "round" },
            { path = name, label = "a circle" } },
    }
    for wanted, list in pairs(kinds) do
        local ds = tench.create_dataset{ items = list }
        local loader = tench.loader{ dataset = ds, batch_size = 2,
            transform = tench.transform "center_crop size=8" }
        local shown = { {}, {}, {}, {}, {}, {} }
        for batch in loader:epoch(0) do
            for row = 1, 2 do
                local image, label = ds:get(row)
                local all = { ds:label(row), label, image.label, batch:row(row).label,
                    batch:label_at(row), batch:replay(row).label }
                for place, value in ipairs(all) do
                    shown[place][row] = value
                end
            end
            tap.equal(tostring(batch.labels[1]) .. " " .. tostring(batch.labels[2]), wanted)
        end
        for _, labels in ipairs(shown) do
            tap.equal(tostring(labels[1]) .. " " .. tostring(labels[2]), wanted)
        end
    end
    local image = tench.create_dataset{ items = kinds["round a circle"] }[2]
    tap.equal(tench.transform("center_crop size=8")(image).label, "a circle")
    assert(tostring(image):find('label "a circle"', 1, true), tostring(image))
end)

tap.test("wrong items are named", function()
    local function refuse(wanted, list, classes)
        tap.raises(wanted, tench.create_dataset, { items = list, classes = classes })
    end
    refuse("items must be a list", 7)
    refuse("there are no items", {})
    refuse("items[2] must be a path or a table, not 7", { "x", 7 })
    refuse({ "items[1]", '"pth"', '"path"' }, { { pth = "x" } })
    refuse("items[1]: path = 7: must be a text", { { path = 7 } })
    refuse({ "items[1]", 'label = "cow"', "its name" }, { { path = "x", label = "cow" } },
        { "cat" })
    refuse("items[1]: label = 1.5: must be a number from 0", { { path = "x", label = 1.5 } })
    refuse("numbers must be a list", { { path = "x", numbers = 3 } })
    refuse('numbers[2] = "y"', { { path = "x", numbers = { 1, "y" } } })
    refuse("create_dataset: items[1] has neither a path nor bytes", { { label = 1 } })
    refuse("create_dataset: items[3]: has a text as its label, but other samples have an integer",
        { { path = "x", label = 1 }, "y", { path = "z", label = "cow" } })
    refuse('classes[1] and classes[3] have the same name, "a"', { "x" }, { "a", "b", "a" })
    refuse("classes must be a list of names", { "x" }, "cat")
    tap.raises("there are no items", tench.create_dataset, SHAPES, { classes = { "a" } })
end)

tap.test("what cannot be read is refused by name", function()
    tap.raises({ '"tfds/shapes"', "tench does not read this data set" }, tench.create_dataset,
        "tfds/shapes", SHAPES)
    tap.raises({ '"foldr"', '"folder"' }, tench.create_dataset, "foldr", SHAPES)
    tap.raises({ "root", "required" }, tench.create_dataset, {})
    tap.raises({ "repeats = 3", "not supported" }, tench.create_dataset, SHAPES, { repeats = 3 })
    tap.raises({ "download = true", "not supported" }, tench.create_dataset, SHAPES,
        { download = true })
    tap.raises({ "load_bytes = true", "not supported" }, tench.create_dataset, SHAPES,
        { load_bytes = true })
    tap.raises({ '"splt"', '"split"' }, tench.create_dataset, SHAPES, { splt = "val" })
    tap.raises({ "input_img_mode", '"CMYK"', "RGB, L" }, tench.create_dataset, SHAPES,
        { input_img_mode = "CMYK" })
    tap.raises("/no/such/folder", tench.create_dataset, "/no/such/folder")
    tap.raises("not number", tench.create_dataset, 7)
end)

tap.test("a broken file is an error with its name", function()
    local ds = tench.create_dataset("tests/data/broken")
    local broken = 0
    for sample = 1, ds.n do
        if ds:name(sample):find("cut", 1, true) or ds:name(sample):find("text", 1, true) then
            tap.raises(ds:name(sample), ds.get, ds, sample)
            local failure = tench.last_error()
            tap.equal(failure.code, "TN_EDECODE")
            tap.equal(failure.name, ds:name(sample))
            tap.equal(failure.sample, sample)
            broken = broken + 1
        end
    end
    tap.equal(broken, 2)
end)

tap.test("the survey finds the faults", function()
    local survey = tench.create_dataset("tests/data/broken"):survey()
    tap.equal(survey.samples, 8)
    tap.equal(survey.kinds[1].format, "jpeg")
    assert(survey.width.min >= 40 and survey.width.max <= 90)
    tap.equal(survey.undecoded, #survey.faults)
    tap.equal(survey.faults[1].name, "circle/text.jpg")
end)

-- Runs in a host that has not changed SIGXFSZ, which kills by default.
local LIMITED = [[
local tench = require "tench"
local ds = tench.create_dataset("tests/data/shapes")
local loader = tench.loader{ dataset = ds, transform = "resize size=8 mode=exact", batch_size = 4 }
loader:start_trace(FOLDER .. "/trace.json")
for _ in loader:epoch(0) do end
for _, write in ipairs{
    function() loader:stop_trace() end,
    function() ds:pack{ path = FOLDER .. "/pack" } end,
    function() tench.create_dataset(FOLDER .. "/data"):build_index() end,
} do
    local ok, message = pcall(write)
    print(ok, message)
end
]]

tap.test("a file over the limit of its size is an error, not the host's death", function()
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir " .. folder) == 0)
    assert(os.execute("cp -r " .. SHAPES .. " " .. folder .. "/data") == 0)
    local script = assert(io.open(folder .. "/script.lua", "w"))
    script:write((LIMITED:gsub("FOLDER", ("%q"):format(folder))))
    script:close()
    local pipe = io.popen("bash -c 'ulimit -f 1; exec luajit " .. folder .. "/script.lua' 2>&1")
    local text = pipe:read "*a"
    pipe:close()
    os.execute("rm -r " .. folder)
    local n = select(2, text:gsub("false[^\n]*File too large", ""))
    assert(n == 3, text)
end)

-- A folder with one image; all its names contain control characters that a terminal would obey.
tap.test("names are data: printing escapes them", function()
    local evil = "a\27[2J\n\226\128\174\255\\"
    local root = os.tmpname()
    os.remove(root)
    local folder = root .. "/" .. evil
    assert(os.execute("mkdir -p '" .. folder .. "/class'") == 0)
    assert(os.execute("cp " .. SHAPES .. "/circle/circle1.jpg '" .. folder .. "/class/" .. evil
        .. ".jpg'") == 0)
    local shown = "a\\x1B[2J\\n\\u202E\\xFF\\\\"
    local ds = tench.create_dataset(folder)
    tap.equal(tostring(ds), "data set " .. root .. "/" .. shown .. ": 1 image in 1 class")
    tap.equal(ds.root, folder)
    tap.equal(ds:name(1), "class/" .. evil .. ".jpg")
    tap.equal(tench.show_name(ds:name(1)), "class/" .. shown .. ".jpg")
    tap.raises("show_name: the name must be a string, not nil", tench.show_name)
    assert(tostring(ds[1]):find("class/" .. shown .. ".jpg", 1, true))
    tap.equal(ds[1].name, ds:name(1))
    local message = tap.raises(shown, tench.create_dataset, folder .. "/absent")
    assert(not message:find("[%c\255]"))
    message = tap.raises("a\\x1B[2J", tench.create_dataset, folder, { ["index" .. evil] = 1 })
    assert(not message:find("[%c\255]"))
    os.execute("rm -r '" .. root .. "'")
end)

tap.done()
