#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes resample.inc: checksums of Pillow 13.0.0's resize of generated images.

Image k, by its number in the list, has the bytes of the generator s = s * 1664525 + 1013904223
(mod 2^32), with s = k before the first step and byte = s >> 24, row by row, channels interleaved. In
every second image a byte above 127 becomes 255, any other byte 0. A checksum is FNV-1a, 64 bits, of
the result's bytes in the same order. pillow = 11 means that the horizontal pass comes first; two
resizes of one axis each do that.
"""

import pathlib

import numpy
import PIL
from PIL import Image

FILTERS = (Image.NEAREST, Image.BOX, Image.BILINEAR, Image.HAMMING, Image.BICUBIC, Image.LANCZOS,
           Image.Resampling.MKS2013, Image.Resampling.MKS2021)
SIZES = (  # source width and height, result width and height
    (300, 270, 224, 224), (500, 375, 341, 256), (60, 200, 112, 96), (640, 480, 32, 24),
    (33, 900, 16, 20), (900, 33, 20, 16), (31, 17, 97, 64), (224, 150, 224, 112),
    (150, 112, 112, 112), (50, 41, 50, 41), (1, 1, 7, 5), (7, 5, 1, 1), (1000, 3, 3, 2),
    (2, 1000, 5, 3))
HORIZONTAL_FIRST = ((60, 200, 112, 96), (33, 900, 16, 20), (2, 1000, 5, 3))


def generate(seed, count):
    powers = numpy.full(count + 1, 1664525, numpy.uint32)
    powers[0] = 1
    powers = numpy.multiply.accumulate(powers, dtype=numpy.uint32)
    sums = numpy.add.accumulate(powers[:-1], dtype=numpy.uint32)
    states = powers[1:] * numpy.uint32(seed) + sums * numpy.uint32(1013904223)
    values = (states >> numpy.uint32(24)).astype(numpy.uint8)
    return numpy.where(values > 127, 255, 0).astype(numpy.uint8) if seed % 2 else values


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def resize(image, size, code, pillow):
    if pillow == 13:
        return image.resize(size, code)
    return image.resize((size[0], image.height), code).resize(size, code)


def cases():
    for number, code in enumerate(FILTERS):
        for mode in ("L", "RGB"):
            for size in SIZES:
                yield number, code, 13, mode, size
    for number, code in enumerate(FILTERS):
        for size in HORIZONTAL_FIRST:
            yield number, code, 11, "RGB", size


def main():
    assert PIL.__version__ == "13.0.0", PIL.__version__
    lines = ["/* SPDX-License-Identifier: MIT */",
             "/* Made by make_resample.py with Pillow 13.0.0: filter, pillow, channels, source width and",
             " * height, result width and height, checksum. */"]
    for seed, (number, code, pillow, mode, size) in enumerate(cases()):
        width, height, to_width, to_height = size
        data = generate(seed, width * height * len(mode))
        image = Image.frombytes(mode, (width, height), data.tobytes())
        result = resize(image, (to_width, to_height), code, pillow)
        numbers = (number, pillow, len(mode), *size)
        lines.append("{%s, 0x%016xULL}," % (", ".join(map(str, numbers)), fnv(result.tobytes())))
    pathlib.Path(__file__).with_name("resample.inc").write_text("\n".join(lines) + "\n")


main()
