-- SPDX-License-Identifier: MIT
-- tench help: verbs, keys, exit codes; ops from the library's registry, for a terminal or as the
-- table of README.md.

local exit = require "tench.cli.exit"
local names = require "tench.names"
local op = require "tench.op"
local report = require "tench.cli.report"

local help = {
    usage = "help [OP | VERB] [--markdown]",
    least = 0,
    most = 1,
    settings = false,
    options = { ["--markdown"] = false },
    doc = "this text; what an op or a verb does; --markdown: the README's table of ops",
}

local VERBS = { "run", "show", "info", "index", "verify", "pack", "unpack", "doctor", "help" }
local KEYS = {
    { "epochs", "how many; they count from 0" },
    { "seed", "decides order and random numbers" },
    { "threads", "workers; by default as many as CPUs" },
    { "batch_size", "images of a batch" },
    { "dtype", "u8, f32, f16, bf16" },
    { "interpolation", "of every op that has one" },
    { "device", "cpu, cuda, cuda:1, auto (one if there is one), fake (the CPU in its place)" },
    { "on_fault", "raise, skip (another sample takes the place)" },
    { "rank", "of this process, with world_size" },
    { "world_size", "processes that share the batches" },
    { "index", "random access to JPEGs: use, auto (build what is missing), paranoid, off" },
}

local function verb_of(name)
    for _, known in ipairs(VERBS) do
        if known == name then
            return require("tench.cli." .. name)
        end
    end
end

local function write_pairs(out, list)
    for _, item in ipairs(list) do
        report.help(out, ("  %-15s %s"):format(item[1], item[2]), 18)
    end
end

local function write_ops(out)
    local stages, order = {}, {}
    for _, name in ipairs(op.names()) do
        local stage = op.info(name).stage
        if not stages[stage] then
            stages[stage] = {}
            order[#order + 1] = stage
        end
        table.insert(stages[stage], name)
    end
    for _, stage in ipairs(order) do
        report.help(out, ("  %-15s %s"):format(stage, table.concat(stages[stage], " ")), 18)
    end
end

--- Writes the overview.
---@param out file*
function help.overview(out)
    out:write("tench: folders of images become batches\n\n")
    for _, name in ipairs(VERBS) do
        local verb = verb_of(name)
        out:write(report.usage("  tench ", verb.usage, 10), "\n")
        report.help(out, "      " .. verb.doc, 6)
    end
    out:write("  tench --version\n\n")
    report.help(out, "keys that every recipe knows; others by their name where one part of the "
        .. "recipe has it (split=val, size=192), else by path (ops.hflip.p=0)", 0)
    write_pairs(out, KEYS)
    out:write("\nops by stage (tench help OP)\n")
    write_ops(out)
    out:write("\nexit codes\n")
    write_pairs(out, exit.meanings)
end

-- Bounds, choices and form of a parameter, as a person would say them.
local function range_text(param)
    if param.choices ~= "" then
        return param.choices:gsub(" ", ", ")
    end
    local low, high = param.min, param.max
    if low == 0 and high == 0 then
        return ""
    end
    local endless = 1e15
    if high >= endless then
        return ("from %.14g"):format(low)
    elseif low <= -endless then
        return ("up to %.14g"):format(high)
    end
    return ("%.14g to %.14g"):format(low, high)
end

local function initial_text(param)
    if param.required then
        return "required"
    end
    return "default " .. (param.initial ~= "" and param.initial or "unset")
end

local function write_op(info)
    report.help(io.stdout, info.name .. ": " .. info.doc, 2)
    report.help(io.stdout, "  stage   " .. info.stage, 10)
    report.help(io.stdout, "  source  " .. info.source, 10)
    if #info.params == 0 then
        io.write("  no parameters\n")
    end
    for _, param in ipairs(info.params) do
        local range = range_text(param)
        io.write "\n"
        report.help(io.stdout, ("  %-18s %s, %s%s"):format(param.name, param.kind,
            initial_text(param), range ~= "" and "; " .. range or ""), 21)
        report.help(io.stdout, "      " .. param.doc, 6)
    end
end

local function cell(text)
    return (text:gsub("|", "\\|"))
end

local function write_markdown()
    io.write("| op | does | parameters (default) | stage | defined by |\n",
        "| --- | --- | --- | --- | --- |\n")
    for _, name in ipairs(op.names()) do
        local info, params = op.info(name), {}
        for place, param in ipairs(info.params) do
            local initial = initial_text(param):gsub("^default ", "")
            params[place] = ("`%s` (%s)"):format(param.name, initial)
        end
        io.write(("| `%s` | %s | %s | %s | %s |\n"):format(info.name, cell(info.doc),
            cell(table.concat(params, ", ")), info.stage, cell(info.source)))
    end
end

local function write_verb(verb)
    io.write(report.usage("usage: tench ", verb.usage, 13), "\n")
    report.help(io.stdout, verb.doc, 0)
    write_pairs(io.stdout, verb.notes or {})
end

local function key_of(name)
    for _, key in ipairs(KEYS) do
        if key[1] == name then
            return key
        end
    end
end

local function unknown(name)
    local known = { unpack(op.names()) }
    for _, verb in ipairs(VERBS) do
        known[#known + 1] = verb
    end
    local near = names.nearest(name, known)
    exit.fail(exit.USAGE, "there is no op or verb %s%s", names.show(name),
        near and "; the nearest known is " .. near or "")
end

---@param given table
---@return integer code
function help.run(given)
    local name = given.operands[1]
    if given.options["--markdown"] then
        write_markdown()
    elseif not name then
        help.overview(io.stdout)
    elseif op.info(name) then
        write_op(op.info(name))
    elseif verb_of(name) then
        write_verb(verb_of(name))
    elseif key_of(name) then
        report.help(io.stdout, ("%s=VALUE, a setting: %s"):format(name, key_of(name)[2]), 2)
    else
        unknown(name)
    end
    return exit.OK
end

return help
