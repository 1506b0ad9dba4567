-- SPDX-License-Identifier: MIT
-- tench run: loads all epochs of a recipe, without training anything.

local dump = require "tench.cli.dump"
local exit = require "tench.cli.exit"
local hint = require "tench.cli.hint"
local names = require "tench.names"
local native = require "tench.cli.native"
local progress = require "tench.cli.progress"
local recipes = require "tench.cli.recipe"
local report = require "tench.cli.report"
local sheet = require "tench.cli.sheet"
local summary = require "tench.cli.summary"
local C, ffi = native.C, native.ffi

-- A state is much shorter; this leaves space for blanks.
local MOST_STATE_BYTES = 65536

local run = {
    usage = "run RECIPE [DATASET] [key=value …] [--json] [--hash] [--dump DIR [--force]] "
        .. "[--sheet FILE] [--state FILE | --resume FILE] [--trace FILE] [--quiet] [--trust]",
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
        { "--hash", "print one hash (XXH3-128) over all output bytes and labels, in order" },
        { "--dump DIR", "write batch_00000.npy, label_00000.npy, samples.jsonl "
            .. "(bf16 as its bits, <u2)" },
        { "--force", "dump into a folder that has files; removes the files of an older dump" },
        { "--sheet FILE", "write a contact sheet of the first batch as PNG" },
        { "--state FILE", "write the loader's state after each batch" },
        { "--resume FILE", "continue from this state, and keep writing it" },
        { "--trace FILE", "write when each stage, slot and wait began and ended, for "
            .. "ui.perfetto.dev" },
        { "--quiet", "print no progress, no line about the data set, and no memory plan" },
        { "--trust", "evaluate the recipe in the program, without limits" },
    },
}

local SLICE_MS = 100 -- the longest wait between two looks at signals and the progress line

---@class tench.cli.job the state of a run
---@field recipe tench.recipe
---@field loader tench.loader
---@field options table
---@field hash ffi.cdata*?
---@field dump tench.cli.dump?
---@field bar tench.cli.progress
---@field images integer
---@field batches integer
---@field first_batch_s number?

-- Each file has only one writer, because a second one would overwrite it.
local function check_files(flags)
    if flags["--state"] and flags["--resume"] then
        exit.fail(exit.USAGE, "--resume keeps writing its own file, so --state cannot be given too")
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

-- Finds all errors that can be found before anything is opened, created or printed.
local function check(given)
    local flags = given.options
    check_files(flags)
    recipes.check_operands(run, given)
    if flags["--sheet"] then
        sheet.check(flags["--sheet"])
    end
    if flags["--state"] then
        native.check_file(flags["--state"])
    end
    if flags["--dump"] then
        dump.check(flags["--dump"], flags["--force"])
    end
end

local function open_job(given)
    local flags = given.options
    check(given)
    local state = flags["--resume"] and native.read_text(flags["--resume"], MOST_STATE_BYTES)
    if state then
        native.check_file(flags["--resume"])
    end
    local recipe = recipes.load(given.operands[1], given.settings, flags["--trust"])
    local dataset = recipes.open_dataset(recipe, given.operands[2])
    local job = {
        recipe = recipe,
        dataset = dataset,
        loader = exit.on_error(exit.INPUT, recipe.create_loader, recipe, dataset),
        options = flags,
        state = state,
        state_path = flags["--state"] or flags["--resume"],
        images = 0,
        batches = 0,
    }
    job.hash = flags["--hash"] and ffi.gc(C.tn_hash_create(), C.tn_hash_destroy) or nil
    return job
end

-- Number of samples in an epoch, over all ranks.
local function samples_of_epoch(job)
    local options, n = job.recipe.loader, job.dataset.n
    if options.subset then
        n = type(options.subset) == "table" and #options.subset or 1
    end
    return n * math.max(1, options.repeats or 0)
end

-- Raises an error if there are fewer images than a batch. If only this rank has no batch, it prints
-- a warning.
local function check_batches(job)
    local options, size = job.recipe.loader, job.loader.batch_size
    if job.loader.n_batches > 0 then
        return
    end
    local samples, world_size = samples_of_epoch(job), options.world_size or 1
    local whole = samples / size
    whole = options.drop_last and math.floor(whole) or math.ceil(whole)
    if whole == 0 then
        exit.fail(exit.INPUT, "no batch: %d images with batch_size = %d and drop_last "
            .. "(loader.drop_last=no keeps a smaller batch)", samples, size)
    elseif options.even_ranks then
        exit.fail(exit.INPUT, "no batch: with even_ranks %d ranks need %d batches, and %d images "
            .. "with batch_size = %d make %d", world_size, world_size, samples, size, whole)
    end
    report.message(io.stderr, ("tench: no batch for rank %d of %d: %d images with batch_size = %d "
        .. "make %d"):format(options.rank, world_size, samples, size, whole))
end

local function images_of_epoch(job)
    local batch_size = job.loader.batch_size
    local samples = math.min(job.loader.n_batches * batch_size, samples_of_epoch(job))
    local transform = job.loader.transform
    return math.floor(samples / batch_size) * transform:rows(batch_size)
        + transform:rows(samples % batch_size)
