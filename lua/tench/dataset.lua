-- SPDX-License-Identifier: MIT
-- Data sets: folders, packs, other containers, and lists in memory. timm's create_dataset has the
-- names and rules.

local lib = require "tench.lib"
local errors = require "tench.error"
local faults = require "tench.fault"
local images = require "tench.image"
local indexer = require "tench.indexer"
local items = require "tench.items"
local memory = require "tench.memory"
local names = require "tench.names"
local options = require "tench.options"
local packs = require "tench.packs"
local records = require "tench.record"
local sources = require "tench.source"
local specs = require "tench.spec"
local struct = require "tench.struct"
local surveys = require "tench.survey"
local verifier = require "tench.verifier"
local C, ffi = lib.C, lib.ffi

---@class tench.dataset
---@field n integer number of samples
---@field n_classes integer number of classes
---@field label_kind "class"|"classes"|"numbers"|"text" of all samples: which tench.label they have
---@field root string the folder or file that was opened: that of the split if one was
---@field split string name of the split's folder; "" if the root itself was opened
---@field mode "RGB"|"L"|"RGBA"|"keep"|"index" channels that images are converted to
---@field channels integer? of its images; nil with mode "keep": each file decides
---@field [integer] tench.image # sample i, from 1; ipairs(ds) too
---@operator len: integer
local Dataset = {}
Dataset.__index = Dataset
local datasets = {}
local new_dataset

-- How long to wait for another process that stores an index of the same folder. `tench index` waits
-- as long.
local STORE_WAIT_MS = 3000
local SAMPLE_BYTES = 32 -- what the library keeps for a sample, about: its name and label

datasets.fields = specs.fields("dataset")
local FIELD_NAMES = {}
for _, field in ipairs(datasets.fields) do
    FIELD_NAMES[field.name] = true
end
local DEFAULT_EXTENSIONS = options.read("create_dataset", datasets.fields, { root = "" }).extensions

local CHANNELS = { RGB = 3, L = 1, RGBA = 4, index = 1 }

-- Adds key=value to the text of the source if its kind has a parameter of that name. False: it has
-- none, or what lies at the root decides about the kind.
local function add_parameter(values, key, value)
    local spec = values.source and specs.find(C.TN_SPEC_SOURCE, string.match(values.source, "%S*"))
    local known = false
    for _, param in ipairs(spec and spec.params or {}) do
        known = known or param.name == key
    end
    if known then
        values.source = ('%s %s="%s"'):format(values.source, key, value:gsub('[\\"]', "\\%0"))
    end
    return known
end

-- timm names the fields of a sample so. Each kind of source has its own.
local function name_fields(values)
    if values.input_key and add_parameter(values, "image", values.input_key) then
        values.input_key = nil
    end
    if values.target_key and not add_parameter(values, "label", values.target_key) then
        errors.fail("create_dataset: target_key = %s names a field of each sample, and %s",
            options.show(values.target_key), values.source
            and ('the source "%s" has none'):format(values.source)
            or 'the kind of source is not given: write a name, for example "wds/" or "hfds/"')
    end
end

-- timm's ".png;.jpg" is our ".png,.jpg".
local function extensions_of(values)
    if values.input_key and values.extensions ~= DEFAULT_EXTENSIONS then
        errors.fail("create_dataset: extensions and input_key mean the same; give one of them")
    end
    return values.input_key and string.gsub(values.input_key, ";", ",") or values.extensions
end

-- Returns the options for the library, and what they borrow besides the values.
local function fill(values)
    local out = struct.filled("tn_dataset_options", datasets.fields, values)
    out.split, out.stop = values.split, values.stop
    if values.items == nil and values.classes ~= nil then
        errors.fail "create_dataset: classes name those of items, and there are no items"
    end
    return out, values.items ~= nil and items.fill(values.items, values.classes, out) or nil
end

-- timm's default, validation, is used if it exists; a split that the user names must exist.
-- split_rule = "or_whole" without a split is for a recipe that names none.
local function choose_split(values, given)
    if not values.search_split then
        if given.split ~= nil and values.split_rule == "must" then
            errors.fail("create_dataset: split = %s names a split, and search_split is off; give "
                .. "one of them", options.show(given.split))
        end
        values.split, values.split_rule = nil, nil
    elseif given.split == nil and values.split_rule == "or_whole" then
        values.split = nil
    elseif given.split == nil then
        values.split_rule = "if_there"
    end
end

-- A name chooses the kind of source, like the text `source`.
local function choose_source(values)
    local kind = sources.kind_of(values.name or "")
    if kind and values.source then
        errors.fail('create_dataset: name = "%s" and source = "%s" both choose the kind of source; '
            .. "give one of them", values.name, values.source)
    end
    values.source = values.source or kind
