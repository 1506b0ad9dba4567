-- SPDX-License-Identifier: MIT
-- The names, defaults and constants of timm 1.0.31's create_transform and create_loader.
--
-- What timm can do and tench cannot yet is refused by name. Nil is timm's None where that is the
-- default; color_jitter = false is its None.

local lib = require "tench.lib"
local loaders = require "tench.loader"
local options = require "tench.options"
local records = require "tench.record"

local C = lib.C
local timm = {}

---@class tench.constants: { [string]: number|number[] }
local new_constants = records.kind{ noun = "constants", fields = { "IMAGENET_DEFAULT_MEAN",
    "IMAGENET_DEFAULT_STD", "IMAGENET_INCEPTION_MEAN", "IMAGENET_INCEPTION_STD",
    "IMAGENET_DPN_MEAN", "IMAGENET_DPN_STD", "OPENAI_CLIP_MEAN", "OPENAI_CLIP_STD",
    "DEFAULT_CROP_PCT" } }

--- timm's named statistics. Each call makes new ones, so that no recipe changes another's.
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

-- By the names that the op normalize has for them.
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

local LATER = options.LATER
local NO_WORKERS = "tench has threads instead of worker processes; they live as long as the process"

-- Names that create_transform and create_loader share.
local SHARED_FIELDS = {
    { name = "is_training", kind = "flag", default = false },
    { name = "no_aug", kind = "flag", default = false },
    { name = "train_crop_mode", kind = "choice", choices = { "rrc", "rkrc", "rkrr" } },
    { name = "scale", kind = "numbers", min = 0 },
    { name = "ratio", kind = "numbers", min = 0 },
    { name = "hflip", kind = "number", min = 0, max = 1, default = 0.5 },
    { name = "vflip", kind = "number", min = 0, max = 1, default = 0 },
    { name = "color_jitter", kind = "any", default = 0.4 },
    { name = "color_jitter_prob", kind = "number", min = 0, max = 1 },
    { name = "grayscale_prob", kind = "number", default = 0, refuse = LATER },
    { name = "gaussian_blur_prob", kind = "number", default = 0, refuse = LATER },
    { name = "auto_augment", kind = "text", refuse = LATER },
    { name = "interpolation", kind = "text", default = "bilinear" },
    { name = "mean", kind = "numbers", sets = timm.means,
        default = constants.IMAGENET_DEFAULT_MEAN },
    { name = "std", kind = "numbers", min = 0, sets = timm.stds,
        default = constants.IMAGENET_DEFAULT_STD },
    { name = "re_prob", kind = "number", min = 0, max = 1, default = 0 },
    { name = "re_mode", kind = "choice", default = "const",
        choices = { "const", "rand", "pixel" } },
    { name = "re_count", kind = "integer", min = 1, max = C.TN_MAX_ERASED, default = 1 },
    { name = "crop_pct", kind = "number", min = 0, max = 64 },
    { name = "crop_mode", kind = "choice", choices = { "center", "squash", "border" } },
    { name = "crop_border_pixels", kind = "integer", min = 0, max = C.TN_MAX_SIDE },
    { name = "tf_preprocessing", kind = "flag", default = false, refuse = LATER },
    -- Ours: how the output is written.
    { name = "dtype", kind = "choice", choices = { "u8", "f32", "f16", "bf16" } },
    { name = "layout", kind = "choice", choices = { "nchw", "nhwc" }, default = "nchw" },
    { name = "compat", kind = "choice", choices = { "none", "timm" }, default = "none" },
    { name = "pillow", kind = "choice", choices = { 13, 11 }, default = 13 },
}

timm.transform_fields = options.joined(SHARED_FIELDS, {
    { name = "input_size", kind = "any", default = 224 },
    { name = "re_num_splits", kind = "integer", min = 0, max = 1024, default = 0 },
    { name = "use_prefetcher", kind = "flag", default = false },
    { name = "normalize", kind = "flag", default = true },
    { name = "separate", kind = "flag", default = false, refuse = LATER },
    { name = "naflex", kind = "flag", default = false, refuse = LATER },
    { name = "patch_size", kind = "any", default = 16, refuse = LATER },
    { name = "max_seq_len", kind = "integer", default = 576, refuse = LATER },
    { name = "patchify", kind = "flag", default = false, refuse = LATER },
    { name = "patchify_channels_last", kind = "flag", default = true, refuse = LATER },
    { name = "patchify_flatten", kind = "flag", default = true, refuse = LATER },
})

timm.loader_fields = options.joined(options.joined(SHARED_FIELDS, {
    { name = "re_split", kind = "flag", default = false },
    { name = "num_aug_repeats", kind = "integer", default = 0,
        refuse = "repeats goes through the data several times" },
    { name = "num_aug_splits", kind = "integer", default = 0, refuse = LATER },
    { name = "num_workers", kind = "integer", min = 0, max = C.TN_MAX_THREADS },
    { name = "distributed", kind = "flag", default = false },
    { name = "collate_fn", kind = "any",
        refuse = "samples are decoded into their place in the batch" },
    -- Memory that samples cross from to a device is always pinned, and no other.
    { name = "pin_memory", kind = "flag", default = false },
    { name = "fp16", kind = "flag", default = false },
    { name = "img_dtype", kind = "choice", default = "float32",
        choices = { "float32", "float16", "bfloat16", "uint8" } },
    { name = "use_prefetcher", kind = "flag", default = true },
    -- Ours: the arguments of timm's Mixup, for the op mixup.
    { name = "mixup", kind = "any" },
    { name = "use_multi_epochs_loader", kind = "flag", default = false, refuse = NO_WORKERS },
    { name = "persistent_workers", kind = "flag", default = true, refuse = NO_WORKERS },
    { name = "worker_seeding", kind = "text", default = "all",
        refuse = "seed alone decides; the number of threads does not change a byte" },
    { name = "input_size_choices", kind = "any", refuse = LATER },
    { name = "batch_size_choices", kind = "any", refuse = LATER },
    { name = "batch_choice_weights", kind = "any", refuse = LATER },
    { name = "batch_choice_seed", kind = "integer", default = 0, refuse = LATER },
    { name = "batch_choice_schedule", kind = "text", default = "constant", refuse = LATER },
    { name = "batch_schedule_epochs", kind = "integer", refuse = LATER },
    { name = "batch_schedule_spread", kind = "number", default = 0.65, refuse = LATER },
    { name = "batch_schedule_random_mix", kind = "number", default = 0.1, refuse = LATER },
    { name = "num_batches", kind = "integer", refuse = LATER },
    -- Of torch's and tench's own loaders.
    { name = "shuffle", instead = "is_training = true shuffles, is_training = false keeps the "
        .. "order of the data set; for other combinations there is tench.loader{ shuffle = … }" },
    { name = "drop_last", instead = "is_training = true leaves out a last, smaller batch, "
        .. "is_training = false keeps it; for other combinations there is "
        .. "tench.loader{ drop_last = … }" },
    { name = "order", instead = "is_training decides it; tench.loader takes an order" },
    { name = "transform", instead = "it is made from the other options; tench.loader takes one" },
    { name = "prefetch_factor", instead = "depth is the number of batches that are made ahead" },
}), loaders.common_fields)

return timm
