-- SPDX-License-Identifier: MIT
-- The labels of the contact sheet: a mixed row has both classes and the share of each. The test
-- records the calls that would draw them.

local tap = require "tap"
local ffi = require "ffi"
local tench = require "tench"
local lib = require "tench.lib"

local labels
local program = {
    tncli_path_kind = function() return 1 end,
    tncli_sheet_create = function(_, _, _, n_labels)
        labels.n_labels = n_labels
        return ffi.new "char[1]"
    end,
    tncli_sheet_destroy = function() end,
    tncli_sheet_title = function(_, title) labels.title = title end,
    tncli_sheet_image = function() return 0 end,
    tncli_sheet_label = function(_, tile, first, second, detail)
        labels[tile + 1] = { first, second, detail }
    end,
    tncli_sheet_write = function() return 0 end,
}
package.loaded["tench.cli.native"] = {
    C = setmetatable(program, { __index = lib.C }),
    ffi = ffi,
    written = function(status) return status end,
}
local sheet = require "tench.cli.sheet"

local ds = tench.create_dataset("tests/data/shapes")

local function draw(mixup, n)
    labels = {}
    local text = "resize size=16 mode=exact; convert dtype=u8"
        .. (mixup and "; mixup " .. mixup or "")
    local loader = tench.loader{ dataset = ds, transform = text, batch_size = n,
        shuffle = true, seed = 5 }
    local batch = loader:epoch(0):next()
    sheet.write("sheet.png", batch, "seed 5")
    return batch
end

local function share_of(batch, row)
    return tonumber(batch:explain(row):match '"lambda":([%d.e-]+)')
end

tap.test("rows that are not mixed have one label", function()
    local batch = draw(nil, 4)
    tap.equal(labels.n_labels, 1)
    tap.equal(labels.title, "seed 5")
    for row = 1, 4 do
        tap.equal(labels[row][1], ds:class_name(batch.labels[row]))
        tap.equal(labels[row][2], "")
    end
end)

tap.test("mixed rows have both classes and lambda", function()
    for _, how in ipairs { "mixup_alpha=1 mode=elem", "mixup_alpha=0 cutmix_alpha=1 mode=pair",
        "mixup_alpha=1 cutmix_alpha=1" } do
        local batch = draw(how, 6)
        tap.equal(labels.n_labels, 2)
        for row = 1, 6 do
            local share = share_of(batch, row)
            tap.equal(labels[row][1], ("%.2f %s"):format(share, ds:class_name(batch.labels[row])))
            tap.equal(labels[row][2],
                ("%.2f %s"):format(1 - share, ds:class_name(batch.labels[7 - row])))
            assert(labels[row][3]:find "^%a+ %d+x%d+ " )
        end
    end
end)

tap.test("a partner without a row of its own has its class too", function()
    local batch = draw("mixup_alpha=1 mode=half", 7)
    tap.equal(batch.n, 4)
    for row = 1, 3 do
        local partner = tonumber(batch:explain(row):match '"partner":{.-"index":(%d+)')
        tap.equal(labels[row][2], ("%.2f %s"):format(1 - share_of(batch, row),
            ds:class_name(ds:label(partner + 1))))
    end
    tap.equal(labels[4][2], "") -- the middle row of an odd number is not mixed
end)

tap.test("labels of other kinds are shown", function()
    local path = "tests/data/shapes/circle/circle1.jpg"
    local function shown(item, classes)
        item.path = path
        ds = tench.create_dataset{ items = { item }, classes = classes }
        local batch = draw(nil, 1)
        local json = batch:explain(1):match '"label":(.-),"width"'
        return labels[1][1] .. " | " .. json
    end
    local classes = { "cat", "d\195\182g", "old" }
    tap.equal(shown({ label = 1 }, classes), "d\195\182g | 1")
    tap.equal(shown({}, classes), "no class | -1")
    tap.equal(shown({ label = { 2, 0 } }, classes), "old, cat | [2,0]")
    tap.equal(shown({ label = {} }, classes), "no class | []")
    tap.equal(shown { numbers = { 0.5, -2, 1e9 } }, "0.5, -2, 1e+09 | [0.5,-2,1000000000]")
    tap.equal(shown { numbers = { 0 / 0 } }:match "| (.*)", "[null]")
    tap.equal(shown { label = 'a "red"\nfish' }, 'a "red"\\nfish | "a \\"red\\"\\u000afish"')
end)

tap.done()
