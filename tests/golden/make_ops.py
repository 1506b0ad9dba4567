#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes ops.inc and sides.inc: the results of the real Pillow, torchvision and timm for small images.

An image is a function of (x, y, channel), so the C test (tests/c/test_ops.c) can make it too. A case
is an op text, the image's size, numbers that replace the op's draws, and the size and hash of the
result. Packages: requirements.txt beside this file.
"""
import math
import pathlib
import random

import numpy as np
import PIL
import timm
import torchvision
import torchvision.transforms.functional as F
from PIL import Image
from timm.data import transforms as T
from torchvision.transforms import InterpolationMode

FILTERS = {f: Image.Resampling[f.upper()] for f in
           "nearest box bilinear hamming bicubic lanczos mks2013 mks2021".split()}
MODES = {m.value: m for m in InterpolationMode}


def image(width, height, channels):
    """An image that is smooth above, as photographs are, and noise below, which makes filters clip."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    noise = (x * 37 + y * 101 + c * 59 + x * y * 7) ^ (x * x * 3 + y * (c + 1) * 11)
    ramp = x * 3 + y * 2 + c * 40
    pixels = (np.where(y * 2 < height, ramp, noise) & 255).astype(np.uint8)
    return Image.fromarray(pixels if channels > 1 else pixels[:, :, 0])


def fnv(data):
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


cases = []


def case(text, source, result, q=(), p=()):
    channels = len(source.getbands())
    numbers = ", ".join(map(repr, p)) or "0"
    places = ", ".join(map(str, q)) or "0"
    cases.append(f'{{"{text}", {source.width}, {source.height}, {channels}, {len(q)}, {{{places}}}, '
                 f'{len(p)}, {{{numbers}}}, {result.width}, {result.height}, '
                 f'0x{fnv(result.tobytes()):016x}u}},')


def resize_pil(source, size, name):
    if name in MODES:
        return F.resize(source, size, MODES[name])
    if isinstance(size, int):
        size = F._compute_resized_output_size((source.height, source.width), [size])
    return source.resize((size[1], size[0]), FILTERS[name])


def resizes():
    for channels in (1, 3):
        for name in FILTERS:
            for w, h, size in ((61, 43, 17), (43, 61, 17), (23, 31, 50), (9, 70, 9), (1, 1, 5)):
                source = image(w, h, channels)
                case(f"resize size={size} interpolation={name}", source,
                     resize_pil(source, size, name))
            for w, h, size in ((61, 43, (20, 20)), (30, 90, (20, 29)), (7, 5, (5, 13))):
                source = image(w, h, channels)
                case(f"resize size={size[0]}x{size[1]} mode=exact interpolation={name}", source,
                     resize_pil(source, list(size), name))


def resized_crops():
    for w, h, box in ((61, 43, (5, 3, 40, 32)), (61, 43, (0, 0, 61, 43)), (50, 90, (11, 2, 24, 80)),
                      (33, 21, (32, 20, 1, 1)), (33, 40, (3, 7, 12, 12))):
        for name in ("bilinear", "bicubic", "nearest", "lanczos"):
            for channels in (1, 3):
                source = image(w, h, channels)
                x, y, bw, bh = box
                case("random_resized_crop size=12", source,
                     F.resized_crop(source, y, x, bh, bw, (12, 12), MODES[name]),
                     q=(*box, list(FILTERS).index(name), 13))


def keep_ratios():
    for w, h, size, longest in ((500, 375, (224, 224), 0), (500, 375, (224, 224), 1),
                                (500, 375, (224, 224), .5), (500, 375, (248, 355), 0),
                                (40, 31, (17, 23), .25), (40, 31, (50, 20), 1)):
        source = image(w, h, 3)
        result = T.ResizeKeepRatio(size, longest=longest, interpolation="bicubic")(source)
        case(f"resize_keep_ratio size={size[0]}x{size[1]} longest={longest} interpolation=bicubic",
             source, result)


