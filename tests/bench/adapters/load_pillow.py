#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pillow or pillow-simd in one process, without a loader: decode, crop, resize, flip, stack.

It makes the same calls as torchvision's and timm's transforms. A batch is one array of u8 NHWC.
"""
import random

import numpy
import PIL
from PIL import Image, features

import harness


def train(image):
    left, top, width, height = harness.draw_crop(*image.size, random)
    image = image.crop((left, top, left + width, top + height))
    image = image.resize((harness.SIZE, harness.SIZE), Image.Resampling.BICUBIC)
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else image


def evaluate(image):
    image = image.resize(harness.short_side_to(harness.SHORT, *image.size), Image.Resampling.BICUBIC)
    left, top = round((image.width - harness.SIZE) / 2), round((image.height - harness.SIZE) / 2)
    return image.crop((left, top, left + harness.SIZE, top + harness.SIZE))


class Pillow:
    def __init__(self, arguments):
        name = "pillow-simd" if "post" in PIL.__version__ else "Pillow"
        turbo = features.version("libjpeg_turbo") or features.version("jpg")
        self.version = f"{name} {PIL.__version__} (libjpeg-turbo {turbo})"
        self.files = harness.files(arguments.dataset)
        self.transform = train if arguments.recipe == "train" else evaluate
        self.batch = numpy.empty((arguments.batch, harness.SIZE, harness.SIZE, 3), numpy.uint8)

    def epoch(self):
        random.shuffle(self.files)
        for paths in harness.batches(self.files, len(self.batch)):
            for row, path in zip(self.batch, paths):
                with Image.open(path) as image:
                    row[:] = numpy.asarray(self.transform(image.convert("RGB")))
            yield len(paths)


harness.run(Pillow)
