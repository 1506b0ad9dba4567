-- SPDX-License-Identifier: MIT
-- Recipes: settings by dotted path, errors that name the mistake, and a sandbox without a way out.

local ffi = require "ffi"
local plain = require "tench.cli.plain"
local recipes = require "tench.recipe"
local tap = require "tap"
local tench = require "tench"

ffi.cdef "int mkdir(const char *path, unsigned mode);"

local TEXT = [[
return {
    dataset = { split = "train" },
    ops = { op.resize{ 256 }, op.hflip(), op.center_crop(224), op.hflip{ p = 0.1 } },
    loader = { batch_size = 8, shuffle = true },
}]]

local function load(settings, text, how)
    return tench.load_recipe(text or TEXT, settings, how)
end

for _, name in ipairs { "imagenet_train", "imagenet_train_mixup", "imagenet_eval", "cifar_train",
    "inception_eval" } do
    tap.test("recipes/" .. name .. ".lua", function()
        local recipe = load(nil, "recipes/" .. name .. ".lua")
        tap.equal(recipe.loader.batch_size, 64)
        tap.equal(recipe.epochs, 1)
        tap.equal(recipe.name, "recipes/" .. name .. ".lua")
        local output = tench.transform(recipe.transform):output()
        tap.equal(output.dtype, "f32")
    end)
end

tap.test("recipes are timm's pipelines", function()
    tap.equal(load(nil, "recipes/imagenet_train.lua").transform, (tench.create_transform{
        is_training = true, interpolation = "bicubic",
    }.text:gsub("normalize mean=%S+ std=%S+;", "normalize;")))
    tap.equal(load(nil, "recipes/imagenet_eval.lua").transform, (tench.create_transform{
        interpolation = "bicubic",
    }.text:gsub("normalize mean=%S+ std=%S+;", "normalize;")))
    local inception = tench.constants.IMAGENET_INCEPTION_MEAN
    tap.equal(load(nil, "recipes/inception_eval.lua").transform, (tench.create_transform{
        input_size = 299, interpolation = "bicubic", mean = inception, std = inception,
    }.text:gsub("normalize mean=%S+ std=%S+;", "normalize mean=inception std=inception;")))
end)

tap.test("short keys", function()
    local recipe = load { "epochs=3", "seed=7", "threads=2", "batch_size=16", "dtype=f16",
        "interpolation=lanczos", "device=cpu", "on_fault=skip", "rank=1", "world_size=4" }
    tap.equal(recipe.epochs, 3)
    local loader = recipe.loader
    tap.equal(table.concat({ loader.seed, loader.threads, loader.batch_size, loader.device,
        loader.on_fault, loader.rank, loader.world_size }, " "), "7 2 16 cpu skip 1 4")
    tap.equal(recipe.transform, "resize size=256 interpolation=lanczos; hflip; "
        .. "center_crop size=224; hflip p=0.1; convert dtype=f16")
end)

tap.test("dotted paths", function()
    local recipe = load { "dataset.split=val", "dataset.orient=yes", "loader.drop_last=yes",
        "loader.shuffle=no", "ops.resize.size=300", "ops.2.p=0.25", "loader.subset=1,2,5" }
    tap.equal(recipe.dataset.split, "val")
    tap.equal(recipe.dataset.orient, true)
    tap.equal(recipe.loader.drop_last, true)
    tap.equal(recipe.loader.shuffle, false)
    tap.equal(table.concat(recipe.loader.subset, " "), "1 2 5")
    tap.equal(recipe.transform,
        "resize size=300; hflip p=0.25; center_crop size=224; hflip p=0.1")
end)

