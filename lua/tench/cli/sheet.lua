-- SPDX-License-Identifier: MIT
-- The contact sheet: the first batch of a u8 loader as a PNG, with labels below the images.

local exit = require "tench.cli.exit"
local names = require "tench.names"
local native = require "tench.cli.native"
local C, ffi = native.C, native.ffi

local MOST_TILES = 64

local sheet = {}

--- Raises an error if a sheet cannot be written there. The sheet is drawn last, so this is checked
--- first.
---@param path string
function sheet.check(path)
    local base, type_of = path:match "([^/]*)(%.[^./]+)$"
    if type_of and base ~= "" and type_of:lower() ~= ".png" then
        exit.fail(exit.USAGE, "%s: a contact sheet is a PNG; name it %s.png", names.show(path),
            names.show(path:sub(1, -#type_of - 1)))
    end
    native.check_file(path)
end

local function detail_of(row, kind)
    local file = names.show(row.name:match("[^/]*$"))
    return ("%s%dx%d %s"):format(kind and kind .. " " or "", row.width, row.height, file)
end

-- Reads from a row's explanation how it was mixed: kind, share of its own label, the partner's
-- label. Returns nothing if it was not mixed.
local function mix_of(batch, tile)
    local text = batch:explain(tile + 1)
    local kind, partner, share =
        text:match '"op":"mixup".-"kind":"(%a+)","partner":(%d+),"drawn":[^,]*,"lambda":([%d.e-]+)'
    if not kind or kind == "none" then
        return
    end
    partner = tonumber(partner)
    if partner < batch.n then
        return kind, tonumber(share), batch:row(partner + 1).label
    end
    -- A partner without a row has an explanation of its own, in which the label follows all names.
    return kind, tonumber(share), tonumber(text:match '.*"partner":{.*"label":(%-?%d+)')
end

-- The faults by their place in the epoch.
local function faults_of(loader)
    local by_position = {}
    for _, fault in ipairs(loader:faults()) do
        by_position[fault.position] = by_position[fault.position] or fault
    end
    return by_position
end

-- Shows which file failed, and why, instead of the substitute in the batch.
local function draw_fault(out, tile, row, fault)
    local name = fault and fault.name or row.name
    C.tncli_sheet_fault(out, tile, row.fault)
    C.tncli_sheet_label(out, tile, names.show(name:match "^(.*)/" or "?"), "",
        names.show(name:match "[^/]*$"))
end

-- Writes a label of any kind for people.
local function show_label(dataset, label)
    if type(label) == "string" then
        return names.show(label)
    elseif type(label) == "number" then
        local class = dataset:class_name(label)
        return class and names.show(class) or "no class"
    end
    local parts = {}
    for place, value in ipairs(label) do
        parts[place] = dataset.label_kind == "classes" and show_label(dataset, value)
            or ("%.4g"):format(value)
    end
    return #parts > 0 and table.concat(parts, ", ") or "no class"
end

local function draw_row(out, batch, images, layout, tile, row)
    native.written(C.tncli_sheet_image(out, tile, images._view, tile, layout))
    local dataset = batch._loader.dataset
    local kind, share, partner = mix_of(batch, tile)
    if not kind then
        C.tncli_sheet_label(out, tile, show_label(dataset, row.label), "", detail_of(row))
        return
    end
    C.tncli_sheet_label(out, tile, ("%.2f %s"):format(share, show_label(dataset, row.label)),
        ("%.2f %s"):format(1 - share, show_label(dataset, partner)), detail_of(row, kind))
end

local function create(batch, layout, n_tiles)
    local shape = batch.image.shape
    local h, w = shape[3], shape[4]
    if layout == C.TN_NHWC then
        h, w = shape[2], shape[3]
    end
    local out = C.tncli_sheet_create(n_tiles, w, h, batch.target and 2 or 1)
    if out == nil then
        exit.fail(exit.OUTPUT, "%s", ffi.string(C.tncli_error()))
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
