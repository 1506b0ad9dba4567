-- SPDX-License-Identifier: MIT
-- Made by make_timm.py from the real timm 1.0.31; not edited by hand.
return {
    defaults = {
        create_dataset = {
            name = "required",
            root = "None",
            split = "validation",
            search_split = true,
            class_map = "None",
            load_bytes = false,
            is_training = false,
            download = false,
            batch_size = 1,
            num_samples = "None",
            seed = 42,
            repeats = 0,
            input_img_mode = "RGB",
            trust_remote_code = false,
        },
        create_transform = {
            input_size = 224,
            is_training = false,
            no_aug = false,
            train_crop_mode = "None",
            scale = "None",
            ratio = "None",
            hflip = 0.5,
            vflip = 0,
            color_jitter = 0.4,
            color_jitter_prob = "None",
            grayscale_prob = 0,
            gaussian_blur_prob = 0,
            auto_augment = "None",
            interpolation = "bilinear",
            mean = { 0.485, 0.456, 0.406 },
            std = { 0.229, 0.224, 0.225 },
            re_prob = 0,
            re_mode = "const",
            re_count = 1,
            re_num_splits = 0,
            crop_pct = "None",
            crop_mode = "None",
            crop_border_pixels = "None",
            tf_preprocessing = false,
            use_prefetcher = false,
            normalize = true,
            separate = false,
            naflex = false,
            patch_size = 16,
            max_seq_len = 576,
            patchify = false,
            patchify_channels_last = true,
            patchify_flatten = true,
        },
        create_loader = {
            dataset = "required",
            input_size = "required",
            batch_size = "required",
            is_training = false,
            no_aug = false,
            re_prob = 0,
            re_mode = "const",
            re_count = 1,
            re_split = false,
            train_crop_mode = "None",
            scale = "None",
            ratio = "None",
            hflip = 0.5,
            vflip = 0,
            color_jitter = 0.4,
            color_jitter_prob = "None",
            grayscale_prob = 0,
            gaussian_blur_prob = 0,
            auto_augment = "None",
            num_aug_repeats = 0,
            num_aug_splits = 0,
            interpolation = "bilinear",
            mean = { 0.485, 0.456, 0.406 },
            std = { 0.229, 0.224, 0.225 },
            num_workers = 1,
            distributed = false,
            crop_pct = "None",
            crop_mode = "None",
            crop_border_pixels = "None",
            collate_fn = "None",
            pin_memory = false,
            fp16 = false,
            img_dtype = "float32",
            device = "cuda",
            use_prefetcher = true,
            use_multi_epochs_loader = false,
            persistent_workers = true,
            worker_seeding = "all",
            tf_preprocessing = false,
            input_size_choices = "None",
            batch_size_choices = "None",
            batch_choice_weights = "None",
            batch_choice_seed = 0,
            batch_choice_schedule = "constant",
            batch_schedule_epochs = "None",
            batch_schedule_spread = 0.65,
            batch_schedule_random_mix = 0.1,
            num_batches = "None",
        },
        Mixup = {
            mixup_alpha = 1,
            cutmix_alpha = 0,
            cutmix_minmax = "None",
            prob = 1,
            switch_prob = 0.5,
            mode = "batch",
            correct_lam = true,
            label_smoothing = 0.1,
            num_classes = 1000,
            multi_label = false,
        },
    },
    transforms = {
        { args = {},
            text = "resize size=256 interpolation=bilinear; center_crop size=224x224; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { input_size = 192 },
            text = "resize size=219 interpolation=bilinear; center_crop size=192x192; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { input_size = { 3, 224, 224 } },
            text = "resize size=256 interpolation=bilinear; center_crop size=224x224; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { input_size = { 3, 240, 320 }, interpolation = "bicubic" },
            text = "resize_keep_ratio size=274x365 longest=0 interpolation=bicubic "
            .. "random_scale_prob=0 random_scale_range=0.85,1.05 random_scale_area=no "
            .. "random_aspect_prob=0 random_aspect_range=0.9,1.11; center_crop size=240x320; "
            .. "normalize mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { input_size = { 192, 256 }, crop_pct = 0.95 },
            text = "resize_keep_ratio size=202x269 longest=0 interpolation=bilinear "
            .. "random_scale_prob=0 random_scale_range=0.85,1.05 random_scale_area=no "
            .. "random_aspect_prob=0 random_aspect_range=0.9,1.11; center_crop size=192x256; "
            .. "normalize mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { input_size = 299, interpolation = "bicubic", mean = { 0.5, 0.5, 0.5 }, std
            = { 0.5, 0.5, 0.5 } },
            text = "resize size=341 interpolation=bicubic; center_crop size=299x299; normalize "
            .. "mean=0.5,0.5,0.5 std=0.5,0.5,0.5; convert dtype=f32" },
        { args = { crop_pct = 0.9, interpolation = "lanczos" },
            text = "resize size=248 interpolation=lanczos; center_crop size=224x224; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { crop_pct = 1, interpolation = "nearest" },
            text = "resize size=224 interpolation=nearest; center_crop size=224x224; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { crop_mode = "center", crop_border_pixels = 8 },
            text = "trim_border border=8; resize size=256 interpolation=bilinear; center_crop "
            .. "size=224x224; normalize mean=0.485,0.456,0.406 std=0.229,0.224,0.225; "
            .. "convert dtype=f32" },
        { args = { crop_mode = "squash", crop_pct = 0.94, interpolation = "bicubic" },
            text = "resize size=238x238 mode=exact interpolation=bicubic; center_crop "
            .. "size=224x224; normalize mean=0.485,0.456,0.406 std=0.229,0.224,0.225; "
            .. "convert dtype=f32" },
        { args = { crop_mode = "squash", input_size = { 3, 160, 224 } },
            text = "resize size=182x256 mode=exact interpolation=bilinear; center_crop "
            .. "size=160x224; normalize mean=0.485,0.456,0.406 std=0.229,0.224,0.225; "
            .. "convert dtype=f32" },
        { args = { crop_mode = "border", crop_pct = 0.9 },
            text = "resize_keep_ratio size=248x248 longest=1 interpolation=bilinear "
            .. "random_scale_prob=0 random_scale_range=0.85,1.05 random_scale_area=no "
            .. "random_aspect_prob=0 random_aspect_range=0.9,1.11; center_crop_or_pad "
            .. "size=224x224 fill=124,116,104 padding_mode=constant; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { crop_mode = "border", mean = { 0.5, 0.5, 0.5 }, interpolation = "bicubic"
            },
            text = "resize_keep_ratio size=256x256 longest=1 interpolation=bicubic "
            .. "random_scale_prob=0 random_scale_range=0.85,1.05 random_scale_area=no "
            .. "random_aspect_prob=0 random_aspect_range=0.9,1.11; center_crop_or_pad "
            .. "size=224x224 fill=128,128,128 padding_mode=constant; normalize "
            .. "mean=0.5,0.5,0.5 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { crop_mode = "border", input_size = { 3, 128, 224 }, interpolation =
            "hamming" },
            text = "resize_keep_ratio size=146x256 longest=1 interpolation=hamming "
            .. "random_scale_prob=0 random_scale_range=0.85,1.05 random_scale_area=no "
            .. "random_aspect_prob=0 random_aspect_range=0.9,1.11; center_crop_or_pad "
            .. "size=128x224 fill=124,116,104 padding_mode=constant; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { normalize = false },
            text = "resize size=256 interpolation=bilinear; center_crop size=224x224; convert "
            .. "dtype=u8" },
        { args = { use_prefetcher = true, interpolation = "box" },
            text = "resize size=256 interpolation=box; center_crop size=224x224; convert "
            .. "dtype=u8" },
        { args = { is_training = true },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; color_jitter brightness=0.4 "
            .. "contrast=0.4 saturation=0.4 p=1; normalize mean=0.485,0.456,0.406 "
            .. "std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, input_size = { 3, 224, 192 }, interpolation = "random"
            },
            text = "random_resized_crop size=224x192 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=random; hflip p=0.5; color_jitter brightness=0.4 contrast=0.4 "
            .. "saturation=0.4 p=1; normalize mean=0.485,0.456,0.406 std=0.229,0.224,0.225; "
            .. "convert dtype=f32" },
        { args = { is_training = true, scale = { 0.2, 0.9 }, ratio = { 0.5, 2 },
            interpolation = "bicubic" },
            text = "random_resized_crop size=224x224 scale=0.2,0.9 ratio=0.5,2 "
            .. "interpolation=bicubic; hflip p=0.5; color_jitter brightness=0.4 contrast=0.4 "
            .. "saturation=0.4 p=1; normalize mean=0.485,0.456,0.406 std=0.229,0.224,0.225; "
            .. "convert dtype=f32" },
        { args = { is_training = true, hflip = 0, vflip = 0.25 },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; vflip p=0.25; color_jitter brightness=0.4 "
            .. "contrast=0.4 saturation=0.4 p=1; normalize mean=0.485,0.456,0.406 "
            .. "std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, color_jitter = false },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; normalize mean=0.485,0.456,0.406 "
            .. "std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, color_jitter = 0 },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; normalize mean=0.485,0.456,0.406 "
            .. "std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, color_jitter = 0.3, color_jitter_prob = 0.8 },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; color_jitter brightness=0.3 "
            .. "contrast=0.3 saturation=0.3 p=0.8; normalize mean=0.485,0.456,0.406 "
            .. "std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, color_jitter = { 0.1, 0.2, 0.3 } },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; color_jitter brightness=0.1 "
            .. "contrast=0.2 saturation=0.3 p=1; normalize mean=0.485,0.456,0.406 "
            .. "std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, color_jitter = { 0.4, 0, 1.5 } },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; color_jitter brightness=0.4 contrast=0 "
            .. "saturation=1.5 p=1; normalize mean=0.485,0.456,0.406 std=0.229,0.224,0.225; "
            .. "convert dtype=f32" },
        { args = { is_training = true, re_prob = 0.25 },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; color_jitter brightness=0.4 "
            .. "contrast=0.4 saturation=0.4 p=1; normalize mean=0.485,0.456,0.406 "
            .. "std=0.229,0.224,0.225; random_erasing p=0.25 mode=const count=1,1 "
            .. "num_splits=0; convert dtype=f32" },
        { args = { is_training = true, re_prob = 0.5, re_count = 3, use_prefetcher = true },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; color_jitter brightness=0.4 "
            .. "contrast=0.4 saturation=0.4 p=1; convert dtype=u8" },
        { args = { is_training = true, re_prob = 1, re_count = 2, mean = { 0.5, 0.5, 0.5 },
            std = { 0.5, 0.5, 0.5 } },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; color_jitter brightness=0.4 "
            .. "contrast=0.4 saturation=0.4 p=1; normalize mean=0.5,0.5,0.5 std=0.5,0.5,0.5; "
            .. "random_erasing p=1 mode=const count=1,2 num_splits=0; convert dtype=f32" },
        { args = { is_training = true, re_prob = 0.25, re_mode = "pixel" },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; color_jitter brightness=0.4 "
            .. "contrast=0.4 saturation=0.4 p=1; normalize mean=0.485,0.456,0.406 "
            .. "std=0.229,0.224,0.225; random_erasing p=0.25 mode=pixel count=1,1 "
            .. "num_splits=0; convert dtype=f32" },
        { args = { is_training = true, re_prob = 0.25, re_mode = "rand", re_num_splits = 2 },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; color_jitter brightness=0.4 "
            .. "contrast=0.4 saturation=0.4 p=1; normalize mean=0.485,0.456,0.406 "
            .. "std=0.229,0.224,0.225; random_erasing p=0.25 mode=rand count=1,1 "
            .. "num_splits=2; convert dtype=f32" },
        { args = { is_training = true, train_crop_mode = "rrc" },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; color_jitter brightness=0.4 "
            .. "contrast=0.4 saturation=0.4 p=1; normalize mean=0.485,0.456,0.406 "
            .. "std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, train_crop_mode = "rkrc", interpolation = "random" },
            text = "resize_keep_ratio size=224x224 longest=0 interpolation=random "
            .. "random_scale_prob=0.5 random_scale_range=0.8,1 random_scale_area=yes "
            .. "random_aspect_prob=0.5 random_aspect_range=0.9,1.1111111111111112; "
            .. "center_crop_or_pad size=224x224 fill=0 padding_mode=reflect; hflip p=0.5; "
            .. "color_jitter brightness=0.4 contrast=0.4 saturation=0.4 p=1; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, train_crop_mode = "rkrr", input_size = { 3, 96, 128 }
            },
            text = "resize_keep_ratio size=96x128 longest=0 interpolation=bilinear "
            .. "random_scale_prob=0.5 random_scale_range=0.8,1 random_scale_area=yes "
            .. "random_aspect_prob=0.5 random_aspect_range=0.9,1.1111111111111112; "
            .. "random_crop_or_pad size=96x128 fill=0 padding_mode=reflect; hflip p=0.5; "
            .. "color_jitter brightness=0.4 contrast=0.4 saturation=0.4 p=1; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, train_crop_mode = "rkrr", scale = { 0.5, 1 }, ratio =
            { 0.8, 1.25 } },
            text = "resize_keep_ratio size=224x224 longest=0 interpolation=bilinear "
            .. "random_scale_prob=0.5 random_scale_range=0.5,1 random_scale_area=yes "
            .. "random_aspect_prob=0.5 random_aspect_range=0.8,1.25; random_crop_or_pad "
            .. "size=224x224 fill=0 padding_mode=reflect; hflip p=0.5; color_jitter "
            .. "brightness=0.4 contrast=0.4 saturation=0.4 p=1; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, no_aug = true },
            text = "resize size=224 interpolation=bilinear; center_crop size=224x224; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, no_aug = true, input_size = { 3, 224, 224 },
            interpolation = "random" },
            text = "resize size=224x224 mode=exact interpolation=bilinear; center_crop "
            .. "size=224x224; normalize mean=0.485,0.456,0.406 std=0.229,0.224,0.225; "
            .. "convert dtype=f32" },
        { args = { is_training = true, no_aug = true, interpolation = "bicubic", re_prob =
            0.5 },
            text = "resize size=224 interpolation=bicubic; center_crop size=224x224; normalize "
            .. "mean=0.485,0.456,0.406 std=0.229,0.224,0.225; convert dtype=f32" },
        { args = { is_training = true, normalize = false, re_prob = 0.5 },
            text = "random_resized_crop size=224x224 scale=0.08,1 ratio=0.75,1.3333333333333333 "
            .. "interpolation=bilinear; hflip p=0.5; color_jitter brightness=0.4 "
            .. "contrast=0.4 saturation=0.4 p=1; convert dtype=u8" },
    },
}