end

local function read(given)
    for name in pairs(given) do
        if not FIELD_NAMES[name] then
            sources.refuse_parameter("create_dataset", name, given.source)
        end
    end
    local values = options.read("create_dataset", datasets.fields, given)
    if not (values.root or values.source or values.items) then
        errors.fail "create_dataset: root is required: a folder or a file"
    end
    choose_split(values, given)
    choose_source(values)
    name_fields(values)
    values.extensions = extensions_of(values)
    return values
end

-- Returning what the options borrow keeps it alive during the call.
local function create(out, borrowed)
    local made = C.tn_dataset_create(out)
    if made == nil and borrowed then
        errors.fail(items.in_lua(ffi.string(C.tn_error())))
    end
    return errors.made(made), borrowed
end

-- What the data set is, for people: its path, unless it is a list in memory.
local function title_of(values, root)
    if not values.items then
        return names.show(root)
    end
    return values.root and "items below " .. names.show(root) or "items in memory"
end

--- Opens a data set.
---@param given tench.dataset_options
---@return tench.dataset
local function open(given)
    local values = read(given)
    local handle = ffi.gc(create(fill(values)), C.tn_dataset_destroy)
    local n = tonumber(C.tn_dataset_count(handle))
    memory.own(handle, SAMPLE_BYTES * n, C.tn_dataset_destroy)
    return new_dataset{
        _handle = handle,
        _stop = values.stop, -- kept alive, because the library reads it
        _title = title_of(values, ffi.string(C.tn_dataset_root(handle))),
        n = n,
        n_classes = C.tn_dataset_classes(handle),
        label_kind = items.label_kind(handle),
        root = ffi.string(C.tn_dataset_root(handle)),
        split = ffi.string(C.tn_dataset_split(handle)),
        mode = values.input_img_mode,
        channels = CHANNELS[values.input_img_mode],
    }
end

-- Two texts are (name, root): the name is known, or the root looks like a path. Otherwise the user
-- probably meant a path and a split.
local function check_two_texts(first, second)
    if not sources.looks_like_name(first) and not string.find(second, "/", 1, true) then
        errors.fail('create_dataset: a split is named in a table of options: write '
            .. 'create_dataset(%s, { split = %s })', options.show(first), options.show(second))
    end
end

local function merge(into, from)
    for name, value in pairs(from) do
        into[name] = value
    end
    return into
end

--- Opens a data set. Forms: (path), (path, options), (name, root, split or options), (options).
---@param first string|table
---@param second string|table?
---@param third string|table?
---@return tench.dataset
function datasets.create(first, second, third)
    if type(first) == "table" then
        return open(first)
    elseif type(first) ~= "string" then
        errors.fail("create_dataset: the first argument must be a path, a name or a table of "
            .. "options, not %s", type(first))
    elseif type(second) ~= "string" then
        if second ~= nil and type(second) ~= "table" then
            errors.fail("create_dataset: options must be a table, not %s", type(second))
        elseif third ~= nil then
            errors.fail("create_dataset takes a path and its options, but there is a third "
                .. "argument, %s", options.show(third))
        end
        return open(merge({ root = first }, second or {}))
    end
    check_two_texts(first, second)
    local given = type(third) == "table" and merge({}, third) or { split = third }
    given.name, given.root = first, second
    return open(given)
end

