-- SPDX-License-Identifier: MIT
-- Evaluation for timm's Inception models: 299 out of 341 (299 / 0.875), values from -1 to 1.
return {
    dataset = { split = "validation" },
    ops = {
        op.resize{ size = 341, interpolation = "bicubic" },
        op.center_crop{ size = 299 },
        op.normalize{ mean = "inception", std = "inception" },
        op.convert{ dtype = "f32" },
    },
    loader = { batch_size = 64 },
}
