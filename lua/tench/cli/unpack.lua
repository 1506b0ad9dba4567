-- SPDX-License-Identifier: MIT
-- tench unpack: restores the folder that was packed. Names each file that has only equal pixels.

local exit = require "tench.cli.exit"
local folder = require "tench.cli.folder"
local names = require "tench.names"
local native = require "tench.cli.native"
local packs = require "tench.packs"
local summary = require "tench.cli.summary"
local say = folder.say

local unpack_verb = {
    usage = "unpack PACK OUT [split=NAME] [--threads N] [--quiet] [--json]",
    least = 2,
    most = 2,
    settings = true,
    takes_pack = true,
    fields = packs.fields,
    options = { ["--threads"] = "NUMBER", ["--quiet"] = false, ["--json"] = false },
    doc = "restore the files of a pack bit for bit; writes and names PNGs where it has only pixels",
    notes = {
        { "split=NAME", "only this split; by default all" },
        folder.notes.quiet, folder.notes.json,
    },
}

local function print_text(facts, path, _, parts)
    folder.say_parts(parts)
    say("unpacked", "%d of %d files%s in %.1f s", facts.done, facts.samples,
        facts.stopped and " (interrupted)" or "", facts.seconds)
    if facts.pixels > facts.kept_files then
        say("pixels", "%d of them are PNGs with the same pixels, not the files that were packed",
            facts.pixels - facts.kept_files)
    end
    say("folder", "%s, %s", names.show(facts.stopped and path:gsub("/+$", "") .. ".part" or path),
        summary.bytes(facts.file_bytes))
    if facts.stopped then
        say("again", "the same command replaces these files; it begins at the first one")
    end
end

local function print_json(facts, path, dataset, parts)
    io.write(('{%s,"samples":%d,"done":%d,"pixels":%d,"kept_files":%d,"file_bytes":%.0f,'
        .. '"seconds":%.3f,"path":%s,"interrupted":%s,"notes":%s}\n'):format(
        folder.json_data(dataset, parts), facts.samples, facts.done, facts.pixels,
        facts.kept_files, facts.file_bytes, facts.seconds, native.json_string(path),
        tostring(facts.stopped), folder.json_list(facts.notes, native.json_string)))
end

---@param given table
---@return integer code
function unpack_verb.run(given)
    local flags, path = given.options, given.operands[2]
    local dataset, parts = folder.open_whole(given)
    if not dataset:is_pack() then
        exit.fail(exit.INPUT, "%s is not a pack: it has no tench.pack",
            names.show(dataset.root))
    end
    local facts = folder.timed(function()
        return folder.work(exit.OUTPUT, dataset, folder.blaming_samples(exit.OUTPUT,
            dataset.unpack), { path = path, threads = flags["--threads"] }, flags["--quiet"])
    end)
    folder.warn(facts.notes)
    local print_facts = flags["--json"] and print_json or print_text
    print_facts(facts, path, dataset, parts)
    return folder.exit_code(facts, exit.OK)
end

return unpack_verb
