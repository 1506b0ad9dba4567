-- SPDX-License-Identifier: MIT
-- tench info: what a data set is made of, read from its files' headers.

local exit = require "tench.cli.exit"
local native = require "tench.cli.native"
local progress = require "tench.cli.progress"
local summary = require "tench.cli.summary"
local tench = require "tench"

local info = {
    usage = "info DATASET [key=value …] [--json]",
    least = 1,
    most = 1,
    settings = true,
    options = { ["--json"] = false },
    doc = "counts, classes, sizes, unreadable headers; keys as of create_dataset (split=val)",
}

local SHOWN_CLASSES = 5 -- at either end
local SHOWN_UNREADABLE = 10

local function open(given)
    local settings = { root = given.operands[1], progress = true }
    for _, text in ipairs(given.settings) do
        local key, value = text:match "^([^=]*)=(.*)$"
        settings[key:gsub("^dataset%.", "")] = value
    end
    return exit.on_error(exit.INPUT, tench.create_dataset, settings)
end

local function class_counts(dataset)
    local counts = {}
    for label = 0, dataset.n_classes - 1 do
        counts[label] = 0
    end
    for sample = 1, dataset.n do
        local label = dataset:label(sample)
        counts[label] = counts[label] + 1
    end
    return counts
end

local function count_one(counts, key)
    counts[key] = (counts[key] or 0) + 1
end

local function add_header(facts, header)
    facts.widths[#facts.widths + 1] = header.width
    facts.heights[#facts.heights + 1] = header.height
    facts.bytes = facts.bytes + header.file_bytes
    facts.pixels = facts.pixels + header.width * header.height
    count_one(facts.formats, header.format)
    count_one(facts.channels, header.channels)
    if header.orientation ~= 1 then
        facts.turned = facts.turned + 1
    end
end

-- Reads every header. A file that is not readable is a finding, not an error.
local function survey(dataset)
    local facts = {
        widths = {}, heights = {}, bytes = 0, pixels = 0, turned = 0,
        formats = {}, channels = {}, unreadable = {},
    }
    local bar = progress.start(dataset.n, false)
    for sample = 1, dataset.n do
        local ok, header = pcall(dataset.probe, dataset, sample)
        if ok then
            add_header(facts, header)
        else
            table.insert(facts.unreadable, { name = dataset:name(sample), why = header })
        end
        bar:update(sample, 0)
    end
    bar:clear()
    return facts
end

local function spread(list)
    table.sort(list)
    return { least = list[1], median = list[math.ceil(#list / 2)], most = list[#list] }
end

local function say(name, format, ...)
    io.write(("%-12s "):format(name), select("#", ...) > 0 and format:format(...) or format, "\n")
end

local function print_classes(dataset, counts)
    local n = dataset.n_classes
    for label = 0, n - 1 do
        if label < SHOWN_CLASSES or label >= n - SHOWN_CLASSES then
            io.write(("  %6d  %7d  %s\n"):format(label, counts[label], dataset:class_name(label)))
        elseif label == SHOWN_CLASSES then
            io.write("       …\n")
        end
    end
end

local function sorted_counts(counts)
    local parts = {}
    for key, count in pairs(counts) do
        parts[#parts + 1] = ("%s: %d"):format(key, count)
    end
    table.sort(parts)
    return table.concat(parts, ", ")
end

local function spread_text(name, list)
    local s = spread(list)
    return ("%s %d to %d, median %d"):format(name, s.least, s.most, s.median)
end

local function print_headers(facts)
    local n = #facts.widths
    if n > 0 then
        say("sizes", spread_text("width", facts.widths) .. "; "
            .. spread_text("height", facts.heights))
        say("", "%.2f MP and %.1f KiB an image, %s in all", facts.pixels / n / 1e6,
            facts.bytes / n / 1024, summary.bytes(facts.bytes))
        say("formats", sorted_counts(facts.formats))
        say("channels", sorted_counts(facts.channels))
        say("orientation", "%d images have one in EXIF that turns them", facts.turned)
    end
    say("unreadable", #facts.unreadable == 0 and "none" or tostring(#facts.unreadable))
    for place = 1, math.min(#facts.unreadable, SHOWN_UNREADABLE) do
        local file = facts.unreadable[place]
        io.write("  ", file.name, ": ", file.why, "\n")
    end
    if #facts.unreadable > SHOWN_UNREADABLE then
        io.write(("  and %d more (--json lists all)\n"):format(
            #facts.unreadable - SHOWN_UNREADABLE))
    end
end

local function print_text(dataset, counts, facts)
    say("data set", dataset.root)
    say("images", "%d in %d classes", dataset.n, dataset.n_classes)
    say("fingerprint", dataset:fingerprint())
    io.write("  class   images  name\n")
    print_classes(dataset, counts)
    print_headers(facts)
end

local function json_list(list, item)
    local parts = {}
    for place, value in ipairs(list) do
        parts[place] = item(value)
    end
    return "[" .. table.concat(parts, ",") .. "]"
end

local function json_counts(counts)
    local parts = {}
    for key, count in pairs(counts) do
        parts[#parts + 1] = ("%s:%d"):format(native.json_string(tostring(key)), count)
    end
    table.sort(parts)
    return "{" .. table.concat(parts, ",") .. "}"
end

local function json_spread(list)
    local s = spread(list)
    return #list == 0 and "null"
        or ('{"min":%d,"median":%d,"max":%d}'):format(s.least, s.median, s.most)
end

local function print_json(dataset, counts, facts)
    local labels = {}
    for label = 0, dataset.n_classes - 1 do
        labels[label + 1] = label
    end
    local text = native.json_string
    io.write("{", table.concat({
        '"root":' .. text(dataset.root),
        '"fingerprint":' .. text(dataset:fingerprint()),
        ('"images":%d'):format(dataset.n),
        '"classes":' .. json_list(labels, function(label)
            return ('{"label":%d,"name":%s,"images":%d}'):format(label,
                text(dataset:class_name(label)), counts[label])
        end),
        '"width":' .. json_spread(facts.widths),
        '"height":' .. json_spread(facts.heights),
        ('"bytes":%.0f'):format(facts.bytes),
        '"formats":' .. json_counts(facts.formats),
        '"channels":' .. json_counts(facts.channels),
        ('"oriented":%d'):format(facts.turned),
        '"unreadable":' .. json_list(facts.unreadable, function(file)
            return ('{"name":%s,"message":%s}'):format(text(file.name), text(file.why))
        end),
    }, ","), "}\n")
end

---@param given table
---@return integer code
function info.run(given)
    local dataset = open(given)
    local print_facts = given.options["--json"] and print_json or print_text
    print_facts(dataset, class_counts(dataset), survey(dataset))
    return exit.OK
end

return info
