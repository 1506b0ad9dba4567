-- SPDX-License-Identifier: MIT
-- tench info: prints what a data set consists of, from the headers of its files.

local by_split = require "tench.cli.by_split"
local exit = require "tench.cli.exit"
local folder = require "tench.cli.folder"
local hint = require "tench.cli.hint"
local names = require "tench.names"
local native = require "tench.cli.native"
local summary = require "tench.cli.summary"
local report = require "tench.cli.report"
local json_list, say = folder.json_list, report.say

local info = {
    usage = "info DATASET [key=value …] [--json]",
    least = 1,
    most = 1,
    settings = true,
    options = { ["--json"] = false },
    doc = "count images and classes, and list sizes and unreadable files, for each split; keys are "
        .. "those of create_dataset (split=val)",
    notes = {
        { "split=NAME", "only this split; by default every split" },
        folder.notes.json,
    },
}

local SHOWN_CLASSES = 5 -- at each end of the list
local SHOWN_UNREADABLE = 10
local NO_CLASS = -1

local function class_counts(dataset)
    local counts = {}
    for label = 0, dataset.n_classes - 1 do
        counts[label] = 0
    end
    local function count(label)
        counts[label] = (counts[label] or 0) + 1
    end
    for sample = 1, dataset.n do
        local label = dataset:label(sample)
        if dataset.label_kind == "class" then
            count(label)
        elseif dataset.label_kind == "classes" then
            for _, one in ipairs(#label > 0 and label or { NO_CLASS }) do
                count(one)
            end
        end
    end
    return counts
end

local function print_classes(dataset, counts)
    local n = dataset.n_classes
    if n > 0 then
        io.write("  class   images  name\n")
    end
    for label = 0, n - 1 do
        if label < SHOWN_CLASSES or label >= n - SHOWN_CLASSES then
            io.write(("  %6d  %7d  %s\n"):format(label, counts[label],
                dataset:class_name(label) == "" and "(no folder)"
                    or names.show(dataset:class_name(label))))
        elseif label == SHOWN_CLASSES then
            io.write("       …\n")
        end
    end
    if counts[NO_CLASS] then
        io.write(("    none  %7d\n"):format(counts[NO_CLASS]))
    end
end

local function spread_text(name, spread)
    return ("%s %d to %d, median %d"):format(name, spread.min, spread.max, spread.median)
end

-- What the files of these formats call an image that comes in several passes.
local INTERLACED = { gif = "interlaced", png = "interlaced" }

local function kind_text(kind)
    local channels = ({ "grey", "grey and alpha", "colour" })[kind.channels]
        or kind.channels .. " channels"
    local order = kind.progressive and ", " .. (INTERLACED[kind.format] or "progressive") or ""
    return ("%s, %s %d bits%s: %d"):format(kind.format, kind.palette and "palette" or channels,
        kind.bits, order, kind.count)
end

local function print_faults(facts)
    local faults = facts.faults
    if #faults == 0 then
        return say("unreadable", "none")
    end
    say("unreadable", "%d: %d cannot be read, %d cannot be decoded, %d over the limits", #faults,
        facts.unread, facts.undecoded, facts.over_limit)
    for place = 1, math.min(#faults, SHOWN_UNREADABLE) do
        report.item(names.show(faults[place].name) .. ": " .. faults[place].message)
    end
    if #faults > SHOWN_UNREADABLE then
        io.write(("  and %d more (--json lists all)\n"):format(#faults - SHOWN_UNREADABLE))
    end
end

local function print_headers(facts)
    if facts.samples > #facts.faults then
        say("sizes", spread_text("width", facts.width) .. "; "
            .. spread_text("height", facts.height))
        say("", "%.2f MP and %s at the median, %s in all", facts.pixels.median / 1e6,
            summary.bytes(facts.bytes.median), summary.bytes(facts.file_bytes))
        for place, kind in ipairs(facts.kinds) do
            say(place == 1 and "files" or "", kind_text(kind))
        end
        say("orientation", facts.turned == 0 and "EXIF turns none of the images"
            or "EXIF turns %d of the images", facts.turned)
    end
    print_faults(facts)
end

local function print_text(dataset, counts, facts)
    say("data set", "%s", dataset:describe())
    say("fingerprint", dataset:fingerprint())
    print_classes(dataset, counts)
    print_headers(facts)
end

local function json_spread(spread)
    return ('{"min":%d,"median":%d,"max":%d}'):format(spread.min, spread.median, spread.max)
end

local function json_kind(kind)
    local form = '{"format":%s,"channels":%d,"bits":%d,"palette":%s,"progressive":%s,"count":%d}'
    return form:format(
        native.json_string(kind.format), kind.channels, kind.bits, tostring(kind.palette),
        tostring(kind.progressive), kind.count)
end

local function json_classes(dataset, counts)
    local labels = {}
    for label = 0, dataset.n_classes - 1 do
        labels[label + 1] = label
    end
    return json_list(labels, function(label)
        return ('{"label":%d,"name":%s,"images":%d}'):format(label,
            native.json_string(dataset:class_name(label)), counts[label])
    end)
end

local function json_text(dataset, counts, facts)
    return "{" .. table.concat({
        folder.json_fields(dataset),
        '"fingerprint":"' .. dataset:fingerprint() .. '"',
        ('"images":%d'):format(dataset.n),
        '"classes":' .. json_classes(dataset, counts),
        '"width":' .. json_spread(facts.width),
        '"height":' .. json_spread(facts.height),
        ('"bytes":%.0f'):format(facts.file_bytes),
        '"files":' .. json_list(facts.kinds, json_kind),
        ('"oriented":%d'):format(facts.turned),
        '"unreadable":' .. json_list(facts.faults, by_split.json_fault),
    }, ",") .. "}"
end

local function print_json(root, reports, has_splits)
    if not has_splits then
        return io.write(reports[1].json, "\n")
    end
    io.write(('{"root":%s,"images":%.0f,"bytes":%.0f,"splits":%s}\n'):format(
        native.json_string(root), folder.sum(reports, "images"), folder.sum(reports, "bytes"),
        json_list(reports, function(part)
            return part.json
        end)))
end

-- Reads all headers. A signal ends the program, because the facts of only some would mislead.
local function survey(dataset)
    local facts = folder.work(exit.INPUT, dataset, dataset.survey, {}, false)
    if facts.stopped then
        exit.fail(exit.SIGNAL + native.C.tncli_signal(),
            "interrupted: %d of %d headers were read", facts.done, facts.samples)
    end
    return facts
end

---@param given table
---@return integer code
function info.run(given)
    local datasets = folder.open_each(given, "off")
    local reports = {}
    for place, dataset in ipairs(datasets) do
        local facts = survey(dataset)
        local counts = class_counts(dataset)
        reports[place] = { images = dataset.n, bytes = facts.file_bytes, dataset = dataset,
            faults = facts.faults }
        if given.options["--json"] then
            reports[place].json = json_text(dataset, counts, facts)
        else
            io.write(place > 1 and "\n" or "")
            print_text(dataset, counts, facts)
        end
    end
    if given.options["--json"] then
        print_json(given.operands[1], reports, folder.has_splits(datasets, given))
    end
    hint.tell(reports)
    return exit.OK
end

return info
