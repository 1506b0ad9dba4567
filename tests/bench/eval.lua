-- SPDX-License-Identifier: MIT
-- What timm_epochs.py's eval loader does: short edge 256, the 224 in the middle.
return {
    dataset = { split = "validation" },
    ops = create_transform{ interpolation = "bicubic", crop_pct = 0.875 },
    loader = { batch_size = 64 },
}
