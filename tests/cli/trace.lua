-- SPDX-License-Identifier: MIT
-- trace.lua FILE DEVICE POSITIONS BATCHES [EPOCHS]: checks what `tench run --trace` wrote. Spans of
-- a track contain one another or are apart. Each position of each epoch was made, stage by stage.
-- Each batch went through its slot; with a device other than cpu it was copied and finished. Prints
-- "#" and the number of spans.

local read = dofile(arg[0]:gsub("[^/]*$", "") .. "read_json.lua")
local file = assert(io.open(arg[1], "rb"))
local trace = read(file:read "*a")
file:close()
local device, positions, batches = arg[2], tonumber(arg[3]), tonumber(arg[4])
local epochs = tonumber(arg[5] or 1)

local function check(holds, format, ...)
    if not holds then
        io.stderr:write(arg[1], ": ", format:format(...), "\n")
        os.exit(1)
    end
end

-- Times are in µs with three decimals, so they are whole nanoseconds.
local function ns(us)
    return math.floor(1000 * us + 0.5)
end

local tracks, named, by_name, last = {}, {}, {}, nil
for place = 1, trace.traceEvents["#"] do
    local event = trace.traceEvents[place]
    if event.ph == "M" then
        named[event.tid or event.pid] = event.args.name
    elseif event.ph == "X" then
        event.from, event.to = ns(event.ts), ns(event.ts) + ns(event.dur)
        check(event.dur >= 0, "%s takes %s", event.name, event.dur)
        tracks[event.tid] = tracks[event.tid] or {}
        table.insert(tracks[event.tid], event)
        local kind = named[event.pid]:match "(%a+)$" .. " " .. event.name
        by_name[kind] = by_name[kind] or {}
        table.insert(by_name[kind], event)
    end
    last = event
end
check(last.name == "the trace ends" and last.args.dropped == trace.otherData.dropped, "its end")

for tid, track in pairs(tracks) do
    check(named[tid], "track %d has no name", tid)
    table.sort(track, function(a, b)
        return a.from < b.from or a.from == b.from and a.to > b.to
    end)
    local open = {}
    for _, event in ipairs(track) do
        while open[1] and open[#open].to <= event.from do
            table.remove(open)
        end
        check(not open[1] or event.to <= open[#open].to, "%s at %s on %s is not in %s", event.name,
            event.ts, named[tid], open[1] and open[#open].name)
        event.parent = open[#open]
        open[#open + 1] = event
    end
end

-- count(KIND, WANTED, KEY…): checks that there are so many spans, each with another key.
local function count(kind, wanted, ...)
    local found, seen = by_name[kind] or {}, {}
    check(#found == wanted, "%d of '%s', not %d", #found, kind, wanted)
    for _, event in ipairs(found) do
        local key = {}
        for _, name in ipairs { ... } do
            check(event.args[name], "'%s' without %s", kind, name)
            key[#key + 1] = event.args[name]
        end
        key = table.concat(key, " ")
        check(not seen[key], "'%s' twice for %s", kind, key)
        seen[key] = event
    end
    return seen
end

local samples = count("workers sample", positions * epochs, "epoch", "position")
for _, stage in ipairs { "read", "plan", "decode", "transform", "finish" } do
    for key, event in pairs(count("workers " .. stage, positions * epochs, "epoch", "position")) do
        check(event.parent == samples[key], "%s of %s is not in its sample", stage, key)
        for _, name in ipairs { "batch", "slot", "row" } do
            check(event.args[name] == samples[key].args[name], "%s of %s", name, key)
        end
    end
end
for _, sample in pairs(samples) do
    check(sample.args.name and sample.args.sample and sample.args.attempt == 0, "a sample's name")
end

local states = device == "cpu" and { "fill", "ready", "held" }
    or { "fill", "filled", "sent", "ready", "held" }
local before
for _, state in ipairs(states) do
    local now = count("slots " .. state, batches * epochs, "epoch", "batch")
    for key, event in pairs(now) do
        local earlier = before and before[key]
        check(not earlier or earlier.tid == event.tid and earlier.to <= event.from,
            "%s of %s begins before the earlier state ends", state, key)
    end
    before = now
end
if device ~= "cpu" then
    local copies = count("device copy", batches * epochs, "epoch", "batch")
    for key, kernel in pairs(count("device kernel", batches * epochs, "epoch", "batch")) do
        check(copies[key].to <= kernel.from, "the kernel of %s begins before its copy ends", key)
    end
    count("device enqueue", batches * epochs, "epoch", "batch")
end
check(by_name["consumer wait for a batch"], "the consumer's waits")
print("# " .. trace.otherData.spans)
