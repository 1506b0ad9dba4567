-- SPDX-License-Identifier: MIT
-- The progress line during a run. It is shown only if standard error is a terminal.

local native = require "tench.cli.native"
local C = native.C

local STDERR, EVERY_S = 2, 0.1

---@class tench.cli.progress
local Progress = {}
Progress.__index = Progress

local progress = {}

--- Starts a line for `total` images.
---@param total integer
---@param quiet boolean
---@return tench.cli.progress
function progress.start(total, quiet)
    return setmetatable({
        total = total,
        shown = not quiet and C.tncli_is_terminal(STDERR) == 1,
        began = C.tncli_seconds(),
        next = 0,
    }, Progress)
end

--- Formats seconds as 1:05 or 2:03:05.
---@param seconds number
---@return string
function progress.clock(seconds)
    local whole = math.floor(seconds + 0.5)
    local hours, minutes = math.floor(whole / 3600), math.floor(whole / 60) % 60
    if hours > 0 then
        return ("%d:%02d:%02d"):format(hours, minutes, whole % 60)
    end
    return ("%d:%02d"):format(minutes, whole % 60)
end

--- Formats the line for a terminal of this width.
---@param columns integer
---@param done integer images
---@param total integer
---@param seconds number since the start
---@param wait_s number? part of the seconds: waiting for batches
---@return string
function progress.line(columns, done, total, seconds, wait_s)
    local share = total > 0 and done / total or 1
    local rate = seconds > 0 and done / seconds or 0
    local eta = rate > 0 and progress.clock((total - done) / rate) or "-:--"
    local facts = ("%3d%%  %d/%d  %.0f images/s  eta %s"):format(math.floor(100 * share), done,
        total, rate, eta)
    if wait_s then
        facts = ("%s  waiting %.0f%%"):format(facts,
            seconds > 0 and math.min(100, 100 * wait_s / seconds) or 0)
    end
    local room = math.min(columns - #facts - 4, 40)
    if room < 8 then
        return facts:sub(1, columns - 1)
    end
    local full = math.floor(share * room)
    local head = full < room and ">" or ""
    return ("[%s%s%s] %s"):format(("="):rep(full), head, (" "):rep(room - full - #head), facts)
end

--- Shows the progress, at most ten times a second.
---@param done integer images
---@param wait_s number?
function Progress:update(done, wait_s)
    local now = C.tncli_seconds()
    if not self.shown or now < self.next then
        return
    end
    self.next = now + EVERY_S
    io.stderr:write("\r", progress.line(C.tncli_columns(STDERR), done, self.total,
        now - self.began, wait_s), "\27[K")
end

--- Removes the line.
function Progress:clear()
    if self.shown then
        io.stderr:write("\r\27[K")
        self.next = 0
    end
end

return progress
