-- SPDX-License-Identifier: MIT
-- The summary of a run: for people, or as one JSON object.

local names = require "tench.names"
local folder = require "tench.cli.folder"
local native = require "tench.cli.native"
local progress = require "tench.cli.progress"
local report = require "tench.cli.report"
local say = report.say

local MIB = 1048576
local FIRST_FAULTS = 10
local FIRST_WARNINGS = 10

local summary = {}

--- Formats bytes for people.
---@param n integer
---@return string
function summary.bytes(n)
    if n >= 1024 * MIB then
        return ("%.1f GiB"):format(n / (1024 * MIB))
    end
    if n >= MIB / 10 then
        return ("%.1f MiB"):format(n / MIB)
    end
    return ("%.1f KiB"):format(n / 1024)
end

local function device_budget(budget)
    return (" + %d × %s pinned\n"
        .. "device: %s for %d batches, %s for each that is held, up to %d"):format(
        budget.n_pinned, summary.bytes(budget.pinned_bytes / budget.n_pinned),
        summary.bytes(budget.device_bytes), budget.n_outputs, summary.bytes(budget.output_bytes),
        budget.max_outputs)
end

--- Prints an index's warnings on standard error. They are about time, never about pixels.
---@param warnings tench.fault[]
function summary.warn_of_index(warnings)
    for place = 1, math.min(#warnings, FIRST_WARNINGS) do
        local name = names.show(warnings[place].name)
        report.message(io.stderr, ("tench: index: %s%s%s"):format(name, name ~= "" and ": " or "",
            warnings[place].message))
    end
    if #warnings > FIRST_WARNINGS then
        report.message(io.stderr, ("tench: index: there are %d more warnings; tench verify lists "
            .. "all"):format(#warnings - FIRST_WARNINGS))
    end
end

--- Formats the memory that a loader will take.
---@param budget table
---@return string
function summary.budget(budget)
    return ("memory: %s = %d slots of %s + %d threads with %s of scratch (images up to %.1f MP; "
        .. "larger ones share %s)"):format(summary.bytes(budget.total_bytes), budget.n_slots,
        summary.bytes(budget.slot_bytes), budget.n_threads, summary.bytes(budget.scratch_bytes),
        budget.scratch_pixels / 1e6, summary.bytes(budget.large_bytes))
        .. (budget.n_pinned > 0 and device_budget(budget) or "")
end

-- Shares of the time of all workers, in per cent.
local function worker_shares(facts)
    local all = facts.seconds * facts.stats.n_threads
    local parts = {}
    for _, stage in ipairs { "read", "plan", "decode", "transform", "finish", "idle" } do
        local share = all > 0 and 100 * facts.stats[stage .. "_s"] / all or 0
        parts[#parts + 1] = ("%s %.1f%%"):format(stage, share)
    end
    return table.concat(parts, ", ")
end

local function rate(n, seconds)
    return seconds > 0 and n / seconds or 0
end

-- What workers without work waited for.
local function worker_waits(facts)
    local all = facts.seconds * facts.stats.n_threads
    return ("%.1f%% for a free slot, %.1f%% for the turn of a large image"):format(
        100 * rate(facts.stats.slot_wait_s, all), 100 * rate(facts.stats.large_wait_s, all))
end

-- What the consumer waited for.
local function consumer_waits(facts)
    local stats, seconds = facts.stats, facts.seconds
    local text = ("waited %.1f%% of the time"):format(100 * rate(stats.wait_s, seconds))
    if facts.budget.n_pinned == 0 then
        return text
    end
    return ("%s: %.1f%% for workers, %.1f%% for the device"):format(text,
        100 * rate(stats.wait_s - stats.device_wait_s, seconds),
        100 * rate(stats.device_wait_s, seconds))
end

-- What waited because of the device, in two lines.
local function device_waits(facts)
    local stats, seconds = facts.stats, facts.seconds
    return ("workers waited %.1f%% of the time for copies, the consumer %.1f%% for kernels"):format(
        100 * rate(stats.copy_wait_s, seconds), 100 * rate(stats.kernel_wait_s, seconds)),
        ("filled batches waited %.1f%% of the time for the consumer"):format(
            100 * rate(stats.output_wait_s, seconds))
end

-- The first fault of each file with its number of faults, in the order of the samples: the order in
-- which the workers found them differs between runs.
local function faults_by_file(faults)
    local list, by_sample = {}, {}
    for _, fault in ipairs(faults) do
        local known = by_sample[fault.sample]
        if known then
            known.n = known.n + 1
        else
            known = { fault = fault, n = 1 }
            by_sample[fault.sample], list[#list + 1] = known, known
        end
    end
    table.sort(list, function(a, b)
        return a.fault.sample < b.fault.sample
    end)
    return list
end

local function print_faults(faults, n_files)
    local list = faults_by_file(faults)
    for place = 1, math.min(#list, FIRST_FAULTS) do
        local fault, n = list[place].fault, list[place].n
        report.item(("%s: %s: %s%s"):format(names.show(fault.name), fault.stage, fault.message,
            n > 1 and (" (%d times)"):format(n) or ""))
    end
    if n_files > FIRST_FAULTS then
        report.item(("and %d more files (--json lists all)"):format(n_files - FIRST_FAULTS))
    end
end

local function fault_count(facts)
    local total, files = facts.faults.total, #facts.faulty_files
    if total == 0 then
        return "none"
    end
    return ("%d in %d file%s"):format(total, files, files == 1 and "" or "s")
end

local function print_speed(facts)
    local stats = facts.stats
    say("speed", "%.1f images/s, %.1f images per CPU-second, %d threads",
        rate(facts.images, facts.seconds), rate(facts.images, facts.cpu_s),
        facts.budget.n_threads)
    if facts.first_batch_s then
        say("first batch", "%.3f s after the program began, %.3f s after the loader began",
            facts.first_batch_s, stats.first_batch_s)
    end
    say("workers", "%s", worker_shares(facts))
    say("", "waited %s", worker_waits(facts))
    if stats.read_ahead > 0 then
        say("", "waited for the disk: %d files were read ahead", stats.read_ahead)
    end
    say("consumer", "%s", consumer_waits(facts))
    if facts.budget.n_pinned > 0 then
        local first, second = device_waits(facts)
        say("device", "%s", first)
        say("", "%s", second)
    end
    say("memory", "%s at most; planned for %s", summary.bytes(facts.peak_bytes),
        summary.bytes(facts.budget.total_bytes))
    if stats.index_used + stats.index_built + stats.index_dropped > 0 then
        say("index", "used for %d images; %d files indexed, %d dropped", stats.index_used,
            stats.index_built, stats.index_dropped)
    end
end

-- Without any image there is no speed. A fault that ends the run stands in its error.
local function print_work(facts)
    say("images", "%d in %d batch%s, %s%s", facts.images, facts.batches,
        facts.batches == 1 and "" or "es",
        facts.seconds < 60 and ("%.2f s"):format(facts.seconds) or progress.clock(facts.seconds),
        facts.interrupted and " (interrupted)" or "")
    if facts.images > 0 then
        print_speed(facts)
    end
    say("faults", "%s", fault_count(facts))
    if not facts.has_problem or facts.faults.total > 1 then
        print_faults(facts.faults, #facts.faulty_files)
    end
end

local function print_files(facts)
    if facts.hash then
        say("hash", "%s", facts.hash)
    end
    if facts.trace then
        say("trace", "%s: %d spans%s", names.show(facts.trace.path), facts.trace.spans,
            facts.trace.dropped > 0 and ("; %d more were not kept"):format(facts.trace.dropped)
                or "")
    end
    if facts.sheet then
        say("sheet", "%s", names.show(facts.sheet))
    end
end

--- Prints a run's facts: images, batches, seconds, cpu_s, first_batch_s (since the program began),
--- peak_bytes, stats, faults and faulty_files (the loader's), budget, hash, trace, sheet,
--- interrupted, no_epochs, has_problem (an error follows).
---@param facts table
function summary.print(facts)
    if facts.no_epochs then
        say("epochs", "0 epochs: everything can be opened; no image was loaded")
    else
        print_work(facts)
    end
    print_files(facts)
end

local function number(value)
    return (("%.6f"):format(value):gsub("%.?0+$", ""))
end

-- The faults that the loader keeps, as JSON.
local function fault_list(faults)
    local list = {}
    for place, fault in ipairs(faults) do
        list[place] = ('{"index":%s,"name":%s,"stage":%s,"message":%s}'):format(
            native.json_index(fault.sample), native.json_string(fault.name),
            native.json_string(fault.stage), native.json_string(fault.message))
    end
    return "[" .. table.concat(list, ",") .. "]"
end

-- All files that had faults, as JSON: the reader looks for files to repair.
local function file_list(files)
    local list = {}
    for place, file in ipairs(files) do
        list[place] = ('{"index":%s,"name":%s,"faults":%d}'):format(
            native.json_index(file.sample), native.json_string(file.name), file.faults)
    end
    return "[" .. table.concat(list, ",") .. "]"
end

--- The same as one JSON object on one line.
---@param facts table
---@return string
function summary.json(facts)
    local stats = facts.stats
    local pairs_out = {}
    local function add(name, text)
        pairs_out[#pairs_out + 1] = ('"%s":%s'):format(name, text)
    end
    add("dataset", ('{%s,"images":%.0f,"classes":%d}'):format(folder.json_fields(facts.dataset),
        facts.dataset.n, facts.dataset.n_classes))
    add("images", number(facts.images))
    add("batches", number(facts.batches))
    add("seconds", number(facts.seconds))
    add("images_per_s", number(rate(facts.images, facts.seconds)))
    add("cpu_s", number(facts.cpu_s))
    add("threads", number(facts.budget.n_threads))
    add("first_batch_s", facts.first_batch_s and number(facts.first_batch_s) or "null")
    add("peak_mib", number(facts.peak_bytes / MIB))
    add("budget_mib", number(facts.budget.total_bytes / MIB))
    for _, stage in ipairs { "read", "plan", "decode", "transform", "finish", "idle", "wait" } do
        add(stage .. "_s", number(stats[stage .. "_s"]))
    end
    for _, name in ipairs { "slot", "large" } do
        add(name .. "_wait_s", number(stats[name .. "_wait_s"]))
    end
    if facts.budget.n_pinned > 0 then
        for _, name in ipairs { "copy", "output", "device", "kernel" } do
            add(name .. "_wait_s", number(stats[name .. "_wait_s"]))
        end
    end
    for _, name in ipairs { "bytes_read", "read_ahead", "index_used", "index_built",
        "index_dropped" } do
        add(name, number(stats[name]))
    end
    add("faults", number(facts.faults.total))
    add("fault_list", fault_list(facts.faults))
    add("faulty_files", file_list(facts.faulty_files))
    add("interrupted", facts.interrupted and "true" or "false")
    if facts.hash then
        add("hash", '"' .. facts.hash .. '"')
    end
    if facts.trace then
        add("trace_spans", number(facts.trace.spans))
        add("trace_dropped", number(facts.trace.dropped))
    end
    return "{" .. table.concat(pairs_out, ",") .. "}"
end

return summary
