-- SPDX-License-Identifier: MIT
-- tench index: builds the random access index of a data set ahead of its first use.

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
    doc = "build the index by which crops of JPEGs are decoded; continues where it was stopped",
    notes = {
        { "--entries N", "places per row of MCUs where decoding can begin: 4 by default; 1 is" },
        { "", "a third of the size and nearly as fast; at most 16" },
        { "--threads N", "by default as many as CPUs" },
        { "--force", "index files again that have their index" },
    },
}

local SHOWN = 10

-- Why files have no index, in the order in which it is told.
local REASONS = {
    { "several_scans", "progressive" }, { "other_colours", "CMYK" },
    { "other_formats", "not a JPEG" }, { "unclean", "damaged, or unusual" },
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

local function print_text(facts, seconds)
    local n, reasons = without_index(facts)
    say("indexed", "%d of %d files%s in %.1f s: %d now, %d before", facts.built + facts.known,
        facts.samples, facts.stopped and " (interrupted)" or "", seconds, facts.built, facts.known)
    say("without", n == 0 and "none" or "%d: %s", n, reasons)
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
    say("index", "%s, %.1f KiB, %.2f%% of the data's %s", names.show(facts.path),
        facts.index_bytes / 1024,
        facts.file_bytes > 0 and 100 * facts.index_bytes / facts.file_bytes or 0,
        summary.bytes(facts.file_bytes))
end

local function print_json(facts, seconds)
    local parts = {}
    for _, name in ipairs { "samples", "done", "built", "known", "several_scans", "other_colours",
        "other_formats", "unclean", "index_bytes", "file_bytes" } do
        parts[#parts + 1] = ('"%s":%.0f'):format(name, facts[name])
    end
    parts[#parts + 1] = ('"seconds":%.3f'):format(seconds)
    parts[#parts + 1] = '"path":' .. native.json_string(facts.path)
    parts[#parts + 1] = '"warnings":' .. #facts.warnings
    parts[#parts + 1] = '"interrupted":' .. tostring(facts.stopped)
    parts[#parts + 1] = '"unreadable":' .. folder.json_list(facts.faults, function(fault)
        return ('{"index":%s,"name":%s,"code":"%s","message":%s}'):format(
            native.json_index(fault.sample), native.json_string(fault.name), fault.code,
            native.json_string(fault.message))
    end)
    io.write("{", table.concat(parts, ","), "}\n")
end

---@param given table
---@return integer code
function index.run(given)
    local flags = given.options
    local dataset = folder.open(given, "off")
    if dataset:is_pack() then
        exit.fail(exit.INPUT, "%s is a pack: it has nothing that an index is for",
            names.show(dataset.root))
    end
    local began = native.C.tncli_seconds()
    local facts = folder.work(exit.OUTPUT, dataset, dataset.build_index, {
        entries = flags["--entries"], threads = flags["--threads"], force = flags["--force"],
    }, flags["--quiet"])
    local print_facts = flags["--json"] and print_json or print_text
    print_facts(facts, native.C.tncli_seconds() - began)
    summary.warn_of_index(facts.warnings)
    hint.tell { { dataset = dataset, faults = facts.faults } }
    return folder.exit_code(facts, exit.OK)
end

return index
