-- SPDX-License-Identifier: MIT
-- imagenet_train with erasing, MixUp and CutMix. A batch also has soft targets, `target`: each row
-- has one value for each class of the data set, or for each of mixup's num_classes.
return {
    dataset = { split = "train" },
    ops = {
        op.random_resized_crop{ size = 224, interpolation = "bicubic" },
        op.hflip{ p = 0.5 },
        op.color_jitter{ brightness = 0.4, contrast = 0.4, saturation = 0.4 },
        op.normalize{ mean = "imagenet", std = "imagenet" },
        op.random_erasing{ p = 0.25, mode = "pixel" },
        op.convert{ dtype = "f32" },
        op.mixup{ mixup_alpha = 0.8, cutmix_alpha = 1 },
    },
    loader = { batch_size = 64, shuffle = true, drop_last = true },
}
