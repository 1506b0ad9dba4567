-- SPDX-License-Identifier: MIT
-- Constants of timm 1.0.31, and the options of its create_transform and create_loader.
--
-- tench refuses by name what only timm can do. nil stands for timm's None if that is the default;
-- color_jitter = false stands for its None too.

local options = require "tench.options"
local records = require "tench.record"
local specs = require "tench.spec"

local timm = {}

---@class tench.constants: { [string]: number|number[] }
local new_constants = records.kind{ noun = "constants", fields = { "IMAGENET_DEFAULT_MEAN",
    "IMAGENET_DEFAULT_STD", "IMAGENET_INCEPTION_MEAN", "IMAGENET_INCEPTION_STD",
    "IMAGENET_DPN_MEAN", "IMAGENET_DPN_STD", "OPENAI_CLIP_MEAN", "OPENAI_CLIP_STD",
    "DEFAULT_CROP_PCT" } }

--- Makes timm's named statistics. Each call makes new ones, so no recipe changes another's.
---@return tench.constants
function timm.new_constants()
    return new_constants{
        IMAGENET_DEFAULT_MEAN = records.list{ 0.485, 0.456, 0.406 },
        IMAGENET_DEFAULT_STD = records.list{ 0.229, 0.224, 0.225 },
        IMAGENET_INCEPTION_MEAN = records.list{ 0.5, 0.5, 0.5 },
        IMAGENET_INCEPTION_STD = records.list{ 0.5, 0.5, 0.5 },
        IMAGENET_DPN_MEAN = records.list{ 124 / 255, 117 / 255, 104 / 255 },
        IMAGENET_DPN_STD = records.list{ 1 / (.0167 * 255), 1 / (.0167 * 255), 1 / (.0167 * 255) },
        OPENAI_CLIP_MEAN = records.list{ 0.48145466, 0.4578275, 0.40821073 },
        OPENAI_CLIP_STD = records.list{ 0.26862954, 0.26130258, 0.27577711 },
        DEFAULT_CROP_PCT = 0.875,
    }
end

timm.constants = timm.new_constants()
local constants = timm.constants

-- The names are those of the op normalize.
timm.means = {
    imagenet = constants.IMAGENET_DEFAULT_MEAN,
    inception = constants.IMAGENET_INCEPTION_MEAN,
    dpn = constants.IMAGENET_DPN_MEAN,
    clip = constants.OPENAI_CLIP_MEAN,
}
timm.stds = {
    imagenet = constants.IMAGENET_DEFAULT_STD,
    inception = constants.IMAGENET_INCEPTION_STD,
    dpn = constants.IMAGENET_DPN_STD,
    clip = constants.OPENAI_CLIP_STD,
}

-- Returns the fields of a factory. The names of means and deviations stand for their numbers.
local function fields_of(name)
    return options.changed(specs.fields(name), {
        mean = { sets = timm.means, default = constants.IMAGENET_DEFAULT_MEAN },
        std = { sets = timm.stds, default = constants.IMAGENET_DEFAULT_STD },
    })
end

timm.transform_fields = fields_of("create_transform")
timm.loader_fields = fields_of("create_loader")

return timm
