-- SPDX-License-Identifier: MIT
-- Mistakes that a newcomer makes: a dot instead of a colon, a misspelt name, the wrong kind of
-- value.

local tap = require "tap"
local tench = require "tench"
local case = require "loader_case"

local ds, make = case.ds, case.make
local SHAPES = "tests/data/shapes"

local function first_batch()
    local loader = make()
    return loader:epoch(0):next(), loader
end

-- One object or record of each kind.
local function things()
    local batch, loader = first_batch()
    return {
        module = tench, constants = tench.constants, ops = tench.op, constructor = tench.op.hflip,
        op = tench.op.hflip(), info = tench.op_info "hflip", names = tench.op_names(),
        param = tench.op_info("hflip").params[1], dataset = ds, header = ds:probe(1),
        survey = ds:survey(), spread = ds:survey().width, kind = ds:survey().kinds[1],
        kinds = ds:survey().kinds, index = ds:index_info(), verified = ds:verify(), image = ds[1],
        tensor = ds[1].tensor, shape = ds[1].shape, strides = ds[1].strides,
        transform = tench.transform "hflip",
        output = tench.transform("resize size=8 mode=exact"):output(), loader = loader,
        left_out = ds:left_out(), files = loader:faulty_files(), splits = tench.splits(SHAPES),
        budget = loader:budget(), stats = loader:stats(), faults = loader:faults(),
        epoch = make():epoch(3), batch = batch, row = batch:row(1), batch_names = batch.names,
        labels = batch.labels, recipe = tench.load_recipe "recipes/imagenet_eval.lua",
        parsed = require("tench.op").parse "hflip; vflip",
        mean = tench.constants.IMAGENET_DEFAULT_MEAN,
    }
end

