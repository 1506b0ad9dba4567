-- SPDX-License-Identifier: MIT
-- For verbs that work on one split after the other: the work, and the report on it.

local folder = require "tench.cli.folder"
local native = require "tench.cli.native"

local by_split = {}

--- Works on each data set until a signal comes. Returns a plain table for each data set that was
--- begun, with the data set and the seconds that it took.
---@param datasets tench.dataset[]
---@param action fun(dataset: tench.dataset): table
---@return table[] reports
function by_split.work(datasets, action)
    return folder.work_on_each(datasets, function(dataset)
        local report = folder.timed(function()
            return action(dataset)
        end)
        report.dataset = dataset
        return report
    end)
end

--- Writes a fault as a JSON object. Indices count from 0, as in samples.jsonl.
---@param fault tench.fault
---@return string
function by_split.json_fault(fault)
    return ('{"index":%s,"name":%s,"code":"%s","message":%s}'):format(
        native.json_index(fault.sample), native.json_string(fault.name), fault.code,
        native.json_string(fault.message))
end

local function json_counts(report, counts)
    local parts = {}
    for place, name in ipairs(counts) do
        parts[place] = ('"%s":%.0f'):format(name, report[name])
    end
    return table.concat(parts, ",") .. (',"seconds":%.3f,"interrupted":%s'):format(report.seconds,
        tostring(report.stopped))
end

-- Sums the reports. `datasets` also has the data sets that were not begun.
local function total_of(reports, datasets, counts)
    local total = { seconds = folder.sum(reports, "seconds"), stopped = reports[#reports].stopped }
    for _, name in ipairs(counts) do
        total[name] = folder.sum(reports, name)
    end
    total.samples = folder.sum(datasets, "n")
    return total
end

---@class tench.cli.report_form
---@field counts string[] fields that are numbers of files or bytes, to be summed
---@field text fun(report: table) prints a report
---@field json fun(report: table): string writes the further fields of its JSON object

--- Prints reports, one after the other. With --json it prints one object; for splits it has the
--- sums and a list "splits".
---@param reports table[]
---@param datasets tench.dataset[] all data sets, those that were not begun included
---@param form tench.cli.report_form
---@param given table the command line
---@param has_splits boolean
function by_split.print(reports, datasets, form, given, has_splits)
    local function json_text(report)
        return ("{%s,%s,%s}"):format(folder.json_fields(report.dataset),
            json_counts(report, form.counts), form.json(report))
    end
    if not given.options["--json"] then
        for place, report in ipairs(reports) do
            io.write(place > 1 and "\n" or "")
            form.text(report)
        end
    elseif has_splits then
        io.write(('{"root":%s,%s,"splits":%s}\n'):format(native.json_string(given.operands[1]),
            json_counts(total_of(reports, datasets, form.counts), form.counts),
            folder.json_list(reports, json_text)))
    else
        io.write(json_text(reports[1]), "\n")
    end
end

return by_split