tap.test("a bare key is the only path that ends with it", function()
    local recipe = load { "split=val", "drop_last=yes", "shuffle=no", "class_map=map.txt",
        "orient=yes" }
    tap.equal(recipe.dataset.split .. recipe.dataset.class_map, "valmap.txt")
    tap.equal(recipe.dataset.split_rule, "must")
    tap.equal(recipe.dataset.orient, true)
    tap.equal(recipe.loader.drop_last, true)
    tap.equal(recipe.loader.shuffle, false)
    local crop = "return { ops = { op.random_resized_crop{ size = 8 }, op.hflip() } }"
    tap.equal(load({ "size=192", "p=0.25" }, crop).transform,
        "random_resized_crop size=192; hflip p=0.25")
    tap.raises({ "size", "ops.resize.size, ops.center_crop.size" }, load, { "size=192" })
    tap.raises({ "setting p", "ops.2.p, ops.4.p" }, load, { "p=0.1" })
    tap.raises({ '"splt"', '"split"' }, load, { "splt=val" })
    tap.raises({ '"brightness"', "known names are epochs" }, load, { "brightness=1" })
    tap.raises({ '"size"', "known names are epochs" }, load, { "size=1" },
        "return { ops = { op.hflip() } }")
    tap.equal(load({ "repeats=3" }).loader.repeats, 3) -- create_dataset refuses its own
end)

tap.test("settings may be a table", function()
    local recipe = load { epochs = 2, ["loader.drop_last"] = true, "seed=5" }
    tap.equal(recipe.epochs, 2)
    tap.equal(recipe.loader.drop_last, true)
    tap.equal(recipe.loader.seed, 5)
end)

tap.test("an alias of an op is the op", function()
    local recipe = load({ "ops.random_horizontal_flip.p=0.25", "ops.vflip.p=1" },
        "return { ops = { op.random_horizontal_flip{}, 'random_vertical_flip p=0.5' } }")
    tap.equal(recipe.transform, "hflip p=0.25; vflip p=1")
end)

tap.test("wrong settings are named with the nearest name", function()
    for setting, texts in pairs {
        ["sed=1"] = { '"sed"', '"seed"' },
        ["datset.split=val"] = { '"datset"', '"dataset"' },
        ["dataset.splt=val"] = { "dataset", '"splt"', '"split"' },
        ["loader.droplast=no"] = { "loader", '"droplast"', '"drop_last"' },
        ["loader.drop_last=maybe"] = { "drop_last", '"maybe"', "yes or no" },
        ["batch_size=many"] = { "batch_size", '"many"', "integer" },
        ["batch_size=0"] = { "batch_size = 0", "outside its range 1" },
        ["epochs=1e30"] = { "epochs = 1e30 is outside its range 0 to 2147483647" },
        ["epochs=1e15"] = { "epochs = 1e15 is outside its range 0 to 2147483647" },
        ["loader.fault_budget=-1"] = { "fault_budget = -1 must be 0 or more" },
        ["epochs=-1"] = { "epochs = -1", "outside its range" },
        ["ops.resise.size=1"] = { '"resise"', '"resize"' },
        ["ops.resize.sise=1"] = { "resize", '"sise"', '"size"' },
        ["ops.resize.size=big"] = { "resize", "size" },
        ["ops.hflip.p=1"] = { "2 ops hflip", "by its place" },
        ["ops.9.p=1"] = { "4 ops", "no op 9" },
        ["ops.resize=1"] = { "ops.NAME.PARAMETER" },
        ["on_fault=ignore"] = { "on_fault", "raise, skip" },
        ["device=gpu"] = { "device", '"gpu"', "cpu" },
        ["dtype=f64"] = { "convert", "f64" },
        ["interpolation=bicubik"] = { "bicubik", "bicubic" },
        ["novalue"] = { "not key=value" },
    } do
        tap.raises(texts, load, { setting })
    end
    tap.raises("no op of the recipe has interpolation", load, { "interpolation=bicubic" },
        "return { ops = { op.hflip() } }")
end)

tap.test("errors in recipes name the place", function()
    tap.raises({ "recipe:1:", "hflip", "p=3" }, load, nil, "return { ops = { op.hflip{ p = 3 } } }")
    tap.raises({ '"opps"', '"ops"' }, load, nil, "return { opps = {} }")
    tap.raises({ "ops is required" }, load, nil, "return { loader = {} }")
    tap.raises({ "item 1 of ops" }, load, nil, "return { ops = { 1 } }")
    tap.raises({ "must be a table" }, load, nil, "return { ops = {}, loader = 7 }")
    tap.raises({ "not nil" }, load, nil, "local x = 1\n")
    tap.raises({ "recipe:2:", "unexpected symbol" }, load, nil, "return {\n) }")
    tap.raises({ "x:2: ", '"hflp"', '"hflip"' }, load, nil, "return { ops = {\nop.hflp } }",
        { name = "x" })
    tap.raises({ '"hflp"', '"hflip"' }, load, nil,
        "return { ops = { { op = 'hflp', args = {} } } }")
end)

