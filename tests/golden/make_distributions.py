#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes distributions.inc: the distributions from which timm and torchvision draw, as cumulative counts.

Each row is one number that an op draws, or that follows from its draws: its name, the number of
draws, thresholds, and how many draws were at or below each. The C test (tests/c/test_draws.c) draws
as many numbers from tench and compares. Packages: requirements.txt beside this file.
"""
import pathlib
import random

import numpy as np
import timm
import torch
import torchvision
from PIL import Image
from timm.data import transforms as T
from timm.data.random_erasing import RandomErasing
from torchvision.transforms import ColorJitter, RandomApply, RandomHorizontalFlip

N = 400_000
LEVELS = 40
rows = []


def row(name, numbers):
    numbers = np.sort(np.asarray(numbers, dtype=np.float64))
    at = np.unique(numbers[np.linspace(0, len(numbers) - 1, LEVELS + 2).astype(int)[1:-1]])
    counts = np.searchsorted(numbers, at, side="right")
    rows.append(f'{{"{name}", {len(numbers)}, {len(at)}, {{{", ".join(repr(float(t)) for t in at)}}}, '
                f'{{{", ".join(map(str, counts))}}}}},')


def sized(width, height):
    return Image.new("L", (width, height))


def crops():
    for name, (w, h), scale, ratio in (
            ("rrc", (500, 375), (.08, 1), (3 / 4, 4 / 3)),
            ("rrc tall", (120, 400), (.2, .6), (3 / 4, 4 / 3)),
            ("rrc small", (7, 5), (.08, 1), (3 / 4, 4 / 3))):
        source = sized(w, h)
        boxes = np.array([T.RandomResizedCropAndInterpolation.get_params(source, scale, ratio)
                          for _ in range(N // 2)], dtype=np.float64)
        top, left, box_h, box_w = boxes.T
        # In tench a side that rounds to 0 becomes 1. This is the only difference, and it is intended.
        box_w, box_h = np.maximum(box_w, 1), np.maximum(box_h, 1)
        row(f"{name}: area", box_w * box_h / (w * h))
        row(f"{name}: ratio", box_w / box_h)
        if name != "rrc small":
            row(f"{name}: left", left / (w - box_w + 1))
            row(f"{name}: top", top / (h - box_h + 1))


def keep_ratios():
    source = sized(500, 375)
    sizes = np.array([T.ResizeKeepRatio.get_params(
        source, (224, 224), 0., random_scale_prob=.5, random_scale_range=(.8, 1.),
        random_scale_area=True, random_aspect_prob=.5, random_aspect_range=(.9, 1 / .9))
        for _ in range(N // 4)], dtype=np.float64)
    row("rkr: height", sizes[:, 0])
    row("rkr: width", sizes[:, 1])
    row("rkr: ratio", sizes[:, 1] / sizes[:, 0])


def pads():
    places = np.array([T.RandomCropOrPad.get_params(sized(90, 30), (60, 60))
                       for _ in range(N // 4)], dtype=np.float64)
    row("pad: top", places[:, 0])
    row("pad: left", places[:, 1])


def jitters():
    """Encodes the order as a number whose digits are the kinds."""
    low_high = ((.6, 1.4),) * 3
    orders, factors = [], []
    for _ in range(N // 4):
        order, *f, _ = ColorJitter.get_params(*low_high, None)
        kinds = [int(k) for k in order if k < 3]
        orders.append(kinds[0] * 100 + kinds[1] * 10 + kinds[2])
        factors.append(f)
    factors = np.array(factors)
    row("jitter: order", orders)
    for kind, name in enumerate(("brightness", "contrast", "saturation")):
        row(f"jitter: {name}", factors[:, kind])
    row("jitter: product", factors[:, 0] * factors[:, 2])


def coins():
    """Draws that decide something: flips, jitter with a probability, the random interpolation."""
    source = Image.fromarray(np.array([[0, 255]], dtype=np.uint8))
    flip = RandomHorizontalFlip(.3)
    row("hflip: flipped", [flip(source).getpixel((0, 0)) == 255 for _ in range(N // 8)])
    apply = RandomApply([lambda taken: 1], p=.7)
    row("jitter coin: taken", [apply(0) for _ in range(N // 8)])
    crop = T.RandomResizedCropAndInterpolation(8, interpolation="random")
    chosen = []
    real = T.F.resized_crop
    T.F.resized_crop = lambda *arguments: chosen.append(arguments[-1].value == "bicubic")
    for _ in range(N // 8):
        crop(source)
    T.F.resized_crop = real
    row("rrc filter: bicubic", chosen)


class Canvas:
    """Replaces a tensor and records the boxes that are written."""

    def __init__(self):
        self.boxes = []

    def __setitem__(self, where, value):
        _, rows_, columns = where
        self.boxes.append((columns.start, rows_.start, columns.stop - columns.start,
                           rows_.stop - rows_.start))


def erasings():
    for name, (w, h), ranges in (
            ("erase", (224, 224), {}),
            ("erase small", (12, 8), {"min_area": .1, "max_area": .9, "max_aspect": 1.5,
                                      "min_count": 1, "max_count": 3})):
        erasing = RandomErasing(.6, device="cpu", **ranges)
        numbers, areas, aspects, lefts, tops = [], [], [], [], []
        for _ in range(N // 4):
            canvas = Canvas()
            erasing._erase(canvas, 1, h, w, torch.float32)
            boxes = [b for b in canvas.boxes if b[2] > 0 and b[3] > 0]
            numbers.append(len(boxes))
            for x, y, bw, bh in boxes[-1:]:
                areas.append(bw * bh / (w * h))
                aspects.append(bh / bw)
                lefts.append(x / (w - bw + 1))
                tops.append(y / (h - bh + 1))
        for what, drawn in (("boxes", numbers), ("area", areas), ("aspect", aspects),
                            ("left", lefts), ("top", tops)):
            row(f"{name}: {what}", drawn)


def main():
    random.seed(1)
    torch.manual_seed(1)
    for make in (crops, keep_ratios, pads, jitters, coins, erasings):
        make()
    head = (f"/* SPDX-License-Identifier: MIT */\n"
            f"/* Made by make_distributions.py with timm {timm.__version__}, torchvision "
            f"{torchvision.__version__.split('+')[0]}: do not edit. */\n")
    pathlib.Path(__file__).with_name("distributions.inc").write_text(head + "\n".join(rows) + "\n")
    print(f"{len(rows)} numbers")


if __name__ == "__main__":
    main()
