-- SPDX-License-Identifier: MIT
-- Training on images of 32 x 32: adds four mirrored pixels on each side, crops a random 32 x 32,
-- flips and erases. It resizes other images to 32 x 32 first, so any folder of classes will do.
return {
    dataset = { split = "train" },
    ops = {
        op.resize{ size = 32, mode = "exact", interpolation = "bicubic" },
        op.center_crop_or_pad{ size = 40, padding_mode = "reflect" },
        op.random_crop_or_pad{ size = 32 },
        op.hflip{ p = 0.5 },
        op.normalize{ mean = { 0.4914, 0.4822, 0.4465 }, std = { 0.247, 0.2435, 0.2616 } },
        op.random_erasing{ p = 0.25 },
        op.convert{ dtype = "f32" },
    },
    loader = { batch_size = 64, shuffle = true, drop_last = true },
}
