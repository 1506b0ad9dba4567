-- SPDX-License-Identifier: MIT
-- Arguments are taken exactly: every 64-bit seed; means by timm's rule, and by name everywhere;
-- texts with a NUL are refused, not cut.

local tap = require "tap"
local tench = require "tench"
local timm = require "tench.timm"
local case = require "loader_case"

local ds, make, row_bytes, TRAIN = case.ds, case.make, case.row_bytes, case.TRAIN

-- Seeds, each with its decimal digits.
local SEEDS = {
    { 0, "0" }, { -1, "-1" }, { 2 ^ 53, "9007199254740992" }, { -2 ^ 53, "-9007199254740992" },
    { 9007199254740993LL, "9007199254740993" }, { -9007199254740993LL, "-9007199254740993" },
    { 2LL ^ 63 - 1, "9223372036854775807" }, { -2LL ^ 63, "-9223372036854775808" },
    { 2ULL ^ 63 - 1, "9223372036854775807" }, { "9223372036854775807", "9223372036854775807" },
    { "-9223372036854775808", "-9223372036854775808" }, { "9007199254740993", "9007199254740993" },
    { "+7", "7" }, { "007", "7" }, { "1e3", "1000" }, { 5LL, "5" }, { "-0", "0" },
}

local function seed_in(state)
    return state:match '"seed":(%-?%d+)'
end

tap.test("a loader's seed is exact", function()
    for _, case_of in ipairs(SEEDS) do
        tap.equal(seed_in(make{ seed = case_of[1] }:state()), case_of[2])
        local loader = tench.create_loader(ds, 16, 4, { seed = case_of[1] })
        tap.equal(seed_in(loader:state()), case_of[2])
    end
end)

tap.test("a recipe's seed is exact", function()
    for _, case_of in ipairs(SEEDS) do
        local recipe = tench.load_recipe("recipes/cifar_train.lua", { seed = case_of[1] })
        tap.equal(seed_in(recipe:create_loader(ds):state()), case_of[2])
        recipe = tench.load_recipe("recipes/cifar_train.lua", { "seed=" .. case_of[2] })
        tap.equal(seed_in(recipe:create_loader(ds):state()), case_of[2])
        assert(tostring(recipe):find("seed = " .. case_of[2] .. ",", 1, true), tostring(recipe))
    end
    local recipe = tench.load_recipe("return { ops = 'hflip', loader = { seed = 2LL ^ 53 + 1 } }")
    assert(tostring(recipe):find("seed = 9007199254740993,", 1, true), tostring(recipe))
end)

tap.test("a seed that is no 64-bit integer is refused", function()
    for _, seed in ipairs { 1.5, 2 ^ 53 + 2, -2 ^ 60, 0 / 0, math.huge, 2ULL ^ 63,
        "9223372036854775808", "-9223372036854775809", ("9"):rep(400), "", "x", "1.5", "1e300",
        true, {} } do
        tap.raises({ "seed = ", "must be an integer" }, make, { seed = seed })
    end
    tap.raises("LL at its end", make, { seed = 2 ^ 60 })
    tap.raises('"9223372036854775808"', make, { seed = "9223372036854775808" })
    tap.raises("from -2^63 to 2^63 - 1", make, { seed = 2ULL ^ 63 })
end)

tap.test("neighbouring seeds beyond 2^53 differ, and a single image has its row's bytes", function()
    local seed, epoch = 2LL ^ 60 + 1, 2LL ^ 61 + 1
    local batch = make{ seed = seed }:epoch(epoch):next()
    local other = make{ seed = seed - 1 }:epoch(epoch):next()
    assert(row_bytes(batch, 1) ~= row_bytes(other, 1))
    local record = batch:row(1)
    local key = { seed = seed, epoch = epoch, position = record.position }
    tap.equal(tench.transform(TRAIN)(ds[record.sample], key):bytes(), row_bytes(batch, 1))
    key.epoch = tostring(epoch):gsub("LL", "")
    tap.equal(tench.transform(TRAIN)(ds[record.sample], key):bytes(), row_bytes(batch, 1))
end)

tap.test("epochs beyond 2^53 are exact", function()
    local loader = make()
    local batch = loader:epoch(2LL ^ 53 + 1):next()
    tap.equal(tostring(batch.epoch), "9007199254740993LL")
    assert(batch:explain(1):find('"epoch":9007199254740993,', 1, true))
    assert(tostring(batch):find("epoch 9007199254740993:", 1, true))
    local resumed = loader:resume(loader:state())
    tap.equal(tostring(resumed.number), "9007199254740993LL")
    tap.equal(tostring(loader:epoch().number), "9007199254740994LL")
    loader:epoch(2 ^ 53)
    tap.equal(tostring(loader:epoch().number), "9007199254740993LL")
    tap.equal(loader:epoch(2LL ^ 63 - 2):next().n, 4)
    tap.raises({ "epoch = 9223372036854775807", "0 to 9223372036854775806" }, loader.epoch, loader,
        2LL ^ 63 - 1)
    tap.raises({ "epoch = -1", "0 to" }, loader.epoch, loader, -1)
end)

