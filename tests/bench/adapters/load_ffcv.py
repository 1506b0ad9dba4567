#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""FFCV from its own file (write_ffcv.py), u8 NHWC.

It follows FFCV's tuning guide for a data set that fits into memory: os_cache, random order, one worker thread a core.
FFCV's decoders resize by OpenCV's area method only; they have no bicubic.
"""
from importlib.metadata import version

from ffcv.fields.decoders import CenterCropRGBImageDecoder, IntDecoder, RandomResizedCropRGBImageDecoder
from ffcv.loader import Loader, OrderOption
from ffcv.transforms import RandomHorizontalFlip

import harness

SIZE = (harness.SIZE, harness.SIZE)


class Ffcv:
    def __init__(self, arguments):
        self.version = f"FFCV {version('ffcv')} (numba {version('numba')})"
        train = arguments.recipe == "train"
        image = [
            RandomResizedCropRGBImageDecoder(SIZE, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3)), RandomHorizontalFlip()
        ] if train else [CenterCropRGBImageDecoder(SIZE, ratio=harness.SIZE / harness.SHORT)]
        self.loader = Loader(
            arguments.dataset,
            batch_size=arguments.batch,
            num_workers=arguments.threads,
            order=OrderOption.RANDOM if train else OrderOption.SEQUENTIAL,
            os_cache=True,
            drop_last=train,
            pipelines={"image": image, "label": [IntDecoder()]},
        )

    def epoch(self):
        for images, _ in self.loader:
            yield len(images)


harness.run(Ffcv)
