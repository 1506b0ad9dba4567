-- SPDX-License-Identifier: MIT
-- Training on ImageNet or any other folder of classes: timm's random resized crop, flip and jitter.
return {
    dataset = { split = "train" },
    ops = {
        op.random_resized_crop{ size = 224, interpolation = "bicubic" },
        op.hflip{ p = 0.5 },
        op.color_jitter{ brightness = 0.4, contrast = 0.4, saturation = 0.4 },
        op.normalize{ mean = "imagenet", std = "imagenet" },
        op.convert{ dtype = "f32" },
    },
    loader = { batch_size = 64, shuffle = true, drop_last = true },
}