-- The rule of timm 1.0.31's adapt_to_chs: one number is repeated, a list of another length is
-- averaged.
tap.test("create_loader adapts mean and std to the images as timm", function()
    local grey = tench.create_dataset("tests/data/shapes", { input_img_mode = "L" })
    local function normalize(dataset, size, given)
        local text = tench.create_loader(dataset, size, 4, given).transform.text
        return text:match "normalize[^;]*"
    end
    for _, size in ipairs { 224, { 224, 224 }, { 3, 224, 224 } } do
        tap.equal(normalize(ds, size, { mean = { 0.5 }, std = { 0.25 } }),
            "normalize mean=0.5 std=0.25")
        tap.equal(normalize(ds, size, { mean = { 0.1, 0.4 }, std = { 1, 2, 3, 4 } }),
            "normalize mean=0.25 std=2.5")
        tap.equal(normalize(ds, size, { mean = 0.5, std = "0.25" }), "normalize mean=0.5 std=0.25")
    end
    for _, size in ipairs { 224, { 1, 224, 224 } } do
        tap.equal(normalize(grey, size), "normalize mean=0.449 std=0.226")
        tap.equal(normalize(grey, size, { mean = { 0.5 }, std = { 0.2, 0.3, 0.4 } }),
            "normalize mean=0.5 std=0.3")
    end
    local batch = tench.create_loader(ds, 16, 4, { mean = { 0.5 }, std = { 0.5 } }):epoch(0):next()
    local same = tench.create_loader(ds, { 3, 16, 16 }, 4, { mean = { 0.5, 0.5, 0.5 },
        std = { 0.5, 0.5, 0.5 } }):epoch(0):next()
    tap.equal(row_bytes(batch, 1), row_bytes(same, 1))
end)

tap.test("sets of means and deviations have the same names everywhere", function()
    local constants = tench.constants
    local values = {
        imagenet = { constants.IMAGENET_DEFAULT_MEAN, constants.IMAGENET_DEFAULT_STD },
        inception = { constants.IMAGENET_INCEPTION_MEAN, constants.IMAGENET_INCEPTION_STD },
        dpn = { constants.IMAGENET_DPN_MEAN, constants.IMAGENET_DPN_STD },
        clip = { constants.OPENAI_CLIP_MEAN, constants.OPENAI_CLIP_STD },
    }
    for _, param in ipairs(tench.op_info("normalize").params) do
        local n = 0
        for name in param.choices:gmatch "%S+" do
            n = n + 1
            assert(timm[param.name .. "s"][name], name)
        end
        tap.equal(n, 4)
    end
    local function bytes_of(transform)
        return transform(ds[1]):bytes()
    end
    for name, pair in pairs(values) do
        local numbers = { input_size = 16, mean = pair[1], std = pair[2] }
        local names = { input_size = 16, mean = name, std = name }
        tap.equal(tench.create_transform(names).text, tench.create_transform(numbers).text)
        tap.equal(tench.create_loader(ds, 16, 4, { mean = name, std = name }).transform.text,
            tench.create_transform(numbers).text)
        tap.equal(bytes_of(tench.transform{ "resize size=16 mode=exact",
            tench.op.normalize{ mean = name, std = name }, "convert dtype=f32" }),
            bytes_of(tench.transform{ "resize size=16 mode=exact",
                tench.op.normalize{ mean = pair[1], std = pair[2] }, "convert dtype=f32" }))
        local recipe = tench.load_recipe(("return { ops = create_transform{ input_size = 16, "
            .. "mean = '%s', std = '%s' } }"):format(name, name))
        tap.equal(recipe.transform, tench.create_transform(numbers).text)
    end
    tap.raises({ '"imagnet"', '"imagenet"' }, tench.create_loader, ds, 16, 4, { mean = "imagnet" })
    tap.raises({ '"imagnet"', '"imagenet"' }, tench.create_transform, { std = "imagnet" })
end)

tap.test("a text with a NUL byte is refused, not cut", function()
    local loader = make()
    for _, use in ipairs {
        function() tench.create_dataset("tests/data/shapes\0x") end,
        function() tench.create_dataset("tests/data/shapes", { split = "circle\0" }) end,
        function() tench.create_dataset("tests/data/shapes", { class_map = "x\0" }) end,
        function() tench.create_dataset("tests/data/shapes", { extensions = ".jpg\0" }) end,
        function() tench.transform("hflip\0") end,
        function() tench.transform{ "hflip", "vflip\0" } end,
        function() tench.transform{ { text = "hflip\0; x" } } end,
        function() tench.transform{ op = "hflip", text = "hflip\0" } end,
        function() tench.load_recipe("return { ops = 'hflip\\0' }") end,
        function() loader:resume(loader:state() .. "\0") end,
        function() loader:start_trace("/tmp/x\0y") end,
        function() ds:pack{ path = "/tmp/x\0y" } end,
        function() ds:unpack{ path = "/tmp/x\0y" } end,
    } do
        tap.raises("NUL", use)
    end
    tap.raises("hflip", function() return tench.op["hflip\0"] end)
    tap.raises("p", tench.op.hflip, { p = "1\0" })
    tap.raises("device", make, { device = "cpu\0" })
    tap.raises("order", make, { order = "sequential\0" })
end)

tap.done()
