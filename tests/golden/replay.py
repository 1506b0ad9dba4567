#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Replays a dump of `tench run … dtype=u8 --dump DIR` with the real Pillow, torchvision and timm, and counts the bytes
that differ.

    replay.py DATASET DIR [orient]

Each line of DIR/samples.jsonl names a row's file, and the ops and numbers that made the row. The script does the same
with the reference libraries and compares every byte of every row. With `orient` it first turns images as their EXIF
orientation says. The last line is
`rows=… differing_rows=… differing_bytes=…`; the exit code is 0 only if nothing differs.
"""
import os
import sys

import numpy as np
import PIL
from PIL import Image, ImageEnhance, ImageOps
from torchvision.transforms import functional as F

from dumps import Differences, rows

assert PIL.__version__ == "13.0.0", f"Pillow {PIL.__version__} is not the reference version"

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "mks2013": Image.Resampling.MKS2013,
    "mks2021": Image.Resampling.MKS2021,
}
ENHANCE = {
    "brightness": ImageEnhance.Brightness,
    "contrast": ImageEnhance.Contrast,
    "saturation": ImageEnhance.Color,
}


def crop(image, line):
    x, y, w, h = line["box"]
    return image.crop((x, y, x + w, y + h))  # Pillow fills pixels outside of the image with 0


def resize(image, line):
    h, w = line["size"]
    return image.resize((w, h), FILTERS[line["interpolation"]])


def crop_or_pad(image, line):
    """Pads first and then crops, as timm does."""
    x, y, w, h = line["box"]
    left, top = max(-x, 0), max(-y, 0)
    right, bottom = max(x + w - image.width, 0), max(y + h - image.height, 0)
    if left or top or right or bottom:
        fill = line["fill"]
        fill = fill[0] if len(fill) == 1 or image.mode == "L" else tuple(int(v) for v in fill)
        image = F.pad(image, [left, top, right, bottom], fill=fill, padding_mode=line["padding_mode"])
    return image.crop((x + left, y + top, x + left + w, y + top + h))


def jitter(image, line):
    for name, factor in line["factors"]:
        image = ENHANCE[name](image).enhance(factor)
    return image


STEPS = {
    "random_resized_crop": lambda image, line: resize(crop(image, line), line),
    "resize": resize,
    "resize_keep_ratio": resize,
    "center_crop": crop,
    "crop": crop,
    "trim_border": crop,
    "center_crop_or_pad": crop_or_pad,
    "random_crop_or_pad": crop_or_pad,
    "hflip": lambda image, line: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "vflip": lambda image, line: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    "color_jitter": jitter,
}


def finish(image, ops):
    """The u8 pixels with erased boxes filled, in the layout of the dump."""
    pixels = np.asarray(image)
    pixels = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    pixels = pixels.copy()
    layout = "nchw"
    for line in ops:
        if line["op"] == "random_erasing":
            for x, y, w, h in line["boxes"]:
                pixels[:, y : y + h, x : x + w] = np.array(line["fill"])[:, None, None]
        if line["op"] == "convert":
            assert line["dtype"] == "u8", "replay needs a dump with dtype=u8"
            layout = line["layout"]
    return pixels if layout == "nchw" else pixels.transpose(1, 2, 0)


def replay(root, line, mode, orient):
    with Image.open(os.path.join(root, line["name"])) as file:
        assert (file.width, file.height) == (line["width"], line["height"])
        image = (ImageOps.exif_transpose(file) if orient else file).convert(mode)
    for step in line["ops"]:
        if step["op"] in STEPS:
            image = STEPS[step["op"]](image, step)
        elif step["op"] not in ("random_erasing", "normalize", "convert"):
            raise SystemExit(f"unknown op in {line}")
    return finish(image, line["ops"])


def main():
    root, directory = sys.argv[1:3]
    orient = "orient" in sys.argv[3:]
    differences = Differences()
    for line, ours, label in rows(directory, "batch", "label"):
        channels = ours.shape[0] if ours.shape[0] in (1, 3) else ours.shape[2]
        theirs = replay(root, line, "RGB" if channels == 3 else "L", orient)
        assert label == line["label"], f"label of {line['name']}"
        assert ours.shape == theirs.shape, f"{line['name']}: {ours.shape}, Pillow has {theirs.shape}"
        differences.add(line, ours, theirs)
    differences.finish()


if __name__ == "__main__":
    main()
