-- SPDX-License-Identifier: MIT
-- tench doctor: prints what this program consists of and what it found on this machine.

local exit = require "tench.cli.exit"
local names = require "tench.names"
local native = require "tench.cli.native"
local recipes = require "tench.cli.recipe"
local report = require "tench.cli.report"
local C, ffi = native.C, native.ffi

local doctor = {
    usage = "doctor",
    least = 0,
    most = 0,
    settings = false,
    options = {},
    doc = "say what this program consists of, and what it found on this machine",
}

local function say(name, format, ...)
    local text = names.message(format:format(...))
    report.line(io.stdout, ("%-10s %s"):format(name, text), 11)
end

local function say_lines(name, lines)
    for line in ffi.string(lines):gmatch "[^\n]+" do
        say(name, "%s", line)
        name = ""
    end
end

local function wide_lua()
    return ffi.abi "gc64" and "Lua objects may take more than 2 GB"
        or "Lua objects may take at most 2 GB"
end

---@return integer code
function doctor.run()
    say("tench", "%s, ABI %d", ffi.string(C.tn_version()), C.tn_abi())
    say("program", "%s", ffi.string(C.tncli_program_path()))
    say("library", "a part of the program")
    say("recipes", "%s", recipes.folder() or "not found beside the program")
    say("cpu", "%s instructions (TENCH_CPU=scalar lowers them)", ffi.string(C.tn_cpu_level()))
    local wanted = os.getenv "TENCH_CPU"
    if wanted and wanted ~= "" and wanted ~= ffi.string(C.tn_cpu_level()) then
        say("", "TENCH_CPU=%s is unknown, or this machine does not have it", wanted)
    end
    say("threads", "%d by default: the CPUs that this process may use", C.tn_cpu_threads())
    say("luajit", "%s, %s %s, %s", jit.version, jit.os, jit.arch, wide_lua())
    say("jpeg", "libjpeg-turbo %s", ffi.string(C.tncli_jpeg_version()))
    say_lines("cuda", C.tn_cuda_report())
    say("nvtx", "%s", ffi.string(C.tn_nvtx_report()))
    say_lines("modules", C.tn_module_report())
    return exit.OK
end

return doctor
