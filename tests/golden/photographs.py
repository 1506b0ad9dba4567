#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares photographs with Pillow in every format that it writes: all pixels, in the modes RGB, L and RGBA.

    photographs.py FOLDER [--build DIR] [--files 20] [--only REGEX]

Takes photographs of FOLDER, evenly, and writes each in each way of WAYS. Run this with the Pillow of requirements.txt,
from the top of a checkout that is built in build/release (--build). A way may differ only if DIFFERENT names it.
"""
import argparse
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from PIL import Image, ImageOps

TOP = pathlib.Path(__file__).resolve().parents[2]
MODES = ("RGB", "L", "RGBA")
DIFFERENT = {}  # a way's name: the reason


def with_alpha(image):
    """Its green becomes its transparency too."""
    made = image.convert("RGBA")
    made.putalpha(image.getchannel("G"))
    return made


def wide(image):
    """Grey of 16 bits."""
    return image.convert("L").convert("I").point(lambda value: value * 257).convert("I;16")


SOURCES = {"rgb": lambda image: image, "grey": lambda image: image.convert("L"), "alpha": with_alpha,
           "palette": lambda image: image.quantize(200), "bits": lambda image: image.convert("1"), "wide": wide,
           "cmyk": lambda image: image.convert("CMYK"), "lab": lambda image: image.convert("LAB")}
JP2_LOSSY = {"irreversible": True, "quality_mode": "rates", "quality_layers": [20]}
# Format of Pillow, sources, and options by name.
WAYS = (
    ("JPEG", "rgb grey cmyk", {"": {}, "progressive": {"progressive": True}, "best": {"quality": 100, "subsampling": 0}}),
    ("PNG", "rgb grey alpha palette bits wide", {"": {}}),
    ("GIF", "rgb grey", {"": {}}),
    ("BMP", "rgb grey palette bits", {"": {}}),
    ("PPM", "rgb grey bits wide", {"": {}}),
    ("QOI", "rgb alpha", {"": {}}),
    ("WEBP", "rgb grey alpha", {"": {}, "low": {"quality": 20}, "lossless": {"lossless": True}}),
    ("AVIF", "rgb grey alpha", {"": {"speed": 10}, "444": {"subsampling": "4:4:4", "speed": 10}}),
    ("TIFF", "rgb grey alpha palette wide cmyk lab", {"": {}, "deflate": {"compression": "tiff_adobe_deflate"},
                                                    "lzw": {"compression": "tiff_lzw"}}),
    ("TIFF", "rgb grey wide", {"predicted": {"compression": "tiff_adobe_deflate", "tiffinfo": {317: 2}}}),
    ("TIFF", "rgb grey", {"jpeg": {"compression": "jpeg"}}),
    ("TIFF", "bits", {"": {}, "group4": {"compression": "group4"}}),
    ("JPEG2000", "rgb grey alpha wide", {"": {}}),
    ("JPEG2000", "rgb grey alpha", {"lossy": JP2_LOSSY, "tiles": {"tile_size": (128, 128), **JP2_LOSSY}}),
)


def ways():
    for kind, sources, options in WAYS:
        for source in sources.split():
            for name, values in options.items():
                yield " ".join(filter(None, (kind, source, name))), kind, SOURCES[source], values


def digest(path, mode):
    """Of the pixels that Pillow gives, or the error."""
    try:
        with Image.open(path) as file:
            return hashlib.md5(file.convert(mode).tobytes()).hexdigest()
    except (OSError, ValueError) as error:
        return str(error)


def decode(build, folder, out, mode):
    """Decodes a class folder with tench. Returns the digests, or the errors, in the order of names."""
    environment = {**os.environ, "LUA_PATH": f"{TOP}/lua/?.lua;;", "TENCH_LIB": str(build / "libtench.so")}
    done = subprocess.run(["luajit", TOP / "tests/golden/decode_all.lua", folder, out, mode], env=environment,
                          capture_output=True, check=True)
    for number, line in enumerate(done.stdout.decode().splitlines(), 1):
        _, status, _, _, message = line.split("\t", 4)
        if status == "TN_OK":
            with open(out / f"{number}.rgb", "rb") as pixels:
                yield hashlib.file_digest(pixels, "md5").hexdigest()
        else:
            yield message


def compare(build, work, paths):
    """Returns how many results are equal, and the first one that is not."""
    n_equal, first = 0, None
    for mode in MODES:
        for path, ours in zip(paths, decode(build, work, work, mode), strict=True):
            theirs = digest(path, mode)
            refused = " " in ours and " " in theirs  # errors are sentences
            n_equal += ours == theirs or refused
            if ours != theirs and not refused and not first:
                first = f"{path.name} in {mode}: {ours}; Pillow: {theirs}"
    return n_equal, first


def check_way(build, photographs, kind, source, options):
    with tempfile.TemporaryDirectory(prefix="tench-photographs-") as work:
        work = pathlib.Path(work)
        (work / "class").mkdir()
        paths = []
        for number, path in enumerate(photographs):
            with Image.open(path) as file:
                image = source(ImageOps.exif_transpose(file).convert("RGB"))
            paths.append(work / f"class/{number:04d}.jpg")  # formats are known by their content
            image.save(paths[-1], kind, **options)
        return compare(build, work, paths)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build/release")
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    found = sorted(path for path in given.folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    photographs = found[::max(1, len(found) // given.files)][:given.files]
    n_wrong, n_all = 0, 0
    for name, kind, source, options in ways():
        if not re.search(given.only, name):
            continue
        n_equal, first = check_way(given.build.resolve(), photographs, kind, source, options)
        n_all += n_equal
        reason = DIFFERENT.get(name)
        n_wrong += first is not None and reason is None
        print(f"{name}: {n_equal} of {len(photographs) * len(MODES)} equal" + (f"; {reason or first}" if first else ""),
              flush=True)
    print(f"{len(photographs)} photographs, {n_all} results equal, {n_wrong} ways differ and are not listed")
    sys.exit(1 if n_wrong or not n_all else 0)


if __name__ == "__main__":
    main()
