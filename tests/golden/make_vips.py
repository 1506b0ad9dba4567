#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/golden/vips: small JPEG XL and HEIF files, which Pillow does not open, and what the program
`vips` (Debian's libvips-tools, 8.14) makes of them as a whole (record.py)."""
import pathlib
import subprocess
import tempfile

from PIL import Image

from record import picture, record


def vips(*arguments):
    subprocess.run(["vips", *map(str, arguments)], check=True, stderr=subprocess.DEVNULL)


def convert(image, name, *options):
    """Returns a file's name and bytes, and the image that it shows."""
    kind = {"jxl": "jxlsave", "heic": "heifsave"}[name.rsplit(".", 1)[1]]
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        image.save(work / "in.png")
        vips(kind, work / "in.png", work / name, *options)
        vips("copy", work / name, work / "seen.png")
        with Image.open(work / "seen.png") as seen:
            return name, (work / name).read_bytes(), seen.copy()


def stills():
    image, clear = picture(45, 37), picture(46, 38, alpha=True)
    yield convert(image, "lossy.jxl")
    yield convert(image, "lossless.jxl", "--lossless")
    yield convert(clear, "alpha.jxl")
    yield convert(clear, "alpha_lossless.jxl", "--lossless")
    yield convert(image.convert("L"), "grey.jxl", "--lossless")
    yield convert(image, "lossy.heic", "--compression", "hevc")
    yield convert(clear, "alpha.heic", "--compression", "hevc")
    yield convert(image.convert("L"), "grey.heic", "--compression", "hevc")
    yield convert(image, "small.heic", "--compression", "hevc", "--Q", "20")
    for width, height in (1, 1), (97, 2):
        yield convert(picture(width, height), f"{width}x{height}.jxl")
    for width, height in (64, 64), (97, 65):
        yield convert(picture(width, height), f"{width}x{height}.heic", "--compression", "hevc")


def broken():
    """Pillow refuses these too."""
    for name in "lossy.jxl", "lossy.heic":
        whole = convert(picture(45, 37), name, *(["--compression", "hevc"] if name.endswith("heic") else []))[1]
        for share in 5, 50:
            yield f"truncated_{share}_{name}", whole[:len(whole) * share // 100]


if __name__ == "__main__":
    record("vips", [*stills(), *broken()])
