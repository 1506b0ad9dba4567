-- SPDX-License-Identifier: MIT
-- What adapters/load_timm.py does in recipe eval: short edge 256, the 224 in the middle.
return {
    dataset = { split = "validation" },
    ops = create_transform{ interpolation = "bicubic", crop_pct = 0.875 },
    loader = { batch_size = 64 },
}
