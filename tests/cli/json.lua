-- SPDX-License-Identifier: MIT
-- json.lua [FIELD] [FIELD…]: reads one JSON value from standard input, strictly, and prints fields
-- of it, or "#" for the number of fields. Exits with 1 if the text is not exactly one value.

local whole = dofile(arg[0]:gsub("[^/]*$", "") .. "read_json.lua")(io.read "*a")
for _, name in ipairs(arg) do
    local found = whole
    for key in name:gmatch "[^.]+" do -- "list.1.field"
        if type(found) ~= "table" then
            found = nil
            break
        end
        found = found[tonumber(key) or key]
    end
    print(type(found) == "number" and ("%.14g"):format(found) or tostring(found))
end
