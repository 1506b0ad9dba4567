-- SPDX-License-Identifier: MIT
-- The contact sheet: the first batch of a u8 loader as a PNG, labels below the pictures.

local exit = require "tench.cli.exit"
local native = require "tench.cli.native"
local C, ffi = native.C, native.ffi

local MOST_TILES = 64

local sheet = {}

local function detail_of(row)
    local file = row.name:match("[^/]*$")
    return ("%dx%d %s"):format(row.width, row.height, file)
end

local function draw_row(out, batch, layout, tile, row)
    if row.fault then
        C.tncli_sheet_fault(out, tile, row.fault)
        C.tncli_sheet_label(out, tile, "substitute", detail_of(row))
        return
    end
    native.written(C.tncli_sheet_image(out, tile, batch._batch.tensors[0], tile, layout))
    C.tncli_sheet_label(out, tile, batch._loader.dataset:class_name(row.label) or "?",
        detail_of(row))
end

local function create(batch, layout, n_tiles)
    local shape = batch.image.shape
    local h, w = shape[3], shape[4]
    if layout == C.TN_NHWC then
        h, w = shape[2], shape[3]
    end
    local out = C.tncli_sheet_create(n_tiles, w, h)
    if out == nil then
        exit.fail(exit.OUTPUT, "%s", ffi.string(C.tn_error()))
    end
    return ffi.gc(out, C.tncli_sheet_destroy)
end

--- Draws the first batch of an epoch and writes it.
---@param path string
---@param batch tench.batch u8
---@param title string
function sheet.write(path, batch, title)
    local loader = batch._loader
    local layout = loader.transform.layout == "hwc" and C.TN_NHWC or C.TN_NCHW
    local n_tiles = math.min(batch.n, MOST_TILES)
    local out = create(batch, layout, n_tiles)
    C.tncli_sheet_title(out, title, loader.transform.text)
    for tile = 0, n_tiles - 1 do
        draw_row(out, batch, layout, tile, batch:row(tile + 1))
    end
    native.written(C.tncli_sheet_write(out, path))
end

return sheet
