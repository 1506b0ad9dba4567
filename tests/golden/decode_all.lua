-- SPDX-License-Identifier: MIT
-- decode_all.lua FOLDER OUT [MODE]: decodes every image of a class folder whole, one after another.
-- Prints a line for each, NAME STATUS WIDTH HEIGHT MESSAGE with tabs between, and writes the pixels
-- of number k to OUT/k.rgb.

local tench = require "tench"

local dataset = tench.create_dataset(arg[1], { input_img_mode = arg[3] })
for sample = 1, dataset.n do
    local ok, image = pcall(dataset.get, dataset, sample)
    local name = dataset:name(sample)
    if ok then
        local file = assert(io.open(("%s/%d.rgb"):format(arg[2], sample), "wb"))
        file:write(image:bytes())
        file:close()
        print(("%s\tTN_OK\t%d\t%d\t"):format(name, image.width, image.height))
        image:close()
    else
        print(("%s\t%s\t0\t0\t%s"):format(name, tench.last_error().code, image))
    end
end
