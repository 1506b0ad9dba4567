-- SPDX-License-Identifier: MIT
-- run --dump: writes what the consumer gets to files that every program can read.
--
-- batch_00000.npy and label_00000.npy hold a batch; samples.jsonl has a line for each row. The
-- number in the names continues over epochs and after a resume: it is the epoch times the batches
-- of an epoch, plus the batch's place among this rank's batches of the epoch. "batch" in a line is
-- this number; "slot" is the row in the batch's file.

local exit = require "tench.cli.exit"
local names = require "tench.names"
local native = require "tench.cli.native"
local C, ffi = native.C, native.ffi

---@class tench.cli.dump
local Dump = {}
Dump.__index = Dump

local dump = {}

local function fail(path, why)
    exit.fail(exit.OUTPUT, "%s: cannot write: %s", names.show(path), (why:gsub("^.*: ", "")))
end

-- Opens a new file. "x": it fails if anything has this name, even a link.
local function open_lines(path)
    local file, why = io.open(path, "wbx")
    return file or fail(path, why)
end

-- A row's line has a thousandth of these bytes; no dump writes a longer one.
local MAX_LINE, BLOCK = 2 ^ 20, 2 ^ 16

-- Iterates over the complete lines of a file; leaves out an unfinished last line.
local function whole_lines(file, path)
    local text, at = "", 1
    return function()
        local last = text:find("\n", at, true)
        while not last do
            local block = file:read(BLOCK)
            if not block then
                return nil
            elseif #text - at >= MAX_LINE then
                exit.fail(exit.OUTPUT, "%s: a line has more than %d bytes, so no dump wrote it",
                    names.show(path), MAX_LINE)
            end
            text, at = text:sub(at) .. block, 1
            last = text:find("\n", 1, true)
        end
        local line = text:sub(at, last - 1)
        at = last + 1
        return line
    end
end

-- Keeps the lines of an earlier run about batches before `number`; the run writes the others again.
-- Copies them to a new file, so that a kill at this moment loses no line.
local function reopen_lines(path, number)
    local old = io.open(path, "rb")
    if not old then
        return open_lines(path)
    end
    local new = open_lines(path .. ".part")
    for line in whole_lines(old, path) do
        local batch = tonumber(line:match '^{"batch":(%d+),')
        if batch and batch < number then
            local done, why = new:write(line, "\n")
            if not done then
                fail(path, why)
            end
        end
    end
    old:close()
    local done, why = new:flush()
    if done then
        done, why = os.rename(path .. ".part", path)
    end
    return done and new or fail(path, why)
end
-- Not compiled: LuaJIT's compiled code repeats a write that failed, and the repetition reports no
-- error.
jit.off(reopen_lines)

--- Raises an error if the folder has files (unless `force`), or if nothing can be written into it.
---@param folder string
---@param force boolean
function dump.check(folder, force)
    if native.written(C.tncli_folder_used(folder)) == 1 and not force then
        exit.fail(exit.OUTPUT, "%s: this folder is not empty (--force writes into it and removes "
            .. "the files of an older dump)", names.show(folder))
    end
    native.written(C.tncli_check_folder(folder))
end

--- Opens a folder for a run's batches. Removes the files of an older dump, and nothing else. A
--- resumed run keeps the files of all batches before its first.
---@param folder string
---@param resumes boolean
---@param loader tench.loader
---@param world_size integer
---@return tench.cli.dump
function dump.open(folder, resumes, loader, world_size)
    native.written(C.tncli_make_folder(folder))
    if not resumes then
        native.written(C.tncli_remove_dump(folder, 0))
    end
    return setmetatable({
        folder = folder,
        path = folder .. "/samples.jsonl",
        lines = not resumes and open_lines(folder .. "/samples.jsonl") or nil,
        n_batches = loader.n_batches,
        world_size = world_size,
    }, Dump)
end

-- The explanations of all rows, with the number of the batch's file instead of its number in the
-- epoch.
local function explain_rows(batch, number)
    local lines = {}
    for row = 1, batch.n do
        lines[row] = batch:explain(row):gsub('^{"batch":%d+', '{"batch":' .. number) .. "\n"
    end
    return table.concat(lines)
end

---@param text string lines of samples.jsonl
function Dump:write_lines(text)
    local done, why = self.lines:write(text)
    if done then
        done, why = self.lines:flush()
    end
    if not done then
        fail(self.path, why)
    end
end
jit.off(Dump.write_lines)

-- A resumed run learns from its first batch which files to keep.
local function resume(self, number)
    native.written(C.tncli_remove_dump(self.folder, number))
    return reopen_lines(self.path, number)
end

--- Writes a batch.
---@param batch tench.batch
function Dump:write(batch)
    local number = batch.epoch * self.n_batches + math.floor(batch.number / self.world_size)
    self.lines = self.lines or resume(self, number)
    for index = 0, batch._batch.n_tensors - 1 do
        local name = ffi.string(batch._batch.tensors[index].name)
        local path = ("%s/%s_%05d.npy"):format(self.folder, name == "image" and "batch" or name,
            number)
        native.written(C.tncli_write_npy(path, batch[name]:host()._view))
    end
    self:write_lines(explain_rows(batch, number))
end

--- Closes samples.jsonl.
function Dump:close()
    if not self.lines then
        return
    end
    local done, why = self.lines:close()
    if not done then
        fail(self.path, why)
    end
end

return dump
