-- SPDX-License-Identifier: MIT
-- tench run: a recipe's epochs, from the first batch to the last, with nobody to train.

local dump = require "tench.cli.dump"
local exit = require "tench.cli.exit"
local names = require "tench.names"
local native = require "tench.cli.native"
local progress = require "tench.cli.progress"
local recipes = require "tench.cli.recipe"
local summary = require "tench.cli.summary"
local C, ffi = native.C, native.ffi

local run = {
    usage = "run RECIPE [DATASET] [key=value …] [--json] [--hash] [--dump DIR [--force]]\n"
        .. "             [--sheet FILE] [--state FILE | --resume FILE] [--trace FILE]\n"
        .. "             [--quiet] [--trust]",
    least = 1,
    most = 2,
    settings = true,
    options = {
        ["--json"] = false,
        ["--hash"] = false,
        ["--dump"] = "DIR",
        ["--force"] = false,
        ["--sheet"] = "FILE",
        ["--state"] = "FILE",
        ["--resume"] = "FILE",
        ["--trace"] = "FILE",
        ["--quiet"] = false,
        ["--trust"] = false,
    },
    doc = "load a recipe's epochs and say how it went",
    notes = {
        { "--json", "print the summary as one JSON object" },
        { "--hash", "one XXH3-128 over all output bytes and labels, in order" },
        { "--dump DIR", "write batch_00000.npy, label_00000.npy, samples.jsonl "
            .. "(bf16 as its bits, <u2)" },
        { "--force", "dump into a folder that has files: those of an older dump are removed" },
        { "--sheet FILE", "write a contact sheet of the first batch as PNG" },
        { "--state FILE", "write the loader's state after each batch" },
        { "--resume FILE", "go on from that state, and go on writing it" },
        { "--trace FILE", "write when each stage, slot and wait began and ended, for "
            .. "ui.perfetto.dev" },
        { "--quiet", "no progress, no line about the data set, no memory plan" },
        { "--trust", "run the recipe without limits on what it can reach" },
    },
}

local FOLDER = 1 -- tncli_path_kind
local SHOWN_WARNINGS = 10
local SLICE_MS = 100 -- between two looks at signals and at the terminal

---@class tench.cli.job what a run has at hand
---@field recipe tench.recipe
---@field loader tench.loader
---@field options table
---@field hash ffi.cdata*?
---@field dump tench.cli.dump?
---@field bar tench.cli.progress
---@field images integer
---@field batches integer
---@field first_batch_s number?

-- The sheet is drawn last: a folder that is not there is better known first.
local function check_sheet(path)
    local folder = path and path:match "^(.*)/[^/]*$"
    if folder and folder ~= "" and C.tncli_path_kind(folder) ~= FOLDER then
        exit.fail(exit.OUTPUT, "%s: there is no folder %s", names.show(path),
            names.show(folder))
    end
end

-- Each file has one writer: one would undo the other's.
local function check_files(flags)
    if flags["--state"] and flags["--resume"] then
        exit.fail(exit.USAGE, "--resume goes on writing its file, so --state cannot be given too")
    end
    local writers = {}
    for _, option in ipairs { "--state", "--resume", "--trace", "--sheet" } do
        local path = flags[option]
        if path and writers[path] then
            exit.fail(exit.USAGE, "%s and %s would write the same file %s", writers[path], option,
                names.show(path))
        end
        writers[path or option] = option
    end
end

local function open_job(given)
    local flags = given.options
    check_files(flags)
    check_sheet(flags["--sheet"])
    local recipe = recipes.load(given.operands[1], given.settings, flags["--trust"])
    local dataset = recipes.open_dataset(recipe, given.operands[2])
    local job = {
        recipe = recipe,
        dataset = dataset,
        loader = exit.on_error(exit.INPUT, recipe.create_loader, recipe, dataset),
        options = flags,
        state_path = flags["--state"] or flags["--resume"],
        images = 0,
        batches = 0,
    }
    job.hash = flags["--hash"] and ffi.gc(C.tn_hash_create(), C.tn_hash_destroy) or nil
    return job
end

-- Rows of a batch of so many samples: mixup's mode=half makes one of two.
local function rows_of(job, samples)
    local is_half = job.loader.transform.text:find "mixup[^;]* mode=half"
    return is_half and math.ceil(samples / 2) or samples
end

local function images_of_epoch(job)
    local options, batch_size = job.recipe.loader, job.loader.batch_size
    local n = options.subset and #options.subset or job.dataset.n
    local samples = math.min(job.loader.n_batches * batch_size,
        n * math.max(1, options.repeats or 0))
    return math.floor(samples / batch_size) * rows_of(job, batch_size)
        + rows_of(job, samples % batch_size)
end

-- What a resumed run has behind it is not in its total.
local function take_first_batch(job, batch)
    local before = math.floor(batch.number / (job.recipe.loader.world_size or 1))
    job.bar.total = job.bar.total - batch.epoch * images_of_epoch(job)
        - before * rows_of(job, job.loader.batch_size)
    job.first_batch_s = C.tncli_seconds()
end

local function take_batch(job, batch)
    if not job.first_batch_s then
        take_first_batch(job, batch)
    end
    job.images, job.batches = job.images + batch.n, job.batches + 1
    if job.hash then
        exit.on_error(exit.INTERNAL, require("tench.error").check,
            C.tn_hash_batch(job.hash, batch._batch))
    end
    if job.dump then
        job.dump:write(batch)
    end
    if job.state_path then
        native.write_text(job.state_path, job.loader:state() .. "\n")
    end