--- Lists the splits of a data set, in natural order. A plain folder of classes has none.
---@param root string
---@param given tench.dataset_options? only extensions, threads and progress matter
---@return string[]
function datasets.splits(root, given)
    local values = read(merge(merge({}, given or {}), { root = root }))
    local splits = {}
    local list = errors.made(C.tn_dataset_splits((fill(values))))
    for name in string.gmatch(ffi.string(list), "%S+") do
        splits[#splits + 1] = name
    end
    return records.list(splits)
end

-- Sample numbers count from 1.
local function index_of(dataset, sample)
    if type(sample) ~= "number" or sample % 1 ~= 0 or sample < 1 or sample > dataset.n then
        errors.fail("sample %s is outside the data set: samples count from 1 to %d",
            options.show(sample), dataset.n)
    end
    return sample - 1
end

--- Decodes a sample whole.
---@param sample integer from 1
---@return tench.image image
---@return tench.label label
function Dataset:get(sample)
    local index = index_of(self, sample)
    local label = items.label(self._handle, index)
    return images.wrap(C.tn_dataset_image(self._handle, index), "hwc", label), label
end

local function counted(n, one, many)
    return string.format("%.0f %s", n, n == 1 and one or many)
end

-- Counts of what is left out, and their words.
local KINDS_LEFT_OUT = {
    { "other_files", "file with another extension", "files with other extensions" },
    { "other_members", "link or device", "links and devices" },
    { "other_keys", "key about the others", "keys about the others" },
    { "without_image", "sample without an image", "samples without an image" },
    { "negative_labels", "sample with a negative label", "samples with a negative label" },
    { "other_containers", "file that another kind of source opens",
        "files that other kinds of sources open" },
}

local function left_out_text(left_out)
    local parts = {}
    if left_out.unmapped_images > 0 then
        parts[1] = string.format("%s that the class map lacks (%s)",
            counted(left_out.unmapped_folders, "class", "classes"),
            counted(left_out.unmapped_images, "image", "images"))
    end
    for _, kind in ipairs(KINDS_LEFT_OUT) do
        local n = left_out[kind[1]]
        if n > 0 then
            parts[#parts + 1] = counted(n, kind[2], kind[3])
        end
    end
    if left_out.first_container then
        parts[#parts] = ("%s (%s)"):format(parts[#parts], names.show(left_out.first_container)
            .. (left_out.other_containers > 1 and ", …" or ""))
    end
    return #parts > 0 and "; left out: " .. table.concat(parts, ", ") or ""
end

---@class tench.left_out
---@field unmapped_folders integer classes that are not in the class map
---@field unmapped_images integer images of them
---@field other_files integer files with other extensions
---@field repeated_paths integer files and folders that links reach once more; these are not left
--- out
---@field other_members integer symbolic links, devices and pipes in tars
---@field other_keys integer LMDB keys that hold no sample, such as `__len__`
---@field without_image integer rows of Parquet files, samples of WebDataset shards
---@field negative_labels integer samples of WebDataset shards whose field is negative
---@field other_containers integer files beside containers that another kind of source opens
---@field first_container string? name of the first of these
local LEFT_OUT = { "unmapped_folders", "unmapped_images", "other_files", "repeated_paths",
    "other_members", "other_keys", "without_image", "negative_labels", "other_containers" }
local LEFT_OUT_FIELDS = { "first_container", unpack(LEFT_OUT) }
local new_left_out = records.kind{ noun = "left out", fields = LEFT_OUT_FIELDS }

local function repeated_text(left_out)
    local n = left_out.repeated_paths
    return n > 0 and "; links repeat " .. counted(n, "path", "paths") or ""
end

--- Counts what the data set leaves out.
---@return tench.left_out
function Dataset:left_out()
    local facts = struct.new("tn_dataset_facts")
    errors.check(C.tn_dataset_facts_of(self._handle, facts))
    local left_out = struct.numbers(facts, LEFT_OUT)
    left_out.first_container = facts.first_container ~= nil
        and ffi.string(facts.first_container) or nil
    return new_left_out(left_out)
end

--- Describes the data set in one line: folder, split, images, classes, and what was left out.
---@return string
function Dataset:describe()
    local left_out = self:left_out()
    return string.format("%s%s: %s in %s%s%s", self._title,
        self.split ~= "" and string.format(" (split %s)", names.show(self.split)) or "",
        counted(self.n, "image", "images"), self.n_classes == 0 and "no classes"
            or counted(self.n_classes, "class", "classes"),
        left_out_text(left_out), repeated_text(left_out))
end

function Dataset.__tostring(dataset)
    return "data set " .. dataset:describe()
end

--- Returns the path of a sample below the root.
---@param sample integer from 1
---@return string
function Dataset:name(sample)
    return ffi.string(C.tn_dataset_sample_name(self._handle, index_of(self, sample)))
end

---@alias tench.label
---| integer # a class by its index, from 0; -1: the sample has none. ds.label_kind is "class"
---| integer[] # several classes by their indices, empty if it has none: "classes"
---| number[] # numbers: "numbers"
---| string # a text: "text"

--- Returns the label of a sample. ds[i].label, row.label and batch.labels have the same values.
---@param sample integer from 1
---@return tench.label label
function Dataset:label(sample)
    return items.label(self._handle, index_of(self, sample))
end

--- Returns the weight of a sample: how often the order weighted-1 takes it, compared with others. 1
--- if the data set has no weights.
---@param sample integer from 1
---@return number weight
function Dataset:weight(sample)
    return C.tn_dataset_weight(self._handle, index_of(self, sample))
end

--- Returns the name of a class.
---@param label integer from 0
---@return string? name nil if there is no such class
function Dataset:class_name(label)
    if type(label) ~= "number" or label % 1 ~= 0 then
        errors.fail("class_name: label = %s: must be a whole number; labels count from 0",
            options.show(label))
    end
    local name = C.tn_dataset_class_name(self._handle, label)
    return name ~= nil and ffi.string(name) or nil
end

---@class tench.header
---@field width integer as stored, before EXIF orientation
---@field height integer as stored, before EXIF orientation
---@field channels integer in the file: 1 to 4; a file with 4 may have inks
---@field bits integer per channel
---@field orientation integer EXIF, 1 to 8
---@field file_bytes integer size of the file
---@field format string for example "jpeg"
local new_header = records.kind{ noun = "header", fields = { "format", "width", "height",
    "channels", "bits", "orientation", "file_bytes" } }

--- Reads the facts from a sample's header, without decoding it.
---@param sample integer from 1
---@return tench.header
function Dataset:probe(sample)
    local info = struct.new("tn_image_info")
    errors.check(C.tn_dataset_probe(self._handle, index_of(self, sample), info))
    return new_header{
        width = info.width, height = info.height, channels = info.channels, bits = info.bits,
        orientation = info.orientation, file_bytes = tonumber(info.file_bytes),
        format = ffi.string(info.format),
    }
end

--- Reads the headers of all samples.
---@param given tench.survey_options?
---@return tench.survey
function Dataset:survey(given)
    return surveys.create(self._handle, given)
end

--- Builds the random access index of all files that have none yet, and stores it. Data sets that
--- you open later use it.
---@param given tench.index_options?
---@return tench.indexed
function Dataset:build_index(given)
    return indexer.create(self._handle, given)
end

--- Reads and decodes all samples whole.
---@param given tench.verify_options?
---@return tench.verified
function Dataset:verify(given)
    return verifier.create(self._handle, given)
end

--- Stores what index = "auto" has built so far, and builds no more. Collecting the data set also
--- stores it, but reports no failure. If another process prevents the storing, that is a warning.
function Dataset:store_index()
    errors.check(C.tn_dataset_index_store(self._handle, STORE_WAIT_MS))
end

---@class tench.index_info
---@field known integer samples with a note: it has their index, or why they have none
---@field dropped integer notes that could not be used
---@field warnings tench.fault[] what could not be used, read or written, at most 1000
local new_index_info = records.kind{ noun = "index",
    fields = { "known", "dropped", "warnings" } }

--- Returns the facts about the data set's random access index.
---@return tench.index_info
function Dataset:index_info()
    local info = struct.new("tn_index_info")
    errors.check(C.tn_dataset_index(self._handle, info))
    local out = struct.numbers(info, { "known", "dropped" })
    out.warnings = faults.list(self._handle, C.tn_dataset_warning, info.warnings)
    return new_index_info(out)
end

--- Returns true if the data set is a pack.
---@return boolean
function Dataset:is_pack()
    return C.tn_dataset_is_pack(self._handle) == C.TN_YES
end

--- Packs all samples: JPEGs as coefficients, lossless files as pixels, others as they are.
---@param given tench.pack_options
---@return tench.packed
function Dataset:pack(given)
    return packs.create(self._handle, given)
end

--- Restores the folder that this pack was made from.
---@param given tench.unpack_options
---@return tench.packed
function Dataset:unpack(given)
    return packs.restore(self._handle, given)
end

--- Returns the 64-bit fingerprint of names and labels, as 16 hexadecimal digits.
---@return string
function Dataset:fingerprint()
    local print64 = C.tn_dataset_fingerprint(self._handle)
    return string.format("%08x%08x", tonumber(print64 / 2 ^ 32), tonumber(print64 % 2 ^ 32))
end

---@class tench.samples a loop over samples
---@overload fun(): integer?, tench.image?, integer?
local Samples = {}
Samples.__index = Samples

function Samples:__call()
    if self._last then
        images.pass(self._last, self._sample)
        self._last = nil
    end
    if self._sample == self._dataset.n then
        return nil
    end
    self._sample = self._sample + 1
    local image, label = self._dataset:get(self._sample)
    self._last = image
    return self._sample, image, label
end

function Samples:__tostring()
    return string.format("loop over samples, %d of %d done", self._sample, self._dataset.n)
end

local new_samples = records.class(Samples, { noun = "loop over samples", fields = {},
    hint = "for sample, image, label in ds:samples() do" })

--- Loops over all samples: for sample, image, label in ds:samples() do. Each step closes the last
--- image, unless you called image:hold(). ipairs(ds) does the same.
---@return tench.samples
function Dataset:samples()
    return new_samples{ _dataset = self, _sample = 0 }
end

local function image_at(dataset, sample)
    return (dataset:get(sample))
end

new_dataset, datasets.is = records.class(Dataset, {
    noun = "data set",
    fields = { "n", "n_classes", "label_kind", "root", "split", "mode", "channels" },
    length = function(dataset)
        return dataset.n
    end,
    item = image_at,
    each = Dataset.samples,
    hint = "for sample, image, label in ds:samples() do",
})

return datasets
