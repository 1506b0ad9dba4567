-- SPDX-License-Identifier: MIT
-- npy.lua FILE DESCR SHAPE: checks a .npy file's header and length by hand, and prints how many
-- elements it has: npy.lua batch_00000.npy '<f4' '4, 3, 64, 64'.

local path, descr, shape = unpack(arg)
local file = assert(io.open(path, "rb"))
local bytes = file:read "*a"
file:close()

assert(bytes:sub(1, 8) == "\147NUMPY\1\0", "not an npy file of version 1.0")
local low, high = bytes:byte(9, 10)
local length = low + 256 * high
assert((10 + length) % 64 == 0, "data is not aligned to 64")
local header = bytes:sub(11, 10 + length)
local wanted = ("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"):format(descr, shape)
assert(header:match "^(.-) *\n$" == wanted, "header is " .. header)
local count = 1
for n in shape:gmatch "%d+" do
    count = count * tonumber(n)
end
assert(#bytes == 10 + length + count * tonumber(descr:match "%d$"), "length is " .. #bytes)
print(count)
