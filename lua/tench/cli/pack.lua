-- SPDX-License-Identifier: MIT
-- tench pack: writes a data set as shards of coefficients and stripes, which decode fastest.

local exit = require "tench.cli.exit"
local folder = require "tench.cli.folder"
local names = require "tench.names"
local native = require "tench.cli.native"
local packs = require "tench.packs"
local summary = require "tench.cli.summary"
local say = folder.say

local pack = {
    usage = "pack DATASET OUT [key=value …] [--layout fast|small] [--keep-files]"
        .. " [--threads N] [--shard-bytes N] [--quiet] [--json]",
    least = 2,
    most = 2,
    settings = true,
    fields = packs.fields,
    options = {
        ["--layout"] = "NAME", ["--threads"] = "NUMBER", ["--shard-bytes"] = "NUMBER",
        ["--keep-files"] = false, ["--quiet"] = false, ["--json"] = false,
    },
    doc = "store JPEGs as coefficients and lossless files as pixels, which decode fastest; "
        .. "continues where it stopped",
    notes = { folder.notes.quiet, folder.notes.json },
}

local COUNTS = { "samples", "done", "resumed", "coefficients", "jpeg_bytes", "coefficient_bytes",
    "file_bytes", "pack_bytes", "kept", "kept_bytes", "pixels", "pixel_file_bytes", "pixel_bytes",
    "kept_files" }

local function ratio_text(packed, plain)
    return plain > 0 and ("%.3f times"):format(packed / plain) or "no times"
end

local function print_kept(facts, path)
    if facts.kept == 0 then
        return say("kept", "nothing: no shard was complete yet")
    end
    say("kept", "%d of the files, in complete shards: %s in %s", facts.kept,
        summary.bytes(facts.kept_bytes), names.show(path))
    say("continue", "with the same command: it begins after these shards")
end

local function print_text(facts, path, _, parts)
    folder.say_parts(parts)
    say("packed", "%d of %d files%s in %.1f s: %d as coefficients, %s%d as they are, %d before",
        facts.done, facts.samples, facts.stopped and " (interrupted)" or "", facts.seconds,
        facts.coefficients, facts.pixels > 0 and ("%d as pixels, "):format(facts.pixels) or "",
        facts.done - facts.resumed - facts.coefficients - facts.pixels, facts.resumed)
    if facts.coefficients > 0 then
        say("size", "coefficients %s, %s the %s of their JPEGs",
            summary.bytes(facts.coefficient_bytes),
            ratio_text(facts.coefficient_bytes, facts.jpeg_bytes), summary.bytes(facts.jpeg_bytes))
    end
    if facts.pixels > 0 then
        say("size", "pixels %s, %s the %s of their files", summary.bytes(facts.pixel_bytes),
            ratio_text(facts.pixel_bytes, facts.pixel_file_bytes),
            summary.bytes(facts.pixel_file_bytes))
    end
    if facts.pixels > facts.kept_files then
        say("files", "unpack will make PNGs of %d, whose bytes are not in the pack (--keep-files "
            .. "stores them too)", facts.pixels - facts.kept_files)
    end
    if facts.stopped then
        return print_kept(facts, path)
    end
    say("pack", "%s, %s", names.show(path), summary.bytes(facts.pack_bytes))
end

local function print_json(facts, path, dataset, parts)
    local fields = { folder.json_data(dataset, parts) }
    for _, name in ipairs(COUNTS) do
        fields[#fields + 1] = ('"%s":%.0f'):format(name, facts[name])
    end
    fields[#fields + 1] = ('"seconds":%.3f'):format(facts.seconds)
    fields[#fields + 1] = '"path":' .. native.json_string(path)
    fields[#fields + 1] = '"interrupted":' .. tostring(facts.stopped)
    fields[#fields + 1] = '"notes":' .. folder.json_list(facts.notes, native.json_string)
    io.write("{", table.concat(fields, ","), "}\n")
end

-- Raises an error if a split is a pack: a data set opened whole leaves out its samples.
local function check_parts(parts)
    local packed, plain
    for _, part in ipairs(parts) do
        if part:is_pack() then
            packed = packed or part
        else
            plain = plain or part
        end
    end
    if packed then
        exit.fail(exit.INPUT, "%s is already a pack%s", names.show(packed.root),
            plain and ("; name another split, for example split=%s"):format(plain.split) or "")
    end
end

---@param given table
---@return integer code
function pack.run(given)
    local flags, path = given.options, given.operands[2]
    local dataset, parts = folder.open_whole(given, check_parts)
    local facts = folder.timed(function()
        return folder.work(exit.OUTPUT, dataset, folder.blaming_samples(exit.OUTPUT,
            dataset.pack), {
            path = path, layout = flags["--layout"], threads = flags["--threads"],
            shard_bytes = flags["--shard-bytes"], splits = parts[1] ~= dataset,
            keep_files = flags["--keep-files"] and true or false,
        }, flags["--quiet"])
    end)
    folder.warn(facts.notes)
    local print_facts = flags["--json"] and print_json or print_text
    print_facts(facts, path, dataset, parts)
    return folder.exit_code(facts, exit.OK)
end

return pack
