#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""timm's own loader on the CPU: create_dataset and create_loader, worker processes, the prefetcher's collate.

It takes the u8 batches of fast_collate, before PrefetchLoader normalises them in the main process. These are the
cheapest batches that timm can deliver.
"""
import warnings

import timm
import torch
from timm.data import add_img_extensions, create_dataset, create_loader

import harness


class Timm:
    def __init__(self, arguments):
        from PIL import __version__ as pillow

        self.version = f"timm {timm.__version__} (torch {torch.__version__}, Pillow {pillow})"
        warnings.simplefilter("ignore")
        torch.set_num_threads(1)
        add_img_extensions(".webp")
        train = arguments.recipe == "train"
        self.loader = create_loader(
            create_dataset("", arguments.dataset, search_split=False, is_training=train),
            input_size=(3, harness.SIZE, harness.SIZE),
            batch_size=arguments.batch,
            is_training=train,
            interpolation="bicubic",
            color_jitter=0.0,
            crop_pct=harness.SIZE / harness.SHORT,
            num_workers=arguments.threads,
            device=torch.device("cpu"),
            use_prefetcher=True,
            persistent_workers=True,
        ).loader

    def epoch(self):
        for images, _ in self.loader:
            yield images.shape[0]


harness.run(Timm)
