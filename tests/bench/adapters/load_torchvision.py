#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""torchvision's tensor path under PyTorch's DataLoader: decode_image to u8, transforms v2 on u8 tensors, no Pillow.

It follows the documentation of the transforms: v2, tensors instead of Pillow images, u8 for the resize. It keeps the
channels-last memory of the decoder. Workers are persistent, each with one thread.
"""
import torch
import torchvision
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms import v2

import harness


def transform(recipe):
    bicubic = {"interpolation": v2.InterpolationMode.BICUBIC, "antialias": True}
    if recipe == "train":
        return v2.Compose([v2.RandomResizedCrop(harness.SIZE, **bicubic), v2.RandomHorizontalFlip()])
    return v2.Compose([v2.Resize(harness.SHORT, **bicubic), v2.CenterCrop(harness.SIZE)])


def decode(path):
    return decode_image(path, mode=ImageReadMode.RGB)


class Torchvision:
    def __init__(self, arguments):
        self.version = f"torchvision {torchvision.__version__} (torch {torch.__version__})"
        torch.set_num_threads(1)
        train = arguments.recipe == "train"
        self.loader = DataLoader(
            ImageFolder(arguments.dataset, transform(arguments.recipe), loader=decode),
            batch_size=arguments.batch,
            shuffle=train,
            drop_last=train,
            num_workers=arguments.threads,
            persistent_workers=True,
        )

    def epoch(self):
        for images, _ in self.loader:
            yield images.shape[0]


harness.run(Torchvision)