def crops():
    for channels in (1, 3):
        for w, h, size in ((31, 22, (9, 12)), (31, 22, (30, 31)), (5, 4, (9, 8)), (8, 30, (11, 5)),
                           (7, 7, (7, 7)), (1, 1, (3, 2)), (10, 13, (7, 7)), (11, 12, (8, 8))):
            source = image(w, h, channels)
            text = f"size={size[0]}x{size[1]}"
            case(f"center_crop {text}", source, F.center_crop(source, list(size)))
            for mode in ("constant", "edge", "reflect", "symmetric"):
                fill = 77 if channels == 1 else (124, 116, 104)
                numbers = "77" if channels == 1 else "124,116,104"
                result = T.center_crop_or_pad(source, size, fill=fill, padding_mode=mode)
                case(f"center_crop_or_pad {text} padding_mode={mode} fill={numbers}", source, result)
        source = image(20, 15, channels)
        case("crop box=3,2,11,9", source, source.crop((3, 2, 14, 11)))
        case("crop box=0,0,20,15", source, source.crop((0, 0, 20, 15)))
        case("trim_border border=3", source, T.TrimBorder(3)(source))
        case("hflip p=1", source, F.hflip(source))
        case("vflip p=1", source, F.vflip(source))
        wide = image(131, 3, channels)
        case("hflip p=1", wide, F.hflip(wide))


def pads():
    """Cases of random_crop_or_pad at given places, also with margins wider than the image."""
    for channels in (1, 3):
        for w, h, (th, tw), top, left in ((10, 8, (6, 7), 1, 3), (10, 8, (20, 30), -5, -11),
                                          (10, 8, (40, 5), -32, 4), (3, 2, (21, 25), -11, -7),
                                          (1, 1, (4, 6), -3, -2), (10, 8, (5, 35), 3, -25)):
            source = image(w, h, channels)
            for index, mode in enumerate(("constant", "edge", "reflect", "symmetric")):
                result = T.crop_or_pad(source, top, left, th, tw, fill=9, padding_mode=mode)
                case(f"random_crop_or_pad size={th}x{tw} padding_mode={mode} fill=9", source,
                     result, q=(left, top, tw, th, index, 9, 9, 9))


def jitters():
    """Cases with all factors for single ops and some for chains, rounded to float as the op rounds its draws."""
    apply = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation)
    orders = ((0,), (1,), (2,), (0, 1), (1, 0), (0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1))
    factors = (0., .25, .6, .999, 1., 1.2345, 1.4, 7.5)
    rng = random.Random(3)
    for channels in (1, 3):
        for w, h in ((37, 21), (1, 1), (64, 3)):
            source = image(w, h, channels)
            for order in orders:
                chains = [[f] for f in factors] if len(order) == 1 else \
                    [[rng.choice(factors) for _ in order] for _ in range(4)]
                for chain in chains:
                    chain = [float(np.float32(f)) for f in chain]
                    result = source
                    for kind, factor in zip(order, chain):
                        result = apply[kind](result, factor)
                    case("color_jitter", source, result, q=(len(order), *order), p=chain)


def sides():
    """The sides of timm's box, computed from the numbers that it draws."""
    rows = []
    rng = random.Random(5)
    real = random.uniform, random.randint
    random.randint = lambda low, high: low
    for _ in range(200):
        w, h = rng.randint(1, 700), rng.randint(1, 700)
        share = .08 + .92 * rng.random()
        log_ratio = math.log(3 / 4) + (math.log(4 / 3) - math.log(3 / 4)) * rng.random()
        draws = [share, log_ratio]
        random.uniform = lambda low, high: draws.pop(0)
        try:
            _, _, box_h, box_w = T.RandomResizedCropAndInterpolation.get_params(
                Image.new("L", (w, h)), (.08, 1), (3 / 4, 4 / 3))
        except IndexError:
            continue  # the first box did not fit
        rows.append(f"{{{w}, {h}, {share!r}, {log_ratio!r}, {box_w}, {box_h}}},")
    random.uniform, random.randint = real
    return rows


def write(name, rows):
    head = (f"/* SPDX-License-Identifier: MIT */\n"
            f"/* Made by make_ops.py with Pillow {PIL.__version__}, torchvision "
            f"{torchvision.__version__.split('+')[0]}, timm {timm.__version__}: do not edit. */\n")
    pathlib.Path(__file__).with_name(name).write_text(head + "\n".join(rows) + "\n")
    print(f"{name}: {len(rows)} rows")


def main():
    for make in (resizes, resized_crops, keep_ratios, crops, pads, jitters):
        make()
    write("ops.inc", cases)
    write("sides.inc", sides())


if __name__ == "__main__":
    main()
