-- SPDX-License-Identifier: MIT
-- Evaluation for most of timm's models: short edge 256 (224 / 0.875), then the 224 in the middle.
return {
    dataset = { split = "validation" },
    ops = {
        op.resize{ size = 256, interpolation = "bicubic" },
        op.center_crop{ size = 224 },
        op.normalize{ mean = "imagenet", std = "imagenet" },
        op.convert{ dtype = "f32" },
    },
    loader = { batch_size = 64 },
}
