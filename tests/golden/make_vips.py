#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/golden/jxl and tests/golden/heif: small JPEG XL and HEIF files, which Pillow does not open, and what the
program `vips` (Debian's libvips-tools, 8.14) makes of them as a whole (record.py)."""
import os
import pathlib
import random
import struct
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
        return shown(name, (work / name).read_bytes())


def stills_jxl():
    image, clear = picture(45, 37), picture(46, 38, alpha=True)
    yield convert(image, "lossy.jxl")
    yield convert(image, "lossless.jxl", "--lossless")
    yield convert(clear, "alpha.jxl")
    yield convert(clear, "alpha_lossless.jxl", "--lossless")
    yield convert(image.convert("L"), "grey.jxl", "--lossless")
    for width, height in (1, 1), (97, 2):
        yield convert(picture(width, height), f"{width}x{height}.jxl")


def stills_heif():
    image, clear = picture(45, 37), picture(46, 38, alpha=True)
    yield convert(image, "lossy.heic", "--compression", "hevc")
    yield convert(clear, "alpha.heic", "--compression", "hevc")
    yield convert(image.convert("L"), "grey.heic", "--compression", "hevc")
    yield convert(image, "small.heic", "--compression", "hevc", "--Q", "20")
    yield convert(image, "lossless.heic", "--compression", "hevc", "--lossless")
    for bits in 10, 12:
        yield convert(image, f"{bits}_bits.heic", "--compression", "hevc", "--bitdepth", bits)
        yield convert(clear, f"{bits}_bits_alpha.heic", "--compression", "hevc", "--bitdepth", bits)
    for sampling in "on", "off":
        yield convert(image, f"subsample_{sampling}.heic", "--compression", "hevc", "--subsample-mode", sampling)
    for width, height in (64, 64), (97, 65):
        yield convert(picture(width, height), f"{width}x{height}.heic", "--compression", "hevc")
    whole = convert(picture(64, 64), "whole.heic", "--compression", "hevc")[1]
    yield shown("cut.heic", cut_out(whole, 40, 30))


def shown(name, data):
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / name).write_bytes(data)
        vips("copy", work / name, work / "seen.png")
        with Image.open(work / "seen.png") as seen:
            return name, data, seen.copy()


def cut_out(data, width, height):
    """A file of one picture, with a box that cuts the image out of its middle in place of the box "pixi"."""
    changed = bytearray(data)
    at, size = data.index(b"pixi") - 4, 16
    box = struct.pack(">L4s8L", 40, b"clap", width, 1, height, 1, 0, 1, 0, 1)
    for name in b"meta", b"iprp", b"ipco":
        place = data.index(name) - 4
        struct.pack_into(">L", changed, place, struct.unpack_from(">L", data, place)[0] + len(box) - size)
    places = data.index(b"iloc") + 12
    for item in range(struct.unpack_from(">H", data, places - 2)[0]):
        place = places + 18 * item + 4
        struct.pack_into(">L", changed, place, struct.unpack_from(">L", data, place)[0] + len(box) - size)
    changed[at:at + size] = box
    return bytes(changed)


def broken(name, *options):
    """Pillow refuses these too."""
    whole = convert(picture(45, 37), name, *options)[1]
    for share in 5, 50:
        yield f"truncated_{share}_{name}", whole[:len(whole) * share // 100]


def seen_with(data, fill):
    """Returns what `vips` shows of a HEIF file if memory is filled when it is allocated; None: nothing."""
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "a.heic").write_bytes(data)
        done = subprocess.run(["vips", "rawsave", work / "a.heic", work / "a.raw"], check=False,
                              stderr=subprocess.DEVNULL, env={**os.environ, "MALLOC_PERTURB_": str(fill)})
        return (work / "a.raw").read_bytes() if done.returncode == 0 else None


def incomplete(wanted):
    """Files with one byte changed, so that pixels are missing and `vips` shows what was in memory: to be refused."""
    whole = convert(picture(45, 37), "lossy.heic", "--compression", "hevc")[1]
    start, rng = whole.index(b"mdat") + 4, random.Random(1)
    while wanted > 0:
        damaged = bytearray(whole)
        damaged[rng.randrange(start, len(whole))] = rng.randrange(256)
        one, other = seen_with(damaged, 1), seen_with(damaged, 200)
        if one and other and one != other:
            yield f"incomplete_{wanted}.heic", bytes(damaged)
            wanted -= 1


if __name__ == "__main__":
    record("jxl", [*stills_jxl(), *broken("lossy.jxl")])
    record("heif", [*stills_heif(), *broken("lossy.heic", "--compression", "hevc"), *incomplete(3)])
