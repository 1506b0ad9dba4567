-- SPDX-License-Identifier: MIT
-- For tests that print TAP: tap.test(name, body), then tap.done(). A full collection follows each
-- test, so that all dropped objects are finalised before the next test begins.

local tap = { n = 0, failed = 0 }

function tap.test(name, body)
    local ok, message = xpcall(body, debug.traceback)
    collectgarbage()
    collectgarbage()
    tap.n = tap.n + 1
    tap.failed = tap.failed + (ok and 0 or 1)
    print(string.format("%s %d - %s", ok and "ok" or "not ok", tap.n, name))
    if not ok then
        print("# " .. string.gsub(message, "\n", "\n# "))
    end
end

function tap.equal(got, wanted, what)
    if got ~= wanted then
        error(string.format("%s: got %s, wanted %s", what or "value", tostring(got),
            tostring(wanted)), 2)
    end
end

-- Checks that the call fails with a message that contains each of the texts.
function tap.raises(texts, body, ...)
    local ok, message = pcall(body, ...)
    if ok then
        error("no error was raised; wanted: " .. table.concat({ texts }, " "), 2)
    end
    for _, text in ipairs(type(texts) == "table" and texts or { texts }) do
        if not string.find(tostring(message), text, 1, true) then
            error(string.format('the message "%s" lacks "%s"', tostring(message), text), 2)
        end
    end
    return message
end

function tap.done()
    print("1.." .. tap.n)
    os.exit(tap.failed == 0 and 0 or 1, true)
end

return tap
