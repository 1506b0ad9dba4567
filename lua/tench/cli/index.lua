-- SPDX-License-Identifier: MIT
-- tench index: builds the random access index of a data set ahead of its first use.

local by_split = require "tench.cli.by_split"
local exit = require "tench.cli.exit"
local folder = require "tench.cli.folder"
local indexer = require "tench.indexer"
local hint = require "tench.cli.hint"
local names = require "tench.names"
local native = require "tench.cli.native"
local report = require "tench.cli.report"
local summary = require "tench.cli.summary"
local say = folder.say

local index = {
    usage = "index DATASET [key=value …] [--entries N] [--threads N] [--force] [--quiet] [--json]",
    least = 1,
    most = 1,
    settings = true,
    fields = indexer.fields,
    options = {
        ["--entries"] = "NUMBER", ["--threads"] = "NUMBER", ["--force"] = false,
        ["--quiet"] = false, ["--json"] = false,
    },
    doc = "build the index that makes crops of JPEGs cheap; continues where it stopped",
    notes = {
        { "split=NAME", "only this split; by default every split, each with an index in its own "
            .. "folder" },
        folder.notes.quiet, folder.notes.json,
    },
}

local SHOWN = 10

-- Reasons why files have no index, in the order of the report.
local REASONS = {
    { "several_scans", "progressive" }, { "other_colours", "CMYK" },
    { "other_formats", "not a JPEG" }, { "unclean", "damaged or unusual" },
}

local function without_index(facts)
    local n, parts = #facts.faults, {}
    for _, reason in ipairs(REASONS) do
        local count = facts[reason[1]]
        n = n + count
        parts[#parts + 1] = count > 0 and ("%d %s"):format(count, reason[2]) or nil
    end
    if #facts.faults > 0 then
        parts[#parts + 1] = ("%d unreadable"):format(#facts.faults)
    end
    return n, table.concat(parts, ", ")
end

local COUNTS = { "samples", "done", "built", "known", "several_scans", "other_colours",
    "other_formats", "unclean", "index_bytes", "file_bytes" }

local function print_text(facts)
    local n, reasons = without_index(facts)
    say("data set", "%s", facts.dataset:describe())
    say("indexed", "%d of %d files%s in %.1f s: %d now, %d before", facts.built + facts.known,
        facts.samples, facts.stopped and " (interrupted)" or "", facts.seconds, facts.built,
        facts.known)
    say("no index", n == 0 and "none" or "%d: %s", n, reasons)
    for place = 1, math.min(#facts.faults, SHOWN) do
        local fault = facts.faults[place]
        report.item(names.show(fault.name) .. ": " .. fault.message)
    end
    if #facts.faults > SHOWN then
        io.write(("  and %d more (--json lists all)\n"):format(#facts.faults - SHOWN))
    end
    if facts.path == "" then
        return say("index", "none")
    end
    say("index", "%s, %s, %.2f%% of the data's %s", names.show(facts.path),
        summary.bytes(facts.index_bytes),
        facts.file_bytes > 0 and 100 * facts.index_bytes / facts.file_bytes or 0,
        summary.bytes(facts.file_bytes))
end

local function json_text(facts)
    return ('"path":%s,"warnings":%s,"unreadable":%s'):format(native.json_string(facts.path),
        folder.json_list(facts.warnings, by_split.json_fault),
        folder.json_list(facts.faults, by_split.json_fault))
end

local FORM = { counts = COUNTS, text = print_text, json = json_text }

-- The data sets that can have an index. Skips splits that are packs; fails if all are.
local function without_packs(datasets)
    local folders, pack = {}, nil
    for _, dataset in ipairs(datasets) do
        if dataset:is_pack() then
            pack = names.show(dataset.root) .. " is a pack, which needs no index"
        else
            folders[#folders + 1] = dataset
        end
    end
    if #folders == 0 then
        exit.fail(exit.INPUT, "%s", pack)
    end
    folder.warn { pack }
    return folders
end

---@param given table
---@return integer code
function index.run(given)
    local flags = given.options
    local datasets = folder.open_each(given, "off")
    local folders = without_packs(datasets)
    local reports = by_split.work(folders, function(dataset)
        return folder.work(exit.OUTPUT, dataset, dataset.build_index, {
            entries = flags["--entries"], threads = flags["--threads"], force = flags["--force"],
        }, flags["--quiet"])
    end)
    by_split.print(reports, folders, FORM, given, folder.has_splits(datasets, given))
    for _, part in ipairs(reports) do
        summary.warn_of_index(part.warnings)
    end
    hint.tell(reports)
    return folder.exit_code(reports[#reports], exit.OK)
end

return index
