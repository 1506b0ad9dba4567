-- SPDX-License-Identifier: MIT
-- The recipe eval of adapters/load_timm.py: short edge 256, then the 224 in the middle.
return {
    dataset = { split = "validation" },
    ops = create_transform{ interpolation = "bicubic", crop_pct = 0.875 },
    loader = { batch_size = 64 },
}
