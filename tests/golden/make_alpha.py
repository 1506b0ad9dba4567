#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes alpha.inc: what Pillow's resize makes of RGBA.

The image is a function of (x, y, channel), so the C test (tests/c/test_alpha.c) can make it too; a
third of it is transparent. Packages: Pillow and NumPy of requirements.txt beside this file.
"""
import pathlib

import numpy as np
import PIL
from PIL import Image

FILTERS = "nearest box bilinear hamming bicubic lanczos".split()


def image(width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(4), indexing="ij")
    pixels = (x * 37 + y * 101 + c * 59 + x * y * 7) ^ (x * x * 3 + y * (c + 1) * 11)
    cut = (c == 3) & ((x // 5 + y // 4) % 3 == 0)
    opaque = (c == 3) & ((x // 5 + y // 4) % 3 == 1)
    return Image.fromarray(np.where(cut, 0, np.where(opaque, 255, pixels & 255)).astype(np.uint8))


def fnv(data):
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


cases = []


def case(ops, width, height, result):
    cases.append(f'{{"{ops}", {width}, {height}, {result.width}, {result.height}, '
                 f'0x{fnv(result.tobytes()):016x}u}},')


for name in FILTERS:
    resample = Image.Resampling[name.upper()]
    for width, height, size in ((61, 43, (20, 17)), (30, 90, (70, 29)), (7, 5, (7, 13)),
                                (33, 21, (33, 21))):
        ops = f"resize size={size[1]}x{size[0]} mode=exact interpolation={name}"
        made = image(width, height).resize(size, resample)
        case(ops, width, height, made)
        box = (2, 3, size[0] - 1, size[1] - 4)
        case(f"{ops}; crop box={box[0]},{box[1]},{box[2] - box[0]},{box[3] - box[1]}", width, height,
             made.crop(box))
        case(f"{ops}; hflip p=1; vflip p=1", width, height,
             made.transpose(Image.Transpose.ROTATE_180))

head = (f"/* SPDX-License-Identifier: MIT */\n/* Made by make_alpha.py with Pillow {PIL.__version__}: "
        "do not edit. */\n")
pathlib.Path(__file__).with_name("alpha.inc").write_text(head + "\n".join(cases) + "\n")
