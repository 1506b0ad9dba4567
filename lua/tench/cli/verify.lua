-- SPDX-License-Identifier: MIT
-- tench verify: reads and decodes a data set whole, and lists what is damaged and where.

local exit = require "tench.cli.exit"
local folder = require "tench.cli.folder"
local names = require "tench.names"
local native = require "tench.cli.native"
local summary = require "tench.cli.summary"
local verifier = require "tench.verifier"
local say = folder.say

local verify = {
    usage = "verify DATASET [key=value …] [--threads N] [--quiet] [--json]",
    least = 1,
    most = 1,
    settings = true,
    fields = verifier.fields,
    options = { ["--threads"] = "NUMBER", ["--quiet"] = false, ["--json"] = false },
    doc = "decode every file whole; list what is damaged, where, and what differs from the index",
    notes = {
        { "--threads N", "by default as many as CPUs" },
        { "--json", "all findings, as one object on standard output" },
        { "", "exit code 3: a file is damaged, has changed, or its index is wrong" },
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

local function print_text(facts, seconds)
    say("verified", "%d of %d files%s, %s, in %.1f s; %d by their index too", facts.done,
        facts.samples, facts.stopped and " (interrupted)" or "", summary.bytes(facts.file_bytes),
        seconds, facts.indexed)
    for _, kind in ipairs { "damaged", "guessed", "changed", "misindexed" } do
        say(kind, "%d", facts[kind])
    end
    for place = 1, math.min(#facts.findings, SHOWN) do
        io.write("  ", finding_text(facts.findings[place]), "\n")
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

local function print_json(facts, seconds)
    local parts = {}
    for _, name in ipairs { "samples", "done", "damaged", "guessed", "changed", "misindexed",
        "indexed", "file_bytes" } do
        parts[#parts + 1] = ('"%s":%.0f'):format(name, facts[name])
    end
    parts[#parts + 1] = ('"seconds":%.3f'):format(seconds)
    parts[#parts + 1] = '"interrupted":' .. tostring(facts.stopped)
    parts[#parts + 1] = '"findings":' .. folder.json_list(facts.findings, json_finding)
    io.write("{", table.concat(parts, ","), "}\n")
end

---@param given table
---@return integer code
function verify.run(given)
    local flags = given.options
    local dataset = folder.open(given, "off")
    local began = native.C.tncli_seconds()
    local facts = folder.work(exit.INPUT, dataset, dataset.verify,
        { threads = flags["--threads"] }, flags["--quiet"])
    local print_facts = flags["--json"] and print_json or print_text
    print_facts(facts, native.C.tncli_seconds() - began)
    local is_good = facts.damaged + facts.changed + facts.misindexed == 0
    return folder.exit_code(facts, is_good and exit.OK or exit.FAULTS)
end

return verify
