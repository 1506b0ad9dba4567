#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""libvips alone, in one process, through pyvips: decode, crop, resize, flip, stack into u8 NHWC.

It follows libvips' developer checklist: sequential access, one pipeline an image, shrink on load (as thumbnail does,
which takes no random crop). It has no operation cache, because each image comes once in an epoch, and one thread,
because CPU time is compared.
"""
import os
import random

os.environ["VIPS_CONCURRENCY"] = "1"

import numpy
import pyvips

import harness

pyvips.cache_set_max(0)


def load(path, need):
    """Opens the image at 1/2, 1/4 or 1/8 of its size, if `need`, a function of the size, allows such a reduction."""
    image = pyvips.Image.new_from_file(path, access="sequential")
    factor = need(image.width, image.height)
    shrink = next((n for n in (8, 4, 2) if factor >= n), 1)
    if shrink > 1:
        image = pyvips.Image.new_from_file(path, access="sequential", shrink=shrink)
    return image if image.interpretation == "srgb" else image.colourspace("srgb")


def train(path):
    box = []

    def need(width, height):
        box[:] = [width, height, *harness.draw_crop(width, height, random)]
        return min(box[4], box[5]) / harness.SIZE

    image = load(path, need)
    full_width, full_height, left, top, width, height = box
    x, y = image.width / full_width, image.height / full_height
    width, height = max(1, int(width * x)), max(1, int(height * y))
    left, top = min(int(left * x), image.width - width), min(int(top * y), image.height - height)
    image = image.crop(left, top, width, height)
    image = image.resize(harness.SIZE / width, vscale=harness.SIZE / height, kernel="cubic")
    return image.fliphor() if random.random() < 0.5 else image


def evaluate(path):
    image = load(path, lambda width, height: min(width, height) / harness.SHORT)
    width, height = harness.short_side_to(harness.SHORT, image.width, image.height)
    image = image.resize(width / image.width, vscale=height / image.height, kernel="cubic")
    left, top = (image.width - harness.SIZE) // 2, (image.height - harness.SIZE) // 2
    return image.crop(left, top, harness.SIZE, harness.SIZE)


class Libvips:
    def __init__(self, arguments):
        number = ".".join(str(pyvips.version(part)) for part in range(3))
        self.version = f"libvips {number} (pyvips {pyvips.__version__})"
        self.files = harness.files(arguments.dataset)
        self.transform = train if arguments.recipe == "train" else evaluate
        self.batch = numpy.empty((arguments.batch, harness.SIZE, harness.SIZE, 3), numpy.uint8)

    def epoch(self):
        random.shuffle(self.files)
        for paths in harness.batches(self.files, len(self.batch)):
            for row, path in zip(self.batch, paths):
                row[:] = self.transform(path).numpy()
            yield len(paths)


harness.run(Libvips)
