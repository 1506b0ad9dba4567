-- SPDX-License-Identifier: MIT
-- What adapters/load_timm.py does in recipe train: crop, flip, no colour jitter.
return {
    dataset = { split = "train" },
    ops = create_transform{ is_training = true, interpolation = "bicubic", color_jitter = 0 },
    loader = { batch_size = 64, shuffle = true, drop_last = true },
}
