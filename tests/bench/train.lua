-- SPDX-License-Identifier: MIT
-- The recipe train of adapters/load_timm.py: crop and flip, without colour jitter.
return {
    dataset = { split = "train" },
    ops = create_transform{ is_training = true, interpolation = "bicubic", color_jitter = 0 },
    loader = { batch_size = 64, shuffle = true, drop_last = true },
}