end

-- The total of a resumed run leaves out the batches of earlier runs.
local function take_first_batch(job, batch)
    local before = math.floor(batch.number / (job.recipe.loader.world_size or 1))
    job.bar.total = job.bar.total - batch.epoch * images_of_epoch(job)
        - before * job.loader.transform:rows(job.loader.batch_size)
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

-- Loads an epoch. Returns true at its end, false after a signal.
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

-- Continues after the state. An error names the state's file.
local function resume(job)
    local ok, epoch = pcall(job.loader.resume, job.loader, job.state)
    if not ok then
        error(names.show(job.options["--resume"]) .. ": " .. tostring(epoch), 0)
    end
    return epoch
end

local function first_epoch(job)
    return job.state and exit.on_error(exit.INPUT, resume, job) or begin_epoch(job, 0)
end

local function run_epochs(job)
    if job.recipe.epochs == 0 and not job.state then
        return true
    end
    local epoch = first_epoch(job) -- even for 0 epochs, to check the state
    -- The epoch of a state may be an int64_t; then it comes after all of these.
    for number = tonumber(epoch.number), job.recipe.epochs - 1 do
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
        no_epochs = job.recipe.epochs == 0,
        interrupted = C.tncli_signal() ~= 0,
    }
end

local function print_facts(job, facts)
    if job.options["--json"] then
        print(summary.json(facts))
    else
        summary.print(facts)
    end
end

local function announce(job)
    if not job.options["--quiet"] and not job.options["--json"] then
        report.message(io.stderr, tostring(job.dataset))
        report.message(io.stderr, summary.budget(job.loader:budget()))
    end
    job.bar = progress.start(images_of_epoch(job) * job.recipe.epochs, job.options["--quiet"])
end

-- Reports on the index once, after the epochs. An index that cannot be stored does not make the run
-- fail.
local function end_index(dataset)
    local stored, problem = pcall(dataset.store_index, dataset)
    local warnings = dataset:index_info().warnings
    if not stored then
        warnings[#warnings + 1] = { name = "", message = tostring(problem) }
    end
    summary.warn_of_index(warnings)
end

local function begin_trace(job)
    if job.options["--trace"] then
        exit.on_error(exit.OUTPUT, job.loader.start_trace, job.loader, job.options["--trace"])
    end
end

-- Writes the trace, even after a signal or a fault.
local function end_trace(job, facts)
    if job.options["--trace"] then
        facts.trace = exit.on_error(exit.OUTPUT, job.loader.stop_trace, job.loader)
    end
end

-- Draws the sheet, even after a signal or a fault. Returns the failure if it cannot be drawn.
local function draw_sheet(job, given, facts)
    local path = given.options["--sheet"]
    if not path then
        return nil
    end
    local drawn, why = xpcall(function()
        require("tench.cli.show").draw(given.operands[1], given.settings, given.options["--trust"],
            job.dataset, nil, path)
    end, exit.trace)
    facts.sheet = drawn and path or nil
    return not drawn and why or nil
end

-- Raises the first failure: the run's own, or that of a file that cannot be written. Prints the
-- others. After a signal, which has its own exit code, it prints all.
local function end_with(problem, unwritten, interrupted)
    for _, other in ipairs(unwritten) do
        if problem or interrupted then
            report.message(io.stderr, "tench: " .. other.message)
        else
            problem = other
        end
    end
    if problem then
        error(problem, 0)
    end
end

-- Ends the run and prints its summary, even if an image or the machine failed, if more images
-- failed than the budget allows, or if a file cannot be written. Raises any other failure at once.
local function finish(job, given, seconds, problem)
    local facts = collect_facts(job, seconds)
    facts.has_problem = problem ~= nil
    job.bar:clear()
    if problem and problem.code ~= exit.FAULTS and problem.code ~= exit.MACHINE then
        error(problem, 0)
    end
    local unwritten = {}
    local traced, why = pcall(end_trace, job, facts)
    unwritten[1] = not traced and why or nil
    job.loader:close()
    end_index(job.dataset)
    if job.dump then
        job.dump:close()
    end
    unwritten[#unwritten + 1] = draw_sheet(job, given, facts)
    print_facts(job, facts)
    hint.tell { { dataset = job.dataset, faults = facts.faults } }
    end_with(problem, unwritten, facts.interrupted)
    return facts
end

---@param given table
---@return integer code
function run.run(given)
    local job = open_job(given)
    check_batches(job)
    begin_trace(job)
    announce(job)
    if given.options["--dump"] and job.recipe.epochs > 0 then
        job.dump = dump.open(given.options["--dump"], job.state ~= nil, job.loader,
            job.recipe.loader.world_size or 1)
    end
    C.tncli_catch_signals()
    local began = C.tncli_seconds()
    local ok, problem = xpcall(run_epochs, exit.trace, job)
    local facts = finish(job, given, C.tncli_seconds() - began, not ok and problem or nil)
    return facts.interrupted and exit.SIGNAL + C.tncli_signal() or exit.OK
end

return run