tap.test("ops as text, and timm's factory in a recipe", function()
    local text = "return { ops = 'resize size=4; hflip p=0.3' }"
    tap.equal(load({ "ops.resize.size=8" }, text).transform,
        "resize size=8; hflip p=0.3")
    tap.equal(load(nil, "return { ops = create_transform{ crop_pct = 0.9 } }").transform,
        tench.create_transform{ crop_pct = 0.9 }.text)
    text = "return { ops = { op.resize(constants.DEFAULT_CROP_PCT * 256) } }"
    tap.equal(load(nil, text).transform, "resize size=224")
end)

tap.test("a recipe may change an op's arguments, which are then checked", function()
    local text = "local flip = op.hflip() flip.args.p = %s return { ops = { flip } }"
    tap.equal(load(nil, text:format("0.75")).transform, "hflip p=0.75")
    tap.raises("p=75", load, nil, text:format("75"))
    tap.raises("plain word", load, nil, text:format("'1; vflip'"))
end)

tap.test("bytecode is refused", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(string.dump(function() return { ops = {} } end))
    file:close()
    tap.raises({ path, "bytecode", "text only" }, load, nil, path)
    os.remove(path)
    tap.raises("bytecode", load, nil, string.dump(function() return {} end) .. "\n")
end)

tap.test("a recipe's result is described as plain data", function()
    for _, name in ipairs { "imagenet_train", "imagenet_train_mixup", "imagenet_eval",
        "cifar_train", "inception_eval" } do
        local path = "recipes/" .. name .. ".lua"
        local given = recipes.evaluate(recipes.read_file(path), path)
        local text = plain.write(path, recipes.describe(path, given), 2 ^ 20)
        for _, settings in ipairs { {}, { "dtype=f16", "interpolation=bilinear", "seed=3" } } do
            local here, there = load(settings, path),
                recipes.resolve(path, plain.read(path, text), settings)
            tap.equal(there.transform, here.transform)
            tap.equal(plain.write("", there.loader, 1e6), plain.write("", here.loader, 1e6))
            tap.equal(plain.write("", there.dataset, 1e6), plain.write("", here.dataset, 1e6))
            tap.equal(there.epochs, here.epochs)
        end
    end
end)

tap.test("a list of ops may have texts in it", function()
    tap.equal(load({ "dtype=f16" }, "return { ops = { 'hflip; mixup' } }").transform,
        "hflip; convert dtype=f16; mixup")
    local text = "return { ops = { 'resize size=8; hflip', op.vflip(), 'convert dtype=u8' } }"
    tap.equal(load(nil, text).transform, "resize size=8; hflip; vflip; convert dtype=u8")
    tap.equal(load({ "ops.3.p=0.1" }, text).transform,
        "resize size=8; hflip; vflip p=0.1; convert dtype=u8")
    tap.raises("item 1 of ops is op.hflip itself; call it: op.hflip{}", load, nil,
        "return { ops = { op.hflip } }")
end)