tap.test("nothing prints as an address", function()
    for name, thing in pairs(things()) do
        local text = tostring(thing)
        assert(not text:find "0x%x" and not text:find "^table" and not text:find "cdata"
            and #text > 0, name .. ": " .. text)
    end
    pcall(tench.decode, "no image")
    assert(tostring(tench.last_error()):find('code = "TN_EDECODE"', 1, true))
end)

tap.test("records print what they hold", function()
    local batch, loader = first_batch()
    assert(tostring(batch:row(2)):find('name = "' .. batch.names[2] .. '"', 1, true))
    assert(tostring(loader:budget()):find("n_slots = " .. loader:budget().n_slots, 1, true))
    assert(tostring(loader:stats()):find("wait_s = ", 1, true))
    assert(tostring(ds:survey()):find('kinds = { kind { format = "jpeg", channels = 3', 1, true))
    tap.equal(tostring(batch.image.shape), "{4, 3, 16, 16}")
    tap.equal(tostring(tench.op.hflip):sub(1, 22), "op.hflip{ p = 0.5 }: M")
    local recipe = tostring(tench.load_recipe "recipes/imagenet_eval.lua")
    assert(recipe:find("resize size=256", 1, true) and recipe:find("batch_size = 64", 1, true))
    assert(tostring(loader:epoch(3)):find("epoch 3 of the loader of 6 batches", 1, true))
    local broken = tench.create_dataset "tests/data/broken"
    local text = tostring(broken:survey().faults)
    assert(text:find('fault { code = "TN_EDECODE"', 1, true)
        and text:find('name = "circle/text.jpg"', 1, true), text)
end)

tap.test("a method that is called with a dot says so", function()
    local batch, loader = first_batch()
    for thing, calls in pairs {
        [loader] = { "epoch", "state", "budget", "close" },
        [loader:epoch(0)] = { "next" },
        [ds] = { "get", "name", "samples", "survey" },
        [batch] = { "row", "hold" },
        [ds[1]] = { "bytes", "close" },
        [ds[1].tensor] = { "host" },
        [tench.transform "hflip"] = { "output" },
    } do
        for _, name in ipairs(calls) do
            for _, argument in ipairs { 0, "x", false } do
                tap.raises({ name .. " is a method of a", "call it with a colon",
                    ":" .. name .. "(" }, thing[name], argument)
            end
            tap.raises({ "colon", ":" .. name .. "()" }, thing[name])
        end
    end
    tap.raises("loader:epoch(0)", loader.epoch, 0)
end)

tap.test("a function that is called with a colon says so", function()
    for _, name in ipairs { "create_dataset", "create_loader", "create_transform", "decode",
        "image", "last_error", "load_recipe", "loader", "op_info", "op_names", "transform" } do
        tap.raises({ name .. " is a function of tench", "call it with a dot", "tench." .. name },
            tench[name], tench, SHAPES)
    end
    tap.raises({ "tench.create_dataset(\"" .. SHAPES .. '")' }, function()
        tench:create_dataset(SHAPES)
    end)
    tap.raises({ "op.hflip", "with a dot" }, function()
        tench.op:hflip()
    end)
    tap.raises({ "op.hflip", "with a dot" }, tench.load_recipe,
        "return { ops = { op:hflip{ p = 1 } } }")
    tap.raises({ "op.hflip", "not an op", "op.hflip{}" }, tench.transform, { tench.op.hflip })
    tap.raises({ "IMAGENET_DEFAULT_MEEN", "IMAGENET_DEFAULT_MEAN" }, tench.load_recipe,
        "return { ops = { op.normalize{ mean = constants.IMAGENET_DEFAULT_MEEN } } }")
end)

tap.test("a misspelt name is an error with the nearest one", function()
    local all = things()
    for name, wrong in pairs {
        module = { "creat_dataset", "create_dataset" }, op = { "txt", "text" },
        constants = { "IMAGENET_DEFAULT_MEEN", "IMAGENET_DEFAULT_MEAN" },
        info = { "parms", "params" }, param = { "kinds", "kind" },
        dataset = { "nclasses", "n_classes" }, header = { "widht", "width" },
        survey = { "turnd", "turned" }, spread = { "medain", "median" },
        kind = { "chanels", "channels" }, index = { "knwon", "known" },
        verified = { "dammaged", "damaged" }, image = { "heigth", "height" },
        tensor = { "shap", "shape" }, transform = { "layot", "layout" },
        output = { "dtyp", "dtype" }, loader = { "n_batch", "n_batches" },
        budget = { "slot_byte", "slot_bytes" }, stats = { "waits_s", "wait_s" },
        epoch = { "numbr", "number" }, batch = { "nmaes", "names" }, row = { "lable", "label" },
        recipe = { "epoch", "epochs" },
    } do
        local uses = { function() return all[name][wrong[1]] end }
        if name ~= "module" then
            uses[2] = function() all[name][wrong[1]] = 1 end
        end
        for _, use in ipairs(uses) do
            local message = tap.raises({ '"' .. wrong[1] .. '"', '"' .. wrong[2] .. '"' }, use)
            assert(message:find("test_stumbles.lua:", 1, true), message)
        end
    end
end)

tap.test("what cannot be changed by an assignment says so", function()
    local batch, loader = first_batch()
    for _, change in ipairs {
        function() loader.batch_size = 8 end, function() ds.n = 3 end, function() ds[1] = 3 end,
        function() batch.n = 1 end, function() ds[1].label = 3 end,
        function() tench.transform("hflip").text = "vflip" end,
        function() tench.op.hflip.name = "vflip" end,
    } do
        tap.raises("cannot be assigned to", change)
    end
end)

tap.test("fields that may be nil are not errors", function()
    local batch, loader = first_batch()
    tap.equal(batch.target, nil)
    tap.equal(batch:row(1).fault, nil)
    tap.equal(loader:epoch(0).stream, nil)
    tap.equal(tench.transform("hflip")(ds[1]).label, 0)
    local image = tench.image("abc", 1, 1)
    tap.equal(image.label, nil)
    pcall(tench.decode, "no image")
    tap.equal(tench.last_error().sample, nil)
end)

tap.test("a data set has a length and is iterated", function()
    tap.equal(#ds, 24)
    for _, iterate in ipairs { ipairs, pairs } do
        local n = 0
        for sample, image in iterate(ds) do
            n = n + 1
            tap.equal(sample, n)
            tap.equal(image.name, ds:name(n))
        end
        tap.equal(n, 24)
    end
    tap.equal(ds[#ds].name, "triangle/triangle8.jpg")
end)

tap.test("a loader and a batch have a length, and a batch has rows", function()
    local batch, loader = first_batch()
    tap.equal(#loader, 6)
    tap.equal(#batch, 4)
    local n = 0
    for row, record in ipairs(batch) do
        n = n + 1
        tap.equal(row, n)
        tap.equal(record.name, batch.names[n])
    end
    tap.equal(n, 4)
    tap.equal(batch[2].name, batch.names[2])
    tap.raises("rows count from 1 to 4", function()
        return batch[5]
    end)
end)

tap.test("what has no length, items or call says what to write", function()
    local loader = make()
    tap.raises({ "an image has no length", "image.width" }, function()
        return #ds[1]
    end)
    for _, use in ipairs { ipairs, pairs, loader } do
        tap.raises("for batch in loader:epoch(0) do", use, loader)
    end
    tap.raises("ds:samples()", ds)
    tap.raises("has no item 1", function()
        return loader[1]
    end)
    tap.raises({ "a tensor has no item 1", "ptr[0]" }, function()
        return ds[1].tensor[1]
    end)
    assert(tostring(ds:samples()):find("0 of 24", 1, true))
end)

tap.test("arguments of create_dataset that are not its forms", function()
    for _, root in ipairs { SHAPES, "/data/clothes", "clothes" } do
        tap.raises({ ('create_dataset("%s", { split = "train" })'):format(root) },
            tench.create_dataset, root, "train")
    end
    tap.raises('data set "no/such"', tench.create_dataset, "wds/shapes", "no/such")
    tap.raises("a table, not boolean", tench.create_dataset, SHAPES, true)
    tap.raises("third argument", tench.create_dataset, SHAPES, {}, "train")
    tap.raises("create_transform takes one table", tench.create_transform, { 3, 32, 32 }, {})
    tap.raises("tench.decode(bytes) decodes a file's bytes", tench.image, "a.png")
    tap.equal(#tench.create_dataset("", SHAPES, "circle"), 8)
end)

tap.test("options of other loaders say what to use", function()
    for name, texts in pairs {
        shuffle = { "is_training = true shuffles", "tench.loader" },
        drop_last = { "is_training = true leaves out", "tench.loader" },
        order = { "tench.loader" }, transform = { "tench.loader" }, prefetch_factor = { "depth" },
    } do
        for _, value in ipairs { true, false, 2 } do
            tap.raises({ "create_loader: " .. name .. " is not an option here", unpack(texts) },
                tench.create_loader, ds, 16, 4, { [name] = value })
        end
    end
    tap.equal(#tench.create_loader(ds, 16, 4, { pin_memory = true }), 6)
    tap.raises({ "create_dataset", SHAPES }, tench.create_loader, SHAPES, 16, 4)
end)

tap.test("arguments of a wrong kind are refused where they are given", function()
    local loader = make()
    loader:epoch(0)
    tap.raises({ "timeout_ms", "a number" }, loader.next, loader, nil, "soon")
    tap.raises({ "tick", "a function" }, ds.verify, ds, { tick = 5 })
    tap.raises({ "tick", "a function" }, ds.build_index, ds, { tick = "done" })
    local calls = 0
    ds:verify{ tick = setmetatable({}, { __call = function() calls = calls + 1 end }) }
    local image, ffi = ds[1], require "ffi"
    tap.raises({ "the buffer has 10 bytes" }, image.copy, image, ffi.new "char[10]")
    tap.raises({ "the buffer must be" }, image.copy, image, "text")
    local buffer = ffi.new("char[?]", image.nbytes)
    tap.equal(ffi.string(image:copy(ffi.cast("char *", buffer)), image.nbytes), image:bytes())
    tap.raises({ "width = 1.5" }, tench.image, "abc", 1.5, 1)
    tap.raises({ "width = 4294967297", "outside its range" }, tench.image, buffer, 2 ^ 32 + 1, 1)
    tap.raises({ "height is required" }, tench.image, "abc", 1)
    tap.raises({ "channels = 1.5" }, function()
        tench.transform("resize size=8 mode=exact"):output(1.5)
    end)
    tap.raises({ "view = 4294967296" }, tench.transform "hflip", image, { view = 2 ^ 32 })
end)

tap.test("the files can be loaded again in one Lua state", function()
    local loaded = {}
    for name, module in pairs(package.loaded) do
        if name:find "^tench" then
            loaded[name], package.loaded[name] = module, nil
        end
    end
    local again = require "tench"
    assert(again ~= tench)
    local other = again.create_dataset(SHAPES)
    tap.equal(#other, #ds)
    tap.equal(other[1]:bytes(), ds[1]:bytes())
    tap.raises("takes an image", again.transform "hflip", ds[1])
    for name, module in pairs(loaded) do
        package.loaded[name] = module
    end
end)

tap.test("extra arguments are refused", function()
    local loader = make()
    local op = tench.op
    tap.raises("tench.transform{ op1, op2 }", tench.transform, op.hflip(), op.vflip())
    tap.raises({ "get takes 1 argument", "another one is 2" }, ds.get, ds, 1, 2)
    tap.raises({ "epoch takes 2 arguments" }, loader.epoch, loader, 0, nil, "x")
    tap.raises({ "create_loader takes 4 arguments", "another one is true" }, tench.create_loader,
        ds, 16, 4, {}, true)
    tap.raises({ "state takes no arguments" }, loader.state, loader, 1)
    tap.raises({ "host takes no arguments" }, ds[1].tensor.host, ds[1].tensor, 1)
    tap.equal(#tench.create_loader(ds, 16, 4, {}, nil), 6)
    tap.raises({ "options must be a table { name = value }", "data set" }, tench.loader, ds)
    tap.raises({ "options must be a table", "not 224" }, tench.create_transform, 224)
    tap.raises({ "settings must be a table", '{ "epochs=3" }' }, tench.load_recipe,
        "recipes/imagenet_eval.lua", "epochs=3")
    tap.raises({ '"trsut"', '"trust"' }, tench.load_recipe, "recipes/imagenet_eval.lua", {},
        { trsut = true })
    tap.raises("a path or a text, not {}", tench.load_recipe, {})
    tap.raises("setting true is not key=value", tench.load_recipe, "recipes/imagenet_eval.lua",
        { true })
end)

tap.test("objects are collected", function()
    local alive = setmetatable({}, { __mode = "k" })
    for turn = 1, 20 do
        local batch, loader = first_batch()
        assert(batch.image and batch.names)
        for _, thing in ipairs { batch, loader, loader.transform, ds[turn], batch:replay(1),
            loader:epoch(1), tench.create_dataset(SHAPES) } do
            alive[thing] = true
            tostring(thing)
        end
    end
    for _ = 1, 4 do
        collectgarbage()
    end
    tap.equal(next(alive), nil)
end)

tap.done()
