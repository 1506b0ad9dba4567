-- SPDX-License-Identifier: MIT
-- The program's own C functions (src/cli/cli.h).

local lib = require "tench.lib"
local exit = require "tench.cli.exit"
local names = require "tench.names"
local C, ffi = lib.C, lib.ffi

ffi.cdef "const char *tncli_cdef(void);"
ffi.cdef(ffi.string(C.tncli_cdef()))

local FOLDER = 1 -- tncli_path_kind

local native = { C = C, ffi = ffi }

--- Ends the program if a call of the program's own that writes has failed. Returns its status.
---@param status integer
---@return integer status
function native.written(status)
    if status < 0 then
        exit.fail(exit.OUTPUT, "%s", ffi.string(C.tncli_error()))
    end
    return status
end

--- Writes a file, so that it appears complete or not at all.
---@param path string
---@param text string
function native.write_text(path, text)
    native.written(C.tncli_write_text(path, text, #text))
end

--- Ends the program if a file could not be written later.
---@param path string
function native.check_file(path)
    local folder = path:match "^(.*)/[^/]*$"
    if folder and folder ~= "" and C.tncli_path_kind(folder) ~= FOLDER then
        exit.fail(exit.OUTPUT, "%s: there is no folder %s", names.show(path), names.show(folder))
    end
    native.written(C.tncli_check_file(path))
end

--- Reads a file. Ends the program if it cannot be read, or has more than `most` bytes.
---@param path string
---@param most integer
---@return string
function native.read_text(path, most)
    local file, why = io.open(path, "rb")
    local text
    if file then
        text, why = file:read(most + 1)
        file:close()
        text = text or not why and ""
    end
    if not text then
        exit.fail(exit.INPUT, "%s: cannot read: %s", names.show(path), (why:gsub("^.*: ", "")))
    end
    if #text > most then
        exit.fail(exit.INPUT, "%s: has more than %d bytes", names.show(path), most)
    end
    return text
end

--- Writes a text as a JSON string, with its quotes.
---@param text string
---@return string
function native.json_string(text)
    local size = 6 * #text + 3
    local out = ffi.new("char[?]", size)
    return ffi.string(out, C.tn_json_text(text, #text, out, size))
end

--- Writes a sample's number for JSON: it counts from 0; null if there is none.
---@param sample integer? from 1
---@return string
function native.json_index(sample)
    return sample and ("%.0f"):format(sample - 1) or "null"
end

return native