end

-- Goes through an epoch; true at its end, false after a signal.
local function run_epoch(job, epoch)
    while C.tncli_signal() == 0 do
        local batch, reason = exit.on_error(exit.FAULTS, epoch.next, epoch, SLICE_MS)
        if batch then
            take_batch(job, batch)
        elseif reason ~= "timeout" then
            return true
        end
        job.bar:update(job.images, job.loader:stats().wait_s)
    end
    return false
end

local function begin_epoch(job, number)
    return exit.on_error(exit.INPUT, job.loader.epoch, job.loader, number)
end

local function first_epoch(job)
    local path = job.options["--resume"]
    if not path then
        return begin_epoch(job, 0)
    end
    return exit.on_error(exit.INPUT, job.loader.resume, job.loader, native.read_text(path))
end

local function run_epochs(job)
    if job.recipe.epochs == 0 then
        return true
    end
    local epoch = first_epoch(job)
    for number = epoch.number, job.recipe.epochs - 1 do
        if number > epoch.number then
            epoch = begin_epoch(job, number)
        end
        if not run_epoch(job, epoch) then
            return false
        end
    end
    return true
end

local function hash_text(hash)
    local out = ffi.new("char[33]")
    C.tn_hash_text(hash, out)
    return ffi.string(out)
end

local function collect_facts(job, seconds)
    return {
        images = job.images,
        batches = job.batches,
        seconds = seconds,
        cpu_s = C.tncli_cpu_seconds(),
        first_batch_s = job.first_batch_s,
        peak_bytes = C.tncli_peak_bytes(),
        stats = job.loader:stats(),
        dataset = job.dataset,
        faults = job.loader:faults(),
        faulty_files = job.loader:faulty_files(),
        budget = job.loader:budget(),
        hash = job.hash and hash_text(job.hash),
        interrupted = C.tncli_signal() ~= 0,
    }
end

local function report(job, facts)
    if job.options["--json"] then
        print(summary.json(facts))
    else
        summary.print(facts)
    end
end

local function draw_sheet(job, given, path)
    require("tench.cli.show").draw(given.operands[1], given.settings, given.options["--trust"],
        job.dataset, nil, path)
    if job.options["--json"] then
        return
    end
    io.write(("%-12s "):format("sheet"), names.show(path), "\n")
end

local function announce(job)
    local quiet = job.options["--quiet"] or job.options["--json"]
    if not quiet then
        io.stderr:write(tostring(job.dataset), "\n", summary.budget(job.loader:budget()), "\n")
    end
    if job.loader.n_batches == 0 then
        io.stderr:write(("tench: no batch: %d images with batch_size = %d%s\n"):format(
            job.dataset.n, job.loader.batch_size,
            job.recipe.loader.drop_last and " and drop_last" or ""))
    end
    job.bar = progress.start(images_of_epoch(job) * job.recipe.epochs, job.options["--quiet"])
end

-- What became of the index is told once, when the epochs are over: it costs time, never a pixel.
local function warn(dataset)
    local warnings = dataset:index_info().warnings
    for place = 1, math.min(#warnings, SHOWN_WARNINGS) do
        local warning = warnings[place]
        io.stderr:write("tench: index: ", names.show(warning.name),
            warning.name ~= "" and ": " or "",
            warning.message, "\n")
    end
    if #warnings > SHOWN_WARNINGS then
        io.stderr:write(("tench: index: and %d more; tench verify lists all\n"):format(
            #warnings - SHOWN_WARNINGS))
    end
end

local function begin_trace(job)
    if job.options["--trace"] then
        exit.on_error(exit.OUTPUT, job.loader.start_trace, job.loader, job.options["--trace"])
    end
end

-- Also after a signal or a fault: what there is gets written.
local function end_trace(job, facts)
    if job.options["--trace"] then
        facts.trace = exit.on_error(exit.OUTPUT, job.loader.stop_trace, job.loader)
    end
end

-- Ends the epochs and says how they went, also where an image or the machine failed, or more images
-- did than the budget allows, or the trace cannot be written; any other failure is the caller's.
local function finish(job, seconds, problem)
    local facts = collect_facts(job, seconds)
    job.bar:clear()
    if problem and problem.code ~= exit.FAULTS and problem.code ~= exit.MACHINE then
        error(problem, 0)
    end
    local traced, why = pcall(end_trace, job, facts)
    job.loader:close()
    warn(job.dataset)
    if job.dump then
        job.dump:close()
    end
    report(job, facts)
    if problem or not traced then
        error(problem or why, 0)
    end
    return facts
end

---@param given table
---@return integer code
function run.run(given)
    local job = open_job(given)
    begin_trace(job)
    announce(job)
    if given.options["--dump"] then
        job.dump = dump.open(given.options["--dump"], given.options["--force"],
            given.options["--resume"] ~= nil, job.loader, job.recipe.loader.world_size or 1)
    end
    C.tncli_catch_signals()
    local began = C.tncli_seconds()
    local ok, problem = xpcall(run_epochs, exit.trace, job)
    local facts = finish(job, C.tncli_seconds() - began, not ok and problem or nil)
    if facts.interrupted then
        return exit.SIGNAL + C.tncli_signal()
    end
    if given.options["--sheet"] then
        draw_sheet(job, given, given.options["--sheet"])
    end
    return exit.OK
end

return run