tap.test("the number of ops is limited before any op is made", function()
    local text = "local t = {} for i = 1, %d do t[i] = %s end return { ops = t }"
    tap.equal(#load(nil, text:format(32, "op.hflip()")).ops, 32)
    tap.raises("more than 32 ops", load, nil, text:format(33, "op.hflip()"))
    tap.raises("more than 32 ops", load, nil, text:format(9, "'hflip; hflip; hflip; hflip'"))
    tap.raises("more than 32 ops", load, nil, "local x = op.hflip()\n" .. text:format(1e6, "x"))
end)

tap.test("a NUL byte ends no text of ops", function()
    for _, ops in ipairs { "'hflip\\0; vflip'", "{ 'hflip\\0; vflip' }",
        "{ op.normalize{ mean = 'imagenet\\0' } }", "{ op.hflip{ ['p\\0'] = 1 } }",
        "{ { op = 'hflip\\0', args = {} } }",
        "(function() local x = op.hflip() x.args.p = '1\\0' return { x } end)()" } do
        tap.raises("", load, nil, "return { ops = " .. ops .. " }")
    end
    for _, wrong in ipairs { "hflip\0; vflip", { "hflip\0" }, { "hflip", "vflip\0" },
        { { op = "hflip", text = "hflip\0x" } }, { op = "hflip", text = "hflip\0x" } } do
        tap.raises("NUL", tench.transform, wrong)
    end
    tap.raises("NUL", load, { "dataset.root=a\0b" })
    tap.raises("", load, { "ops.resize.size=8\0" })
    tap.raises("", load, { "dtype=f16\0" })
end)

local function gather(text, how)
    local lines = {}
    how = how or {}
    how.print = function(line)
        lines[#lines + 1] = line
    end
    load(nil, text .. "\nreturn { ops = {} }", how)
    return lines
end

tap.test("print works up to a limit", function()
    local lines = gather("print() print('a', nil, 2, true) print(('x'):rep(3), nil)")
    tap.equal(table.concat(lines, "|"), "|a\tnil\t2\ttrue|xxx\tnil")
    for _, body in ipairs { "for _ = 1, 9000 do print() end", "print(('x'):rep(2 ^ 20)) print()",
        "for _ = 1, 9000 do print('abc') end" } do
        lines = gather(body)
        local n_bytes = 0
        for _, line in ipairs(lines) do
            n_bytes = n_bytes + #line
        end
        tap.equal(n_bytes < 66000, true, "bytes printed")
        tap.equal(lines[#lines], "(the recipe prints more than 65536 bytes; the rest is left out)")
    end
    tap.equal(#gather("for _ = 1, 9000 do print() end", { trust = true }), 9000)
    tap.equal(gather("print(create_transform{ input_size = 16 })")[1],
        "resize size=18\ncenter_crop size=16\n"
        .. "normalize mean=0.485,0.456,0.406 std=0.229,0.224,0.225\nconvert")
end)

tap.test("a path is a path, whatever is in it", function()
    local name = os.tmpname()
    for _, ending in ipairs { "a\nb.lua", "return {}.lua" } do
        local path = name .. ending
        local file = assert(io.open(path, "wb"))
        file:write("return { ops = { op.hflip{} } }")
        file:close()
        tap.equal(load(nil, path).transform, "hflip")
        tap.equal(load(nil, path).name, path)
        os.remove(path)
    end
    os.remove(name)
    tap.raises("No such file", load, nil, name .. "/none.lua")
    tap.raises("", load, nil, "recipes/imagenet_eval.lua\0 return {}")
    tap.raises("NUL", load, nil, "recipes/imagenet_eval.lua\0.lua")
    tap.raises("cannot be read", load, nil, "recipes")
    tap.raises({ "/dev/zero", "larger than 4194304 bytes" }, load, nil, "/dev/zero")
end)

-- Attempts to leave the sandbox. Each must fail, or return a recipe without any effect outside.
local ESCAPES = {
    "io.open('/etc/passwd')", "os.execute('true')", "require 'ffi'", "loadstring('return 1')()",
    "load('return 1')()", "dofile('/dev/null')", "debug.getregistry()", "getfenv(0)",
    "setfenv(1, {})", "getmetatable('').__index", "setmetatable({}, {})", "rawset(_G, 'x', 1)",
    "_G.io", "package.loaded", "jit.on()", "coroutine.wrap(print)", "newproxy(true)",
    "collectgarbage()", "print('x')", "pcall(error)", "xpcall(error, error)", "math.randomseed(1)",
    "string.dump(op.hflip)", "('x').dump(op.hflip)", "('x'):gsub('x', '')", "('x'):find('x')",
    "('x'):match('x')", "('x'):gmatch('x')", "string.find('x', 'x')", "('x'):rep(2 ^ 21)",
    "string.rep('xx', 2 ^ 20)", "string.rep('', 9, ('x'):rep(2 ^ 20))", "bit.bxor(1)",
    "table.foreach", "op._G.x", "module('x')", "gcinfo()", "op.hflip.__index", "op.hflip.__call",
    "op.hflip().__index", "create_transform().__index", "constants.__index", "op.__index",
    "op.hflip._handle", "next(op.hflip)", "(function() op.hflip.name = 'x' return 1 end)()",
    "(function() local t = {} t[1] = t return op.resize(t) end)()",
}

for place, escape in ipairs(ESCAPES) do
    tap.test("escape " .. place .. " is stopped: " .. escape, function()
        tap.raises("", load, nil, "local x = " .. escape .. "\nassert(x ~= nil)\n"
            .. "return { ops = {} }")
    end)
end

tap.test("a recipe changes nothing in its host", function()
    local before = {}
    for name, value in pairs(string) do
        before[name] = value
    end
    pcall(load, nil, "string.format = nil\nstring.len = 1\nmath.floor = nil\nx = 1\n"
        .. "local x = op.hflip.__index if x then x.__call = nil end\n"
        .. "op.hflip = nil\nconstants.IMAGENET_DEFAULT_MEAN[1] = 7\nerror 'stop'")
    for name, value in pairs(before) do
        tap.equal(string[name], value, name)
        tap.equal((""):rep(1) == "" and ("")[name], value, name)
    end
    tap.equal(math.floor(1.5), 1)
    tap.equal(rawget(_G, "x"), nil)
    tap.equal(tench.constants.IMAGENET_DEFAULT_MEAN[1], 0.485)
    tap.equal(tench.op.hflip().text, "hflip")
end)

tap.test("the guard's limits stop a recipe, and strings are whole afterwards", function()
    local function guard(body)
        debug.sethook(function()
            error("too many instructions", 0)
        end, "", 100000)
        local ok, result = pcall(body)
        debug.sethook()
        return ok, result
    end
    tap.raises("too many instructions", load, nil, "while true do end\n", { guard = guard })
    tap.raises("too many instructions", load, nil,
        "local function f() return f() end\nreturn f()\n", { guard = guard })
    tap.equal(("abc"):find("b"), 2)
end)

tap.test("trust lifts the restriction", function()
    local recipe = load(nil, "return { ops = { op.resize(tonumber(os.getenv('NONE') or 8)) },\n"
        .. "epochs = select(2, ('aa'):gsub('a', '')) }", { trust = true })
    tap.equal(recipe.transform, "resize size=8")
    tap.equal(recipe.epochs, 2)
end)

tap.test("a recipe opens its data set", function()
    local recipe = load(nil, "recipes/imagenet_eval.lua")
    tap.equal(recipe:create_dataset("tests/data/shapes").n, 24)
    tap.raises("root is required", recipe.create_dataset, recipe)
    tap.equal(load { "dataset.root=tests/data/shapes" }:create_dataset().n, 24)
end)

-- Makes a folder without a shell, because a shell fails under a sanitizer that is preloaded for
-- LuaJIT.
local function copy_file(from, to)
    local source, target = assert(io.open(from, "rb")), assert(io.open(to, "wb"))
    target:write(source:read("*a"))
    source:close()
    target:close()
end

tap.test("the split of a recipe is a default, that of a setting is not", function()
    local path = os.tmpname()
    os.remove(path)
    local made = { path }
    for _, below in ipairs { "train", "train/circle", "val", "val/square" } do
        made[#made + 1] = path .. "/" .. below
    end
    for _, folder in ipairs(made) do
        assert(ffi.C.mkdir(folder, 511) == 0)
    end
    for split, class in pairs { train = "circle", val = "square" } do
        for number = 1, 8 do
            local name = class .. "/" .. class .. number .. ".jpg"
            made[#made + 1] = path .. "/" .. split .. "/" .. name
            copy_file("tests/data/shapes/" .. name, made[#made])
        end
    end
    tap.equal(load():create_dataset(path).split, "train")
    tap.equal(load():create_dataset("tests/data/shapes").n, 24)
    tap.equal(load { "dataset.split=validation" }:create_dataset(path).split, "val")
    local named = load { "dataset.split=validation" }
    tap.raises({ 'no split "validation"', "no splits" }, named.create_dataset, named,
        "tests/data/shapes")
    local without = load(nil, "return { ops = {} }")
    tap.raises("has the splits train, val; name one of them, for example split=train",
        without.create_dataset, without, path)
    tap.equal(without:create_dataset("tests/data/shapes").n, 24)
    tap.equal(load { "dataset.search_split=no" }:create_dataset(path).n, 16)
    local both = load { "dataset.search_split=no", "dataset.split=train" }
    tap.raises("search_split is off", both.create_dataset, both, path)
    for place = #made, 1, -1 do
        os.remove(made[place])
    end
end)

tap.done()
