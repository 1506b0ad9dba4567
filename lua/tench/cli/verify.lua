-- SPDX-License-Identifier: MIT
-- tench verify: reads and decodes every file whole, and lists what is damaged and where.

local by_split = require "tench.cli.by_split"
local exit = require "tench.cli.exit"
local folder = require "tench.cli.folder"
local hint = require "tench.cli.hint"
local names = require "tench.names"
local native = require "tench.cli.native"
local report = require "tench.cli.report"
local summary = require "tench.cli.summary"
local verifier = require "tench.verifier"
local say = report.say

local verify = {
    usage = "verify DATASET [key=value …] [--threads N] [--quiet] [--json]",
    least = 1,
    most = 1,
    settings = true,
    fields = verifier.fields,
    options = { ["--threads"] = "NUMBER", ["--quiet"] = false, ["--json"] = false },
    doc = "decode every file whole; list what is damaged, where, and what differs from the index",
    notes = {
        { "split=NAME", "only this split; by default every split" },
        folder.notes.quiet, folder.notes.json,
        { "exit code 3", "a file is damaged, has changed, or its index is wrong" },
    },
}

local SHOWN = 20

local function where(found)
    local parts = {}
    parts[#parts + 1] = found.byte and ("byte %d"):format(found.byte) or nil
    parts[#parts + 1] = found.row and ("row %d"):format(found.row) or nil
    return #parts > 0 and (" (%s)"):format(table.concat(parts, ", ")) or ""
end

local function finding_text(found)
    local name = found.name ~= "" and names.show(found.name) .. ": " or ""
    if found.kind == "guessed" then
        return ("%s%d guesses, the first: %s%s"):format(name, found.guesses, found.message,
            where(found))
    end
    return ("%s%s: %s%s"):format(name, found.stage, found.message, where(found))
end

local KINDS = { "damaged", "guessed", "changed", "misindexed" }
local COUNTS = { "samples", "done", "damaged", "guessed", "changed", "misindexed", "indexed",
    "file_bytes" }

local function print_text(facts)
    say("data set", "%s", facts.dataset:describe())
    say("checked", "%d of %d files%s, %s, in %.1f s; %d also with their index", facts.done,
        facts.samples, facts.stopped and " (interrupted)" or "", summary.bytes(facts.file_bytes),
        facts.seconds, facts.indexed)
    for _, kind in ipairs(KINDS) do
        say(kind, "%d", facts[kind])
    end
    for place = 1, math.min(#facts.findings, SHOWN) do
        report.item(finding_text(facts.findings[place]))
    end
    if #facts.findings > SHOWN then
        io.write(("  and %d more (--json lists all)\n"):format(#facts.findings - SHOWN))
    end
end

local function number(value)
    return value and ("%.0f"):format(value) or "null"
end

-- Indices count from 0, as in samples.jsonl.
local function json_finding(found)
    return ('{"kind":"%s","index":%s,"name":%s,"code":"%s","stage":"%s","message":%s,"byte":%s,'
        .. '"row":%s,"guesses":%d}'):format(found.kind, native.json_index(found.sample),
        native.json_string(found.name), found.code, found.stage,
        native.json_string(found.message), number(found.byte), number(found.row), found.guesses)
end

local function json_text(facts)
    return '"findings":' .. folder.json_list(facts.findings, json_finding)
end

local FORM = { counts = COUNTS, text = print_text, json = json_text }

---@param given table
---@return integer code
function verify.run(given)
    local flags = given.options
    local datasets = folder.open_each(given, "off")
    local reports = by_split.work(datasets, function(dataset)
        return folder.work(exit.INPUT, dataset, dataset.verify, { threads = flags["--threads"] },
            flags["--quiet"])
    end)
    by_split.print(reports, datasets, FORM, given, folder.has_splits(datasets, given))
    for _, part in ipairs(reports) do
        part.faults = part.findings
    end
    hint.tell(reports)
    local bad = 0
    for _, kind in ipairs { "damaged", "changed", "misindexed" } do
        bad = bad + folder.sum(reports, kind)
    end
    return folder.exit_code(reports[#reports], bad == 0 and exit.OK or exit.FAULTS)
end

return verify
