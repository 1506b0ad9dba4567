-- SPDX-License-Identifier: MIT
-- A recipe cannot take over the program: plain data becomes text and is read back, and any other
-- text is refused.

local tap = require "tap"
local plain = require "tench.cli.plain"

local MAX_BYTES = 2 ^ 20

local function write(value, max_bytes)
    return plain.write("name", value, max_bytes or MAX_BYTES)
end

local function read(text)
    return plain.read("name", text)
end

local function same(a, b)
    if type(a) ~= "table" or type(b) ~= "table" then
        return type(a) == type(b) and (a == b or a ~= a and b ~= b)
    end
    for key in pairs(b) do
        if a[key] == nil then
            return false
        end
    end
    for key, value in pairs(a) do
        if not same(value, b[key]) then
            return false
        end
    end
    return true
end

tap.test("each value has one text", function()
    for _, case in ipairs {
        { "", "0:," }, { "train", "5:train," }, { "a\0\n1:x,", "7:a\0\n1:x,," },
        { 0, "1:0#" }, { -0.5, "4:-0.5#" }, { 0.1, "3:0.1#" }, { 1e300, "6:1e+300#" },
        { 1 / 3, "18:0.3333333333333333#" }, { 2 ^ 53, "16:9007199254740992#" },
        { math.huge, "3:inf#" }, { -math.huge, "4:-inf#" }, { 0 / 0, "3:nan#" },
        { 7LL, "1:7i" }, { -2LL ^ 63, "20:-9223372036854775808i" },
        { -1ULL, "20:18446744073709551615u" }, { true, "1:y?" }, { false, "1:n?" },
        { {}, "0:]" }, { { 1, "b", false }, "12:1:1#1:b,1:n?]" },
        { { b = 1, a = {} }, "15:1:a,0:]1:b,1:1#}" },
    } do
        tap.equal(write(case[1]), case[2])
        tap.equal(same(read(case[2]), case[1]), true, case[2])
    end
end)

tap.test("an error names a value that has no text", function()
    local looped = {}
    looped.x = { looped }
    for _, case in ipairs {
        { print, "name is a function" }, { { a = { b = print } }, "name: a.b is a function" },
        { { 1, io.stdout }, "name: 2 is a userdata" }, { coroutine.create(print), "is a thread" },
        { { a = 2i }, "name: a is a ctype<complex>" }, { { 1, nil, 3 }, "a gap" },
        { { x = { 1, y = 2 } }, "name: x has both names and numbers" },
        { { [{}] = 1 }, "names and numbers" }, { { [0] = 1 }, "names and numbers" },
        { looped, "nested more than 8 deep" },
    } do
        tap.raises(case[2], write, case[1])
    end
end)

tap.test("a text has a bound, however little memory its value takes", function()
    local value = "x"
    for _ = 1, 7 do
        value = { value, value, value, value, value, value, value, value, value, value }
    end
    tap.raises("name: the recipe's result is larger than 1000 bytes", write, value, 1000)
    local small = { a = "b", c = { 1, 2, {} } }
    local text = write(small)
    tap.equal(write(small, #text), text)
    tap.raises("larger", write, small, #text - 1)
end)

-- Texts that the writer never writes. Each must be refused.
local BROKEN = {
    "", "1", ":", "1:", "1:x", "1:x,,", "x:x,", "-1:,", "+1:x,", " 1:x,", "01:x,", "00:,", "2:x,",
    "0:x,", "99999999:x,", "9999999:x,", "1:x;", "1:x#", "3:1e0#", "4:0x10#", "2:01#", "2: 1#",
    "0:#", "4:-nan#", "3:Inf#", "1:Y?", "0:?", "2:yy?", "1:-i", "0:i", "2:01i", "2:-0i",
    "19:9223372036854775808i", "20:-9223372036854775809i", "20:18446744073709551616u", "2:-1u",
    "21:000000000000000000001i", "3:1.0#", "3:1:x]", "4:1:x,}", "5:1:x,]", "3:0:,]x", "0:}",
    "8:1:a,1:1#1:b,1:2#}", "14:1:b,1:1#1:a,1:2#}", "14:1:a,1:1#1:a,1:2#}", "8:1:1#1:1#}",
    "8:0:]1:1#}", "4:9:x,]", "5:3:x,,]", "3:0:,}",
}

tap.test("any other text is refused", function()
    for _, text in ipairs(BROKEN) do
        tap.raises("name: the recipe's process sent an answer that is invalid at byte", read, text)
    end
    local deep = "0:]"
    for _ = 1, 7 do
        deep = #deep .. ":" .. deep .. "]"
    end
    tap.equal(type(read(deep)), "table")
    tap.raises("is invalid", read, #deep .. ":" .. deep .. "]")
end)

tap.test("a damaged text is refused, or is the text of another value", function()
    local text = write {
        dataset = { split = "train", orient = true }, epochs = 3,
        ops = { "hflip p=0.25", "resize" },
        loader = { seed = 5LL, subset = { 1, 2, 30 } },
    }
    local state = 1
    local function random(n)
        state = (state * 16807) % 2147483647
        return state % n
    end
    for length = 0, #text - 1 do
        tap.raises("is invalid", read, text:sub(1, length))
    end
    local n_read = 0
    for _ = 1, 20000 do
        local place = 1 + random(#text)
        local letter = random(2) == 0 and string.char(random(256))
            or ("0123456789:,#?iu]}"):sub(1 + random(18)):sub(1, 1)
        local damaged = text:sub(1, place - 1) .. letter .. text:sub(place + random(2))
        local ok, value = pcall(read, damaged)
        if ok then
            tap.equal(write(value), damaged)
            n_read = n_read + 1
        end
    end
    tap.equal(n_read > 1000, true, "damaged texts that can be read")
end)

tap.done()
