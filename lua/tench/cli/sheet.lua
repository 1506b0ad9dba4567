-- SPDX-License-Identifier: MIT
-- The contact sheet: the first batch of a u8 loader as a PNG, labels below the pictures.

local exit = require "tench.cli.exit"
local names = require "tench.names"
local native = require "tench.cli.native"
local C, ffi = native.C, native.ffi

local MOST_TILES = 64

local sheet = {}

local function detail_of(row)
    local file = names.show(row.name:match("[^/]*$"))
    return ("%dx%d %s"):format(row.width, row.height, file)
end

-- The faults by the place in the epoch that they had.
local function faults_of(loader)
    local by_position = {}
    for _, fault in ipairs(loader:faults()) do
        by_position[fault.position] = by_position[fault.position] or fault
    end
    return by_position
end

-- The batch has a substitute there; the sheet shows which file failed, and why.
local function draw_fault(out, tile, row, fault)
    local name = fault and fault.name or row.name
    C.tncli_sheet_fault(out, tile, row.fault)
    C.tncli_sheet_label(out, tile, names.show(name:match "^(.*)/" or "?"),
        names.show(name:match "[^/]*$"))
end

local function draw_row(out, batch, images, layout, tile, row)
    native.written(C.tncli_sheet_image(out, tile, images._view, tile, layout))
    local class = batch._loader.dataset:class_name(row.label)
    C.tncli_sheet_label(out, tile, class and names.show(class) or "?", detail_of(row))
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
    local images = batch.image:host()
    C.tncli_sheet_title(out, title, loader.transform.text)
    local faults = faults_of(loader)
    for tile = 0, n_tiles - 1 do
        local row = batch:row(tile + 1)
        if row.fault then
            draw_fault(out, tile, row, faults[row.position])
        else
            draw_row(out, batch, images, layout, tile, row)
        end
    end
    native.written(C.tncli_sheet_write(out, path))
end

return sheet
